//! Strikes a photo out. Its bytes still go to the office: the record that names them may have.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::photo::Photo;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::Scene;

/// Strikes a photo out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct VoidPhoto {
    /// The photo.
    #[ts(type = "Id")]
    pub photo: RecordId,
}

impl VoidPhoto {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, _) = scene.read::<Photo>(self.photo)?;
        let file = scene.job_file(seen.state.job)?;
        Ok(Plan::of(vec![scene.void(&file, &seen)?]))
    }
}
