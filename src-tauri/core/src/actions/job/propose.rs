//! A change to what belongs to the office: it becomes a proposal (修改申请) that the office takes or declines.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::job::{Job, OFFICE_FIELDS};
use serde::Deserialize;
use serde_json::Value;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};

/// Proposes another value for one of the office's fields.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[ts(rename = "JobPropose")]
pub struct Propose {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// One of the office's fields.
    pub field: String,
    /// The value proposed.
    #[ts(type = "unknown")]
    pub value: Value,
}

impl Propose {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, _) = scene.read::<Job>(self.job)?;
        scene.open_job(Some(self.job))?;
        if !OFFICE_FIELDS.contains(&self.field.as_str()) {
            return Err(ActionError::field(ErrorCode::InvalidValue, "field"));
        }
        let op = scene.change(&seen, Fields::from_iter([(self.field, self.value)]))?;
        Ok(Plan::of(vec![op]))
    }
}
