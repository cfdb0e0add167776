//! Dataset files on the device: fetched in runs, built beside the old one, swapped by a pointer, searched.
//!
//! The pointer stands in the outbox's `ident` (`dataset/<name>`) and is the swap. Nothing here is the
//! person's own: any of these files may go at any time, and is fetched again. Read [`file`] for one file's
//! life and [`search`] for how parts are found.

mod build;
mod file;
mod search;
mod told;
mod words;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::dataset::faults::Fault;
use fieldcard_schema::dataset::parts::Part;
use fieldcard_schema::dataset::{Row, parts};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;

use self::build::{Build, Unbuilt};
use self::file::{DatasetFile, Stage, file_name};
use self::told::{is_name, told};
use super::db::Place;
use super::{Cache, Outbox, Store, StoreError};

pub use self::search::{FoundPart, Search};
pub use self::told::{Blob, Wanted};

/// What a slice of work came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There was nothing to do.
    Idle,
    /// There is more to do.
    More,
    /// This dataset has changed for those who read it.
    Changed(RecordId),
    /// The bytes do not have their digest: dropped, and worth fetching again.
    Garbled(Digest),
    /// The file is as the office made it, and no dataset this version reads: dropped.
    Bad(Digest),
}

/// The file that is on its way.
struct Next {
    wanted: Wanted,
    file: DatasetFile,
    build: Option<Build>,
}

/// All dataset files.
pub struct Datasets {
    place: Place,
    current: BTreeMap<String, DatasetFile>,
    next: Option<Next>,
    /// One of the files in use could not be read.
    damaged: Cell<bool>,
}

fn pointer(name: &str) -> String {
    format!("dataset/{name}")
}

impl Datasets {
    /// Opens what the pointers name; files that nobody names any more go.
    pub(super) fn open(place: &Place, outbox: &mut Outbox, cache: &Cache) -> Result<Self, StoreError> {
        let mut current = BTreeMap::new();
        let mut named = BTreeSet::new();
        for told in told(cache)? {
            named.insert(file_name(&told.name, told.whole.sha256));
        }
        for (name, sha256) in outbox.dataset_pointers() {
            let file = open_or_drop(place, &name, sha256)?;
            match file.filter(|file| file.stage > Stage::Fetching) {
                Some(file) => {
                    named.insert(file_name(&name, sha256));
                    current.insert(name, file);
                }
                None => outbox.set_ident(&[(&pointer(&name), String::new())])?,
            }
        }
        remove_unnamed(place, &named);
        Ok(Self { place: place.clone(), current, next: None, damaged: Cell::new(false) })
    }

    /// Reads from a file in use. One that cannot be read is as if it were not there, until it is fetched anew.
    fn read<T: Default>(
        &self,
        name: &str,
        read: impl FnOnce(&DatasetFile) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(file) = self.current.get(name) else { return Ok(T::default()) };
        read(file).or_else(|error| match error {
            StoreError::Database(_) | StoreError::Damaged(_) => {
                self.damaged.set(true);
                Ok(T::default())
            }
            other => Err(other),
        })
    }

    /// Whether a dataset can be read.
    pub fn has(&self, name: &str) -> bool {
        self.current.contains_key(name)
    }

    /// The version in use: the digest of its file, which results that rest on it name.
    pub fn version(&self, name: &str) -> Option<Digest> {
        self.current.get(name).map(|file| file.sha256)
    }

    /// The part with this number.
    pub fn part(&self, number: &str) -> Result<Option<Part>, StoreError> {
        self.read(Part::NAME, |file| file.part(number))
    }

    /// Parts by number, in that order, each with the newest number if another took its place.
    pub fn parts(&self, numbers: &[String], model: Option<&str>) -> Result<Vec<FoundPart>, StoreError> {
        self.read(Part::NAME, |file| {
            let mut found = Vec::new();
            for number in numbers {
                let Some(part) = file.part(number)? else { continue };
                let newest = file.newest(&part)?.map(|newest| newest.number);
                found.push(search::found_part(part, model, newest));
            }
            Ok(found)
        })
    }

    /// Parts that match, the best first, and how many there are (counted to ten thousand).
    pub fn find_parts(&self, search: &Search<'_>) -> Result<(Vec<FoundPart>, u64), StoreError> {
        self.read(parts::Part::NAME, |file| file.find_parts(search))
    }

    /// Faults that match, the best first, and how many there are.
    pub fn find_faults(&self, search: &Search<'_>) -> Result<(Vec<Fault>, u64), StoreError> {
        self.read(Fault::NAME, |file| file.find_faults(search))
    }

    /// Every row of a small dataset: terms, labour, photo sets.
    pub fn rows<R: Row>(&self) -> Result<Vec<R>, StoreError> {
        self.read(R::NAME, |file| parse_all(file.bodies()?))
    }

    /// The rows of a dataset whose key is `key`, but for case and separators.
    pub fn rows_at<R: Row>(&self, key: &str) -> Result<Vec<R>, StoreError> {
        self.read(R::NAME, |file| parse_all(file.bodies_at(key)?))
    }
}

fn parse_all<R: Row>(bodies: Vec<String>) -> Result<Vec<R>, StoreError> {
    let parse = |body: String| serde_json::from_str(&body).map_err(|_| StoreError::Damaged("dataset row"));
    bodies.into_iter().map(parse).collect()
}

/// Opens a file; one that is damaged is removed, and `None`.
fn open_or_drop(place: &Place, name: &str, sha256: Digest) -> Result<Option<DatasetFile>, StoreError> {
    match DatasetFile::open(place, name, sha256) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.is_full() || e.is_busy() => Err(e),
        Err(_) => {
            remove(place, &file_name(name, sha256));
            Ok(None)
        }
    }
}

fn remove(place: &Place, file: &str) {
    if place.folder.is_some() && place.vfs.is_none() {
        for suffix in ["", "-wal", "-shm"] {
            // Only what can be fetched again is removed here, and a file that stays does no harm.
            let _ = std::fs::remove_file(place.path(&format!("{file}{suffix}")));
        }
    }
}

/// Removes every dataset file.
pub(super) fn remove_all(place: &Place) {
    remove_unnamed(place, &BTreeSet::new());
}

/// Removes dataset files that neither a pointer nor a record names.
fn remove_unnamed(place: &Place, named: &BTreeSet<String>) {
    let Some(folder) = place.folder.as_ref().filter(|_| place.vfs.is_none()) else { return };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    found.sort_unstable();
    for file in found {
        let Some((dataset, sha)) = file.strip_suffix(".db").and_then(|stem| stem.rsplit_once('-')) else {
            continue;
        };
        let is_ours = is_name(dataset) && sha.len() == 8 && sha.bytes().all(|b| b.is_ascii_hexdigit());
        if is_ours && !named.contains(&file) {
            remove(place, &file);
        }
    }
}

impl Outbox {
    /// The dataset files in use: name and digest.
    fn dataset_pointers(&self) -> Vec<(String, Digest)> {
        let values = self.ident_under("dataset/");
        let read = |(name, value): (String, String)| Some((name, value.parse().ok()?));
        values.into_iter().filter_map(read).filter(|(name, _)| is_name(name)).collect()
    }
}

impl Store {
    /// The first dataset that is not as the office says, and what to fetch for it that is not among `skipped`.
    pub fn dataset_wanted(&self, skipped: &[Digest]) -> Result<Option<Wanted>, StoreError> {
        if self.is_short_for_datasets() {
            return Ok(None);
        }
        for told in told(&self.cache)? {
            let current = self.datasets.version(&told.name);
            if current == Some(told.whole.sha256) {
                continue;
            }
            if let Some(blob) = told.blob(current, skipped) {
                return Ok(Some(Wanted { rec: told.rec, name: told.name, sha256: told.whole.sha256, blob }));
            }
        }
        Ok(None)
    }

    /// How many bytes of a wanted file are here; begins it if it is not yet on its way.
    pub fn dataset_fetched(&mut self, wanted: &Wanted) -> Result<u64, StoreError> {
        let datasets = &mut self.datasets;
        if datasets.next.as_ref().is_none_or(|next| next.wanted != *wanted) {
            // Closed, not removed: what was fetched of the other one is still good when its turn comes again.
            datasets.next = None;
            let place = &datasets.place;
            let mut file = match open_or_drop(place, &wanted.name, wanted.sha256)? {
                Some(file) => file,
                None => DatasetFile::open(place, &wanted.name, wanted.sha256)?,
            };
            if file.stage == Stage::Fetching {
                file.fetches(wanted.blob.sha256)?;
            }
            datasets.next = Some(Next { wanted: wanted.clone(), file, build: None });
        }
        match &datasets.next {
            Some(next) if next.file.stage > Stage::Fetching => Ok(wanted.blob.size),
            Some(next) => next.file.fetched(),
            None => Ok(0),
        }
    }

    /// Takes a run of bytes of the blob on its way.
    pub fn dataset_bytes(&mut self, sha256: Digest, from: u64, bytes: &[u8]) -> Result<(), StoreError> {
        match &mut self.datasets.next {
            Some(next) if next.wanted.blob.sha256 == sha256 => next.file.append(from, bytes),
            _ => Ok(()),
        }
    }

    /// Whether [`Store::dataset_slice`] has something to do.
    pub fn dataset_is_due(&self) -> Result<bool, StoreError> {
        if self.is_short_for_datasets() {
            return Ok(false);
        }
        let datasets = &self.datasets;
        let complete = match &datasets.next {
            Some(next) if next.file.stage == Stage::Fetching => next.file.fetched()? >= next.wanted.blob.size,
            other => other.is_some(),
        };
        let words = datasets.current.values().any(|file| file.stage == Stage::Words);
        Ok(complete || words || datasets.damaged.get())
    }

    /// Does some tens of milliseconds of the work that is left: rows first, then words.
    pub fn dataset_slice(&mut self) -> Result<Progress, StoreError> {
        if self.is_short_for_datasets() {
            return Ok(Progress::Idle);
        }
        if self.datasets.damaged.take() {
            self.drop_unreadable()?;
            return Ok(Progress::More);
        }
        let Datasets { next, current, .. } = &mut self.datasets;
        if let Some(next) = next {
            let (sha256, rec) = (next.wanted.blob.sha256, next.wanted.rec);
            return match next.slice(current.get(&next.wanted.name)) {
                Ok(false) => Ok(Progress::More),
                Ok(true) => self.swap_dataset().map(|()| Progress::Changed(rec)),
                Err(Unbuilt::Store(error)) => Err(error),
                Err(unbuilt) => {
                    self.datasets.drop_next();
                    let is_garbled = matches!(unbuilt, Unbuilt::Garbled);
                    Ok(if is_garbled { Progress::Garbled(sha256) } else { Progress::Bad(sha256) })
                }
            };
        }
        let unfinished = self.datasets.current.values_mut().find(|file| file.stage == Stage::Words);
        let Some(file) = unfinished else { return Ok(Progress::Idle) };
        if !file.words_slice()? {
            return Ok(Progress::More);
        }
        let name = file.name.clone();
        let told = told(&self.cache)?.into_iter().find(|told| told.name == name);
        Ok(told.map_or(Progress::More, |told| Progress::Changed(told.rec)))
    }

    /// The pointer is the swap; the old file has no other reader and goes.
    fn swap_dataset(&mut self) -> Result<(), StoreError> {
        let Some(next) = self.datasets.next.take() else { return Ok(()) };
        let name = next.wanted.name;
        self.outbox.set_ident(&[(&pointer(&name), next.wanted.sha256.to_string())])?;
        if let Some(old) = self.datasets.current.insert(name, next.file) {
            self.datasets.close_and_remove(old);
        }
        Ok(())
    }

    /// Drops every file in use that does not answer a check of its pages.
    fn drop_unreadable(&mut self) -> Result<(), StoreError> {
        let names: Vec<String> = self.datasets.current.keys().cloned().collect();
        for name in names {
            if self.datasets.current.get(&name).is_some_and(DatasetFile::is_whole) {
                continue;
            }
            if let Some(file) = self.datasets.current.remove(&name) {
                self.outbox.set_ident(&[(&pointer(&name), String::new())])?;
                self.datasets.close_and_remove(file);
            }
        }
        Ok(())
    }
}

impl Datasets {
    fn drop_next(&mut self) {
        if let Some(next) = self.next.take() {
            self.close_and_remove(next.file);
        }
    }

    fn close_and_remove(&self, file: DatasetFile) {
        let name = file_name(&file.name, file.sha256);
        drop(file);
        remove(&self.place, &name);
    }
}

impl Next {
    /// `true` once it can take the place of `current`: without one as soon as its rows can be read, else when
    /// it is searched as well as that one.
    fn slice(&mut self, current: Option<&DatasetFile>) -> Result<bool, Unbuilt> {
        let Self { wanted, file, build } = self;
        match (file.stage, build) {
            (Stage::Fetching, Some(build)) => Ok(build.slice(file, current)? && current.is_none()),
            (Stage::Fetching, none) => {
                *none = Some(Build::begin(file, &wanted.blob, current)?);
                Ok(false)
            }
            (Stage::Words, _) if current.is_some() => Ok(file.words_slice()?),
            _ => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests;
