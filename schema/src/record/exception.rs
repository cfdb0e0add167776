//! An exception: what waits for a person's decision (parked, conflict, proposal).
//!
//! Written by the server alone; every value that was said is kept in it, and an op of the office ends it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Record;
use crate::id::{OpId, RecordId, UserId};
use crate::json::Fields;
use crate::time::Timestamp;

/// One open or settled question.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Exception {
    /// The op that raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op_id: Option<OpId>,
    /// The record in question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rec: Option<RecordId>,
    /// Kind of that record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The field in question; absent when it is the whole op.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Why: a code of `merge::Why`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// All values that were said, the shown one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ExceptionValue>,
    /// `open` or `resolved`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// One value that somebody gave to the field.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ExceptionValue {
    /// The value; null clears the field.
    pub value: Value,
    /// Who.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// When, by his clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Position of the op in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pos: Option<u64>,
    /// Its author has taken it back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Exception {
    const KIND: &'static str = "exception";
}
