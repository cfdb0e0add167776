//! The data folder: one folder holds one org, and one server at a time uses it.
//!
//! ```text
//! fieldcard.db   the store          keys/   org.key, token.key, tls.*.pem; mode 0600
//! blobs/         photos and cards   lock    held by the running server
//! ```
//!
//! Every secret is written whole, synced and readable by its owner only; one that others can read is refused.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// Why the folder cannot be used. Each is one sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is no store in it.
    #[error("{0} holds no Fieldcard data: run `fieldcard-server init` first")]
    Missing(PathBuf),
    /// There is one already.
    #[error("{0} holds Fieldcard data already; nothing was changed")]
    Taken(PathBuf),
    /// Another server has it.
    #[error("another fieldcard-server is running on {0}")]
    Locked(PathBuf),
    /// A secret that is none.
    #[error("{0} can be read by other users of this machine: run `chmod 600` on it")]
    Exposed(PathBuf),
    /// The disk is full.
    #[error("{0} cannot be written: the disk is full")]
    Full(PathBuf),
    /// Not allowed.
    #[error("{0} cannot be written: this user may not, or the disk is read-only")]
    Denied(PathBuf),
    /// Anything else.
    #[error("{0}: {1}")]
    Io(PathBuf, std::io::Error),
}

impl FolderError {
    /// The sentence that fits `error` at `path`.
    pub fn at(path: &Path, error: std::io::Error) -> Self {
        use std::io::ErrorKind;
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full(path),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::Denied(path),
            ErrorKind::NotFound => Self::Missing(path),
            _ => Self::Io(path, error),
        }
    }
}

/// One data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    root: PathBuf,
}

/// Held while a server uses the folder; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl DataFolder {
    /// The folder at `root`, which may not exist yet.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The store.
    pub fn database(&self) -> PathBuf {
        self.root.join("fieldcard.db")
    }

    /// The bytes of blobs.
    pub fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// The keys.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// Makes the folder; refuses one that holds a store or keys.
    pub fn create(&self) -> Result<(), FolderError> {
        if self.database().exists() || self.keys().exists() {
            return Err(FolderError::Taken(self.root.clone()));
        }
        for path in [self.root.clone(), self.blobs(), self.keys()] {
            private_folder(&path)?;
        }
        Ok(())
    }

    /// Fails unless there is a store that this user may write, in a folder where it may make files beside it:
    /// SQLite's own words for that help nobody.
    pub fn expect_store(&self) -> Result<(), FolderError> {
        let path = self.database();
        match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(FolderError::Missing(self.root.clone()));
            }
            Err(error) => return Err(FolderError::at(&path, error)),
        }
        access(&self.root, Access::WRITE_OK).map_err(|error| FolderError::at(&self.root, error.into()))
    }

    /// Takes the folder for a running server.
    pub fn lock(&self) -> Result<Lock, FolderError> {
        let path = self.root.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| FolderError::at(&path, e))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(file)),
            Err(TryLockError::WouldBlock) => Err(FolderError::Locked(self.root.clone())),
            Err(TryLockError::Error(e)) => Err(FolderError::at(&path, e)),
        }
    }
}

/// Makes a folder, and those above it, that only its owner may enter; one that is there stays as it is.
pub fn private_folder(path: &Path) -> Result<(), FolderError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| FolderError::at(path, e))
}

/// Writes a new file of mode 0600 and syncs it and its folder; fails if there is one.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(|e| FolderError::at(path, e))
}

/// As [`write_secret`], in place of what was there.
pub fn replace_secret(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let beside = path.with_extension("new");
    let replace = || -> std::io::Result<()> {
        if beside.exists() {
            std::fs::remove_file(&beside)?;
        }
        Ok(())
    };
    replace().map_err(|e| FolderError::at(&beside, e))?;
    write_secret(&beside, bytes)?;
    std::fs::rename(&beside, path).map_err(|e| FolderError::at(path, e))
}

/// Reads a secret; refuses one that other users of the machine can read.
pub fn read_secret(path: &Path) -> Result<Vec<u8>, FolderError> {
    let read = || -> std::io::Result<(u32, Vec<u8>)> {
        let mut file = File::open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok((file.metadata()?.mode(), bytes))
    };
    let (mode, bytes) = read().map_err(|e| FolderError::at(path, e))?;
    let of_others = mode & 0o077;
    if of_others == 0 { Ok(bytes) } else { Err(FolderError::Exposed(path.to_owned())) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("k");
        write_secret(&path, b"x").unwrap();
        assert_eq!(read_secret(&path).unwrap(), b"x");
        assert!(write_secret(&path, b"y").is_err());
        replace_secret(&path, b"y").unwrap();
        assert_eq!(read_secret(&path).unwrap(), b"y");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        assert!(matches!(read_secret(&path), Err(FolderError::Exposed(_))));
    }

    #[test]
    fn a_folder_is_made_once_and_used_by_one() {
        let dir = tempfile::tempdir().unwrap();
        let folder = DataFolder::at(&dir.path().join("a/b"));
        assert!(matches!(folder.expect_store(), Err(FolderError::Missing(_))));
        folder.create().unwrap();
        assert!(matches!(folder.create(), Err(FolderError::Taken(_))));
        let held = folder.lock().unwrap();
        assert!(matches!(folder.lock(), Err(FolderError::Locked(_))));
        drop(held);
        assert!(folder.lock().is_ok());
    }
}
