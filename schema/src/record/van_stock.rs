//! What a technician has in his van (在车): one part, one person.
//!
//! `qty` is stock: ops add to it, each once; nobody sets it from a device.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::UserId;
use crate::json::Fields;

/// How many of one part a person carries.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VanStock {
    /// Whose van.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<UserId>,
    /// Part number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// How many, in whole units of the part.
    pub qty: i64,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for VanStock {
    const KIND: &'static str = "van_stock";
}
