//! Blob bytes as files of one folder: written beside, synced, renamed; and in memory, for tests.
//!
//! `partial/<digest>-<device>` grows while runs come; `<first two digits>/<digest>` is whole and stays. A reader of
//! the folder never sees half a blob under its final name.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use fieldcard_schema::digest::Digest;

use crate::ports::{BlobStore, BlobStoreError, Part};

impl From<std::io::Error> for BlobStoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full,
            ErrorKind::NotFound => Self::Missing,
            _ => Self::Broken(error.to_string()),
        }
    }
}

/// Blobs in a folder.
#[derive(Debug, Clone)]
pub struct BlobFiles {
    folder: PathBuf,
}

impl BlobFiles {
    /// Blobs in `folder`, which is made when missing.
    pub fn open(folder: &Path) -> Result<Self, BlobStoreError> {
        fs::create_dir_all(folder.join("partial"))?;
        Ok(Self { folder: folder.to_owned() })
    }

    fn partial(&self, part: Part) -> PathBuf {
        self.folder.join("partial").join(format!("{}-{}", part.sha256, part.by))
    }

    /// Where a stored blob lies: what a backup copies.
    pub fn path(&self, sha256: Digest) -> PathBuf {
        let name = sha256.to_string();
        self.folder.join(&name[..2]).join(name)
    }
}

/// Makes a rename in `folder` outlive a power cut.
fn sync_folder(folder: &Path) -> Result<(), BlobStoreError> {
    // Windows has no handle to a folder, and journals its renames.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

impl BlobStore for BlobFiles {
    fn write(&mut self, part: Part, offset: u64, bytes: &[u8]) -> Result<(), BlobStoreError> {
        let path = self.partial(part);
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(file.write_all(bytes)?)
    }

    fn finish(&mut self, part: Part, size: u64) -> Result<bool, BlobStoreError> {
        let (from, to) = (self.partial(part), self.path(part.sha256));
        let Some(folder) = to.parent() else { return Err(BlobStoreError::Missing) };
        if !from.exists() && to.exists() {
            // Finished once before, and the caller did not live to note it.
            return Ok(true);
        }
        let mut file = OpenOptions::new().read(true).write(true).open(&from)?;
        file.set_len(size)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if Digest::of(&bytes) != part.sha256 {
            self.discard(part)?;
            return Ok(false);
        }
        file.sync_all()?;
        if !folder.is_dir() {
            fs::create_dir_all(folder)?;
            sync_folder(&self.folder)?;
        }
        fs::rename(&from, &to)?;
        sync_folder(folder)?;
        Ok(true)
    }

    fn discard(&mut self, part: Part) -> Result<(), BlobStoreError> {
        match fs::remove_file(self.partial(part)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn read(&self, sha256: Digest, from: u64, len: u64) -> Result<Vec<u8>, BlobStoreError> {
        let mut file = File::open(self.path(sha256))?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Blobs in memory.
#[derive(Debug, Clone, Default)]
pub struct BlobMemory {
    partial: BTreeMap<Part, Vec<u8>>,
    whole: BTreeMap<Digest, Vec<u8>>,
}

impl BlobStore for BlobMemory {
    fn write(&mut self, part: Part, offset: u64, bytes: &[u8]) -> Result<(), BlobStoreError> {
        let start = usize::try_from(offset).map_err(|_| BlobStoreError::Full)?;
        let blob = self.partial.entry(part).or_default();
        let end = start + bytes.len();
        blob.resize(blob.len().max(end), 0);
        blob[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self, part: Part, size: u64) -> Result<bool, BlobStoreError> {
        let Some(mut bytes) = self.partial.remove(&part) else {
            return if self.whole.contains_key(&part.sha256) {
                Ok(true)
            } else {
                Err(BlobStoreError::Missing)
            };
        };
        bytes.resize(usize::try_from(size).map_err(|_| BlobStoreError::Full)?, 0);
        let fits = Digest::of(&bytes) == part.sha256;
        if fits {
            self.whole.insert(part.sha256, bytes);
        }
        Ok(fits)
    }

    fn discard(&mut self, part: Part) -> Result<(), BlobStoreError> {
        self.partial.remove(&part);
        Ok(())
    }

    fn read(&self, sha256: Digest, from: u64, len: u64) -> Result<Vec<u8>, BlobStoreError> {
        let bytes = self.whole.get(&sha256).ok_or(BlobStoreError::Missing)?;
        let at = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes[at(from)..at(from.saturating_add(len))].to_vec())
    }
}
