//! Strikes a step out that was tapped by mistake; the step of the job that came with it goes too.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::step::Step;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};

/// Strikes a step of a visit out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct VoidStep {
    /// The step.
    #[ts(type = "Id")]
    pub step: RecordId,
}

impl VoidStep {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, step) = scene.read::<Step>(self.step)?;
        let file = scene.job_file(seen.state.job)?;
        if step.of.as_deref() != Some("visit") {
            return Err(ErrorCode::NotFound.into());
        }
        let mut ops = vec![scene.void(&file, &seen)?];
        let came_with_it = |other: &Step| {
            other.of.as_deref() == Some("job")
                && other.at == step.at
                && matches!(other.step.as_deref(), Some("started" | "resumed"))
        };
        if step.step.as_deref() == Some("working") {
            let steps = file.all::<Step>();
            let found =
                steps.iter().find(|(s, other)| s.state.author == scene.owner.user && came_with_it(other));
            if let Some((of_job, _)) = found {
                ops.push(scene.void(&file, of_job)?);
            }
        }
        Ok(Plan::of(ops))
    }
}
