//! What must hold, judged from outside: the oracle writes down what devices were promised and compares.
//!
//! It never asks the engine whether all is well: it reads the outbox, the server's log and the cache, and
//! knows by itself what was saved and what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_core::store::outbox::StoredOp;
use fieldcard_core::store::{Store, StoreError};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::{Outcome, Why};

use super::device::Device;
use super::server::Server;
use crate::AnyError;

/// Something that must not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant.
    pub invariant: &'static str,
    /// Where and what.
    pub what: String,
}

/// What the oracle knows of one device.
#[derive(Default)]
struct Ledger {
    /// Saved: by digest of the body.
    saved: BTreeSet<Digest>,
    /// The server's epoch, as the device knows it.
    epoch: Option<String>,
    /// Acknowledged in this epoch.
    outcomes: BTreeMap<Digest, (Outcome, Option<Why>)>,
    /// Blobs that it saved.
    blobs: BTreeSet<Digest>,
}

/// The judge of one world.
#[derive(Default)]
pub struct Oracle {
    ledgers: BTreeMap<String, Ledger>,
    /// The epoch that a restored server is in; none before the first restore.
    epoch: Option<String>,
    /// Ops acknowledged over the world's life.
    pub acks: u64,
    /// What went wrong.
    pub violations: Vec<Violation>,
}

impl Oracle {
    fn blame(&mut self, invariant: &'static str, what: String) {
        self.violations.push(Violation { invariant, what });
    }

    /// Looks at a device after it saved something or heard from the office.
    pub fn look_at(&mut self, device: &mut Device) -> Result<(), AnyError> {
        // A fault in the way now only means that the look comes later.
        let Some(ops) = device.ops()? else { return Ok(()) };
        let blobs = device.look(|store| store.outbox.all_blobs())?.unwrap_or_default();
        let epoch = device.look(|store| store.pull_cache().state("epoch"))?.flatten();
        let node = device.node.clone();
        let here: BTreeSet<Digest> = ops.iter().map(|op| Digest::of(&op.body)).collect();
        let ledger = self.ledgers.entry(node.clone()).or_default();
        if ledger.epoch != epoch {
            ledger.outcomes.clear();
            ledger.epoch = epoch;
        }
        let gone = ledger.saved.difference(&here).count();
        ledger.saved.extend(&here);
        ledger.blobs.extend(blobs.iter().map(|blob| blob.sha256));
        if gone > 0 {
            self.blame("NoOpLost", format!("{node}: {gone} saved ops are not in the outbox"));
        }
        for op in &ops {
            self.note_outcome(&node, op);
        }
        Ok(())
    }

    fn note_outcome(&mut self, node: &str, op: &StoredOp) {
        let digest = Digest::of(&op.body);
        let restored = self.epoch.is_some();
        let ledger = self.ledgers.entry(node.to_owned()).or_default();
        let Some(outcome) = op.outcome else {
            // Only a server that went back in time may have to be told again.
            if ledger.outcomes.remove(&digest).is_some() && !restored {
                self.blame("StableOutcome", format!("{node}: an outcome was taken back"));
            }
            return;
        };
        let now = (outcome.outcome, outcome.why);
        match ledger.outcomes.insert(digest, now) {
            None => self.acks += 1,
            // A device hears of a new epoch before it has rewound all it must.
            Some(before) if before == now || restored => {}
            Some(before) => self.blame("StableOutcome", format!("{node}: {before:?} became {now:?}")),
        }
    }

    /// The server was restored: what it said before counts for those only who have heard of it.
    pub fn restored(&mut self, epoch: String) {
        self.epoch = Some(epoch);
    }

    /// The device's own files were put back to what they were: what they alone held is gone, and nobody can
    /// promise it. What the office holds by then is the office's to keep.
    pub fn forgive(&mut self, device: &mut Device) -> Result<(), AnyError> {
        let Some(ops) = device.ops()? else { return Ok(()) };
        let blobs = device.look(|store| store.outbox.all_blobs())?.unwrap_or_default();
        if let Some(ledger) = self.ledgers.get_mut(&device.node) {
            ledger.saved = ops.iter().map(|op| Digest::of(&op.body)).collect();
            ledger.blobs = blobs.iter().map(|blob| blob.sha256).collect();
            ledger.outcomes.clear();
        }
        Ok(())
    }

    /// What was acknowledged is on the server, also after it died.
    pub fn check_acks(&mut self, server: &mut Server) -> Result<(), AnyError> {
        let held: BTreeSet<Digest> = server.op_digests()?.into_iter().collect();
        let mut missing = Vec::new();
        let epoch = self.epoch.clone();
        for (node, ledger) in &self.ledgers {
            if epoch.is_some() && ledger.epoch != epoch {
                continue;
            }
            let count = ledger.outcomes.keys().filter(|op| !held.contains(op)).count();
            if count > 0 {
                missing.push(format!("{node}: {count} acknowledged ops are not on the server"));
            }
        }
        for what in missing {
            self.blame("AckTruth", what);
        }
        Ok(())
    }

    /// After the faults: everything that was saved is on the server, each once, and the blobs, too.
    pub fn check_end(&mut self, server: &mut Server) -> Result<(), AnyError> {
        let digests = server.op_digests()?;
        if digests.windows(2).any(|pair| pair[0] == pair[1]) {
            self.blame("ExactlyOnce", "the server holds an op twice".to_owned());
        }
        let held: BTreeSet<Digest> = digests.into_iter().collect();
        let mut found = Vec::new();
        for (node, ledger) in &self.ledgers {
            let lost = ledger.saved.iter().filter(|op| !held.contains(op)).count();
            if lost > 0 {
                found.push(format!("{node}: {lost} saved ops never reached the server"));
            }
            let lost = ledger.blobs.iter().filter(|blob| !server.holds_blob(**blob)).count();
            if lost > 0 {
                found.push(format!("{node}: {lost} blobs never reached the server"));
            }
        }
        for what in found {
            self.blame("NoOpLost", what);
        }
        Ok(())
    }

    /// After the faults: device and office show the same.
    pub fn check_views(&mut self, server: &mut Server, device: &mut Device) -> Result<(), AnyError> {
        let user = device.user;
        let scope = server.office(|hub, _| hub.scope(user))?;
        let wrong = device.look(|store| {
            let mut wrong = Vec::new();
            for row in &scope {
                let seen = store.cache.seen(row.rec)?.map(|seen| (seen.state.fields, seen.state.ver));
                if seen != Some((row.state.fields.clone(), row.state.ver)) {
                    wrong.push(format!("{} {}", row.state.kind, row.rec));
                }
            }
            let known: BTreeSet<RecordId> = scope.iter().map(|row| row.rec).collect();
            let in_hand = jobs_with_drafts(store)?;
            for rec in store.cache.ids()?.into_iter().filter(|rec| !known.contains(rec)) {
                let Some(seen) = store.cache.seen(rec)? else { continue };
                // What has a draft on it stays until the person is done with it.
                if !(seen.kept && in_hand.contains(&seen.state.job.unwrap_or(rec))) {
                    let (kind, kept) = (seen.state.kind, seen.kept);
                    wrong.push(format!("{kind} {rec} (kept: {kept}) is not in the office's scope"));
                }
            }
            Ok(wrong)
        })?;
        for what in wrong.unwrap_or_else(|| vec!["the store cannot be read".to_owned()]) {
            self.blame("Convergence", format!("{}: {what}", device.node));
        }
        Ok(())
    }
}

/// The jobs on which something is typed or drawn and not yet saved.
fn jobs_with_drafts(store: &Store) -> Result<BTreeSet<RecordId>, StoreError> {
    let mut jobs = BTreeSet::new();
    for rec in store.outbox.draft_records()? {
        jobs.insert(store.cache.seen(rec)?.and_then(|seen| seen.state.job).unwrap_or(rec));
    }
    Ok(jobs)
}
