//! A step of a job that a technician takes by himself: it waits, goes on, cannot be repaired.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::rules::fold;
use fieldcard_schema::rules::job_state::JobStep;
use fieldcard_schema::rules::role::Role;
use fieldcard_schema::rules::visit_state::VisitState;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::{Plan, PlannedOp};
use crate::actions::scene::{Scene, fields, some_text};
use crate::actions::visit::{StepReason, code};
use crate::actions::{ActionError, ErrorCode};
use crate::job_file::JobFile;

/// The job waits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "JobWait")]
pub struct Wait {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// A code of `tables/waiting_reasons.csv`.
    #[ts(type = "WaitReason")]
    pub reason: String,
    /// In his own words.
    #[serde(default)]
    pub note: String,
}

/// It goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "JobResume")]
pub struct Resume {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
}

/// It ends without a repair.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "JobNotRepaired")]
pub struct NotRepaired {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// A code of `tables/cannot_complete_reasons.csv`.
    #[ts(type = "NotRepairedReason")]
    pub reason: String,
    /// In his own words.
    #[serde(default)]
    pub note: String,
}

impl Wait {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        scene.check_word("waiting_reasons", &self.reason, "reason")?;
        let file = scene.job_file(Some(self.job))?;
        let why = StepReason { reason: Some(self.reason), note: some_text(self.note) };
        Ok(Plan::of(vec![step(scene, &file, JobStep::Waiting, why)?]))
    }
}

impl Resume {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let file = scene.job_file(Some(self.job))?;
        Ok(Plan::of(vec![step(scene, &file, JobStep::Resumed, StepReason::default())?]))
    }
}

impl NotRepaired {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        scene.check_word("cannot_complete_reasons", &self.reason, "reason")?;
        let file = scene.job_file(Some(self.job))?;
        let why = StepReason { reason: Some(self.reason.clone()), note: some_text(self.note) };
        let mut ops = vec![step(scene, &file, JobStep::NotRepaired, why)?];
        // The visit's card then asks neither for a time of working nor for what was done.
        let visit = file.work_visit().filter(|visit| visit.fold.state >= VisitState::Departed);
        if let Some(visit) = visit {
            let seen = scene.record(visit.visit)?;
            ops.push(scene.change(&seen, fields([("cannot_complete", self.reason.into())]))?);
        }
        Ok(Plan::of(ops))
    }
}

fn step(
    scene: &mut Scene<'_>,
    file: &JobFile,
    step: JobStep,
    why: StepReason,
) -> Result<PlannedOp, ActionError> {
    if !fold::may(Role::Technician, file.status.job.state, step) {
        return Err(ErrorCode::ImpossibleStep.into());
    }
    let step = Step {
        subject: Some(file.job()),
        of: Some("job".into()),
        step: Some(code(&step)),
        at: Some(scene.now.wall()),
        reason: why.reason,
        note: why.note,
        ..Step::default()
    };
    Ok(scene.create(Some(file.job()), &step))
}
