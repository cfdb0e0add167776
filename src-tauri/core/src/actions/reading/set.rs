//! A meter's value, or why there is none. A value below the last one is taken: the screens say so.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::reading::Reading;
use serde::Deserialize;
use serde_json::Value;
use ts_rs::TS;

use super::{Subject, value};
use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};

/// Sets what a meter shows; an empty value takes the reading back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct SetReading {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// A code of `tables/meters.csv`.
    #[ts(type = "MeterKind")]
    pub meter: String,
    /// A decimal.
    #[ts(type = "Decimal")]
    pub value: String,
}

/// Says why there is no value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "SetReadingMissing")]
pub struct SetMissing {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// A code of `tables/meters.csv`.
    #[ts(type = "MeterKind")]
    pub meter: String,
    /// A code of `tables/no_meter_reasons.csv`.
    #[ts(type = "NoMeterReason")]
    pub reason: String,
}

impl SetReading {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let subject = Subject::of(scene, self.job, self.meter)?;
        let plan = match (self.value.trim().is_empty(), subject.standing()) {
            (true, None) => Plan { lasting: true, ..Plan::default() },
            (true, Some(seen)) => Plan::of(vec![scene.void(&subject.file, &seen)?]),
            (false, None) => {
                let reading = Reading { value: Some(value(&self.value, "value")?), ..subject.blank() };
                Plan::of(vec![scene.create(Some(self.job), &reading)])
            }
            (false, Some(seen)) => {
                let set = [("value", value(&self.value, "value")?.into()), ("reason", Value::Null)];
                Plan::of(vec![scene.change(&seen, fields(set))?])
            }
        };
        Ok(plan.ending_draft(self.job, &subject.draft()))
    }
}

impl SetMissing {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let subject = Subject::of(scene, self.job, self.meter)?;
        scene.check_word("no_meter_reasons", &self.reason, "reason")?;
        let op = match subject.standing() {
            None => {
                let reading = Reading { reason: Some(self.reason), ..subject.blank() };
                scene.create(Some(self.job), &reading)
            }
            Some(seen) => {
                let set = [("reason", self.reason.into()), ("value", Value::Null)];
                scene.change(&seen, fields(set))?
            }
        };
        Ok(Plan::of(vec![op]).ending_draft(self.job, &subject.draft()))
    }
}
