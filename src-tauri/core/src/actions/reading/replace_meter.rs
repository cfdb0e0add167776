//! A meter was replaced: the last value of the old one and the first of the new, as one piece of evidence.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::reading::Reading;
use serde::Deserialize;
use ts_rs::TS;

use super::{Subject, value};
use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::Scene;

/// Tells of a replaced meter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
pub struct ReplaceMeter {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// A code of `tables/meters.csv`.
    #[ts(type = "MeterKind")]
    pub meter: String,
    /// Last value of the meter that came out; absent when it could not be read.
    #[serde(default)]
    #[ts(optional, type = "Decimal")]
    pub old_value: Option<String>,
    /// First value of the meter that went in.
    #[ts(type = "Decimal")]
    pub new_value: String,
    /// A code of `tables/meter_replacement_reasons.csv`.
    #[ts(type = "MeterReplacementReason")]
    pub reason: String,
}

impl ReplaceMeter {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let subject = Subject::of(scene, self.job, self.meter)?;
        scene.check_word("meter_replacement_reasons", &self.reason, "reason")?;
        let old_value = self.old_value.filter(|typed| !typed.trim().is_empty());
        let reading = Reading {
            replaced: true,
            old_value: old_value.map(|typed| value(&typed, "old_value")).transpose()?,
            value: Some(value(&self.new_value, "new_value")?),
            replaced_because: Some(self.reason),
            ..subject.blank()
        };
        Ok(Plan::of(vec![scene.create(Some(self.job), &reading)]).making())
    }
}
