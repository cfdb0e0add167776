//! A disk that loses what was not synced: an in-memory SQLite VFS, one a thread.
//!
//! The first part of a path names the *node* (`d0/outbox.db`): a device or the server. Each node can lose its
//! power at a write to come, run out of space for a while, or fail an fsync. What was written and not synced
//! is then kept, lost, torn by sector or turned to garbage. Everything is decided by one seed, in the order
//! of the names. Reads and writes of SQLite end here; nothing touches a real file. The unsafe part that
//! SQLite calls is [`super::vfs`].

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::file::{File, Pending, write_at};
use crate::ports::TestChance;

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What a call of the disk came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The node is without power.
    Dead,
    /// No space.
    Full,
    /// An fsync that failed: what it should have written is gone, although reads still show it.
    Sync,
    /// No such file.
    Missing,
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// Writes, syncs, truncations so far.
    calls: u64,
    cut_at: Option<u64>,
    full: Option<(u64, u64)>,
    fail_sync_at: Option<u64>,
    dead: bool,
}

/// How often each fault happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct DiskCounts {
    /// Power cuts that came true.
    pub cuts: u64,
    /// Processes that ended without warning; the operating system lived on.
    pub kills: u64,
    /// Writes refused for want of space.
    pub full: u64,
    /// Failed fsyncs.
    pub failed_syncs: u64,
    /// Sectors written and lost.
    pub sectors_lost: u64,
    /// Sectors turned to garbage.
    pub sectors_garbage: u64,
}

/// All files of one world.
struct Disk {
    files: BTreeMap<String, File>,
    /// Deleted, and the deletion not yet on the disk.
    limbo: BTreeMap<String, File>,
    nodes: BTreeMap<String, Node>,
    chance: TestChance,
    /// What SQLite draws: apart, since its generator is one for all threads.
    salts: TestChance,
    counts: DiskCounts,
}

thread_local! {
    static DISK: RefCell<Disk> = RefCell::new(Disk::new(0));
}

/// How a node ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The process only: the operating system still writes what it has.
    Kill,
    /// The power: what was not synced is at the disk's mercy.
    PowerCut,
}

/// The files of one node, as a copy of its disk.
#[derive(Clone)]
pub struct Copy(BTreeMap<String, File>);

pub(super) fn node_of(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

impl Disk {
    fn new(seed: u64) -> Self {
        Self {
            files: BTreeMap::new(),
            limbo: BTreeMap::new(),
            nodes: BTreeMap::new(),
            chance: TestChance(seed),
            salts: TestChance(!seed),
            counts: DiskCounts::default(),
        }
    }

    fn percent(&mut self, n: u64) -> bool {
        self.chance.draw() % 100 < n
    }

    /// Refuses a node without power.
    fn alive(&self, name: &str) -> Result<(), Fault> {
        let dead = self.nodes.get(node_of(name)).is_some_and(|node| node.dead);
        if dead { Err(Fault::Dead) } else { Ok(()) }
    }

    /// Counts a change of the disk; the power may go right after it.
    fn tick(&mut self, name: &str) -> bool {
        let node = self.nodes.entry(node_of(name).to_owned()).or_default();
        node.calls += 1;
        if node.cut_at.is_some_and(|at| node.calls >= at) {
            node.dead = true;
        }
        node.dead
    }

    fn write(&mut self, name: &str, offset: usize, bytes: &[u8]) -> Result<(), Fault> {
        self.alive(name)?;
        let node = self.nodes.entry(node_of(name).to_owned()).or_default();
        if node.full.is_some_and(|(from, to)| (from..to).contains(&node.calls)) {
            node.calls += 1;
            self.counts.full += 1;
            return Err(Fault::Full);
        }
        let dead = self.tick(name);
        let file = self.files.get_mut(name).ok_or(Fault::Missing)?;
        write_at(&mut file.current, offset, bytes);
        file.pending.push(Pending::Write(offset, bytes.to_vec()));
        if dead { Err(Fault::Dead) } else { Ok(()) }
    }

    fn truncate(&mut self, name: &str, size: usize) -> Result<(), Fault> {
        self.alive(name)?;
        let dead = self.tick(name);
        let file = self.files.get_mut(name).ok_or(Fault::Missing)?;
        file.current.resize(size, 0);
        file.pending.push(Pending::Truncate(size));
        if dead { Err(Fault::Dead) } else { Ok(()) }
    }

    fn sync(&mut self, name: &str) -> Result<(), Fault> {
        self.alive(name)?;
        if self.tick(name) {
            return Err(Fault::Dead);
        }
        let node = self.nodes.entry(node_of(name).to_owned()).or_default();
        let fails = node.fail_sync_at.is_some_and(|at| node.calls >= at);
        if fails {
            node.fail_sync_at = None;
            self.counts.failed_syncs += 1;
        }
        let file = self.files.get_mut(name).ok_or(Fault::Missing)?;
        if fails {
            // The kernel marks the pages clean: no later sync writes them.
            file.pending.clear();
            return Err(Fault::Sync);
        }
        file.flush();
        if std::mem::take(&mut file.syncs_folder) {
            self.sync_folder(name);
        }
        Ok(())
    }

    fn sync_folder(&mut self, name: &str) {
        let node = node_of(name);
        self.limbo.retain(|other, _| node_of(other) != node);
        for (_, file) in self.files.iter_mut().filter(|(other, _)| node_of(other) == node) {
            file.entry_durable = true;
        }
    }

    fn open(&mut self, name: &str, create: bool, journal: bool) -> Result<(), Fault> {
        self.alive(name)?;
        if self.files.contains_key(name) {
            return Ok(());
        }
        if !create {
            return Err(Fault::Missing);
        }
        if self.tick(name) {
            return Err(Fault::Dead);
        }
        self.limbo.remove(name);
        self.files.insert(name.to_owned(), File { syncs_folder: journal, ..File::default() });
        Ok(())
    }

    fn delete(&mut self, name: &str, sync_folder: bool) -> Result<(), Fault> {
        self.alive(name)?;
        if !self.files.contains_key(name) {
            return Err(Fault::Missing);
        }
        if self.tick(name) {
            return Err(Fault::Dead);
        }
        let file = self.files.remove(name).ok_or(Fault::Missing)?;
        if sync_folder {
            self.sync_folder(name);
        } else if file.entry_durable {
            self.limbo.insert(name.to_owned(), file);
        }
        Ok(())
    }

    /// What a power cut leaves of one file.
    fn left_of(&mut self, mut file: File, keep: u64, garbage: u64) -> File {
        let mut bytes = std::mem::take(&mut file.durable);
        for pending in std::mem::take(&mut file.pending) {
            match pending {
                Pending::Truncate(_) if !self.percent(keep) => {}
                Pending::Truncate(size) => bytes.resize(size, 0),
                Pending::Write(offset, new) => self.settle(&mut bytes, offset, &new, (keep, garbage)),
            }
        }
        File { current: bytes.clone(), durable: bytes, entry_durable: true, ..File::default() }
    }

    /// One write, sector by sector: kept, garbled or lost.
    fn settle(&mut self, bytes: &mut Vec<u8>, offset: usize, new: &[u8], (keep, garbage): (u64, u64)) {
        let mut at = 0;
        while at < new.len() {
            let end = (((offset + at) / SECTOR + 1) * SECTOR - offset).min(new.len());
            if self.percent(keep) {
                write_at(bytes, offset + at, &new[at..end]);
            } else if self.percent(garbage) {
                let rubbish: Vec<u8> = (at..end).map(|_| self.chance.draw().to_le_bytes()[0]).collect();
                write_at(bytes, offset + at, &rubbish);
                self.counts.sectors_garbage += 1;
            } else {
                self.counts.sectors_lost += 1;
            }
            at = end;
        }
    }

    fn cut_power(&mut self, node: &str) {
        let keep = [0, 30, 50, 80, 100][(self.chance.draw() % 5) as usize];
        let garbage = if self.percent(50) { 8 } else { 0 };
        let of_node = |files: &BTreeMap<String, File>| -> Vec<String> {
            files.keys().filter(|name| node_of(name) == node).cloned().collect()
        };
        for name in of_node(&self.files) {
            let Some(file) = self.files.remove(&name) else { continue };
            if file.entry_durable || self.percent(50) {
                let left = self.left_of(file, keep, garbage);
                self.files.insert(name, left);
            }
        }
        for name in of_node(&self.limbo) {
            let Some(file) = self.limbo.remove(&name) else { continue };
            if !self.files.contains_key(&name) && self.percent(50) {
                let back =
                    File { current: file.durable.clone(), pending: Vec::new(), entry_durable: true, ..file };
                self.files.insert(name, back);
            }
        }
    }
}

// ---------------------------------------------------------------- what the VFS calls
pub(super) fn open(name: &str, create: bool, journal: bool) -> Result<(), Fault> {
    DISK.with_borrow_mut(|disk| disk.open(name, create, journal))
}

pub(super) fn delete(name: &str, sync_folder: bool) -> Result<(), Fault> {
    DISK.with_borrow_mut(|disk| disk.delete(name, sync_folder))
}

pub(super) fn write(name: &str, offset: usize, bytes: &[u8]) -> Result<(), Fault> {
    DISK.with_borrow_mut(|disk| disk.write(name, offset, bytes))
}

pub(super) fn truncate(name: &str, size: usize) -> Result<(), Fault> {
    DISK.with_borrow_mut(|disk| disk.truncate(name, size))
}

pub(super) fn sync(name: &str) -> Result<(), Fault> {
    DISK.with_borrow_mut(|disk| disk.sync(name))
}

/// Reads into `bytes`; how many there were.
pub(super) fn read(name: &str, offset: usize, bytes: &mut [u8]) -> Result<usize, Fault> {
    DISK.with_borrow(|disk| {
        disk.alive(name)?;
        let current = &disk.files.get(name).ok_or(Fault::Missing)?.current;
        let from = offset.min(current.len());
        let there = (current.len() - from).min(bytes.len());
        bytes[..there].copy_from_slice(&current[from..from + there]);
        Ok(there)
    })
}

pub(super) fn size(name: &str) -> Option<usize> {
    DISK.with_borrow(|disk| disk.files.get(name).map(|file| file.current.len()))
}

pub(super) fn salt() -> u64 {
    DISK.with_borrow_mut(|disk| disk.salts.draw())
}

// ---------------------------------------------------------------- what a world calls
/// An empty disk for this thread.
pub fn reset(seed: u64) {
    super::vfs::register();
    super::vfs::forget_all_shared();
    DISK.with_borrow_mut(|disk| *disk = Disk::new(seed));
}

/// The power of `node` goes at the `n`th change of its disk from now on.
pub fn cut_in(node: &str, n: u64) {
    with_node(node, |node| node.cut_at = Some(node.calls + n));
}

/// From the `n`th change on, `count` writes of `node` find no space.
pub fn fill_in(node: &str, n: u64, count: u64) {
    with_node(node, |node| node.full = Some((node.calls + n, node.calls + n + count)));
}

/// The first fsync of `node` after `n` changes fails.
pub fn fail_sync_in(node: &str, n: u64) {
    with_node(node, |node| node.fail_sync_at = Some(node.calls + n));
}

fn with_node(name: &str, act: impl FnOnce(&mut Node)) {
    DISK.with_borrow_mut(|disk| act(disk.nodes.entry(name.to_owned()).or_default()));
}

/// Whether the power of `node` has gone.
pub fn is_dead(node: &str) -> bool {
    DISK.with_borrow(|disk| disk.nodes.get(node).is_some_and(|node| node.dead))
}

/// Ends `node` and gives it power again. Its connections must be closed by now; if the power went while they
/// closed, it was no mere kill.
pub fn end(node: &str, how: End) {
    let how = if is_dead(node) { End::PowerCut } else { how };
    DISK.with_borrow_mut(|disk| {
        match how {
            End::PowerCut => {
                disk.cut_power(node);
                disk.counts.cuts += 1;
            }
            End::Kill => disk.counts.kills += 1,
        }
        let calls = disk.nodes.get(node).map_or(0, |node| node.calls);
        disk.nodes.insert(node.to_owned(), Node { calls, ..Node::default() });
    });
    super::vfs::forget_shared(node);
}

/// A copy of a node's disk.
pub fn copy(node: &str) -> Copy {
    DISK.with_borrow(|disk| {
        let own = disk.files.iter().filter(|(name, _)| node_of(name) == node);
        Copy(own.map(|(name, file)| (name.clone(), file.clone())).collect())
    })
}

/// Puts a copy in the place of a node's disk. Its connections must be closed.
pub fn put_back(node: &str, copy: &Copy) {
    DISK.with_borrow_mut(|disk| {
        disk.files.retain(|name, _| node_of(name) != node);
        disk.files.extend(copy.0.clone());
    });
    super::vfs::forget_shared(node);
}

/// How often each fault happened since [`reset`].
pub fn counts() -> DiskCounts {
    DISK.with_borrow(|disk| disk.counts)
}

/// Changes of a node's disk so far: every one of them is a place for a cut.
pub fn calls(node: &str) -> u64 {
    DISK.with_borrow(|disk| disk.nodes.get(node).map_or(0, |node| node.calls))
}
