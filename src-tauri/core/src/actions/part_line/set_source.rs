//! Where the new part came from.

use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use super::Line;
use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};

/// Sets the source of a line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct SetSource {
    /// The line.
    #[ts(type = "Id")]
    pub line: RecordId,
    /// A code of `tables/part_sources.csv`.
    #[ts(type = "PartSource")]
    pub source: String,
}

impl SetSource {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        scene.check_word("part_sources", &self.source, "source")?;
        let line = Line::open(scene, self.line)?;
        Ok(Plan::of(vec![scene.change(&line.seen, fields([("source", self.source.into())]))?]))
    }
}
