//! A step of a job that a technician takes by himself: it waits, goes on, is done, cannot be repaired.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::rules::fold;
use fieldcard_schema::rules::job_state::JobStep;
use fieldcard_schema::rules::role::Role;
use serde::Deserialize;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::visit::step::code;
use crate::actions::{ActionError, ErrorCode};

/// Takes a step.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct TakeStep {
    /// The job.
    pub job: RecordId,
    /// The step.
    pub step: JobStep,
    /// Why, where the step wants it.
    #[serde(default)]
    pub reason: Option<String>,
    /// In his own words.
    #[serde(default)]
    pub note: Option<String>,
}

impl TakeStep {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let job = scene.open_job(Some(self.job))?;
        let state = scene.status(job)?.job.state;
        if !fold::may(Role::Technician, state, self.step) {
            return Err(ErrorCode::ImpossibleStep.into());
        }
        if matches!(self.step, JobStep::Waiting | JobStep::NotRepaired) && self.reason.is_none() {
            return Err(ActionError::field(ErrorCode::InvalidValue, "reason"));
        }
        let step = Step {
            subject: Some(job),
            of: Some("job".into()),
            step: Some(code(&self.step)),
            at: Some(scene.now.wall()),
            reason: self.reason,
            note: self.note,
            ..Step::default()
        };
        Ok(Plan::of(vec![scene.create(Some(job), &step)]).making())
    }
}
