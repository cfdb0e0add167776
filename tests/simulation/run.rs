//! Many worlds on all cores, and what they came to.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use serde_json::{Value, json};

use super::days::Verdict;
use super::fault::{Kind, Spot};
use super::shrink;
use super::world::{Counts, Plan, World};
use crate::AnyError;

/// Days of one world.
pub const DAYS: u64 = 4;

/// Violations after which a run has said enough.
const ENOUGH: usize = 20;

/// Share of refused actions, in a hundred, above which the work is no work.
const REFUSED_MAX: u64 = 8;

/// Days from which on a fault that never came true fails a run.
const DAYS_FOR_EVERY_FAULT: u64 = 400;

/// One world from its first day to the judgement.
pub fn world(plan: Plan) -> Result<Verdict, AnyError> {
    let mut world = World::new(plan)?;
    for _ in 0..DAYS {
        world.day()?;
    }
    world.settle()
}

/// The same; a panic is a violation like any other, with what it said.
pub fn judged(plan: &Plan) -> Result<Verdict, String> {
    let run = AssertUnwindSafe(|| world(plan.clone()).map_err(|error| error.to_string()));
    std::panic::catch_unwind(run).unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        Err(format!("panicked: {}", said.unwrap_or_default()))
    })
}

/// A world that failed.
#[derive(Debug, Clone, Serialize)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// The invariant, or that it broke.
    pub invariant: String,
    /// What was found.
    pub what: Vec<String>,
    /// The fewest faults found under which it still fails alike.
    pub plan: Vec<String>,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct Report {
    /// First seed.
    pub seed: u64,
    /// Worlds.
    pub seeds: u64,
    /// How often each fault came true.
    pub faults: BTreeMap<Kind, u64>,
    /// Everything else.
    pub counts: Counts,
    /// Why actions were refused.
    pub refusals: BTreeMap<String, u64>,
    /// Ops acknowledged.
    pub acks: u64,
    /// Worlds that failed.
    pub failures: Vec<Failure>,
    /// Violations in them.
    pub violations: u64,
    /// Devices that did not drain.
    pub stalls: u64,
    /// Seeds run twice.
    pub twice: u64,
    /// Of those, how many differed.
    pub differed: u64,
}

/// What a world is said to have failed by.
pub fn failed_by(verdict: &Result<Verdict, String>) -> Option<String> {
    match verdict {
        Ok(verdict) => verdict.violations.first().map(|violation| violation.invariant.to_owned()),
        Err(_) => Some("Broken".to_owned()),
    }
}

/// The text of a fault in a plan, and back.
pub fn spot_text((kind, number): &Spot) -> String {
    format!("{}#{number}", kind.name())
}

/// The fault that a text of a plan names.
pub fn spot_of(text: &str) -> Option<Spot> {
    let (kind, number) = text.split_once('#')?;
    Some((Kind::named(kind)?, number.parse().ok()?))
}

fn failure(plan: &Plan, verdict: &Result<Verdict, String>, shrinks: bool) -> Option<Failure> {
    let invariant = failed_by(verdict)?;
    let (what, struck) = match verdict {
        Ok(verdict) => {
            let told = verdict.violations.iter().map(|one| format!("{}: {}", one.invariant, one.what));
            (told.take(5).collect(), verdict.struck.clone())
        }
        Err(error) => (vec![error.clone()], Vec::new()),
    };
    let fails = |only: &BTreeSet<Spot>| {
        let smaller = Plan { only: Some(only.clone()), ..plan.clone() };
        failed_by(&judged(&smaller)).as_ref() == Some(&invariant)
    };
    let left = if shrinks { shrink::shrink(&struck, fails) } else { struck };
    Some(Failure {
        seed: plan.seed,
        invariant: invariant.clone(),
        what,
        plan: left.iter().map(spot_text).collect(),
    })
}

impl Report {
    fn goes_on(&self, device_days: u64) -> bool {
        self.counts.device_days < device_days && self.failures.len() < ENOUGH
    }

    fn take(&mut self, verdict: Result<Verdict, String>, failure: Option<Failure>) {
        self.seeds += 1;
        self.failures.extend(failure);
        let Ok(one) = verdict else {
            self.violations += 1;
            return;
        };
        one.faults.iter().for_each(|(kind, count)| *self.faults.entry(*kind).or_default() += count);
        one.refusals.into_iter().for_each(|(why, count)| *self.refusals.entry(why).or_default() += count);
        self.counts.add(&one.counts);
        self.acks += one.acks;
        self.stalls += one.stalls;
        self.violations += one.violations.len() as u64;
    }

    /// Every fault with its count, those too that never came true.
    pub fn every_fault(&self) -> BTreeMap<&'static str, u64> {
        Kind::ALL.iter().map(|kind| (kind.name(), self.faults.get(kind).copied().unwrap_or(0))).collect()
    }

    /// What is wrong with the run as a whole; empty when nothing is.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.violations + self.stalls + self.differed > 0 {
            let (violations, stalls, differed) = (self.violations, self.stalls, self.differed);
            wrong.push(format!("{violations} violations, {stalls} stalls, {differed} traces that differ"));
        }
        if self.counts.short_days > 0 {
            wrong.push(format!("{} days had less than a day holds", self.counts.short_days));
        }
        let asked = self.counts.saved + self.counts.hit + self.counts.refused;
        if self.counts.refused * 100 > asked * REFUSED_MAX {
            wrong.push(format!(
                "{} of {asked} actions were refused: {:?}",
                self.counts.refused, self.refusals
            ));
        }
        if self.counts.device_days >= DAYS_FOR_EVERY_FAULT {
            let never = self.every_fault().into_iter().filter(|(_, count)| *count == 0);
            wrong.extend(never.map(|(fault, _)| format!("{fault} never happened")));
        }
        wrong
    }

    /// The last line of a run.
    pub fn line(&self, commit: &str) -> Value {
        json!({
            "seed": self.seed, "commit": commit, "device_days": self.counts.device_days, "seeds": self.seeds,
            "faults": self.every_fault(), "acks": self.acks, "violations": self.violations,
            "stalls": self.stalls, "twice": self.twice, "differed": self.differed,
            "short_days": self.counts.short_days, "counts": self.counts,
        })
    }
}

/// Runs worlds from `seed` on until `device_days` have been worked, on `workers` threads.
pub fn run(seed: u64, device_days: u64, workers: usize) -> Report {
    let report = Mutex::new(Report { seed, ..Report::default() });
    let next = AtomicU64::new(seed);
    let work = || {
        while report.lock().is_ok_and(|report| report.goes_on(device_days)) {
            let plan = Plan { seed: next.fetch_add(1, Ordering::Relaxed), ..Plan::default() };
            let verdict = judged(&plan);
            // Two in a hundred run twice, with equal traces.
            let same = plan.seed.is_multiple_of(50).then(|| judged(&plan) == verdict);
            let shrinks = report.lock().is_ok_and(|report| report.failures.len() < 3);
            let failure = failure(&plan, &verdict, shrinks);
            let Ok(mut report) = report.lock() else { return };
            report.twice += u64::from(same.is_some());
            report.differed += u64::from(same == Some(false));
            report.take(verdict, failure);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    report.into_inner().unwrap_or_default()
}
