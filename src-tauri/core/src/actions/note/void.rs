//! Strikes a note out.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::note::Note;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::Scene;

/// Strikes a note out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct VoidNote {
    /// The note.
    #[ts(type = "Id")]
    pub note: RecordId,
}

impl VoidNote {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, _) = scene.read::<Note>(self.note)?;
        let file = scene.job_file(seen.state.job)?;
        Ok(Plan::of(vec![scene.void(&file, &seen)?]))
    }
}
