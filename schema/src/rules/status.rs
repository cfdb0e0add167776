//! Where a job and its visits stand, folded from the records that hang on the job.
//!
//! Both ends ask here: the device for its lists, the server for the console and for what is late. Records
//! come in the server's order; what only the device knows comes after.

use super::fold::{Fold, StepFact, fold as fold_steps};
use super::job_state::{JobState, JobStep};
use super::visit_state::{VisitStep, asks_reassignment};
use crate::id::{RecordId, UserId};
use crate::merge::RecordState;
use crate::record::Record;
use crate::record::step::Step;
use crate::record::visit::Visit;
use crate::time::Timestamp;

/// Where a visit stands.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitStatus {
    /// The visit.
    pub visit: RecordId,
    /// Its fields.
    pub fields: Visit,
    /// Its steps, folded.
    pub fold: Fold<VisitStep>,
    /// Its technician asks to hand it over.
    pub asks_reassignment: bool,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq)]
pub struct JobStatus {
    /// The job's own steps, folded.
    pub job: Fold<JobStep>,
    /// Reason of the step that made it wait, while it waits.
    pub waiting_for: Option<String>,
    /// When the technician was done with it, if he is.
    pub done_at: Option<Timestamp>,
    /// Its visits by number.
    pub visits: Vec<VisitStatus>,
}

struct StepRecord {
    rec: RecordId,
    author: UserId,
    void: bool,
    step: Step,
}

/// Folds the records of the job `job`, which stand in server order; other kinds are passed over.
pub fn fold<'a>(job: RecordId, records: impl Iterator<Item = (RecordId, &'a RecordState)>) -> JobStatus {
    let (mut steps, mut visits) = (Vec::new(), Vec::new());
    for (rec, state) in records {
        match state.kind.as_str() {
            Step::KIND => steps.extend(Step::from_fields(&state.fields).ok().map(|step| StepRecord {
                rec,
                author: state.author,
                void: state.void,
                step,
            })),
            Visit::KIND if !state.void => {
                visits.extend(Visit::from_fields(&state.fields).ok().map(|fields| (rec, fields)));
            }
            _ => {}
        }
    }
    visits.sort_by_key(|(rec, fields)| (fields.number, *rec));
    let own = fold_steps(&facts::<JobStep>(&steps, job, None));
    let waiting_for = own
        .accepted
        .last()
        .filter(|_| own.state == JobState::Waiting)
        .and_then(|last| steps.iter().find(|s| s.rec == *last).and_then(|s| s.step.reason.clone()));
    JobStatus {
        waiting_for,
        done_at: own.since.filter(|_| is_done(own.state)),
        visits: visits.into_iter().map(|(visit, fields)| visit_status(&steps, visit, fields)).collect(),
        job: own,
    }
}

fn visit_status(steps: &[StepRecord], visit: RecordId, fields: Visit) -> VisitStatus {
    let facts = facts::<VisitStep>(steps, visit, fields.lead);
    let fold = fold_steps(&facts);
    VisitStatus { visit, asks_reassignment: asks_reassignment(&facts, &fold), fold, fields }
}

fn facts<S: super::fold::Step>(
    steps: &[StepRecord],
    subject: RecordId,
    lead: Option<UserId>,
) -> Vec<StepFact<S>> {
    let own = steps.iter().filter(|s| s.step.subject == Some(subject));
    own.map(|s| StepFact::of(s.rec, &s.step, s.void, lead.is_none_or(|lead| lead == s.author))).collect()
}

/// Whether the technician has nothing more to do there.
pub fn is_done(state: JobState) -> bool {
    !matches!(
        state,
        JobState::Created
            | JobState::Triaged
            | JobState::Dispatched
            | JobState::Returned
            | JobState::InProgress
            | JobState::Waiting
    )
}
