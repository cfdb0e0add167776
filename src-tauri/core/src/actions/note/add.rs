//! Adds a note to a job.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::note::Note;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};
use crate::store::outbox::draft_key;

/// Adds a note.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct AddNote {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// The text.
    pub text: String,
}

impl AddNote {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let file = scene.job_file(Some(self.job))?;
        if self.text.trim().is_empty() {
            return Err(ActionError::field(ErrorCode::InvalidValue, "text"));
        }
        let visit = file.work_visit().map(|visit| visit.visit);
        let note = Note { text: Some(self.text), visit, ..Note::default() };
        // The form of a new note keeps its draft under a name of its own.
        let form = draft_key(&format!("note:{}", self.job));
        Ok(Plan::of(vec![scene.create(Some(self.job), &note)]).making().ending_draft(form, "note"))
    }
}
