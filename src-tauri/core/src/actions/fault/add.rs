//! One more fault of the same job: a consequence of the main one, or something beside it.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::fault::Fault;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};

/// Adds a fault; the first one of a job is its main fault.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct AddFault {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// What was to be seen or heard.
    pub phenomenon: String,
}

impl AddFault {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let file = scene.job_file(Some(self.job))?;
        if self.phenomenon.trim().is_empty() {
            return Err(ActionError::field(ErrorCode::InvalidValue, "phenomenon"));
        }
        let main = file.main_fault().is_none();
        let fault = Fault { phenomenon: Some(self.phenomenon), main, ..Fault::default() };
        Ok(Plan::of(vec![scene.create(Some(self.job), &fault)]).making())
    }
}
