//! `restore`: a data folder from a backup, in a new epoch.
//!
//! The head jumps by 2³², so that no position is given out twice; devices see the new epoch, send again what
//! the backup lacks, and build their caches anew. Nothing is taken that does not fit its digest.

use std::fs;
use std::path::Path;

use fieldcard_schema::time::Timestamp;

use super::backup::{Manifest, check, copy_blob, digest_of, files, good_backups};
use super::{CliError, Terminal, desk, said};
use crate::config::Restore;
use crate::folder::{self, DataFolder, FolderError};
use crate::storage::inspect::Inspection;

/// Runs it.
pub(super) fn restore(
    folder: &DataFolder,
    options: &Restore,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    let (from, manifest) = newest(&options.from)?;
    folder.create()?;
    let filled = fill(folder, &options.from, &from, &manifest);
    if filled.is_err() {
        for path in [folder.keys(), folder.blobs()] {
            drop(fs::remove_dir_all(path));
        }
        drop(fs::remove_file(folder.database()));
    }
    filled?;
    let mut desk = desk(folder)?;
    let epoch = desk.hub.restored(options.witness)?;
    // A session that was ended after the backup must not hold again.
    desk.accounts.end_idle_sessions(Timestamp(i64::MAX))?;
    terminal.line(&format!("restored {} as epoch {epoch}, {} blobs", from.display(), manifest.blobs))?;
    terminal
        .line("devices revoked, accounts disabled and passwords changed after that backup are as before:")?;
    terminal.line("go through `device list` and `user list` before you run `serve`")
}

/// The newest backup whose store is what its manifest says.
fn newest(folder: &Path) -> Result<(std::path::PathBuf, Manifest), CliError> {
    for (path, manifest) in good_backups(folder)?.into_iter().rev() {
        if digest_of(&path.join("fieldcard.db")).is_ok_and(|store| store == manifest.store) {
            return Ok((path, manifest));
        }
        tracing::warn!(backup = %path.display(), "damaged; trying the one before");
    }
    Err(said(format!("{} holds no good backup", folder.display())))
}

fn fill(folder: &DataFolder, all: &Path, from: &Path, manifest: &Manifest) -> Result<(), CliError> {
    for entry in fs::read_dir(from.join("keys")).map_err(|e| FolderError::at(from, e))? {
        let path = entry?.path();
        if let Some(name) = path.file_name() {
            folder::write_secret(&folder.keys().join(name), &folder::read_secret(&path)?)?;
        }
    }
    let database = folder.database();
    fs::copy(from.join("fieldcard.db"), &database).map_err(|e| FolderError::at(&database, e))?;
    fs::File::open(&database)?.sync_all()?;
    if digest_of(&database)? != manifest.store {
        return Err(said("the copy of the store is not what was read"));
    }
    let inspection = Inspection::open(&database)?;
    check(&inspection)?;
    let (kept, to) = (files(&all.join("blobs"))?, files(&folder.blobs())?);
    for blob in inspection.blobs()? {
        copy_blob(&kept.path(blob.sha256), &to.path(blob.sha256), blob.sha256)?;
    }
    Ok(())
}
