//! The office writes a job down.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::wire::error::ApiError;

use super::{Actor, OfficeOp};
use crate::hub::Hub;

impl Hub {
    /// Makes a job; when it names an assignee he gets it at once.
    pub fn create_job(&mut self, actor: &Actor, job: &Job) -> Result<RecordId, ApiError> {
        self.write(|ledger| {
            let rec = ledger.new_record_id();
            ledger.office(actor, vec![OfficeOp::create(Job::KIND, rec, None, job.to_fields())])?;
            Ok(rec)
        })
    }
}
