//! Strikes a line out, and the old part that came out of it, as one action.

use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use super::Line;
use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::Scene;

/// Strikes a line out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "VoidPartLine")]
pub struct VoidLine {
    /// The line.
    #[ts(type = "Id")]
    pub line: RecordId,
}

impl VoidLine {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let line = Line::open(scene, self.line)?;
        let mut ops = vec![scene.void(&line.file, &line.seen)?];
        for (seen, _) in line.old_parts() {
            ops.push(scene.void(&line.file, seen)?);
        }
        Ok(Plan::of(ops))
    }
}
