//! A step of a visit: accept, depart, arrive, work, pause, leave, back; now, or entered late (补录).
//!
//! Working for the first time also starts the job. Departing after the end of a visit opens the next one.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::record::visit::Visit;
use fieldcard_schema::rules::fold::{self, Fold};
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::rules::status::JobStatus;
use fieldcard_schema::rules::visit_state::{VisitState, VisitStep};
use fieldcard_schema::time::Timestamp;
use serde::Deserialize;

use crate::actions::plan::{Plan, PlannedOp};
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};

/// Takes a step.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TakeStep {
    /// The visit.
    pub visit: RecordId,
    /// The step.
    pub step: VisitStep,
    /// When it happened, for one entered late; now otherwise.
    #[serde(default)]
    pub at: Option<i64>,
    /// Why, where the step wants it.
    #[serde(default)]
    pub reason: Option<String>,
    /// In his own words.
    #[serde(default)]
    pub note: Option<String>,
}

impl TakeStep {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, visit) = scene.read::<Visit>(self.visit)?;
        let job = scene.open_job(seen.state.job)?;
        let late_at = scene.past(self.at)?;
        let status = scene.status(job)?;
        let fold = fold_of(&status, self.visit)?;
        if late_at.is_none() && self.step == VisitStep::Departed && is_over(fold.state) {
            return Ok(next_visit(scene, job, &status, visit));
        }
        let step = self.record(scene, fold, late_at)?;
        let mut ops = vec![scene.create(Some(job), &step)];
        ops.extend(job_step(scene, job, &status, self.step, step.at));
        Ok(Plan::of(ops).making())
    }

    fn record(
        &self,
        scene: &Scene<'_>,
        fold: &Fold<VisitStep>,
        late_at: Option<Timestamp>,
    ) -> Result<Step, ActionError> {
        let after = match late_at {
            Some(at) => Some(place_of(scene, fold, at)?),
            None if fold::next(fold.state, self.step).is_none() => {
                return Err(ErrorCode::ImpossibleStep.into());
            }
            None => None,
        };
        Ok(Step {
            subject: Some(self.visit),
            of: Some("visit".into()),
            step: Some(code(&self.step)),
            at: Some(late_at.unwrap_or(scene.now.wall())),
            late: late_at.is_some(),
            after: after.flatten(),
            reason: self.reason.clone(),
            note: self.note.clone(),
            ..Step::default()
        })
    }
}

/// The step that one of this time stands behind: the last that counted and is not later.
fn place_of(
    scene: &Scene<'_>,
    fold: &Fold<VisitStep>,
    at: Timestamp,
) -> Result<Option<RecordId>, ActionError> {
    let mut place = None;
    for rec in &fold.accepted {
        let (_, step) = scene.read::<Step>(*rec)?;
        if step.at.is_some_and(|t| t <= at) {
            place = Some(*rec);
        }
    }
    Ok(place)
}

fn is_over(state: VisitState) -> bool {
    matches!(state, VisitState::Left | VisitState::Back)
}

fn fold_of(status: &JobStatus, visit: RecordId) -> Result<&Fold<VisitStep>, ActionError> {
    let found = status.visits.iter().find(|v| v.visit == visit);
    found.map(|v| &v.fold).ok_or_else(|| ErrorCode::NotFound.into())
}

fn next_visit(scene: &mut Scene<'_>, job: RecordId, status: &JobStatus, last: Visit) -> Plan {
    let number = status.visits.iter().filter_map(|v| v.fields.number).max().unwrap_or(0) + 1;
    let lead = Some(scene.owner.user);
    let visit = Visit { number: Some(number), place: last.place, lead, crew: last.crew, ..Visit::default() };
    let visit = scene.create(Some(job), &visit);
    let step = Step {
        subject: Some(visit.rec),
        of: Some("visit".into()),
        step: Some(code(&VisitStep::Departed)),
        at: Some(scene.now.wall()),
        ..Step::default()
    };
    let step = scene.create(Some(job), &step);
    Plan::of(vec![visit, step]).making()
}

/// Working starts the job, or takes it up again after it waited.
fn job_step(
    scene: &mut Scene<'_>,
    job: RecordId,
    status: &JobStatus,
    step: VisitStep,
    at: Option<Timestamp>,
) -> Option<PlannedOp> {
    let step = match (step, status.job.state) {
        (VisitStep::Working, JobState::Waiting | JobState::Returned) => JobStep::Resumed,
        (VisitStep::Working, state) if fold::next(state, JobStep::Started).is_some() => JobStep::Started,
        _ => return None,
    };
    let step =
        Step { subject: Some(job), of: Some("job".into()), step: Some(code(&step)), at, ..Step::default() };
    Some(scene.create(Some(job), &step))
}

/// The word of a step, as records hold it.
pub(in crate::actions) fn code<C: fieldcard_schema::rules::code::Code>(step: &C) -> String {
    step.code().to_owned()
}
