//! The fault catalogue: what fails, how it shows, and what is done about it.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::json::Fields;

/// One fault.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fault {
    /// Code in the brand's catalogue.
    pub code: String,
    /// What is to be seen or heard (现象).
    pub phenomenon: String,
    /// Where in the machine (部位).
    pub place: String,
    /// Why (原因).
    pub cause: String,
    /// What is done about it (措施).
    pub action: String,
    /// The same in English, in one line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name_en: String,
    /// Suspect parameter number (SAE J1939-73).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spn: Option<i64>,
    /// Failure mode identifier, 0–31.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fmi: Option<i64>,
    /// Part group that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Families of machines on which it occurs; none for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub families: Vec<String>,
    /// `normal` or `severe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<String>,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Row for Fault {
    const NAME: &'static str = "faults";

    fn key(&self) -> String {
        self.code.clone()
    }
}
