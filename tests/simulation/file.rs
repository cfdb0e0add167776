//! One file of the simulated disk: what is durable, what reads show, and what lies between.
//!
//! Knows no fault; [`super::disk`] decides what becomes of what is pending.

/// A write that is in the operating system's memory and not yet on the disk.
#[derive(Clone)]
pub(super) enum Pending {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

/// One file.
#[derive(Clone, Default)]
pub(super) struct File {
    pub(super) durable: Vec<u8>,
    pub(super) current: Vec<u8>,
    pub(super) pending: Vec<Pending>,
    /// The folder's entry is on the disk, too.
    pub(super) entry_durable: bool,
    /// Its first fsync also syncs the folder, as SQLite does with journals.
    pub(super) syncs_folder: bool,
}

impl File {
    fn apply(bytes: &mut Vec<u8>, pending: &Pending) {
        match pending {
            Pending::Truncate(size) => bytes.resize(*size, 0),
            Pending::Write(offset, new) => write_at(bytes, *offset, new),
        }
    }

    /// Everything pending is on the disk now.
    pub(super) fn flush(&mut self) {
        for pending in self.pending.drain(..) {
            Self::apply(&mut self.durable, &pending);
        }
        self.entry_durable = true;
    }
}

/// Writes into `bytes`, which grow if they must. Most writes begin at the end: a log grows.
pub(super) fn write_at(bytes: &mut Vec<u8>, offset: usize, new: &[u8]) {
    if bytes.len() < offset {
        bytes.resize(offset, 0);
    }
    let inside = new.len().min(bytes.len() - offset);
    bytes[offset..offset + inside].copy_from_slice(&new[..inside]);
    bytes.extend_from_slice(&new[inside..]);
}
