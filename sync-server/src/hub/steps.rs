//! Where the steps of a job or visit stand, as far as an op must be told: late, or impossible.
//!
//! The machines are `schema::rules`; here their facts are gathered from the store.

use fieldcard_schema::id::UserId;
use fieldcard_schema::merge::Why;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::rules::fold::{self, Fold, StepFact};
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::rules::visit_state::VisitStep;

use super::ledger::Ledger;
use crate::storage::StorageError;
use crate::storage::records::StoredRecord;

/// A step record and what it says; one of a shape not known says nothing.
fn steps_of(records: &[StoredRecord], subject: &StoredRecord) -> Vec<(StoredRecord, Step)> {
    let read = |record: &StoredRecord| {
        let step = Step::from_fields(&record.state.fields).ok()?;
        (step.subject == Some(subject.rec)).then(|| (record.clone(), step))
    };
    let mut steps: Vec<_> = records.iter().filter_map(read).collect();
    steps.sort_by_key(|(record, _)| record.state.born);
    steps
}

impl Ledger<'_> {
    /// The steps of a job, folded.
    pub(super) fn job_fold(&self, job: &StoredRecord) -> Result<Fold<JobStep>, StorageError> {
        let steps = steps_of(&self.tx.kind_of_job(job.pk, Step::KIND)?, job);
        let fact = |(record, step): &(StoredRecord, Step)| {
            StepFact::<JobStep>::of(record.rec, step, record.state.void, true)
        };
        Ok(fold::fold(&steps.iter().map(fact).collect::<Vec<_>>()))
    }

    fn visit_fold(&self, visit: &StoredRecord, job: &StoredRecord) -> Result<Fold<VisitStep>, StorageError> {
        let lead: Option<UserId> =
            visit.state.fields.get("lead").and_then(|lead| lead.as_str()).and_then(|lead| lead.parse().ok());
        let steps = steps_of(&self.tx.kind_of_job(job.pk, Step::KIND)?, visit);
        let fact = |(record, step): &(StoredRecord, Step)| {
            let is_lead = lead.is_none_or(|lead| lead == record.state.author);
            StepFact::<VisitStep>::of(record.rec, step, record.state.void, is_lead)
        };
        Ok(fold::fold(&steps.iter().map(fact).collect::<Vec<_>>()))
    }

    /// Whether a job is over, so that what comes now comes late.
    pub(super) fn is_over(&self, job: &StoredRecord) -> Result<bool, StorageError> {
        let state = self.job_fold(job)?.state;
        Ok(matches!(
            state,
            JobState::SolvedByPhone
                | JobState::Submitted
                | JobState::InReview
                | JobState::Approved
                | JobState::Closed
                | JobState::Cancelled
                | JobState::NotRepaired
                | JobState::Merged
        ))
    }

    /// Whether a step that now stands in the store could not be taken where it stands.
    pub(super) fn step_why(&self, step: &StoredRecord) -> Result<Option<Why>, StorageError> {
        let Some(job) = step.state.job.map(|job| self.tx.record(job)).transpose()?.flatten() else {
            return Ok(None);
        };
        let Ok(said) = Step::from_fields(&step.state.fields) else { return Ok(None) };
        let Some(subject) = said.subject.map(|id| self.tx.record(id)).transpose()?.flatten() else {
            return Ok(None);
        };
        let impossible = if subject.state.kind == "visit" {
            self.visit_fold(&subject, &job)?.impossible
        } else {
            self.job_fold(&job)?.impossible
        };
        Ok(impossible.contains(&step.rec).then_some(Why::Impossible))
    }
}
