//! Lives of a store that end with the power: what was acknowledged is there afterwards, and nothing by halves.
//!
//! The [`Book`] stands outside the store: it writes down what a caller asked for and, once he saw success, what
//! was acknowledged; after each cut it compares digests of what the store holds. It never asks a store whether
//! all is well. What a store is, [`Keeper`] says; the faults are the simulated disk's.

use std::collections::BTreeSet;

use fieldcard_schema::digest::Digest;
use fieldcard_tests::ports::TestChance;
use fieldcard_tests::simulation::disk::{self, DiskCounts, End};

/// A store as its callers use it, on the simulated disk.
pub(crate) trait Keeper {
    /// Actions of the day that is cut at every write.
    const SCRIPT: u64;
    /// Its node on the disk.
    fn node(&self) -> &'static str;

    /// Changes of its disk between an fsync that failed and the close: the disk may be full behind them, so that what a
    /// close would copy into the file stays in the log.
    fn settling(&self) -> u64 {
        8
    }
    /// A world of its own on an empty disk: a store made long ago, and no faults.
    fn begin(&mut self, seed: u64);
    /// Opens the store, if it is not open.
    fn open(&mut self) -> Result<(), Failed>;
    /// The `n`th action of a day: told to the book before, and again on success.
    fn act(&mut self, n: u64, book: &mut Book) -> Result<(), Failed>;
    /// Ends process or machine.
    fn end(&mut self, how: End);
    /// Digests of everything that was put in, worked out from the bytes.
    fn held(&mut self) -> Result<Vec<Digest>, Failed>;
}

/// An action failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failed {
    /// For want of space: the store stays open.
    Full,
    /// In any other way: it must be opened again.
    Broken,
}

/// What was asked of one store, and what it acknowledged.
#[derive(Default)]
pub(crate) struct Book {
    asked: BTreeSet<Vec<Digest>>,
    acked: BTreeSet<Digest>,
    acks: u64,
}

impl Book {
    /// An action is about to be tried: all of it or nothing.
    pub(crate) fn asks(&mut self, whole: Vec<Digest>) {
        self.asked.insert(whole);
    }

    /// The caller saw success.
    pub(crate) fn acknowledged(&mut self, these: &[Digest]) {
        self.acks += these.iter().filter(|digest| self.acked.insert(**digest)).count() as u64;
    }

    /// Compares; afterwards what is held counts as acknowledged, and what is not was never asked for.
    fn judge(&mut self, held: &[Digest], told: &mut Report) {
        let set: BTreeSet<Digest> = held.iter().copied().collect();
        told.doubled += (held.len() - set.len()) as u64;
        told.lost += self.acked.difference(&set).count() as u64;
        let by_halves = |whole: &&Vec<Digest>| {
            let there = whole.iter().filter(|digest| set.contains(digest)).count();
            there != 0 && there != whole.len()
        };
        told.by_halves += self.asked.iter().filter(by_halves).count() as u64;
        let asked: BTreeSet<Digest> = self.asked.iter().flatten().copied().collect();
        told.strange += set.difference(&asked).count() as u64;
        told.acks += std::mem::take(&mut self.acks);
        self.asked.retain(|whole| whole.iter().all(|digest| set.contains(digest)));
        self.acked = set;
    }
}

/// What many lives came to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) disk: DiskCounts,
    pub(crate) acks: u64,
    /// Acknowledged, and gone.
    pub(crate) lost: u64,
    /// Actions of which a part was there.
    pub(crate) by_halves: u64,
    /// Held twice.
    pub(crate) doubled: u64,
    /// Held, and nobody asked for it.
    pub(crate) strange: u64,
    /// Stores that did not open or could not be read after a cut.
    pub(crate) unreadable: u64,
}

impl Report {
    /// Everything that must not happen.
    pub(crate) fn wrong(&self) -> u64 {
        self.lost + self.by_halves + self.doubled + self.strange + self.unreadable
    }

    fn add(&mut self, one: &Self) {
        self.disk.cuts += one.disk.cuts;
        self.disk.full += one.disk.full;
        self.disk.failed_syncs += one.disk.failed_syncs;
        self.disk.sectors_lost += one.disk.sectors_lost;
        self.disk.sectors_garbage += one.disk.sectors_garbage;
        self.acks += one.acks;
        self.lost += one.lost;
        self.by_halves += one.by_halves;
        self.doubled += one.doubled;
        self.strange += one.strange;
        self.unreadable += one.unreadable;
    }
}

/// The power goes, comes back, and the store is judged.
fn cut_and_judge(keeper: &mut impl Keeper, book: &mut Book, told: &mut Report) {
    keeper.end(End::PowerCut);
    match keeper.open().and_then(|()| keeper.held()) {
        Ok(held) => book.judge(&held, told),
        Err(_) => told.unreadable += 1,
    }
}

/// One action. A store that broke is closed and opened again at the next one; `true` if it had to be.
fn act(keeper: &mut impl Keeper, n: u64, book: &mut Book) -> bool {
    let done = keeper.open().and_then(|()| keeper.act(n, book));
    let broken = done == Err(Failed::Broken) && !disk::is_dead(keeper.node());
    if broken {
        keeper.end(End::Kill);
    }
    broken
}

/// Each way in which one change of the disk can go wrong; cuts several times, as chance decides what is left.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Cut(u64),
    Full(u64),
    Sync,
    SyncThenFull(u64),
}

const FAULTS: [Fault; 10] = [
    Fault::Cut(1),
    Fault::Cut(2),
    Fault::Cut(3),
    Fault::Cut(4),
    Fault::Cut(5),
    Fault::Full(1),
    Fault::Full(6),
    Fault::Sync,
    Fault::SyncThenFull(1),
    Fault::SyncThenFull(6),
];

/// A scripted day with one fault at the `at`th change of the disk, if any; then the power goes.
fn scripted<K: Keeper>(keeper: &mut K, fault: Option<(Fault, u64)>) -> (Report, u64) {
    let mut told = Report::default();
    let mut book = Book::default();
    keeper.begin(if let Some((Fault::Cut(seed), at)) = fault { at * 8 + seed } else { 0 });
    let node = keeper.node();
    match fault {
        Some((Fault::Cut(_), at)) => disk::cut_in(node, at),
        Some((Fault::Full(count), at)) => disk::fill_in(node, at - 1, count),
        Some((Fault::Sync, at)) => disk::fail_sync_in(node, at),
        Some((Fault::SyncThenFull(count), at)) => {
            disk::fail_sync_then_fill_in(node, at, keeper.settling(), count);
        }
        None => {}
    }
    let before = disk::calls(node);
    for n in 0..K::SCRIPT {
        if !disk::is_dead(node) {
            act(keeper, n, &mut book);
        }
    }
    let changes = disk::calls(node) - before;
    cut_and_judge(keeper, &mut book, &mut told);
    told.disk = disk::counts();
    (told, changes)
}

/// Every fault at every change of the disk that a scripted day makes; and how many changes there are.
pub(crate) fn every_write<K: Keeper>(make: impl Fn() -> K + Sync) -> (Report, u64) {
    let (undisturbed, changes) = scripted(&mut make(), None);
    let mut sum = on_all_cores(|core, cores| {
        let (mut keeper, mut sum) = (make(), Report::default());
        for at in (1..=changes).filter(|at| at % cores == core) {
            for fault in FAULTS {
                sum.add(&scripted(&mut keeper, Some((fault, at))).0);
            }
        }
        sum
    });
    sum.add(&undisturbed);
    (sum, changes)
}

/// Lives of one world before the next begins: a store grows, and looking through it takes time.
const LIVES: u64 = 12;

/// Most actions of one life: far more than changes of the disk before its cut.
const ACTIONS: u64 = 300;

/// The faults of one life; a cut is always among them.
fn plan(keeper: &impl Keeper, chance: &mut TestChance) {
    let (node, settling) = (keeper.node(), keeper.settling());
    let mut soon = |most: u64| 1 + chance.draw() % most;
    let (at, when) = (soon(60), soon(5));
    match when {
        1 => disk::fill_in(node, at, soon(20)),
        2 => disk::fail_sync_in(node, at),
        3 => disk::fail_sync_then_fill_in(node, at, settling, soon(20)),
        _ => return disk::cut_in(node, at),
    }
    disk::cut_in(node, at + soon(60));
}

/// One world: lives that each end with the power, on one disk.
fn world(keeper: &mut impl Keeper, seed: u64) -> Report {
    let mut told = Report::default();
    let mut book = Book::default();
    let mut chance = TestChance(seed);
    keeper.begin(seed);
    let mut n = seed << 16;
    for _ in 0..LIVES {
        plan(keeper, &mut chance);
        for _ in 0..ACTIONS {
            if disk::is_dead(keeper.node()) {
                break;
            }
            if act(keeper, n, &mut book) {
                // A new process: what was planned for the disk went with the old one.
                disk::cut_in(keeper.node(), 1 + chance.draw() % 60);
            }
            n += 1;
        }
        cut_and_judge(keeper, &mut book, &mut told);
        // Nothing can be said about a store that cannot be read.
        if told.unreadable > 0 {
            break;
        }
    }
    told.disk = disk::counts();
    told
}

/// At least `cuts` lives, each cut at random.
pub(crate) fn at_random<K: Keeper>(cuts: u64, make: impl Fn() -> K + Sync) -> Report {
    on_all_cores(|core, cores| {
        let (mut keeper, mut sum) = (make(), Report::default());
        let mut seed = core;
        while sum.disk.cuts * cores < cuts {
            sum.add(&world(&mut keeper, seed));
            seed += cores;
        }
        sum
    })
}

fn on_all_cores(work: impl Fn(u64, u64) -> Report + Sync) -> Report {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let mut sum = Report::default();
    std::thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = (0..cores).map(|core| scope.spawn(move || work(core, cores))).collect();
        for worker in workers {
            sum.add(&worker.join().expect("a worker ended badly"));
        }
    });
    sum
}
