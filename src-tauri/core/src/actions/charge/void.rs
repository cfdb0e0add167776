//! Strikes a charge out.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::charge::Charge;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::Scene;

/// Strikes a charge out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct VoidCharge {
    /// The charge.
    #[ts(type = "Id")]
    pub charge: RecordId,
}

impl VoidCharge {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, _) = scene.read::<Charge>(self.charge)?;
        let file = scene.job_file(seen.state.job)?;
        Ok(Plan::of(vec![scene.void(&file, &seen)?]))
    }
}
