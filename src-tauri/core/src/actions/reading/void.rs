//! Strikes a reading out: a replaced meter that was none.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::reading::Reading;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::Scene;

/// Strikes a reading out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct VoidReading {
    /// The reading.
    #[ts(type = "Id")]
    pub reading: RecordId,
}

impl VoidReading {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, _) = scene.read::<Reading>(self.reading)?;
        let file = scene.job_file(seen.state.job)?;
        Ok(Plan::of(vec![scene.void(&file, &seen)?]))
    }
}
