//! Adds a note to a job.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::note::Note;
use serde::Deserialize;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};

/// Adds a note.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AddNote {
    /// The job.
    pub job: RecordId,
    /// The text.
    pub text: String,
}

impl AddNote {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let job = scene.open_job(Some(self.job))?;
        if self.text.trim().is_empty() {
            return Err(ActionError::field(ErrorCode::InvalidValue, "text"));
        }
        let note = Note { text: Some(self.text), ..Note::default() };
        Ok(Plan::of(vec![scene.create(Some(job), &note)]).making())
    }
}
