//! The machine (整机 / 车辆) with its archive (档案).
//!
//! The office's record. Meters are only named here: what they showed are `reading` records.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::RecordId;
use crate::json::Fields;

/// One machine or vehicle.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Machine {
    /// Code of the brand (maker).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Product family, by which terms and photo sets are chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Model as the nameplate says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Serial number (出厂编号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Frame number, the VIN of a vehicle (车架号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_no: Option<String>,
    /// Engine number (发动机号).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine_no: Option<String>,
    /// Plate of a vehicle that is on the road.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plate: Option<String>,
    /// Its customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<RecordId>,
    /// What people call it: "那台215".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Left the factory on, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub built_on: Option<String>,
    /// Handed over to the customer on, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_on: Option<String>,
    /// Put to work (commissioned) on, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_on: Option<String>,
    /// The meters it has, the main one first: codes of `tables/meters.csv`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meters: Vec<String>,
    /// How it is used: a code of `tables/use_classes.csv`. Terms may depend on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_class: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Machine {
    const KIND: &'static str = "machine";
}
