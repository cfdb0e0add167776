//! A lost tag gets a new one that names the old.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::old_part::OldPart;
use serde::Deserialize;
use serde_json::Value;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};
use crate::actions::{ActionError, tag};

/// Gives an old part a new tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct Retag {
    /// The old part.
    #[ts(type = "Id")]
    pub old_part: RecordId,
}

impl Retag {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, old) = scene.read::<OldPart>(self.old_part)?;
        scene.open_job(seen.state.job)?;
        let mut plan = Plan::default();
        let tag = tag::next(scene, &mut plan)?;
        let lost = old.tag.map_or(Value::Null, Value::from);
        plan.ops.push(scene.change(&seen, fields([("tag", tag.text().into()), ("replaces_tag", lost)]))?);
        Ok(plan)
    }
}
