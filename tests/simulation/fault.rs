//! What can go wrong, where it may strike, and the plan of a world's faults.
//!
//! Every place where a fault may strike asks [`Faults::strikes`]. Whether it does is drawn from the seed, the kind
//! of fault and the number of the asking, so that no fault moves another one and none moves the work. What struck
//! is written down; a plan that names fewer of them gives the same world with fewer faults ([`super::shrink`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::ports::TestChance;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)+) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $kind,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// Its name in reports and plans.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }
        }
    };
}

kinds! {
    /// A request that does not arrive.
    Drop = "drop",
    /// An answer that does not.
    LoseAnswer = "lost_answer",
    /// A request that arrives twice.
    Double = "doubled",
    /// An older request that arrives again, before the new one.
    Reorder = "reordered",
    /// Bytes flipped on the way, either way.
    Flip = "flipped",
    /// A message cut off, either way.
    Truncate = "truncated",
    /// Somebody else's page.
    Portal = "portal",
    /// An answer that comes after the deadline.
    Delay = "delayed",
    /// A path on which large bodies never arrive.
    LoseLarge = "large_lost",
    /// The network goes while a call is under way.
    CutOff = "cut_off",
    /// The app is killed between a call and its answer.
    KillInCall = "kill_in_call",
    /// The server is killed between its commit and its answer.
    ServerKillInCall = "server_kill_in_call",
    /// A device's power goes at a write to come.
    Cut = "power_cut",
    /// Its app is killed at a write to come.
    KillAtWrite = "kill_at_write",
    /// Its app is killed.
    Kill = "kill",
    /// Its disk is full for a while.
    Full = "disk_full",
    /// An fsync of it fails.
    SyncFails = "failed_fsync",
    /// The server's power goes at a write to come.
    ServerCut = "server_power_cut",
    /// Its process is killed at a write to come.
    ServerKillAtWrite = "server_kill_at_write",
    /// Its disk is full for a while.
    ServerFull = "server_disk_full",
    /// An fsync of it fails.
    ServerSyncFails = "server_failed_fsync",
    /// The app dies at a call of its keystore.
    KeystoreCrash = "keystore_crash",
    /// The server dies at a call of its blob store.
    BlobCrash = "blob_store_crash",
    /// A device's files are put back to what they were.
    PutBack = "device_restored",
    /// A device is copied, and both go on.
    Clone = "device_copied",
    /// The server is restored from a backup, in a new epoch.
    Restore = "server_restored",
    /// The server's machine is set back, and nobody tells it.
    Rollback = "vm_rollback",
    /// A device's wall clock jumps.
    ClockJump = "clock_jump",
    /// The server's does.
    ServerClockJump = "server_clock_jump",
    /// A job is given to others.
    Reassign = "reassigned",
    /// A job is called off while at work.
    Cancel = "cancelled",
    /// A device is shut out.
    Revoke = "revoked",
    /// The device speaks an older protocol for a while.
    OldProto = "old_protocol",
    /// The device speaks a newer protocol for a while.
    NewProto = "new_protocol",
    /// The device's app writes ops that the server cannot read yet.
    NewOp = "new_op_version",
    /// A token was refused, and another one asked for.
    Expired = "expired_token",
}

impl Kind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

/// One fault that may strike: its kind and the number of the asking.
pub type Spot = (Kind, u64);

/// The faults of one world.
#[derive(Debug)]
pub struct Faults {
    seed: u64,
    asked: BTreeMap<Kind, u64>,
    only: Option<BTreeSet<Spot>>,
    /// No fault strikes any more.
    pub quiet: bool,
    /// What struck, in order.
    pub struck: Vec<Spot>,
    /// How often each kind came true.
    pub counts: BTreeMap<Kind, u64>,
}

impl Faults {
    /// Those of a seed; with `only`, no others than these.
    pub fn new(seed: u64, only: Option<BTreeSet<Spot>>) -> Self {
        Self { seed, asked: BTreeMap::new(), only, quiet: false, struck: Vec::new(), counts: BTreeMap::new() }
    }

    /// Whether a fault strikes here, which it does `per_mille` times in a thousand; with the chance that says how.
    pub fn strikes(&mut self, kind: Kind, per_mille: u64) -> Option<TestChance> {
        if self.quiet {
            return None;
        }
        let number = self.asked.entry(kind).or_default();
        let spot = (kind, *number);
        *number += 1;
        let mut chance = TestChance(mixed(&[self.seed, kind as u64, spot.1]));
        let drawn = chance.draw() % 1_000 < per_mille;
        let planned = self.only.as_ref().is_none_or(|only| only.contains(&spot));
        (drawn && planned).then(|| {
            self.struck.push(spot);
            chance
        })
    }

    /// The fault came true.
    pub fn count(&mut self, kind: Kind, times: u64) {
        *self.counts.entry(kind).or_default() += times;
    }
}

/// Draws of the work of a world, by stream: none moves another.
#[derive(Debug)]
pub struct Dice {
    seed: u64,
    drawn: BTreeMap<&'static str, u64>,
}

impl Dice {
    /// Those of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: BTreeMap::new() }
    }

    /// The next number of a stream.
    pub fn draw(&mut self, stream: &'static str) -> u64 {
        let index = self.drawn.entry(stream).or_default();
        *index += 1;
        let name = stream.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        TestChance(mixed(&[self.seed, name, *index])).draw()
    }

    /// One below `n`.
    pub fn below(&mut self, stream: &'static str, n: usize) -> usize {
        usize::try_from(self.draw(stream) % n.max(1) as u64).unwrap_or(0)
    }

    /// Once in `n` times.
    pub fn one_in(&mut self, stream: &'static str, n: usize) -> bool {
        self.below(stream, n) == 0
    }
}

/// One number of several, each of which counts.
fn mixed(parts: &[u64]) -> u64 {
    parts.iter().fold(0, |sum, part| TestChance(sum ^ part).draw())
}
