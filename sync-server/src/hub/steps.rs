//! Where the steps of a job or visit stand, as far as an op must be told: late, or impossible.
//!
//! The machines and their fold are `schema::rules`, the same on the device; here the records are fetched.

use fieldcard_schema::merge::Why;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::record::visit::Visit;
use fieldcard_schema::rules::fold::Fold;
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::rules::status::{self, JobStatus};

use super::ledger::Ledger;
use crate::storage::StorageError;
use crate::storage::records::StoredRecord;

impl Ledger<'_> {
    /// A job and its visits, folded. Rows are in the order in which the server took the records in.
    pub(super) fn job_status(&self, job: &StoredRecord) -> Result<JobStatus, StorageError> {
        let mut records = self.tx.kind_of_job(job.pk, Step::KIND)?;
        records.extend(self.tx.kind_of_job(job.pk, Visit::KIND)?);
        Ok(status::fold(job.rec, records.iter().map(|record| (record.rec, &record.state))))
    }

    /// The steps of a job, folded.
    pub(super) fn job_fold(&self, job: &StoredRecord) -> Result<Fold<JobStep>, StorageError> {
        Ok(self.job_status(job)?.job)
    }

    /// Whether a job is over, so that what comes now comes late. Known until one of its steps is written.
    pub(super) fn is_over(&mut self, job: &StoredRecord) -> Result<bool, StorageError> {
        if let Some(over) = self.over.get(&job.pk) {
            return Ok(*over);
        }
        let state = self.job_fold(job)?.state;
        let over = matches!(
            state,
            JobState::SolvedByPhone
                | JobState::Submitted
                | JobState::InReview
                | JobState::Approved
                | JobState::Closed
                | JobState::Cancelled
                | JobState::NotRepaired
                | JobState::Merged
        );
        self.over.insert(job.pk, over);
        Ok(over)
    }

    /// Whether a step that now stands in the store could not be taken where it stands.
    pub(super) fn step_why(&self, step: &StoredRecord) -> Result<Option<Why>, StorageError> {
        let Some(job) = step.state.job.map(|job| self.tx.record(job)).transpose()?.flatten() else {
            return Ok(None);
        };
        let status = self.job_status(&job)?;
        let on_visit = status.visits.iter().any(|visit| visit.fold.impossible.contains(&step.rec));
        let impossible = on_visit || status.job.impossible.contains(&step.rec);
        Ok(impossible.then_some(Why::Impossible))
    }
}
