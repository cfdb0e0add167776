//! `backup`: the store first, then every blob it names, then all of it read back.
//!
//! ```text
//! DIR/blobs/ab/abcd…              shared by all backups: a blob never changes
//! DIR/20261123T020000Z/           fieldcard.db, keys/, manifest.json (written last: without it, no backup)
//! ```
//!
//! Positions count as backed up by the *second*-newest good backup, so that losing one backup loses nothing
//! that a device has already let go of.

use std::fs::{self, File};
use std::io::{Read, copy};
use std::path::{Path, PathBuf};

use fieldcard_schema::digest::Digest;
use fieldcard_schema::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{CliError, Terminal, desk, said};
use crate::config::Backup;
use crate::folder::{self, DataFolder, FolderError};
use crate::ports::{Clock, SystemClock};
use crate::storage::blob_files::BlobFiles;
use crate::storage::inspect::Inspection;

const MANIFEST: &str = "manifest.json";

/// Backups that the nightly run keeps; those made by hand count among them.
const KEEP: usize = 14;

/// What a good backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// When it began.
    pub at: Timestamp,
    /// The store's head.
    pub head: u64,
    /// The store's epoch.
    pub epoch: String,
    /// SHA-256 of the copy of the store.
    pub store: Digest,
    /// How many blobs it names.
    pub blobs: usize,
}

/// What a backup achieved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    /// The head it holds.
    pub head: u64,
    /// The head that the second-newest good backup holds; 0 while there is only one.
    pub covered: u64,
}

/// Runs it from the command line.
pub(super) fn backup(
    folder: &DataFolder,
    options: &Backup,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    let report = run(folder, &options.to)?;
    desk(folder)?.hub.backed_up(report.covered)?;
    terminal.line(&format!("good: everything up to position {} is in it", report.head))
}

/// Makes one backup in `to` and reads it back.
pub(super) fn run(folder: &DataFolder, to: &Path) -> Result<Report, CliError> {
    folder.expect_store()?;
    let at = SystemClock.now();
    let beside = to.join(format!("partial-{}", stamp(at)));
    folder::private_folder(&beside.join("keys"))?;
    let copied = fill(folder, to, &beside, at);
    let manifest = copied.inspect_err(|_| drop(fs::remove_dir_all(&beside)))?;
    let to_final = to.join(stamp(at));
    fs::rename(&beside, &to_final).map_err(|e| FolderError::at(&to_final, e))?;
    File::open(to).and_then(|folder| folder.sync_all())?;
    let mut good = good_backups(to)?;
    good.retain(|(_, other)| other.epoch == manifest.epoch);
    let covered = good.iter().rev().nth(1).map_or(0, |(_, older)| older.head);
    Ok(Report { head: manifest.head, covered })
}

fn stamp(at: Timestamp) -> String {
    let time = chrono::DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    time.format("%Y%m%dT%H%M%S%3fZ").to_string()
}

fn fill(folder: &DataFolder, to: &Path, beside: &Path, at: Timestamp) -> Result<Manifest, CliError> {
    let copy_path = beside.join("fieldcard.db");
    Inspection::open(&folder.database())?.copy_to(&copy_path)?;
    sync(&copy_path)?;
    for entry in fs::read_dir(folder.keys()).map_err(|e| FolderError::at(&folder.keys(), e))? {
        let path = entry?.path();
        if let Some(name) = path.file_name() {
            folder::write_secret(&beside.join("keys").join(name), &folder::read_secret(&path)?)?;
        }
    }
    let inspection = Inspection::open(&copy_path)?;
    let blobs = inspection.blobs()?;
    let (from, kept) = (files(&folder.blobs())?, files(&to.join("blobs"))?);
    for blob in &blobs {
        copy_blob(&from.path(blob.sha256), &kept.path(blob.sha256), blob.sha256)?;
    }
    check(&inspection)?;
    let heads = inspection.heads()?;
    drop(inspection);
    let store = digest_of(&copy_path)?;
    let manifest = Manifest { at, head: heads.head, epoch: heads.epoch, store, blobs: blobs.len() };
    let json = serde_json::to_vec_pretty(&manifest).map_err(|e| said(e.to_string()))?;
    folder::write_secret(&beside.join(MANIFEST), &json)?;
    Ok(manifest)
}

/// The blob files of a folder.
pub(super) fn files(folder: &Path) -> Result<BlobFiles, CliError> {
    BlobFiles::open(folder).map_err(|e| said(format!("{}: {e}", folder.display())))
}

/// Whether a copied store is whole.
pub(super) fn check(inspection: &Inspection) -> Result<(), CliError> {
    if let Some(first) = inspection.integrity()?.first() {
        return Err(said(format!("the store is damaged, and so is its copy: {first}; run `doctor`")));
    }
    match inspection.first_broken_op()? {
        Some(pos) => Err(said(format!("the op log is damaged at position {pos}; run `doctor`"))),
        None => Ok(()),
    }
}

/// Copies a blob unless a whole one is there; either way what lies there in the end was read and fits.
pub(super) fn copy_blob(from: &Path, to: &Path, sha256: Digest) -> Result<(), CliError> {
    if to.exists() && digest_of(to)? == sha256 {
        return Ok(());
    }
    let folder = to.parent().unwrap_or(to);
    folder::private_folder(folder)?;
    let beside = to.with_extension("partial");
    let copied = || -> std::io::Result<()> {
        let mut target = File::create(&beside)?;
        copy(&mut File::open(from)?, &mut target)?;
        target.sync_all()
    };
    copied().map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => said(format!("blob {sha256} is missing; run `doctor`")),
        _ => FolderError::at(&beside, e).into(),
    })?;
    if digest_of(&beside)? != sha256 {
        drop(fs::remove_file(&beside));
        return Err(said(format!("blob {sha256} is damaged; run `doctor`")));
    }
    fs::rename(&beside, to).map_err(|e| FolderError::at(to, e))?;
    Ok(File::open(folder)?.sync_all()?)
}

/// SHA-256 of a file, read in pieces.
pub(super) fn digest_of(path: &Path) -> Result<Digest, CliError> {
    let mut file = File::open(path).map_err(|e| FolderError::at(path, e))?;
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(Digest(hasher.finalize().into()));
        }
        hasher.update(&piece[..read]);
    }
}

fn sync(path: &Path) -> Result<(), CliError> {
    Ok(File::open(path).and_then(|file| file.sync_all()).map_err(|e| FolderError::at(path, e))?)
}

/// Removes all but the newest backups, and what runs that died left behind. Blobs stay.
pub(super) fn prune(folder: &Path) -> Result<(), CliError> {
    let good = good_backups(folder)?;
    let old = good.iter().rev().skip(KEEP).map(|(path, _)| path.clone());
    // One that is under way is younger than the oldest that stays.
    let oldest = good.get(good.len().saturating_sub(KEEP)).and_then(|(path, _)| path.file_name());
    let oldest = oldest.map(|name| name.to_string_lossy().into_owned());
    let dead = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let stamp = name.as_deref().and_then(|name| name.strip_prefix("partial-"));
        stamp.zip(oldest.as_deref()).is_some_and(|(stamp, oldest)| stamp < oldest)
    });
    for path in old.chain(dead) {
        fs::remove_dir_all(&path).map_err(|e| FolderError::at(&path, e))?;
    }
    Ok(())
}

/// The backups of a folder that were finished, oldest first.
pub(super) fn good_backups(folder: &Path) -> Result<Vec<(PathBuf, Manifest)>, CliError> {
    let mut good: Vec<(PathBuf, Manifest)> = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| FolderError::at(folder, e))? {
        let path = entry?.path();
        let partial = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("partial"));
        let Ok(text) = fs::read(path.join(MANIFEST)) else { continue };
        if let (false, Ok(manifest)) = (partial, serde_json::from_slice(&text)) {
            good.push((path, manifest));
        }
    }
    good.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(good)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_backups_stay_and_dead_runs_go() {
        let dir = tempfile::tempdir().unwrap();
        let manifest =
            |n: i64| Manifest { at: Timestamp(n), head: 1, epoch: "e".into(), store: Digest::ZERO, blobs: 0 };
        for n in 10..30 {
            let path = dir.path().join(format!("202611{n}T020000000Z"));
            fs::create_dir(&path).unwrap();
            fs::write(path.join(MANIFEST), serde_json::to_vec(&manifest(n)).unwrap()).unwrap();
        }
        fs::create_dir(dir.path().join("partial-20261101T020000000Z")).unwrap();
        fs::create_dir(dir.path().join("partial-20261130T020000000Z")).unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        prune(dir.path()).unwrap();
        let good = good_backups(dir.path()).unwrap();
        assert_eq!((good.len(), good[0].1.at.0), (KEEP, 16));
        let left: Vec<String> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with("2026"))
            .collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}
