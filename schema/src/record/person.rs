//! A person of the organisation, as devices may know him: a name, a phone, his roles.
//!
//! Passwords, keys and grants live in the server's own tables, never in a record.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::json::Fields;

/// One person with an account.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name of the account (账号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<String>,
    /// Codes of `tables/roles.csv`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Station where he belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub station: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Person {
    const KIND: &'static str = "person";
}
