//! Customers and machines as they are looked up for a new job, and as a job shows them.

use fieldcard_schema::id::RecordId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::value::ContactView;

/// What is looked for: the query of `GET /office/v1/customers` and `/machines`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, TS)]
#[ts(optional_fields)]
pub struct LookUpQuery {
    /// Part of a name, code, phone, plate, serial or model.
    pub q: Option<String>,
    /// Machines of this customer only.
    #[ts(type = "Id")]
    pub customer: Option<RecordId>,
}

/// Customers that were found.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CustomersView {
    /// At most 20.
    pub customers: Vec<CustomerView>,
    /// There are more than these.
    pub more: bool,
}

/// Machines that were found.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct MachinesView {
    /// At most 20.
    pub machines: Vec<MachineView>,
    /// There are more than these.
    pub more: bool,
}

/// A customer. Texts are empty where nobody said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CustomerView {
    /// The record; null for one who is in no archive.
    #[ts(type = "Id | null")]
    pub customer: Option<RecordId>,
    /// The office's number.
    pub code: String,
    /// Name.
    pub name: String,
    /// What kind of customer: a code of `customer_kinds`.
    #[ts(type = "CustomerKind | null")]
    pub kind: Option<String>,
    /// Phone of the customer himself.
    pub phone: String,
    /// Postal address.
    pub address: String,
    /// County.
    pub county: String,
    /// People there.
    pub contacts: Vec<ContactView>,
    /// What one should know before calling.
    pub notes: String,
}

/// A machine. Texts are empty where nobody said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MachineView {
    /// The record; null for one that is in no archive.
    #[ts(type = "Id | null")]
    pub machine: Option<RecordId>,
    /// Code of the brand.
    pub brand: String,
    /// Model as the nameplate says it.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// Frame number.
    pub frame_no: String,
    /// Engine number.
    pub engine_no: String,
    /// Plate.
    pub plate: String,
    /// What people call it.
    pub nickname: String,
    /// Where it stands.
    pub site: String,
    /// Handed over on.
    #[ts(type = "Day | null")]
    pub delivered_on: Option<String>,
    /// Put to work on.
    #[ts(type = "Day | null")]
    pub started_on: Option<String>,
    /// How it is used: a code of `use_classes`.
    #[ts(type = "UseClass | null")]
    pub use_class: Option<String>,
    /// Whose it is.
    #[ts(type = "Id | null")]
    pub customer: Option<RecordId>,
    /// Name of that customer.
    pub customer_name: String,
}
