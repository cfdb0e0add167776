//! The office moves a job: cancels, reviews, returns, approves, closes or reopens it.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::step::Step as StepRecord;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::fold::Step;
use fieldcard_schema::rules::job_state::JobStep;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::{Actor, OfficeOp};
use crate::hub::Hub;

/// The fields of a step of a job.
pub(super) fn step_fields(job: RecordId, step: JobStep, at: Timestamp, note: Option<&str>) -> Fields {
    StepRecord {
        subject: Some(job),
        of: Some("job".to_owned()),
        step: Some(step.code().to_owned()),
        at: Some(at),
        note: note.map(str::to_owned),
        ..StepRecord::default()
    }
    .to_fields()
}

impl Hub {
    /// Takes one step on a job: `InvalidValue` when it leads nowhere from where the job stands,
    /// `Forbidden` when none of the actor's roles may take it there.
    pub fn step_job(
        &mut self,
        actor: &Actor,
        job: RecordId,
        step: JobStep,
        note: Option<&str>,
    ) -> Result<RecordId, ApiError> {
        self.write(|ledger| {
            let found = ledger.record_or_not_found(job)?;
            let state = ledger.job_fold(&found)?.state;
            let way = step.rule(state).ok_or(ApiError::about(ErrorCode::InvalidValue, "step"))?;
            if !way.roles.meets(actor.roles) {
                return Err(ErrorCode::Forbidden.into());
            }
            let rec = ledger.new_record_id();
            let fields = step_fields(job, step, ledger.now, note);
            ledger.office(actor, vec![OfficeOp::create("step", rec, Some(job), fields)])?;
            Ok(rec)
        })
    }
}
