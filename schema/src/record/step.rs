//! A step (departed, arrived, work done, …): evidence of when something happened.
//!
//! A status is never stored: it is folded from the steps of a job or visit (`rules::job_state`,
//! `rules::visit_state`). A step is voided or followed by others, never overwritten.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::Timestamp;

/// One step of a job or of a visit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Step {
    /// The job or visit that it moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<RecordId>,
    /// What `subject` is: `job` or `visit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// A code of `tables/job_steps.csv` or `tables/visit_steps.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// When it happened, which for a late step is not when it was entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Entered later (补录).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// For a late step: the step record right behind which it stands; absent or null = it is the first. Not
    /// read on any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<RecordId>,
    /// Why, where the step wants it: a code of `waiting_reasons`, `reassignment_reasons` or
    /// `cannot_complete_reasons`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// In his own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where the device was, when the person allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// A place on earth, WGS 84.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Degrees north × 10⁶.
    pub lat_e6: i64,
    /// Degrees east × 10⁶.
    pub lon_e6: i64,
    /// Radius of uncertainty in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<i64>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Step {
    const KIND: &'static str = "step";
}
