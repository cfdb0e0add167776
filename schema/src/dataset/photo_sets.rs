//! Photo sets of brands: which photos a job type wants, by phase. The generic ones are in `tables/photo_sets.csv`.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::json::Fields;

/// So many photos of one phase.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PhotoNeed {
    /// Code of the brand, or `*`.
    pub brand: String,
    /// Job type: a code of `tables/job_types.csv`.
    pub job_type: String,
    /// Phase: a code of `tables/photo_phases.csv`.
    pub phase: String,
    /// How many at least.
    pub required: i64,
    /// What to take, in Chinese.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zh: String,
    /// What to take, in English.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub en: String,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Row for PhotoNeed {
    const NAME: &'static str = "photo_sets";

    fn key(&self) -> String {
        format!("{} {} {}", self.brand, self.job_type, self.phase)
    }
}
