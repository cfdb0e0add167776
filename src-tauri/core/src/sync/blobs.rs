//! The next run of a blob to send: cards before photos, what was begun goes on where the server stands.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::blob::{BlobPut, BlobState, RUN_MAX, UNIT};

use crate::store::outbox::StoredBlob;
use crate::store::{Store, StoreError};

/// What to ask of the server next.
#[derive(Debug, Clone)]
pub(super) enum BlobStep {
    /// What it has of this blob.
    AskState(Digest),
    /// To take this run.
    Put(BlobPut),
    /// To check the whole.
    Complete(Digest),
}

/// Which of the waiting blobs may go now.
pub(super) struct Choice<'a> {
    /// Photos may; cards always do.
    pub(super) photos: bool,
    /// How often one failed in a row; none while it is not to be tried again.
    pub(super) failures: &'a dyn Fn(Digest) -> Option<u32>,
}

/// Rank of cards.
const CARDS: u8 = 0;

/// The first step of the blob whose turn it is: of those that failed least the first that waits.
pub(super) fn first(
    store: &Store,
    choice: &Choice<'_>,
    budget: usize,
) -> Result<Option<BlobStep>, StoreError> {
    let may = |blob: &StoredBlob| choice.photos || blob.rank == CARDS;
    let due = store.outbox.waiting_blobs()?.into_iter().filter(may);
    let tried = due.filter_map(|blob| Some(((choice.failures)(blob.sha256)?, blob)));
    let Some((_, blob)) = tried.min_by_key(|(failures, _)| *failures) else { return Ok(None) };
    if blob.begun {
        return Ok(Some(BlobStep::AskState(blob.sha256)));
    }
    let nothing = BlobState {
        sha256: blob.sha256,
        size: blob.size,
        have: String::new(),
        stored: false,
        pos: None,
        epoch: None,
    };
    run(store, &blob, &nothing, budget)
}

/// The step after the server has told its state of a blob; `None` once it is stored.
pub(super) fn after(store: &Store, state: &BlobState, budget: usize) -> Result<Option<BlobStep>, StoreError> {
    let blob = store.outbox.waiting_blobs()?.into_iter().find(|blob| blob.sha256 == state.sha256);
    match blob {
        Some(blob) if !state.stored => run(store, &blob, state, budget),
        _ => Ok(None),
    }
}

fn run(
    store: &Store,
    blob: &StoredBlob,
    state: &BlobState,
    budget: usize,
) -> Result<Option<BlobStep>, StoreError> {
    let most = (budget as u64).min(RUN_MAX) / UNIT;
    let Some((unit, count)) = state.next_missing(blob.size, most) else {
        return Ok(Some(BlobStep::Complete(blob.sha256)));
    };
    let bytes = store.outbox.blob_bytes(blob.sha256, unit * UNIT, count * UNIT)?;
    let bytes = bytes.ok_or(StoreError::Damaged("blob"))?;
    Ok(Some(BlobStep::Put(BlobPut {
        sha256: blob.sha256,
        size: blob.size,
        media_type: blob.media_type.clone(),
        unit: u32::try_from(unit).map_err(|_| StoreError::Damaged("blob"))?,
        digest: Digest::of(&bytes),
        bytes,
    })))
}
