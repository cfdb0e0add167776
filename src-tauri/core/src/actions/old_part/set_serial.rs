//! Serial number of the part that came out: on its record, and on the line that the card shows.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::old_part::OldPart;
use fieldcard_schema::record::part_line::PartLine;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, Text, fields, stored_text};

/// Sets the serial number of an old part.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "SetOldSerial")]
pub struct SetSerial {
    /// The old part.
    #[ts(type = "Id")]
    pub old_part: RecordId,
    /// The number as the part bears it.
    pub serial: String,
}

impl SetSerial {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, old) = scene.read::<OldPart>(self.old_part)?;
        scene.open_job(seen.state.job)?;
        let typed = self.serial.trim();
        let draft = (self.old_part, "old_serial");
        let mut plan = scene.write_text(&seen, &Text { field: "serial", typed, draft })?;
        if let (false, Some(line)) = (plan.ops.is_empty(), old.part_line) {
            let (line, _) = scene.read::<PartLine>(line)?;
            plan.ops.push(scene.change(&line, fields([("out_serial", stored_text(typed))]))?);
        }
        Ok(plan)
    }
}
