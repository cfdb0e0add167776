//! Customers and machines as they are looked up for a new job, and as a job shows them.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::wire::error::ApiError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::reach::{machines_of, those_in_reach};
use super::scene::{Scene, said};
use super::value::ContactView;
use crate::hub::listing::phrases;
use crate::storage::records::StoredRecord;

/// What is looked for: the query of `GET /office/v1/customers` and `/machines`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, TS)]
#[ts(optional_fields)]
pub struct LookUpQuery {
    /// Part of a name, code, phone, plate, serial or model.
    pub q: Option<String>,
    /// Machines of this customer only.
    #[ts(optional, type = "Id")]
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

/// Most that is found at once.
const FOUND_MAX: usize = 20;

/// Customers in reach in which every word of `q` stands; the first to come when there is none.
pub fn customers(scene: &Scene<'_>, query: &LookUpQuery) -> Result<CustomersView, ApiError> {
    let phrases = phrases(query.q.as_deref().unwrap_or_default());
    let worded = scene.tx.worded(Customer::KIND, &phrases, usize::MAX)?;
    let found = those_in_reach(scene, worded, FOUND_MAX + 1)?;
    let customers = found.iter().take(FOUND_MAX).map(customer_view).collect();
    Ok(CustomersView { customers, more: found.len() > FOUND_MAX })
}

/// Machines in reach in which every word of `q` stands, of one customer where one is named.
pub fn machines(scene: &Scene<'_>, query: &LookUpQuery) -> Result<MachinesView, ApiError> {
    let phrases = phrases(query.q.as_deref().unwrap_or_default());
    let worded = || scene.tx.worded(Machine::KIND, &phrases, usize::MAX);
    let fits = match query.customer {
        // The words choose among his.
        Some(customer) => {
            let own = machines_of(scene, customer)?;
            let fits = if phrases.is_empty() { own.clone() } else { worded()? };
            own.into_iter().filter(|pk| fits.contains(pk)).collect()
        }
        None => worded()?,
    };
    let found = those_in_reach(scene, fits, FOUND_MAX + 1)?;
    let machines = found.iter().take(FOUND_MAX).map(|machine| machine_view(scene, machine));
    Ok(MachinesView { machines: machines.collect::<Result<_, _>>()?, more: found.len() > FOUND_MAX })
}

/// A customer as the archive knows him.
pub fn customer_view(record: &StoredRecord) -> CustomerView {
    let customer = Customer::from_fields(&record.state.fields).unwrap_or_default();
    let contact = |one: fieldcard_schema::record::customer::Contact| ContactView {
        name: said(one.name),
        role: one.role,
        phone: said(one.phone),
    };
    CustomerView {
        customer: Some(record.rec),
        code: said(customer.code),
        name: said(customer.name),
        kind: customer.kind,
        phone: said(customer.phone),
        address: said(customer.address),
        county: said(customer.county),
        contacts: customer.contacts.into_iter().map(contact).collect(),
        notes: said(customer.notes),
    }
}

/// A machine as the archive knows it.
pub fn machine_view(scene: &Scene<'_>, record: &StoredRecord) -> Result<MachineView, ApiError> {
    let machine = Machine::from_fields(&record.state.fields).unwrap_or_default();
    let owner = machine.customer.map(|rec| scene.tx.record(rec)).transpose()?.flatten();
    Ok(MachineView {
        machine: Some(record.rec),
        brand: said(machine.brand),
        model: said(machine.model),
        serial: said(machine.serial),
        frame_no: said(machine.frame_no),
        engine_no: said(machine.engine_no),
        plate: said(machine.plate),
        nickname: said(machine.nickname),
        site: said(machine.site),
        delivered_on: machine.delivered_on,
        started_on: machine.started_on,
        use_class: machine.use_class,
        customer: machine.customer,
        customer_name: owner.map(|owner| customer_view(&owner).name).unwrap_or_default(),
    })
}

impl CustomerView {
    /// One who is in no archive, by name.
    pub fn named(name: String) -> Self {
        let empty = String::new;
        let (customer, kind, contacts) = (None, None, Vec::new());
        let (code, phone, address, county, notes) = (empty(), empty(), empty(), empty(), empty());
        Self { customer, code, name, kind, phone, address, county, contacts, notes }
    }
}

impl MachineView {
    /// One that is in no archive, by its nameplate.
    pub fn plated(model: String, serial: String) -> Self {
        let empty = String::new;
        Self {
            machine: None,
            brand: empty(),
            model,
            serial,
            frame_no: empty(),
            engine_no: empty(),
            plate: empty(),
            nickname: empty(),
            site: empty(),
            delivered_on: None,
            started_on: None,
            use_class: None,
            customer: None,
            customer_name: empty(),
        }
    }
}
