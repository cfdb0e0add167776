//! Which of several faults is the main one: exactly one is.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::fault::Fault;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};

/// Makes a fault the main one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "SetMainFaultOfJob")]
pub struct SetMain {
    /// The fault.
    #[ts(type = "Id")]
    pub fault: RecordId,
}

impl SetMain {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, _) = scene.read::<Fault>(self.fault)?;
        let file = scene.job_file(seen.state.job)?;
        let mut ops = Vec::new();
        for (seen, fault) in file.all::<Fault>() {
            let main = seen.rec == self.fault;
            if fault.main != main {
                ops.push(scene.change(seen, fields([("main", main.into())]))?);
            }
        }
        Ok(Plan::of(ops))
    }
}
