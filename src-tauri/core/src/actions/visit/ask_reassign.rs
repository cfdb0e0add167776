//! Asks the office to send somebody else (申请改派).

use fieldcard_schema::id::RecordId;
use fieldcard_schema::rules::visit_state::VisitStep;
use serde::Deserialize;
use ts_rs::TS;

use super::{StepAt, StepReason, take};
use crate::actions::ActionError;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, some_text};

/// Asks to hand a visit over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct AskReassign {
    /// The visit.
    #[ts(type = "Id")]
    pub visit: RecordId,
    /// A code of `tables/reassignment_reasons.csv`.
    #[ts(type = "ReassignReason")]
    pub reason: String,
    /// In his own words.
    #[serde(default)]
    pub note: String,
}

impl AskReassign {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        scene.check_word("reassignment_reasons", &self.reason, "reason")?;
        let why = StepReason { reason: Some(self.reason), note: some_text(self.note) };
        take(scene, StepAt { visit: self.visit, at: None }, VisitStep::ReassignmentAsked, why)
    }
}
