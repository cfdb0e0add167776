//! Strikes a fault out.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::fault::Fault;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::Scene;

/// Strikes a fault out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct VoidFault {
    /// The fault.
    #[ts(type = "Id")]
    pub fault: RecordId,
}

impl VoidFault {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, _) = scene.read::<Fault>(self.fault)?;
        let file = scene.job_file(seen.state.job)?;
        Ok(Plan::of(vec![scene.void(&file, &seen)?]))
    }
}
