//! The office gives a job to people, or to others, and with it the visit that is to be made.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::visit::Visit;
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::rules::status::{self, VisitStatus};
use fieldcard_schema::rules::visit_state::VisitState;
use fieldcard_schema::wire::error::ApiError;

use super::step_job::step_fields;
use super::{Actor, OfficeOp};
use crate::hub::ledger::Ledger;
use crate::hub::{Hub, HubError};
use crate::storage::records::StoredRecord;

/// The field of a job that says why it was given to others.
const REASON: &str = "reassign_reason";

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
    /// nobody had yet is dispatched by it, and its first visit planned.
    pub fn assign(&mut self, actor: &Actor, job: RecordId, to: Assignment) -> Result<(), ApiError> {
        self.reassign(actor, job, to, None)
    }

    /// The same with a reason, in the actor's words: it stands on the job until it is given to others again.
    pub fn reassign(
        &mut self,
        actor: &Actor,
        job: RecordId,
        to: Assignment,
        reason: Option<&str>,
    ) -> Result<(), ApiError> {
        self.write(|ledger| ledger.assign(actor, job, to, reason))
    }
}

impl Ledger<'_> {
    /// As [`Hub::reassign`], in a transaction that is open.
    pub(super) fn assign(
        &mut self,
        actor: &Actor,
        job: RecordId,
        to: Assignment,
        reason: Option<&str>,
    ) -> Result<(), HubError> {
        let Assignment { assignee, crew, base } = to;
        let found = self.record_or_not_found(job)?;
        let people = [("assignee", serde_json::json!(assignee)), ("crew", serde_json::json!(crew))];
        let mut set: Fields = people.into_iter().map(|(field, value)| (field.to_owned(), value)).collect();
        // The reason of the time before says nothing of this one.
        if reason.is_some() || found.state.fields.contains_key(REASON) {
            set.insert(REASON.to_owned(), serde_json::json!(reason));
        }
        let mut ops = vec![Some(OfficeOp::set(Job::KIND, job, set, base))];
        let state = self.job_fold(&found)?.state;
        if assignee.is_some() && matches!(state, JobState::Created | JobState::Triaged) {
            let rec = self.new_record_id();
            let fields = step_fields(job, JobStep::Dispatched, self.now, None);
            ops.push(Some(OfficeOp::create("step", rec, Some(job), fields)));
        }
        if let Some(lead) = assignee {
            ops.push(self.planned_visit(&found, lead, &crew)?);
        }
        self.office(actor, ops.into_iter().flatten().collect()).map(drop)
    }

    /// The visit that the new lead is to make: one that nobody set out for is his now; if there is none and he
    /// has none, he gets one. A visit under way stays with the one who makes it.
    fn planned_visit(
        &mut self,
        job: &StoredRecord,
        lead: UserId,
        crew: &[UserId],
    ) -> Result<Option<OfficeOp>, HubError> {
        let records = self.tx.records_of_job(job.pk)?;
        let status = status::fold(job.rec, records.iter().map(|record| (record.rec, &record.state)));
        let visits = &status.visits;
        let waiting = |v: &&VisitStatus| matches!(v.fold.state, VisitState::Planned | VisitState::Accepted);
        if let Some(visit) = visits.iter().find(waiting) {
            let people = [("lead", serde_json::json!(lead)), ("crew", serde_json::json!(crew))];
            let set = people.into_iter().map(|(field, value)| (field.to_owned(), value)).collect();
            return Ok(Some(OfficeOp::set(Visit::KIND, visit.visit, set, None)));
        }
        if visits.iter().any(|visit| visit.fields.lead == Some(lead)) {
            return Ok(None);
        }
        let fields = Job::from_fields(&job.state.fields).unwrap_or_default();
        let visit = Visit {
            number: Some(visits.iter().filter_map(|v| v.fields.number).max().unwrap_or(0) + 1),
            place: Some("field".to_owned()),
            lead: Some(lead),
            crew: crew.to_vec(),
            planned_from: fields.plan_from,
            planned_to: fields.plan_to,
            ..Visit::default()
        };
        let rec = self.new_record_id();
        Ok(Some(OfficeOp::create(Visit::KIND, rec, Some(job.rec), visit.to_fields())))
    }
}
