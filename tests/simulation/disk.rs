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

/// The node that is no device.
pub const SERVER: &str = "server";

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;

/// How SQLite names the log beside a file.
const LOG: &str = "-wal";

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
    cut_at: Option<(u64, End)>,
    full: Option<(u64, u64)>,
    fail_sync_at: Option<u64>,
    /// How long behind a failed fsync the disk is full: from so many changes on, for so many.
    full_behind: Option<(u64, u64)>,
    /// Calls of its keystore or blob store so far, and the one at which it ends.
    port_calls: u64,
    port_cut_at: Option<u64>,
    dead: Option<End>,
    /// The log is synced only before it is copied into the file, as with `synchronous=NORMAL`.
    lazy_log: bool,
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
    /// Ends at a call of a keystore or blob store.
    pub port_crashes: u64,
    /// Ends of a process at a change of its disk.
    pub write_kills: u64,
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
    /// Those of the devices, and of the server.
    counts: [DiskCounts; 2],
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
            counts: [DiskCounts::default(); 2],
        }
    }

    fn counts_of(&mut self, name: &str) -> &mut DiskCounts {
        &mut self.counts[usize::from(node_of(name) == SERVER)]
    }

    fn percent(&mut self, n: u64) -> bool {
        self.chance.draw() % 100 < n
    }

    /// Refuses a node without power.
    fn alive(&self, name: &str) -> Result<(), Fault> {
        let dead = self.nodes.get(node_of(name)).is_some_and(|node| node.dead.is_some());
        if dead { Err(Fault::Dead) } else { Ok(()) }
    }

    /// Counts a change of the disk; the power may go right after it.
    fn tick(&mut self, name: &str) -> bool {
        let node = self.nodes.entry(node_of(name).to_owned()).or_default();
        node.calls += 1;
        let ends = node.cut_at.filter(|(at, _)| node.calls >= *at).map(|(_, how)| how);
        node.dead = node.dead.or(ends);
        let dead = node.dead.is_some();
        self.counts_of(name).write_kills += u64::from(ends == Some(End::Kill));
        dead
    }

    fn write(&mut self, name: &str, offset: usize, bytes: &[u8]) -> Result<(), Fault> {
        self.alive(name)?;
        let node = self.nodes.entry(node_of(name).to_owned()).or_default();
        if node.full.is_some_and(|(from, to)| (from..to).contains(&node.calls)) {
            node.calls += 1;
            self.counts_of(name).full += 1;
            return Err(Fault::Full);
        }
        let dead = self.tick(name);
        if self.nodes.get(node_of(name)).is_some_and(|node| node.lazy_log) && !name.ends_with(LOG) {
            self.files.get_mut(&format!("{name}{LOG}")).iter_mut().for_each(|log| log.flush());
        }
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
        if node.lazy_log && name.ends_with(LOG) {
            return Ok(());
        }
        let fails = node.fail_sync_at.is_some_and(|at| node.calls >= at);
        if fails {
            node.fail_sync_at = None;
            self.counts_of(name).failed_syncs += 1;
        }
        if fails {
            // Whoever is killed before he has closed such a file is not promised anything (docs/adr/0018).
            let node = self.nodes.entry(node_of(name).to_owned()).or_default();
            node.cut_at = node.cut_at.filter(|(_, how)| *how == End::PowerCut);
            node.full = node
                .full_behind
                .take()
                .map(|(from, count)| (node.calls + from, node.calls + from + count))
                .or(node.full);
            node.port_cut_at = None;
            // The kernel marks the pages clean: no later sync writes them.
            self.files.get_mut(name).ok_or(Fault::Missing)?.pending.clear();
            return Err(Fault::Sync);
        }
        let file = self.files.get_mut(name).ok_or(Fault::Missing)?;
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
                self.counts[0].sectors_garbage += 1;
            } else {
                self.counts[0].sectors_lost += 1;
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
    end_in(node, n, End::PowerCut);
}

/// `node` ends at the `n`th change of its disk from now on.
pub fn end_in(node: &str, n: u64, how: End) {
    with_node(node, |node| node.cut_at = Some((node.calls + n, how)));
}

/// `node` ends at the `n`th call of its keystore or blob store from now on; the operating system lives on.
pub fn end_at_port_in(node: &str, n: u64) {
    with_node(node, |node| node.port_cut_at = Some(node.port_calls + n));
}

/// A call of a keystore or blob store: `false` when the node is no more.
pub(super) fn port_call(node: &str) -> bool {
    DISK.with_borrow_mut(|disk| {
        let one = disk.nodes.entry(node.to_owned()).or_default();
        one.port_calls += 1;
        let ends = one.dead.is_none() && one.port_cut_at.is_some_and(|at| one.port_calls >= at);
        if ends {
            one.dead = Some(End::Kill);
        }
        let alive = one.dead.is_none();
        disk.counts_of(node).port_crashes += u64::from(ends);
        alive
    })
}

/// `node` is gone: every call of its disk fails from here on. Its connections can only be dropped now.
pub fn die(node: &str, how: End) {
    with_node(node, |node| node.dead = Some(node.dead.unwrap_or(how)));
}

/// The server's log is synced as `synchronous=NORMAL` does: a fault of the system that must be caught.
pub fn sync_lazily(node: &str) {
    with_node(node, |node| node.lazy_log = true);
}

/// From the `n`th change on, `count` writes of `node` find no space.
pub fn fill_in(node: &str, n: u64, count: u64) {
    with_node(node, |node| node.full = Some((node.calls + n, node.calls + n + count)));
}

/// The first fsync of `node` after `n` changes fails.
pub fn fail_sync_in(node: &str, n: u64) {
    with_node(node, |node| node.fail_sync_at = Some(node.calls + n));
}

/// The same, and from the `from`th change behind it on `count` writes find no space.
pub fn fail_sync_then_fill_in(node: &str, n: u64, from: u64, count: u64) {
    fail_sync_in(node, n);
    with_node(node, |node| node.full_behind = Some((from, count)));
}

fn with_node(name: &str, act: impl FnOnce(&mut Node)) {
    DISK.with_borrow_mut(|disk| act(disk.nodes.entry(name.to_owned()).or_default()));
}

/// Whether the power of `node` has gone.
pub fn is_dead(node: &str) -> bool {
    DISK.with_borrow(|disk| disk.nodes.get(node).is_some_and(|node| node.dead.is_some()))
}

/// Ends `node` and gives it power again. Its connections must be closed by now; if it was its power that went
/// before, it is no mere kill. Says how it ended.
pub fn end(node: &str, how: End) -> End {
    let ended = DISK.with_borrow_mut(|disk| {
        let before = disk.nodes.get(node).copied().unwrap_or_default();
        let how = if before.dead == Some(End::PowerCut) { End::PowerCut } else { how };
        match how {
            End::PowerCut => {
                disk.cut_power(node);
                disk.counts_of(node).cuts += 1;
            }
            End::Kill => disk.counts_of(node).kills += 1,
        }
        let Node { calls, port_calls, lazy_log, .. } = before;
        disk.nodes.insert(node.to_owned(), Node { calls, port_calls, lazy_log, ..Node::default() });
        how
    });
    super::vfs::forget_shared(node);
    ended
}

/// No fault that was planned for `node` comes any more.
pub fn spare(node: &str) {
    with_node(node, |node| {
        let Node { calls, port_calls, lazy_log, dead, .. } = *node;
        *node = Node { calls, port_calls, dead, lazy_log, ..Node::default() };
    });
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

/// A copy laid beside as the disk of another node, which has none yet.
pub fn lay_beside(node: &str, copy: &Copy) {
    DISK.with_borrow_mut(|disk| {
        for (name, file) in &copy.0 {
            let beside = format!("{node}{}", &name[node_of(name).len()..]);
            disk.files.insert(beside, file.clone());
        }
    });
}

/// Removes the disk of a node.
pub fn remove(node: &str) {
    DISK.with_borrow_mut(|disk| disk.files.retain(|name, _| node_of(name) != node));
    super::vfs::forget_shared(node);
}

/// How often each fault happened to devices, and to the server, since [`reset`].
pub fn counts_by_side() -> [DiskCounts; 2] {
    DISK.with_borrow(|disk| disk.counts)
}

/// How often each fault happened since [`reset`].
pub fn counts() -> DiskCounts {
    let [devices, server] = counts_by_side();
    DiskCounts {
        cuts: devices.cuts + server.cuts,
        kills: devices.kills + server.kills,
        full: devices.full + server.full,
        failed_syncs: devices.failed_syncs + server.failed_syncs,
        sectors_lost: devices.sectors_lost + server.sectors_lost,
        sectors_garbage: devices.sectors_garbage + server.sectors_garbage,
        port_crashes: devices.port_crashes + server.port_crashes,
        write_kills: devices.write_kills + server.write_kills,
    }
}

/// Changes of a node's disk so far: every one of them is a place for a cut.
pub fn calls(node: &str) -> u64 {
    DISK.with_borrow(|disk| disk.nodes.get(node).map_or(0, |node| node.calls))
}
