//! Drafts: what is being typed or drawn, kept at most half a second later, no op yet.

use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::{ActionError, Done};
use crate::job_file::JobFile;
use crate::ports::Ports;
use crate::store::outbox::{self, draft_key};
use crate::store::{Store, StoreError};

/// Longest draft: the ink of a long signature, or ten thousand characters.
const DRAFT_MAX: usize = 256 * 1024;

/// Keeps what is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "DraftSave")]
pub struct Save {
    /// The record; for a form that has none, any name that the screen keeps.
    pub rec: String,
    /// The field.
    pub field: String,
    /// The text, or ink as text.
    pub value: String,
}

/// Forgets what was typed into a record's fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "DraftClear")]
pub struct Clear {
    /// The record, or the name of the form.
    pub rec: String,
}

impl Save {
    pub(in crate::actions) fn run(self, store: &mut Store, ports: &mut Ports) -> Result<Done, ActionError> {
        if self.value.len() > DRAFT_MAX {
            return Err(ActionError::too_large(self.value.len(), DRAFT_MAX));
        }
        let rec = draft_key(&self.rec);
        // The base of the first keystroke stays: that is when the author read the field.
        let subject = subject_of(store, rec, &self.field)?;
        let ver = store.cache.seen(subject)?.map_or(0, |seen| seen.state.ver);
        let base = store.cache.mark()?.map(|mark| format!("[{ver},\"{mark}\"]"));
        let at = ports.clock.read().0;
        store.outbox.save_draft(&outbox::Draft { rec, field: self.field, value: self.value, base, at })?;
        Ok(Done::default())
    }
}

/// The record that the text will be written into: the main fault's fields are typed on the job's page.
fn subject_of(store: &Store, rec: RecordId, field: &str) -> Result<RecordId, StoreError> {
    if !field.starts_with("fault.") || matches!(field, "fault.action" | "fault.findings") {
        return Ok(rec);
    }
    let file = JobFile::read(store, rec)?;
    Ok(file.and_then(|file| file.main_fault().map(|(seen, _)| seen.rec)).unwrap_or(draft_key(field)))
}

impl Clear {
    pub(in crate::actions) fn run(self, store: &mut Store, _: &mut Ports) -> Result<Done, ActionError> {
        store.outbox.clear_drafts(draft_key(&self.rec), None)?;
        Ok(Done::default())
    }
}
