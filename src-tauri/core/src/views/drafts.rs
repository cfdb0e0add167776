//! What was typed into a form and is no op yet.

use std::collections::BTreeMap;

use fieldcard_schema::id::RecordId;
use serde::Serialize;
use ts_rs::TS;

use super::scene::Scene;
use super::value::TextField;
use crate::error::ActionError;
use crate::store::outbox::draft_key;

/// Drafts by field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct DraftsView {
    fields: BTreeMap<String, String>,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, rec: &str) -> Result<DraftsView, ActionError> {
    Ok(DraftsView { fields: Drafts::of(scene, draft_key(rec))?.0 })
}

/// The drafts of one record.
pub(super) struct Drafts(BTreeMap<String, String>);

impl Drafts {
    pub(super) fn of(scene: &Scene<'_>, rec: RecordId) -> Result<Self, ActionError> {
        let drafts = scene.store.outbox.drafts(rec)?.into_iter();
        Ok(Self(drafts.map(|draft| (draft.field, draft.value)).collect()))
    }

    /// A text with what was typed since.
    pub(super) fn field(&self, draft: &str, value: Option<String>) -> TextField {
        TextField { value: value.unwrap_or_default(), draft: self.0.get(draft).cloned() }
    }
}
