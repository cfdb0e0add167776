//! What a meter showed (工作小时 / 里程), or why none was read.
//!
//! Evidence. A replaced meter is an event: `replaced` marks the first reading of the new one, so that the
//! effective value is the sum of the segments (`rules::meter`).

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::Timestamp;

/// One reading of one meter.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// The machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<RecordId>,
    /// The visit on which it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<RecordId>,
    /// Which meter: a code of `tables/meters.csv`, which also gives the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
    /// What it showed, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The meter was replaced: this is the new one's first value.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replaced: bool,
    /// With `replaced`: the last value of the meter that was taken out, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_value: Option<String>,
    /// With `replaced`: why, a code of `tables/meter_replacement_reasons.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_because: Option<String>,
    /// When it was read, where the record's id does not tell (an imported one).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The photo that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<RecordId>,
    /// Why there is no value: a code of `tables/no_meter_reasons.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Reading {
    const KIND: &'static str = "reading";
}
