//! The payer agreed to a price before the work was done.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::charge::Charge;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};
use crate::actions::{ActionError, ErrorCode};

/// Notes who agreed to a charge.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct AgreeCharge {
    /// The charge.
    #[ts(type = "Id")]
    pub charge: RecordId,
    /// Name of the one who agreed.
    pub by: String,
}

impl AgreeCharge {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        if self.by.trim().is_empty() {
            return Err(ActionError::field(ErrorCode::InvalidValue, "by"));
        }
        let (seen, _) = scene.read::<Charge>(self.charge)?;
        scene.open_job(seen.state.job)?;
        let set = fields([
            ("agreed", true.into()),
            ("agreed_by", self.by.into()),
            ("agreed_at", scene.now.wall().0.into()),
            ("agreed_clock", serde_json::to_value(scene.now).map_err(|_| ErrorCode::Internal)?),
        ]);
        Ok(Plan::of(vec![scene.change(&seen, set)?]))
    }
}
