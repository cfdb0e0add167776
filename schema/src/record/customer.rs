//! The customer (用户): who owns, runs or answers for machines.
//!
//! The office's record; a device's change is a proposal. Machines name their customer, not the reverse.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::json::Fields;

/// A customer with the people one can call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Customer {
    /// The office's number for the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Name, as it stands on the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A code of `tables/customer_kinds.csv`: owner, rental, quarry, cooperative, company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Phone of the customer himself; people have theirs in `contacts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Postal address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// County (县), by which trips are planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub county: Option<String>,
    /// People at the customer's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<Contact>,
    /// Plates of the customer's vehicles, for finding him by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plates: Vec<String>,
    /// What a technician should know before he calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// One person at the customer's.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A code of `tables/contact_roles.csv`: operator 机手, owner 机主, site_manager, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Customer {
    const KIND: &'static str = "customer";
}
