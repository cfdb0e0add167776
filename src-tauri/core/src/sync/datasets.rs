//! Dataset files: behind ops, cards and photos, in runs that go on where they stopped, built in slices.
//!
//! A file is fetched when the record that names the current version says another one than the pointer. One
//! that is bad or missing is set aside for a while and never blocks another; nobody's work waits for any.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::blob::{BlobRange, RUN_MAX};

use super::engine::Engine;
use super::messages::{Call, Effect, Surroundings};
use super::state::Pending;
use crate::store::StoreError;
use crate::store::dataset::Progress;

/// Between two slices of building, in ms: whoever waits for the core gets it.
pub(super) const SLICE_PAUSE_MS: i64 = 1;

/// How often a file is fetched whose bytes do not have its digest.
const TRIES_MAX: usize = 3;

impl Engine {
    /// Asks for the next run of a dataset file, or of a delta to it. `true`: a call is under way.
    pub(super) fn fetches_dataset(
        &mut self,
        token: &str,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<bool, StoreError> {
        let pulls = self.pulls();
        let Some(round) = self.memory.round.as_mut().filter(|round| round.datasets) else { return Ok(false) };
        round.datasets = false;
        // Work was saved meanwhile, or a file is complete and has to be built first.
        if self.memory.again || !pulls || around.store.dataset_is_due()? {
            return Ok(false);
        }
        let now = around.now();
        if self.memory.patience.datasets.left(now) > 0 {
            return Ok(false);
        }
        let mut skipped = given_up(&self.memory.bad_datasets);
        skipped.extend(self.memory.patience.waiting_items(now));
        let Some(wanted) = around.store.dataset_wanted(&skipped)? else { return Ok(false) };
        let from = around.store.dataset_fetched(&wanted)?;
        let blob = wanted.blob;
        if from >= blob.size {
            return Ok(false);
        }
        round.datasets = true;
        let most = (self.memory.budgets.pull.bytes() as u64).min(RUN_MAX);
        let range = BlobRange { sha256: blob.sha256, from, len: most.min(blob.size - from) };
        let len = usize::try_from(range.len).unwrap_or(usize::MAX);
        let pending = Pending::Dataset { sha256: blob.sha256, from, len };
        self.call(pending, Call::BlobGet(token.to_owned(), range), effects);
        Ok(true)
    }

    /// Keeps the bytes of a run. None at all is no answer: the file is shorter than its record says.
    pub(super) fn dataset_answered(
        &mut self,
        sha256: Digest,
        from: u64,
        bytes: &[u8],
        around: &mut Surroundings<'_>,
    ) -> Result<(), StoreError> {
        if bytes.is_empty() || bytes.len() as u64 > RUN_MAX {
            self.set_aside(sha256, around);
            return Ok(());
        }
        self.memory.budgets.pull.carried(bytes.len());
        self.memory.patience.datasets.good();
        self.memory.patience.items.remove(&sha256);
        around.store.dataset_bytes(sha256, from, bytes)
    }

    /// Does one slice of building while nothing else is under way. `true`: there is more, the timer is set.
    pub(super) fn builds_dataset(
        &mut self,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<bool, StoreError> {
        if self.memory.round.is_some() {
            return Ok(false);
        }
        match around.store.dataset_slice()? {
            Progress::Idle => return Ok(false),
            Progress::More => {}
            Progress::Changed(rec) => effects.push(Effect::Changed(vec![rec])),
            Progress::Garbled(sha256) => self.memory.bad_datasets.push(sha256),
            Progress::Bad(sha256) => self.memory.bad_datasets.extend([sha256; TRIES_MAX]),
        }
        effects.push(Effect::WakeAfter(SLICE_PAUSE_MS));
        Ok(true)
    }
}

/// Files that are not fetched again before the next start: their bytes are as the office made them and no
/// dataset, or were garbled too often.
fn given_up(bad: &[Digest]) -> Vec<Digest> {
    let often = |sha256: &&Digest| bad.iter().filter(|one| one == sha256).count() >= TRIES_MAX;
    bad.iter().filter(often).copied().collect()
}
