//! The office gives a job to people, or to others.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::wire::error::ApiError;

use super::step_job::step_fields;
use super::{Actor, OfficeOp};
use crate::hub::Hub;

/// Who shall do a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The technician who leads it; none takes it back.
    pub assignee: Option<UserId>,
    /// Others who work on it.
    pub crew: Vec<UserId>,
    /// The version of the job that the actor had before his eyes.
    pub base: Option<u64>,
}

impl Hub {
    /// Moves a job to other people: put for the new, leave for the old, in one transaction. A job that
    /// nobody had yet is dispatched by it.
    pub fn assign(&mut self, actor: &Actor, job: RecordId, to: Assignment) -> Result<(), ApiError> {
        self.write(|ledger| {
            let found = ledger.record_or_not_found(job)?;
            let set: Fields = [
                ("assignee".to_owned(), serde_json::json!(to.assignee)),
                ("crew".to_owned(), serde_json::json!(to.crew)),
            ]
            .into_iter()
            .collect();
            let mut ops = vec![OfficeOp::set(Job::KIND, job, set, to.base)];
            let state = ledger.job_fold(&found)?.state;
            if to.assignee.is_some() && matches!(state, JobState::Created | JobState::Triaged) {
                let rec = ledger.new_record_id();
                let fields = step_fields(job, JobStep::Dispatched, ledger.now, None);
                ops.push(OfficeOp::create("step", rec, Some(job), fields));
            }
            ledger.office(actor, ops).map(drop)
        })
    }
}
