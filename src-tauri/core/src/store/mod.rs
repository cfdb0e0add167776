//! The device's files: the outbox is the person's own work, the cache is what the server said, datasets are
//! reference data.
//!
//! The only place that names the database. The files are never attached to one another: first the
//! outbox commits, which is saving; then the cache follows, and if that fails it is derived again
//! ([`Store::refresh_overlay`]). No rule lives here, and nothing here knows the time.

pub mod cache;
pub mod dataset;
pub mod db;
pub mod folder;
pub mod job_list;
pub mod outbox;
mod overlay;
mod reserve;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::Mark;

pub use cache::Cache;
pub use dataset::Datasets;
pub use db::Place;
pub use outbox::Outbox;

/// Name of the state of a cache that was built because the server was restored: since when, in ms.
pub const RESTORED_AT: &str = "restored_at";

/// What can be wrong with a store. Every one but a full disk poisons the instance: it is opened again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A setting that durability rests on is not in force.
    #[error("setting {name} is {found}")]
    Setting {
        /// Its name.
        name: String,
        /// What was found.
        found: String,
    },
    /// Written by a later version of the app; left alone.
    #[error("the store has version {found}, this app knows {known}")]
    NewerVersion {
        /// The file's version.
        found: usize,
        /// The newest this app knows.
        known: usize,
    },
    /// A key was given to a build without a cipher.
    #[error("this build has no cipher")]
    NoCipher,
    /// The device belongs to somebody already: its key and its unsent work stay.
    #[error("this device is in use")]
    InUse,
    /// Another instance of the app has the folder.
    #[error("another instance of the app has the store open")]
    SecondInstance,
    /// A stored value is not what was written.
    #[error("damaged: {0}")]
    Damaged(&'static str),
    /// A folder or file could not be used.
    #[error("file: {0}")]
    File(#[from] std::io::Error),
}

impl StoreError {
    /// Whether the disk is full.
    pub fn is_full(&self) -> bool {
        use std::io::ErrorKind::{QuotaExceeded, StorageFull};
        self.is_code(&[rusqlite::ErrorCode::DiskFull]) || self.is_kind(&[StorageFull, QuotaExceeded])
    }

    /// Whether this app may not write where it has to.
    pub fn is_read_only(&self) -> bool {
        use rusqlite::ErrorCode::{CannotOpen, ReadOnly};
        use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        self.is_code(&[ReadOnly, CannotOpen]) || self.is_kind(&[PermissionDenied, ReadOnlyFilesystem])
    }

    /// Whether another instance holds the store.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::SecondInstance) || self.is_code(&[rusqlite::ErrorCode::DatabaseBusy])
    }

    /// Whether a file was read that is not what was written.
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(self, Self::Damaged(_)) || self.is_code(&[DatabaseCorrupt, NotADatabase])
    }

    fn is_code(&self, codes: &[rusqlite::ErrorCode]) -> bool {
        let code = if let Self::Database(e) = self { e.sqlite_error_code() } else { None };
        code.is_some_and(|code| codes.contains(&code))
    }

    fn is_kind(&self, kinds: &[std::io::ErrorKind]) -> bool {
        matches!(self, Self::File(e) if kinds.contains(&e.kind()))
    }
}

/// A record as screens and actions see it: pending work laid over what the server said.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The record.
    pub rec: RecordId,
    /// Order among records made here; later ones have higher numbers.
    pub pk: i64,
    /// Its state; `ver` is the server's, 0 for what the server has not seen.
    pub state: RecordState,
    /// It has left this person's scope and stays until its work is held.
    pub kept: bool,
}

impl Seen {
    /// Sorts as the server will: what it has seen by position, then what is only here.
    pub fn order(&self) -> (bool, u64, i64) {
        (self.state.born == 0, self.state.born, self.pk)
    }
}

/// All files of one device.
pub struct Store {
    place: Place,
    /// The person's own work.
    pub outbox: Outbox,
    /// What the server said.
    pub cache: Cache,
    /// A cache being built beside the old one after the server was restored.
    pub next_cache: Option<Cache>,
    /// Reference data: parts, faults, terms.
    pub datasets: Datasets,
    stale: bool,
}

impl Store {
    /// Opens all files; what is pending is laid over the cache again.
    pub fn open(place: Place) -> Result<Self, StoreError> {
        match Self::open_with(place.clone(), false) {
            Err(error) if error.is_damage() => Self::open_in_doubt(place),
            opened => opened,
        }
    }

    /// The same after something was read that is not what was written. The cache is read through first; unless it
    /// is sound, an empty one takes its place under the next number: only what the office holds is in it.
    pub fn open_in_doubt(place: Place) -> Result<Self, StoreError> {
        Self::open_with(place, true)
    }

    fn open_with(place: Place, in_doubt: bool) -> Result<Self, StoreError> {
        let mut outbox = Outbox::open(&place)?;
        let cache = open_cache(&place, &mut outbox, in_doubt)?;
        let datasets = Datasets::open(&place, &mut outbox, &cache)?;
        let number = cache.number;
        let mut store = Self { place, outbox, cache, next_cache: None, datasets, stale: true };
        store.remove_old_caches(number);
        store.refresh_overlay()?;
        Ok(store)
    }

    /// Derives the overlay anew if a cache write failed since the last time.
    pub fn refresh_overlay(&mut self) -> Result<(), StoreError> {
        if self.stale {
            let mut recs = self.outbox.laid_over()?;
            // Views whose ops have left the overlay, when a power cut came before the cache heard of it.
            recs.extend(self.cache.viewed()?);
            self.lay_over(&recs)?;
            self.stale = false;
        }
        Ok(())
    }

    /// Says that the outbox is ahead of the cache.
    pub fn mark_stale(&mut self) {
        self.stale = true;
    }

    /// Begins a new cache beside the current one.
    pub fn begin_next_cache(&mut self) -> Result<(), StoreError> {
        let number = self.outbox.cache_number() + 1;
        // One that was begun before is closed first: its files go, or what they hold.
        self.next_cache = None;
        Cache::remove(&self.place, number);
        let mut next = Cache::open(&self.place, number)?;
        next.clear()?;
        self.next_cache = Some(next);
        Ok(())
    }

    /// The server's epoch as last told. The cache may be lost, and a server restored meanwhile: then the outbox
    /// says what its outcomes and stored blobs rest on.
    pub fn last_epoch(&mut self) -> Result<Option<String>, StoreError> {
        match self.pull_cache().state("epoch")? {
            Some(epoch) => Ok(Some(epoch)),
            None => self.outbox.last_epoch(),
        }
    }

    /// The newest mark of the server that this device knows. A cache begun after a restore has none yet.
    pub fn last_mark(&mut self) -> Result<Option<Mark>, StoreError> {
        match &self.next_cache {
            Some(next) => next.mark(),
            // The cache's end may have gone with the power, or all of it: then the outbox knows more.
            None => Ok(self.cache.mark()?.max(self.outbox.last_mark()?)),
        }
    }

    /// Notes the server's epoch where it is not noted yet.
    pub fn know_epoch(&mut self, epoch: &str) -> Result<(), StoreError> {
        if self.pull_cache().state("epoch")?.is_none() {
            self.pull_cache().set_state("epoch", epoch)?;
        }
        self.outbox.know_epoch(epoch)
    }

    /// Swaps the new cache in: the pointer in the outbox is the swap.
    pub fn swap_cache(&mut self) -> Result<(), StoreError> {
        if let Some(next) = self.next_cache.take() {
            self.outbox.set_cache_number(next.number)?;
            let old = std::mem::replace(&mut self.cache, next);
            let number = old.number;
            drop(old);
            Cache::remove(&self.place, number);
            self.stale = true;
            self.refresh_overlay()?;
        }
        Ok(())
    }

    /// Removes every file, the outbox last, and opens new ones.
    pub fn wiped(self) -> Result<Self, StoreError> {
        let (place, number) = (self.place.clone(), self.cache.number);
        drop(self);
        for number in [number, number + 1] {
            Cache::remove(&place, number);
        }
        dataset::remove_all(&place);
        Outbox::remove(&place)?;
        let mut fresh = Self::open(place)?;
        fresh.cache.clear()?;
        Ok(fresh)
    }

    /// How many bytes are left on the disk, when a photo should not take them: they are kept for text.
    pub fn short_of_room(&self) -> Option<u64> {
        self.place.room().filter(|room| *room < self.place.photo_reserve)
    }

    /// How many bytes more should be free, when the bytes of stored blobs stand in the way.
    pub fn short_of_blob_room(&self) -> Option<u64> {
        let room = self.place.room()?;
        Some(self.place.blob_room.saturating_sub(room)).filter(|short| *short > 0)
    }

    /// Whether so little room is left that catalogues wait.
    pub(in crate::store) fn is_short_for_datasets(&self) -> bool {
        self.place.room().is_some_and(|room| room < self.place.dataset_room)
    }

    /// Whether so little room is left that nothing is pulled: it is kept for the person's own work.
    pub fn is_short_for_pull(&self) -> bool {
        self.place.room().is_some_and(|room| room < self.place.pull_room)
    }

    /// The cache that pulled pages go to.
    pub fn pull_cache(&mut self) -> &mut Cache {
        self.next_cache.as_mut().unwrap_or(&mut self.cache)
    }

    fn remove_old_caches(&self, current: u32) {
        (current.saturating_sub(2)..current).chain([current + 1]).for_each(|n| Cache::remove(&self.place, n));
    }
}

/// Opens the cache in use, or begins an empty one under the next number in the place of one that cannot be read.
fn open_cache(place: &Place, outbox: &mut Outbox, in_doubt: bool) -> Result<Cache, StoreError> {
    let number = outbox.cache_number();
    let opened = Cache::open(place, number).and_then(|cache| {
        let sound = !in_doubt || cache.is_sound()?;
        if sound { Ok(cache) } else { Err(StoreError::Damaged("cache")) }
    });
    match opened {
        Err(error) if !error.is_full() && !error.is_busy() => {}
        opened => return opened,
    }
    Cache::remove(place, number + 1);
    let mut fresh = Cache::open(place, number + 1)?;
    fresh.clear()?;
    outbox.set_cache_number(number + 1)?;
    Cache::remove(place, number);
    Ok(fresh)
}

impl Store {
    /// Derives the owner's view of these records again.
    pub(crate) fn lay_over(&mut self, recs: &[RecordId]) -> Result<(), StoreError> {
        let mut views = Vec::with_capacity(recs.len());
        for rec in recs {
            let shadow = self.cache.shadow(*rec)?;
            let bodies = self.outbox.ops_over(*rec)?;
            let view = if bodies.is_empty() { None } else { overlay::derive(shadow.clone(), &bodies) };
            views.push((*rec, view.filter(|view| Some(view) != shadow.as_ref())));
        }
        if views.is_empty() { Ok(()) } else { self.cache.write_views(&views) }
    }
}

impl Outbox {
    /// The owner's view of a record, given what the server said.
    pub(crate) fn view_of(
        &self,
        rec: RecordId,
        shadow: Option<&RecordState>,
    ) -> Result<Option<RecordState>, StoreError> {
        let view = overlay::derive(shadow.cloned(), &self.ops_over(rec)?);
        Ok(view.filter(|view| Some(view) != shadow))
    }

    /// The keep rule: whether what has left this person's scope must stay for now.
    ///
    /// A job's records stay while the office lacks any of its ops or blobs; a machine or customer stays while
    /// anything at all is waiting.
    pub(crate) fn keeps(&self, job: Option<RecordId>) -> Result<bool, StoreError> {
        match job {
            Some(job) => Ok(!self.job_is_held(job)? || !self.drafts(job)?.is_empty()),
            None => Ok(self.outstanding()?.is_some()),
        }
    }
}
