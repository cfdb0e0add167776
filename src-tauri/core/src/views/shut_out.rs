//! What a device that was shut out still holds beside its queue: text and ink that never became a record.

use fieldcard_schema::id::RecordId;
use serde::Serialize;
use ts_rs::TS;

use super::scene::Scene;
use crate::error::ActionError;
use crate::shut_out;
use crate::sign_off::{CARD_DRAFTS, HANDED_OVER};
use crate::store::outbox::Draft;
use crate::store::{Store, StoreError};

/// What was typed about one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct DraftLeft {
    /// Number of the job it is about.
    number: Option<String>,
    /// A signature or a card's text that nobody confirmed.
    signature: bool,
    texts: Vec<String>,
}

/// The view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct ShutOutView {
    drafts: Vec<DraftLeft>,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>) -> Result<ShutOutView, ActionError> {
    let drafts = shut_out::drafts(scene.store)?.into_iter().map(|rec| left(scene.store, rec));
    Ok(ShutOutView { drafts: drafts.collect::<Result<_, _>>()? })
}

fn is_of_a_card(draft: &Draft) -> bool {
    draft.field == HANDED_OVER || CARD_DRAFTS.contains(&draft.field.as_str())
}

fn left(store: &Store, rec: RecordId) -> Result<DraftLeft, StoreError> {
    let drafts = store.outbox.drafts(rec)?;
    let (card, texts): (Vec<Draft>, Vec<Draft>) = drafts.into_iter().partition(is_of_a_card);
    let texts = texts.into_iter().map(|draft| draft.value).filter(|text| !text.trim().is_empty());
    Ok(DraftLeft { number: number(store, rec)?, signature: !card.is_empty(), texts: texts.collect() })
}

/// Number of the job that a record is, or hangs on.
fn number(store: &Store, rec: RecordId) -> Result<Option<String>, StoreError> {
    let job = store.cache.seen(rec)?.and_then(|seen| seen.state.job).unwrap_or(rec);
    let line = store.cache.job_line(job)?;
    Ok(line.and_then(|line| line.fields.number))
}

/// All of it as a text, each draft whole under the number of its job and the name of its field.
pub(crate) fn text(store: &Store) -> Result<String, StoreError> {
    let mut lines = Vec::new();
    for rec in shut_out::drafts(store)? {
        lines.push(format!("[{}]", number(store, rec)?.unwrap_or_else(|| rec.to_string())));
        let drafts = store.outbox.drafts(rec)?;
        lines.extend(drafts.into_iter().map(|draft| format!("{}: {}", draft.field, draft.value)));
        lines.push(String::new());
    }
    Ok(lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat())
}
