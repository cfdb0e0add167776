//! The folder of the files: one instance of the app at a time, and how much room is left.
//!
//! The system lets go of the lock when the process ends, however it ends. Never opens a database.

use std::fs::{File, OpenOptions, TryLockError};

use super::StoreError;
use super::db::Place;

/// Held for as long as a core has the folder.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not read")] Option<File>);

impl Place {
    /// Takes the folder for one core, and makes it when it is not there. Memory belongs to its core anyway.
    pub fn lock(&self) -> Result<Lock, StoreError> {
        let Some(folder) = self.real_folder() else { return Ok(Lock(None)) };
        std::fs::create_dir_all(folder)?;
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(Some(file))),
            Err(TryLockError::WouldBlock) => Err(StoreError::SecondInstance),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// The folder, where files are the system's own.
    fn real_folder(&self) -> Option<&std::path::Path> {
        self.folder.as_deref().filter(|_| self.vfs.is_none())
    }

    /// Bytes that may still be written here; `None` where nobody can say.
    pub fn room(&self) -> Option<u64> {
        #[cfg(unix)]
        {
            let disk = rustix::fs::statvfs(self.real_folder()?).ok()?;
            Some(disk.f_bavail.saturating_mul(disk.f_frsize))
        }
        #[cfg(not(unix))]
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::folder(&folder.path().join("a/b"));
        let held = place.lock().unwrap();
        assert!(matches!(place.lock(), Err(StoreError::SecondInstance)));
        drop(held);
        assert!(place.lock().is_ok());
        assert!(place.room().is_some_and(|bytes| bytes > 0));
    }

    #[test]
    fn memory_needs_no_lock() {
        let _one = Place::memory().lock().unwrap();
        assert!(Place::memory().lock().is_ok());
        assert_eq!(Place::memory().room(), None);
    }
}
