//! Serial number of the part that went in.

use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use super::Line;
use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, Text};

/// Sets the serial number of a line's new part.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "SetNewSerial")]
pub struct SetSerial {
    /// The line.
    #[ts(type = "Id")]
    pub line: RecordId,
    /// The number as the part bears it.
    pub serial: String,
}

impl SetSerial {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let line = Line::open(scene, self.line)?;
        let text = Text { field: "in_serial", typed: self.serial.trim(), draft: (self.line, "serial") };
        scene.write_text(&line.seen, &text)
    }
}
