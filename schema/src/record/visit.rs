//! The visit (外出服务 · 进站维修): one trip or workshop stay.
//!
//! Its status is folded from its lead's steps (`rules::visit_state`).

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::UserId;
use crate::json::Fields;
use crate::time::Timestamp;

/// The fields that the office owns.
pub const OFFICE_FIELDS: &[&str] = &["crew", "lead", "planned_from", "planned_to", "vehicle"];

/// One trip to a machine, or one stay in the workshop.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Visit {
    /// 1 for the first visit of the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<i64>,
    /// `field` or `workshop`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Whose steps move the visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead: Option<UserId>,
    /// Others who come along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crew: Vec<UserId>,
    /// Planned window: from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_from: Option<Timestamp>,
    /// Planned window: to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_to: Option<Timestamp>,
    /// Plate of the service vehicle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<String>,
    /// Kilometres on the vehicle at departure, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odometer_out: Option<String>,
    /// Kilometres on the vehicle when back, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odometer_in: Option<String>,
    /// Why nothing was repaired on it: a code of `tables/cannot_complete_reasons.csv`. Then neither a time of
    /// working nor work done is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cannot_complete: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Visit {
    const KIND: &'static str = "visit";
}
