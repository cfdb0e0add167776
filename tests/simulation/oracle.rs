//! What must hold, judged from outside: the oracle writes down what was entered, what was acknowledged and what was
//! heard on the wire, and compares it with what the disks hold.
//!
//! It never asks the engine whether all is well. What was saved is what an action acknowledged; what was acknowledged
//! is what the server said, whether or not anybody heard it; what the server holds is read from its disk
//! ([`super::look`]) and hashed here; who may see what is the harness's own model ([`super::model`]). The judgement
//! after the faults is [`super::judge`].

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, UserId};
use fieldcard_schema::merge::Why;
use fieldcard_schema::wire::sync::{Cursors, OpOutcome, SyncRequest, SyncResponse};
use serde_json::Value;

use super::device::Device;
use super::look::{self, LoggedOp};
use super::model::Model;
use super::server::Server;
use super::typed::typed;
use crate::AnyError;

/// The fifteen invariants, as reports name them.
pub const INVARIANTS: [&str; 15] = [
    "NoOpLost",
    "EvidenceImmortal",
    "ExactlyOnce",
    "StableOutcome",
    "AckTruth",
    "GaplessFeed",
    "PageIndependence",
    "Convergence",
    "ScopeSafety",
    "LeaveKeepsWork",
    "NoSilentOverwrite",
    "Monotone",
    "ForkDetected",
    "BlobBeforeForget",
    "Liveness",
];

/// Something that must not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which invariant.
    pub invariant: &'static str,
    /// Where and what.
    pub what: String,
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Its name on the disk.
    pub node: String,
    /// Whose it is.
    pub user: UserId,
    /// Its id, once it has one.
    pub device: Option<DeviceId>,
    /// The office has shut it out.
    pub revoked: bool,
}

/// What the oracle knows of one device.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Saved, by digest of the body: what an action acknowledged, and what was once seen on its disk.
    pub saved: BTreeSet<Digest>,
    /// Blobs that came with it.
    pub blobs: BTreeSet<Digest>,
    /// Typed and not yet an op: record, field and value.
    pub drafts: BTreeMap<(String, String), String>,
    /// Where the chain ended when it was looked at last.
    head: Option<(Incarnation, u64)>,
    /// The newest `backup_pos` that it was told.
    backup_pos: u64,
    /// The cursors that it last said, and the opening of its stores after which it did.
    cursors: (u64, Cursors),
}

/// What the server has said in one era: since it was last set back.
#[derive(Debug, Default)]
struct Era {
    told: BTreeMap<Digest, OpOutcome>,
    places: BTreeMap<(DeviceId, Incarnation, u64), Digest>,
    heads: BTreeMap<(DeviceId, Incarnation), u64>,
    mark: u64,
    log: BTreeMap<u64, Digest>,
}

/// The judge of one world.
#[derive(Default)]
pub struct Oracle {
    /// By node.
    pub ledgers: BTreeMap<String, Ledger>,
    era: Era,
    /// How often the server was set back.
    pub eras: u64,
    /// What the server had acknowledged when a device's own files were put back: it alone answers for these now.
    pub must_hold: BTreeSet<Digest>,
    /// The same of blobs.
    pub must_store: BTreeSet<Digest>,
    /// Ops acknowledged over the world's life.
    pub acks: u64,
    /// What went wrong.
    pub violations: Vec<Violation>,
}

/// What an action is known to leave behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaves {
    /// At least one op.
    Ops,
    /// At least one op and one blob.
    OpsAndBlob,
    /// Nothing that has to be there after a restart.
    Nothing,
}

impl Oracle {
    /// Notes a violation.
    pub fn blame(&mut self, invariant: &'static str, what: String) {
        debug_assert!(INVARIANTS.contains(&invariant));
        self.violations.push(Violation { invariant, what });
    }

    /// An action was acknowledged. What it left is looked for at once, on a device that has started anew if it had
    /// to: ops that were not there before, and in them every word that was typed.
    pub fn acknowledged(
        &mut self,
        device: &mut Device,
        request: &Value,
        leaves: Leaves,
    ) -> Result<(), AnyError> {
        if leaves == Leaves::Nothing {
            return Ok(());
        }
        let before = self.ledgers.entry(device.node.clone()).or_default();
        let Some((head, bodies)) = fresh_ops(device, before)? else { return Ok(()) };
        let mut fresh: Vec<(Digest, Vec<u8>)> = Vec::new();
        if leaves == Leaves::OpsAndBlob {
            let found = device.look(|store| {
                let all = store.outbox.all_blobs()?.into_iter().map(|blob| blob.sha256);
                let fresh = all.filter(|blob| !before.blobs.contains(blob));
                let bytes = |blob| Ok((blob, store.outbox.blob_bytes(blob, 0, u64::from(u32::MAX))?));
                fresh.map(bytes).collect::<Result<Vec<_>, _>>()
            })?;
            let Some(found) = found else { return Ok(()) };
            fresh.extend(found.into_iter().map(|(blob, bytes)| (blob, bytes.unwrap_or_default())));
        }
        let node = &device.node;
        if bodies.is_empty() || (leaves == Leaves::OpsAndBlob && fresh.is_empty()) {
            self.blame("NoOpLost", format!("{node}: {} was acknowledged and left nothing", request["type"]));
        }
        let mut written = bodies.concat();
        for (_, bytes) in &fresh {
            written.extend(bytes);
        }
        for text in typed(request) {
            let quoted = serde_json::to_string(&text)?;
            if !contains(&written, &quoted.as_bytes()[1..quoted.len() - 1]) {
                self.blame(
                    "NoOpLost",
                    format!("{node}: {text} was typed and is in no op ({})", request["type"]),
                );
            }
        }
        let ledger = self.ledgers.entry(node.clone()).or_default();
        ledger.saved.extend(bodies.iter().map(|body| Digest::of(body)));
        ledger.blobs.extend(fresh.into_iter().map(|(blob, _)| blob));
        ledger.head = Some(head);
        Ok(())
    }

    /// Looks whether a device still has all it had: after something of the office's, or after it started anew.
    ///
    /// What the server holds may leave a device by its own rules of age, and its clock may be years off: from then on
    /// the server alone answers for it.
    pub fn look_at(
        &mut self,
        device: &mut Device,
        after: &'static str,
        server: Option<&Server>,
    ) -> Result<(), AnyError> {
        // A fault in the way now only means that the look comes later.
        let looked = device.look(|store| {
            let head = store.outbox.chain_head()?.map(|head| (head.incarnation, head.seq));
            let blobs = store.outbox.all_blobs()?;
            Ok((head, store.outbox.all_ops()?, blobs.iter().map(|blob| blob.sha256).collect()))
        })?;
        let Some((head, ops, blobs)) = looked else { return Ok(()) };
        let here: BTreeSet<Digest> = ops.iter().map(|op| Digest::of(&op.body)).collect();
        let blobs: BTreeSet<Digest> = blobs;
        let node = device.node.clone();
        let ledger = self.ledgers.entry(node.clone()).or_default();
        let gone: Vec<Digest> = ledger.saved.difference(&here).copied().collect();
        let forgotten: Vec<Digest> = ledger.blobs.difference(&blobs).copied().collect();
        let (backed_up, was) = (ledger.backup_pos, ledger.drafts.clone());
        ledger.saved.extend(&here);
        ledger.blobs.extend(&blobs);
        ledger.head = head;
        self.check_gone(&node, &gone, (device.revoked, backed_up), after);
        if !forgotten.is_empty() {
            let stored = server.map(Server::whole_blobs).unwrap_or_default();
            let (kept, lost): (Vec<Digest>, Vec<Digest>) =
                forgotten.into_iter().partition(|blob| stored.contains(blob));
            if !lost.is_empty() {
                self.blame(
                    "BlobBeforeForget",
                    format!("{node}: {} blobs are gone and not stored", lost.len()),
                );
            }
            let ledger = self.ledgers.entry(node).or_default();
            ledger.blobs.retain(|blob| !kept.contains(blob));
            self.must_store.extend(kept);
        }
        self.check_drafts(device, &was, after)
    }

    /// An op may leave a device once the server holds it and a backup covers it, or where nobody ever made a backup;
    /// a device that was shut out may forget what the server holds.
    fn check_gone(
        &mut self,
        node: &str,
        gone: &[Digest],
        (revoked, backed_up): (bool, u64),
        after: &'static str,
    ) {
        let may_go = |op: &Digest| {
            // What a log that was set back still holds is held, though not said again.
            let covers = if revoked || backed_up == 0 { u64::MAX } else { backed_up };
            let held = self.era.told.get(op);
            held.is_some_and(|told| told.pos <= covers)
                || self.era.log.range(..=covers).any(|(_, logged)| logged == op)
        };
        let (may, lost): (Vec<Digest>, Vec<Digest>) = gone.iter().partition(|op| may_go(op));
        if !lost.is_empty() {
            self.blame(after, format!("{node}: {} saved ops are not in the outbox", lost.len()));
        }
        let ledger = self.ledgers.entry(node.to_owned()).or_default();
        ledger.saved.retain(|op| !may.contains(op));
        self.must_hold.extend(may);
    }

    fn check_drafts(
        &mut self,
        device: &mut Device,
        was: &BTreeMap<(String, String), String>,
        after: &'static str,
    ) -> Result<(), AnyError> {
        // A day by its own clock after it was shut out they may go, and that clock may be anywhere (docs/adr/0028).
        if device.revoked {
            return Ok(());
        }
        for ((rec, field), value) in was {
            let rec = fieldcard_core::store::outbox::draft_key(rec);
            let found = device.look(|store| store.outbox.drafts(rec))?;
            let Some(found) = found else { return Ok(()) };
            if !found.iter().any(|draft| draft.field == *field && draft.value == *value) {
                self.blame(after, format!("{}: what was typed into {field} is gone", device.node));
            }
        }
        Ok(())
    }

    // ------------------------------------------------------------ what is heard on the wire
    /// The server has answered: from here on what it said must hold.
    pub fn hear(&mut self, caller: &Caller, model: &Model, request: &SyncRequest, response: &SyncResponse) {
        if let (Some(push), Some(outcomes), Some(device)) = (&request.push, &response.outcomes, caller.device)
        {
            for ((seq, body), told) in (push.from_seq..).zip(&push.bodies).zip(outcomes.each()) {
                self.hear_outcome((device, request.incarnation, seq), Digest::of(body), told);
            }
        }
        self.hear_heads(caller, request, response);
        self.hear_rows(caller, model, response);
        if let Some(pos) = response.backup_pos {
            let ledger = self.ledgers.entry(caller.node.clone()).or_default();
            ledger.backup_pos = ledger.backup_pos.max(pos);
        }
    }

    fn hear_outcome(&mut self, place: (DeviceId, Incarnation, u64), op: Digest, told: OpOutcome) {
        match self.era.told.insert(op, told) {
            None => self.acks += 1,
            Some(before) if before == told => {}
            Some(before) => self.blame("StableOutcome", format!("{before:?} became {told:?}")),
        }
        let other = self.era.places.insert(place, op).filter(|before| *before != op);
        if other.is_some() {
            let (device, incarnation, seq) = place;
            self.blame("ForkDetected", format!("{device} has two histories at {incarnation}/{seq}"));
        }
    }

    fn hear_heads(&mut self, caller: &Caller, request: &SyncRequest, response: &SyncResponse) {
        if let (Some(head), Some(device)) = (response.head, caller.device) {
            let known = self.era.heads.entry((device, request.incarnation)).or_default();
            let before = std::mem::replace(known, head.seq);
            if before > head.seq && response.refused.is_none() {
                self.blame(
                    "Monotone",
                    format!("{}: its head went from {before} to {}", caller.node, head.seq),
                );
            }
        }
        let before = std::mem::replace(&mut self.era.mark, response.mark.pos);
        if before > response.mark.pos {
            self.blame("Monotone", format!("the mark went from {before} to {}", response.mark.pos));
        }
    }

    /// A device says where it stands. While its stores stay open it never goes back in a feed, unless it begins anew
    /// without any cursor. Opened again, a cache may have lost its end in a power cut, with its rows, and one that was
    /// begun after a restore is begun once more.
    pub fn sent(&mut self, node: &str, opens: u64, cursors: &Cursors) {
        let ledger = self.ledgers.entry(node.to_owned()).or_default();
        let (known, before) = std::mem::replace(&mut ledger.cursors, (opens, cursors.clone()));
        let pos = |cursor: &String| cursor.strip_prefix('f').and_then(|pos| pos.parse::<u64>().ok());
        let back = before.iter().any(|(audience, was)| {
            let now = cursors.get(audience).and_then(pos);
            now.zip(pos(was)).is_some_and(|(now, was)| now < was)
        });
        if back && known == opens {
            self.blame("Monotone", format!("{node}: {before:?} became {cursors:?}"));
        }
    }

    fn hear_rows(&mut self, caller: &Caller, model: &Model, response: &SyncResponse) {
        if caller.revoked && response.pages.iter().any(|page| page.rows() > 0) {
            self.blame("ScopeSafety", format!("{} is revoked and was sent rows", caller.node));
        }
        for table in response.pages.iter().flat_map(|page| &page.put) {
            for (at, rec) in table.rec.iter().enumerate() {
                let job = if table.kind == "job" { Some(*rec) } else { table.job.get(at).copied().flatten() };
                let own = table.kind == "exception" && table.by.get(at) == Some(&caller.user);
                let sees = job.and_then(|job| model.may_see(caller.user, job));
                if sees == Some(false) && !own {
                    self.blame("ScopeSafety", format!("{} was sent {} {rec}", caller.node, table.kind));
                }
            }
        }
    }

    // ------------------------------------------------------------ what the server holds
    /// What the server said is on its disk as it said it: looked at right after it came back, before anybody speaks.
    pub fn check_acks(&mut self) -> Result<(), AnyError> {
        let log = look::log()?;
        let held: BTreeMap<Digest, &LoggedOp> = log.iter().map(|op| (op.digest, op)).collect();
        let wrong = |(digest, told): &(&Digest, &OpOutcome)| {
            !held.get(digest).is_some_and(|op| op.pos == told.pos && op.outcome == words(told))
        };
        let count = self.era.told.iter().filter(wrong).count();
        if count > 0 {
            self.blame("AckTruth", format!("{count} acknowledged ops are not on the server as it said"));
        }
        let changed = self.era.log.iter().filter(|(pos, digest)| {
            let at = log.binary_search_by_key(*pos, |op| op.pos);
            !at.is_ok_and(|at| log[at].digest == **digest)
        });
        let changed = changed.count();
        if changed > 0 {
            self.blame("EvidenceImmortal", format!("{changed} ops of the log are not what they were"));
        }
        self.era.log = log.into_iter().map(|op| (op.pos, op.digest)).collect();
        Ok(())
    }

    /// The server was set back: what it said before counts no more, but for what still stands on its disk.
    pub fn set_back(&mut self, blobs: &BTreeSet<Digest>) -> Result<(), AnyError> {
        let log = look::log()?;
        let held: BTreeSet<Digest> = log.iter().map(|op| op.digest).collect();
        let devices: BTreeSet<Digest> = self.ledgers.values().flat_map(|one| one.saved.clone()).collect();
        // Lost on both sides, by two disasters: nobody can promise that.
        self.must_hold.retain(|op| held.contains(op) || devices.contains(op));
        self.must_store.retain(|blob| blobs.contains(blob));
        self.era = Era { log: log.into_iter().map(|op| (op.pos, op.digest)).collect(), ..Era::default() };
        self.eras += 1;
        Ok(())
    }

    /// A device's own files were put back to what they were: what it alone held is gone, and nobody can promise it.
    /// What the server holds by then it has to keep.
    pub fn put_back(&mut self, device: &mut Device, stored: &BTreeSet<Digest>) -> Result<(), AnyError> {
        let own = look::outbox(&device.node)?;
        let held: BTreeSet<Digest> = look::log()?.iter().map(|op| op.digest).collect();
        let ledger = self.ledgers.entry(device.node.clone()).or_default();
        let before = std::mem::take(ledger);
        ledger.saved = own.ops.iter().copied().collect();
        ledger.blobs = own.blobs.iter().copied().collect();
        ledger.backup_pos = before.backup_pos;
        self.must_hold.extend(before.saved.intersection(&held));
        self.must_store.extend(before.blobs.intersection(stored));
        Ok(())
    }

    /// A device was copied: the copy answers for the same, and for what it makes itself.
    pub fn copied(&mut self, from: &str, to: &str) {
        if let Some(ledger) = self.ledgers.get(from).cloned() {
            self.ledgers.insert(to.to_owned(), Ledger { head: None, ..ledger });
        }
    }
}

/// The end of the chain and the bodies that were not seen before; none while a fault is in the way.
type Fresh = Option<((Incarnation, u64), Vec<Vec<u8>>)>;

fn fresh_ops(device: &mut Device, before: &Ledger) -> Result<Fresh, AnyError> {
    let found = device.look(|store| {
        let Some(head) = store.outbox.chain_head()? else { return Ok(None) };
        let now = (head.incarnation, head.seq);
        let bodies = match before.head {
            Some((incarnation, seq)) if incarnation == head.incarnation && seq <= head.seq => {
                store.outbox.bodies(incarnation, seq + 1, head.seq - seq)?
            }
            // Chained again meanwhile.
            _ => store.outbox.all_ops()?.into_iter().map(|op| op.body).collect(),
        };
        Ok(Some((now, bodies)))
    })?;
    Ok(found.flatten().map(|(head, mut bodies)| {
        bodies.retain(|body| !before.saved.contains(&Digest::of(body)));
        (head, bodies)
    }))
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    text.is_empty() || bytes.windows(text.len()).any(|window| window == text)
}

/// An outcome as the columns say it.
fn words(told: &OpOutcome) -> (String, Option<String>) {
    (word(&told.outcome), told.why.as_ref().map(word::<Why>))
}

fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
