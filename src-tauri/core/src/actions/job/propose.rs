//! A change to what belongs to the office: it becomes a proposal (修改申请) that the office takes or declines.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
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

/// The list that a field's word must be in.
fn list_of(field: &str) -> Option<&'static str> {
    match field {
        "type" => Some("job_types"),
        "mode" => Some("modes"),
        "priority" => Some("priorities"),
        "contact_role" => Some("contact_roles"),
        _ => None,
    }
}

impl Propose {
    /// Ten seconds do not take it back, a withdrawal does ([`super::withdraw`]), until the office has decided.
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let refused = |field: &str| ActionError::field(ErrorCode::InvalidValue, field);
        let (seen, _) = scene.read::<Job>(self.job)?;
        scene.open_job(Some(self.job))?;
        if !OFFICE_FIELDS.contains(&self.field.as_str()) {
            return Err(refused("field"));
        }
        if let (Some(list), Some(word)) = (list_of(&self.field), self.value.as_str()) {
            scene.check_word(list, word, &self.field)?;
        }
        // What is not of the field's type would leave the office with a job that nobody can read.
        let mut proposed = seen.state.fields.clone();
        proposed.insert(self.field.clone(), self.value.clone());
        if !self.value.is_null() && Job::from_fields(&proposed).is_err() {
            return Err(refused(&self.field));
        }
        let op = scene.change(&seen, Fields::from_iter([(self.field, self.value)]))?;
        Ok(Plan { lasting: true, ..Plan::of(vec![op]) })
    }
}
