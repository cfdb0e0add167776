//! What an old part looks like.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::old_part::OldPart;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, Text};

/// Sets the note of an old part.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "SetOldPartNote")]
pub struct SetNote {
    /// The old part.
    #[ts(type = "Id")]
    pub old_part: RecordId,
    /// The words.
    pub note: String,
}

impl SetNote {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, _) = scene.read::<OldPart>(self.old_part)?;
        scene.open_job(seen.state.job)?;
        let draft = (self.old_part, "old_note");
        scene.write_text(&seen, &Text { field: "note", typed: &self.note, draft })
    }
}
