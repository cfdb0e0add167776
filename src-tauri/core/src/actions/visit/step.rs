//! A step of a visit: accept, depart, arrive, work, pause, leave, back; now, or entered late (补录).
//!
//! Working for the first time also starts the job. Departing after the end of a visit opens the next one.

use std::collections::BTreeMap;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::record::visit::Visit;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::fold::{self, Fold};
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::rules::status::{JobStatus, VisitStatus};
use fieldcard_schema::rules::visit_state::{VisitState, VisitStep};
use fieldcard_schema::time::Timestamp;
use serde::Deserialize;
use ts_rs::TS;

use super::open::next_visit;
use crate::actions::plan::{Plan, PlannedOp};
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};
use crate::store::{Seen, job_list};

/// Takes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
pub struct StepAt {
    /// The visit.
    #[ts(type = "Id")]
    pub visit: RecordId,
    /// When it happened, for one entered late; now otherwise.
    #[serde(default)]
    pub at: Option<i64>,
}

macro_rules! steps {
    ($($name:ident $step:ident,)+) => {
        impl StepAt {
            $(pub(in crate::actions) fn $name(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
                take(scene, self, VisitStep::$step, StepReason::default())
            })+
        }
    };
}

steps! {
    accept Accepted,
    depart Departed,
    arrive Arrived,
    work Working,
    pause Paused,
    leave Left,
    back Back,
}

/// Why a step was taken, where it wants that.
#[derive(Debug, Default)]
pub(in crate::actions) struct StepReason {
    /// A code.
    pub(in crate::actions) reason: Option<String>,
    /// In his own words.
    pub(in crate::actions) note: Option<String>,
}

/// The plan of one step.
pub(in crate::actions) fn take(
    scene: &mut Scene<'_>,
    request: StepAt,
    step: VisitStep,
    why: StepReason,
) -> Result<Plan, ActionError> {
    let (seen, visit) = scene.read::<Visit>(request.visit)?;
    let job = scene.open_job(seen.state.job)?;
    let late_at = scene.past(request.at)?;
    let status = scene.status(job)?;
    let standing = standing_of(&status, request.visit)?;
    if late_at.is_none() && step == VisitStep::Departed && is_over(standing.fold.state) {
        let newest = status.visits.last().is_some_and(|last| last.visit == request.visit);
        if !newest {
            return Err(ErrorCode::ImpossibleStep.into());
        }
        return Ok(depart_again(scene, job, &status, visit));
    }
    let mut record = Step {
        subject: Some(request.visit),
        of: Some("visit".into()),
        step: Some(code(&step)),
        at: Some(late_at.unwrap_or(scene.now.wall())),
        late: late_at.is_some(),
        reason: why.reason,
        note: why.note,
        ..Step::default()
    };
    match late_at {
        Some(at) => {
            record.after = place_of(scene, &standing.fold, at)?;
            check_order(scene, job, &record, standing)?;
        }
        None if fold::next(standing.fold.state, step).is_none() => {
            return Err(ErrorCode::ImpossibleStep.into());
        }
        None => {}
    }
    let made = scene.create(Some(job), &record);
    let mut ops = vec![made];
    ops.extend(job_step(scene, job, &status, step, record.at));
    Ok(Plan::of(ops).making())
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

/// Refuses a late step that would not fit where its time puts it: it, or one behind it, would not count.
fn check_order(
    scene: &Scene<'_>,
    job: RecordId,
    step: &Step,
    standing: &VisitStatus,
) -> Result<(), ActionError> {
    let mut records = scene.store.cache.of_job(job)?;
    let taken = |seen: &Seen| {
        standing.fold.accepted.contains(&seen.rec)
            && seen.state.fields.get("step").and_then(|s| s.as_str()) == step.step.as_deref()
    };
    // Work and pauses come again; anything else is taken once.
    let again = matches!(step.step.as_deref(), Some("working" | "paused"));
    if !again && records.iter().any(taken) {
        return Err(ErrorCode::ImpossibleStep.into());
    }
    let state = RecordState {
        kind: Step::KIND.to_owned(),
        job: Some(job),
        fields: step.to_fields(),
        ver: 0,
        born: 0,
        author: scene.owner.user,
        void: false,
        field_vers: BTreeMap::new(),
    };
    records.push(Seen { rec: RecordId(uuid::Uuid::nil()), pk: i64::MAX, state, kept: false });
    let with_it = job_list::status_of(job, &records);
    let fold = &standing_of(&with_it, standing.visit)?.fold;
    if fold.impossible.len() > standing.fold.impossible.len() {
        return Err(ErrorCode::TimeOutOfOrder.into());
    }
    Ok(())
}

pub(super) fn is_over(state: VisitState) -> bool {
    matches!(state, VisitState::Left | VisitState::Back)
}

fn standing_of(status: &JobStatus, visit: RecordId) -> Result<&VisitStatus, ActionError> {
    status.visits.iter().find(|v| v.visit == visit).ok_or_else(|| ErrorCode::NotFound.into())
}

fn depart_again(scene: &mut Scene<'_>, job: RecordId, status: &JobStatus, last: Visit) -> Plan {
    let visit = scene.create(Some(job), &next_visit(scene, status, last));
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
pub(in crate::actions) fn code<C: Code>(step: &C) -> String {
    step.code().to_owned()
}
