//! What the office says of datasets: which file is current, and what to fetch for it.
//!
//! Reads the records of kind `dataset` in the cache and decides nothing else.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::dataset::{Dataset, Delta};
use fieldcard_schema::wire::blob::BLOB_MAX;

use crate::store::{Cache, StoreError};

/// A file that the office says is current.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The record that says so.
    pub rec: RecordId,
    /// Name of the dataset.
    pub name: String,
    /// The file.
    pub sha256: Digest,
    /// What to fetch for it.
    pub blob: Blob,
}

/// Bytes that make a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Their digest.
    pub sha256: Digest,
    /// How many there are.
    pub size: u64,
    /// They are a delta over this file; without one they are the file.
    pub base: Option<Digest>,
}

/// A name that may stand in a file's name.
pub(super) fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

/// What the office says of one dataset.
pub(super) struct Told {
    pub(super) rec: RecordId,
    pub(super) name: String,
    /// The file as a whole.
    pub(super) whole: Blob,
    deltas: Vec<Delta>,
}

impl Told {
    /// What to fetch: the delta over the version in use if there is one and it can be had, else the whole.
    pub(super) fn blob(&self, current: Option<Digest>, skipped: &[Digest]) -> Option<Blob> {
        let delta = |delta: &Delta| Blob { sha256: delta.sha256, size: delta.size, base: Some(delta.base) };
        let deltas = self.deltas.iter().filter(|delta| Some(delta.base) == current).map(delta);
        let mut all = deltas.filter(|blob| blob.size < self.whole.size).chain([self.whole.clone()]);
        all.find(|blob| !skipped.contains(&blob.sha256))
    }
}

/// Every dataset that a record names.
pub(super) fn told(cache: &Cache) -> Result<Vec<Told>, StoreError> {
    let mut all = Vec::new();
    for seen in cache.of_kind(Dataset::KIND)?.into_iter().filter(|seen| !seen.state.void) {
        let Ok(told) = Dataset::from_fields(&seen.state.fields) else { continue };
        let (Some(name), Some(sha256), Some(size)) = (told.name, told.sha256, told.size) else { continue };
        if is_name(&name) && size <= BLOB_MAX {
            let whole = Blob { sha256, size, base: None };
            all.push(Told { rec: seen.rec, name, whole, deltas: told.deltas });
        }
    }
    Ok(all)
}
