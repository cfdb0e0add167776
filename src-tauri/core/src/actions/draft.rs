//! Drafts: what is being typed or drawn, kept at most half a second later, no op yet.

use fieldcard_schema::id::RecordId;
use serde::Deserialize;

use super::{ActionError, Done, ErrorCode};
use crate::ports::Ports;
use crate::store::{Store, outbox};

/// Longest draft: the ink of a long signature, or ten thousand characters.
const DRAFT_MAX: usize = 256 * 1024;

/// Keeps what is being typed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Save {
    /// The record; for a form that has none yet, an id that the screen keeps.
    pub rec: RecordId,
    /// The field.
    pub field: String,
    /// The text, or ink as text.
    pub value: String,
}

/// Forgets what was typed into a record's fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Clear {
    /// The record.
    pub rec: RecordId,
}

impl Save {
    pub(super) fn run(self, store: &mut Store, ports: &Ports) -> Result<Done, ActionError> {
        if self.value.len() > DRAFT_MAX {
            return Err(ErrorCode::TooLarge.into());
        }
        // The base of the first keystroke stays: that is when the author read the field.
        let ver = store.cache.seen(self.rec)?.map_or(0, |seen| seen.state.ver);
        let base = store.cache.mark()?.map(|mark| format!("[{ver},\"{mark}\"]"));
        let at = ports.clock.read().0;
        store.outbox.save_draft(&outbox::Draft {
            rec: self.rec,
            field: self.field,
            value: self.value,
            base,
            at,
        })?;
        Ok(Done::default())
    }
}

impl Clear {
    pub(super) fn run(self, store: &mut Store) -> Result<Done, ActionError> {
        store.outbox.clear_drafts(self.rec, None)?;
        Ok(Done::default())
    }
}
