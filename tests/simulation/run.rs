//! Many worlds on all cores, and what they came to.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::disk::DiskCounts;
use super::network::NetworkCounts;
use super::world::{Counts, Verdict, World};
use crate::AnyError;

/// Days of one world.
pub const DAYS: u64 = 4;

/// One world from its first day to the judgement.
pub fn world(seed: u64) -> Result<Verdict, AnyError> {
    let mut world = World::new(seed)?;
    for _ in 0..DAYS {
        world.day()?;
    }
    world.settle()
}

/// What a run came to.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// First seed.
    pub seed: u64,
    /// Worlds.
    pub worlds: u64,
    /// Disk faults.
    pub disk: DiskCounts,
    /// Network faults.
    pub network: NetworkCounts,
    /// Everything else.
    pub counts: Counts,
    /// Ops acknowledged.
    pub acks: u64,
    /// Seeds with a violation, and what it was.
    pub violations: Vec<(u64, String)>,
    /// Devices that did not drain.
    pub stalls: u64,
    /// Seeds run twice, and those whose traces differed.
    pub twice: u64,
    /// Of those, how many differed.
    pub differed: u64,
}

macro_rules! add {
    ($sum:expr, $one:expr, $($field:ident),+) => { $( $sum.$field += $one.$field; )+ };
}

/// Violations after which a run has said enough.
const ENOUGH: usize = 20;

impl Report {
    fn goes_on(&self, device_days: u64) -> bool {
        self.counts.device_days < device_days && self.violations.len() < ENOUGH
    }

    fn take(&mut self, seed: u64, verdict: Result<Verdict, String>) {
        self.worlds += 1;
        let one = match verdict {
            Ok(verdict) => verdict,
            Err(what) => return self.violations.push((seed, what)),
        };
        add!(self.disk, one.disk, cuts, kills, full, failed_syncs, sectors_lost, sectors_garbage);
        add!(self.network, one.network, good, dropped, lost_answers, doubled, reordered, flipped, truncated);
        add!(self.network, one.network, portal, delayed, server_down);
        add!(self.counts, one.counts, device_days, saved, hit, sealed, photos, exchanges, reassigned);
        add!(self.counts, one.counts, cancelled, clock_jumps, restores, copies, expired_tokens);
        self.acks += one.acks;
        self.stalls += one.stalls;
        let told = one.violations.iter().map(|v| (seed, format!("{}: {}", v.invariant, v.what)));
        self.violations.extend(told);
    }
}

/// A world, and for two in a hundred whether a second run came to the same.
fn judged(seed: u64) -> (Result<Verdict, String>, Option<bool>) {
    let once = || world(seed).map_err(|e| e.to_string());
    let verdict = once();
    let same = seed.is_multiple_of(50).then(|| once() == verdict);
    (verdict, same)
}

/// Runs worlds from `seed` on until `device_days` have been worked.
pub fn run(seed: u64, device_days: u64) -> Report {
    let report = Mutex::new(Report { seed, ..Report::default() });
    let next = AtomicU64::new(seed);
    let work = || {
        while report.lock().is_ok_and(|report| report.goes_on(device_days)) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let (verdict, same) = judged(seed);
            let Ok(mut report) = report.lock() else { return };
            report.twice += u64::from(same.is_some());
            report.differed += u64::from(same == Some(false));
            report.take(seed, verdict);
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    report.into_inner().unwrap_or_default()
}
