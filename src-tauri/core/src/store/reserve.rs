//! Room that is kept for the last record: a file of its own, let go when the disk is full.
//!
//! A disk fills up by what is fetched, by photos, by other programs. When a commit of the outbox finds no room the
//! file goes and the commit is tried once more: so the record that is being saved is saved. Filled again when there
//! is room.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::db::Place;

/// An action of 64 KiB with a sealed card, its indexes and its pages in the log.
const BYTES: usize = 2 << 20;

/// The file.
#[derive(Debug)]
pub(super) struct Reserve(Option<PathBuf>);

impl Reserve {
    /// The reserve of a folder; stores in memory have none.
    pub(super) fn of(place: &Place) -> Self {
        Self(place.folder.as_ref().filter(|folder| folder.is_dir()).map(|folder| folder.join("reserve")))
    }

    /// Takes the room, if it is there.
    pub(super) fn fill(&self) {
        let Some(path) = &self.0 else { return };
        let filled = fs::metadata(path).is_ok_and(|file| file.len() >= BYTES as u64);
        if !filled && write(path).is_err() {
            // A part of it would be no use when it is needed.
            drop(fs::remove_file(path));
        }
    }

    /// Lets the room go; `false` when there was none.
    pub(super) fn release(&self) -> bool {
        self.0.as_ref().is_some_and(|path| fs::remove_file(path).is_ok())
    }
}

/// Real bytes: a hole takes no room.
fn write(path: &Path) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    for _ in 0..BYTES / BLOCK.len() {
        file.write_all(&BLOCK)?;
    }
    file.sync_all()
}

/// Not zeros: some file systems store those as nothing.
const BLOCK: [u8; 4096] = [0xA5; 4096];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_taken_let_go_once_and_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::of(&Place::folder(folder.path()));
        assert!(!reserve.release());
        reserve.fill();
        reserve.fill();
        assert_eq!(fs::metadata(folder.path().join("reserve")).unwrap().len(), BYTES as u64);
        assert!(reserve.release() && !reserve.release());
        fs::write(folder.path().join("reserve"), "cut short").unwrap();
        reserve.fill();
        assert_eq!(fs::metadata(folder.path().join("reserve")).unwrap().len(), BYTES as u64);
        assert!(!Reserve::of(&Place::memory()).release());
    }
}
