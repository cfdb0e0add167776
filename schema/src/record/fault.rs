//! The fault (故障): phenomenon – place – cause – action.
//!
//! The technician's words and codes. One fault of a job is the main one; its parts are `part_line` records.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::json::Fields;

/// One fault that was found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fault {
    /// What was to be seen or heard (现象).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phenomenon: Option<String>,
    /// Where in the machine (部位).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Why (原因).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What was done about it (措施).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What the controller said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<Dtc>,
    /// Code in the brand's fault catalogue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
    /// The main fault; the others are its consequences or stand beside it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub main: bool,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// A controller's fault code (DTC); SAE J1939-73 gives SPN and FMI.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dtc {
    /// Suspect parameter number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spn: Option<i64>,
    /// Failure mode identifier, 0–31.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fmi: Option<i64>,
    /// The code as the display shows it, where it is not SPN/FMI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Fault {
    const KIND: &'static str = "fault";
}
