//! Which line is the main fault part (主损件): at most one of a job is.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::part_line::PartLine;
use serde::Deserialize;
use ts_rs::TS;

use super::Line;
use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};

/// Makes a line the main fault part, or no longer that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct SetMainFault {
    /// The line.
    #[ts(type = "Id")]
    pub line: RecordId,
    /// It is.
    pub main_fault: bool,
}

impl SetMainFault {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let line = Line::open(scene, self.line)?;
        let mut ops = Vec::new();
        for (seen, fields_of) in line.file.all::<PartLine>() {
            let own = seen.rec == self.line;
            let main = if own { self.main_fault } else { fields_of.main_part && !self.main_fault };
            if fields_of.main_part != main {
                ops.push(scene.change(seen, fields([("main_part", main.into())]))?);
            }
        }
        Ok(Plan::of(ops))
    }
}
