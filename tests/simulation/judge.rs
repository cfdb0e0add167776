//! The judgement after the faults: everything is where it must be, once, and both sides show the same.
//!
//! Reads the server's disk once ([`Look`]) and each device's screens; expects what [`super::model`] and the ops
//! themselves say, never what the hub says of itself.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_core::store::{Store, StoreError};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::{Class, class_of};
use serde_json::Value;

use super::device::Device;
use super::look::{LoggedOp, Look};
use super::model::Model;
use super::oracle::Oracle;
use super::server;
use crate::AnyError;

/// What a device shows of one record: kind, version and fields.
pub type Shown = BTreeMap<RecordId, (String, u64, Fields)>;

/// What a device shows, less what it keeps for its person's sake.
pub fn shown(device: &mut Device) -> Result<Shown, AnyError> {
    let shown = device.look(|store| {
        let in_hand = jobs_with_drafts(store)?;
        let mut shown = Shown::new();
        for rec in store.cache.ids()? {
            let Some(seen) = store.cache.seen(rec)? else { continue };
            // What has a draft on it stays until the person is done with it.
            if !(seen.kept && in_hand.contains(&seen.state.job.unwrap_or(rec))) {
                shown.insert(rec, (seen.state.kind, seen.state.ver, seen.state.fields));
            }
        }
        Ok(shown)
    })?;
    shown.ok_or_else(|| format!("{}: the store cannot be read", device.node).into())
}

/// The jobs on which something is typed or drawn and not yet saved.
fn jobs_with_drafts(store: &Store) -> Result<BTreeSet<RecordId>, StoreError> {
    let mut jobs = BTreeSet::new();
    for rec in store.outbox.draft_records()? {
        jobs.insert(store.cache.seen(rec)?.and_then(|seen| seen.state.job).unwrap_or(rec));
    }
    Ok(jobs)
}

impl Oracle {
    /// Everything that was saved is on the server, each once, and the blobs, too.
    pub fn check_end(&mut self, look: &Look, blobs: &BTreeSet<Digest>) {
        let held: BTreeSet<Digest> = look.ops.iter().map(|op| op.digest).collect();
        let ids: BTreeSet<[u8; 16]> = look.ops.iter().filter_map(|op| op.op_id).collect();
        if held.len() < look.ops.len() || ids.len() < look.ops.iter().filter(|op| op.op_id.is_some()).count()
        {
            self.blame("ExactlyOnce", "the log holds an op twice".to_owned());
        }
        let mut found = Vec::new();
        for (node, ledger) in &self.ledgers {
            let lost = ledger.saved.difference(&held).count();
            if lost > 0 {
                found.push(("NoOpLost", format!("{node}: {lost} saved ops never reached the server")));
            }
            let lost = ledger.blobs.difference(blobs).count();
            if lost > 0 {
                let first = ledger.blobs.difference(blobs).next();
                found.push((
                    "BlobBeforeForget",
                    format!("{node}: {lost} blobs never reached the server ({first:?})"),
                ));
            }
        }
        let lost = self.must_hold.difference(&held).count();
        if lost > 0 {
            found.push(("NoOpLost", format!("the server lost {lost} ops that it alone had")));
        }
        let lost = self.must_store.difference(blobs).count();
        if lost > 0 {
            found.push(("BlobBeforeForget", format!("the server lost {lost} blobs that it alone had")));
        }
        for (invariant, what) in found {
            self.blame(invariant, what);
        }
    }

    /// What is in the vans is the sum of what was added, each addition once.
    pub fn check_stock(&mut self, look: &Look) {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        let mut known = BTreeSet::new();
        for op in look.ops.iter().filter(|op| op.outcome.0 == "applied" && known.insert(op.digest)) {
            let Some(op) = read(op).filter(|op| op["kind"] == "van_stock") else { continue };
            let rec = op["rec"].as_str().unwrap_or_default().to_owned();
            *sums.entry(rec).or_default() += op["set"]["qty"].as_i64().unwrap_or(0);
        }
        for (rec, record) in look.records.iter().filter(|(_, record)| record.kind == "van_stock") {
            let (is, sum) = (record.fields.get("qty").and_then(Value::as_i64), sums.get(&rec.to_string()));
            if is != sum.copied() {
                self.blame("ExactlyOnce", format!("a van holds {is:?}, {sum:?} were put in"));
            }
        }
    }

    /// Two people gave one field two values, and neither had seen the other's: somebody is asked, with both.
    pub fn check_silence(&mut self, look: &Look) {
        let marks: BTreeMap<u64, [u8; 8]> = look.ops.iter().map(|op| (op.pos, op.running)).collect();
        let mut standing: BTreeMap<(String, String), Said> = BTreeMap::new();
        // What was merged said what stood there.
        for logged in look.ops.iter().filter(|op| ["applied", "conflict"].contains(&op.outcome.0.as_str())) {
            let Some(op) = read(logged) else { continue };
            let seen = seen_up_to(&op, &marks);
            let Some(set) = op["set"].as_object() else { continue };
            for (field, value) in set.iter().filter(|(field, _)| is_technicians(&op, field)) {
                let said = Said { value: value.clone(), pos: logged.pos, by: op["device"].clone() };
                let place = (op["rec"].as_str().unwrap_or_default().to_owned(), field.clone());
                let before = standing.insert(place.clone(), said);
                let unseen = before.filter(|one| {
                    op["act"] == "set" && one.pos > seen && one.by != op["device"] && one.value != *value
                });
                if let Some(before) = unseen
                    && !is_asked(look, &place, [&before.value, value])
                {
                    let what = format!(
                        "{} of {}: {} of {} at {} was overwritten by {value} of {} at {}, who had seen {seen} ({:?})",
                        place.1,
                        place.0,
                        before.value,
                        before.by,
                        before.pos,
                        op["device"],
                        logged.pos,
                        logged.outcome
                    );
                    self.blame("NoSilentOverwrite", what);
                }
            }
        }
    }

    /// No committed position lies behind a cursor unseen.
    pub fn check_feed(&mut self, look: &Look, device: &mut Device) -> Result<(), AnyError> {
        let known = device.look(|store| {
            let cursors = store.cache.cursors()?;
            let mut listed = Vec::new();
            for (audience, cursor) in &cursors {
                listed.push((*audience, cursor.clone(), store.cache.listed(*audience)?));
            }
            Ok(listed)
        })?;
        for (audience, cursor, listed) in known.unwrap_or_default() {
            let Some(pos) = cursor.strip_prefix('f').and_then(|pos| pos.parse::<u64>().ok()) else {
                continue;
            };
            let listed: BTreeMap<RecordId, u64> = listed.into_iter().collect();
            let passed = look.feed.iter().filter(|row| row.audience == audience && row.pos <= pos);
            let wrong = passed.filter(|row| {
                let ver = look.records.get(&row.rec).filter(|record| !record.void).map(|record| record.ver);
                let held = listed.get(&row.rec).copied();
                if row.put { held != ver } else { held.is_some() }
            });
            let count = wrong.count();
            if count > 0 {
                let node = &device.node;
                self.blame(
                    "GaplessFeed",
                    format!("{node}: {count} rows of {audience} are behind {cursor} unseen"),
                );
            }
        }
        Ok(())
    }

    /// Device and office show the same, and the device nothing else but what it made by an op that was parked, until the
    /// office decides: as that op said it, even if a restored server was brought the record by somebody else.
    ///
    /// After a restore an exception about an op that was pushed again is a new record, and an older one of a device
    /// that was set back may be gone: these alone may differ then.
    pub fn check_view(&mut self, look: &Look, model: &Model, device: &mut Device) -> Result<(), AnyError> {
        let [least, most] = [false, true].map(|over| model.scope(device.user, look, over));
        let waits = made_by_parked(look, &device.user.to_string());
        let shown = shown(device)?;
        let forgiven = |kind: &str| self.eras > 0 && kind == "exception";
        let mut wrong = Vec::new();
        for (rec, record) in least.iter().filter_map(|rec| Some((rec, look.records.get(rec)?))) {
            let same =
                shown.get(rec).is_some_and(|(_, ver, fields)| *ver == record.ver && *fields == record.fields);
            if !same && !forgiven(&record.kind) {
                let seen = shown.get(rec).map(|(_, ver, _)| *ver);
                wrong.push((
                    "Convergence",
                    format!("{} {rec} is at {}, shown {seen:?}", record.kind, record.ver),
                ));
            }
        }
        for (rec, (kind, _, fields)) in shown.iter().filter(|(rec, _)| !most.contains(rec)) {
            let is_his_question = waits.get(rec).is_some_and(|said| said == fields);
            if !forgiven(kind) && !is_his_question {
                let job = look.records.get(rec).and_then(|record| record.job);
                let said = said_of(look, *rec);
                wrong.push((
                    "ScopeSafety",
                    format!("{kind} {rec} of {job:?} is none of his and is shown: {said:?}"),
                ));
            }
        }
        let node = device.node.clone();
        for (invariant, what) in wrong {
            self.blame(invariant, format!("{node}: {what}"));
        }
        Ok(())
    }
}

/// How each op about a record ended, and where.
fn said_of(look: &Look, rec: RecordId) -> Vec<String> {
    let rec = rec.to_string();
    let about =
        look.ops.iter().filter_map(|op| Some((op, read(op)?))).filter(|(_, op)| op["rec"] == rec.as_str());
    about
        .map(|(logged, op)| {
            let (outcome, why) = &logged.outcome;
            format!("{} of {} at {}: {outcome} {why:?} {op}", op["act"], op["device"], logged.pos)
        })
        .collect()
}

/// The records that parked ops of this person would have made, with what they say.
fn made_by_parked(look: &Look, user: &str) -> BTreeMap<RecordId, Fields> {
    let parked = look.ops.iter().filter(|op| op.by_device && op.outcome.0 == "parked").filter_map(read);
    let mut made = BTreeMap::<RecordId, Fields>::new();
    for op in parked.filter(|op| op["user"] == user) {
        let Some(rec) = op["rec"].as_str().and_then(|rec| rec.parse().ok()) else { continue };
        let Some(set) = op["set"].as_object() else { continue };
        if op["act"] == "create" || (op["act"] == "set" && made.contains_key(&rec)) {
            made.entry(rec).or_default().extend(set.clone());
        }
    }
    made
}

/// What stands in a field.
struct Said {
    value: Value,
    pos: u64,
    by: Value,
}

fn read(op: &LoggedOp) -> Option<Value> {
    serde_json::from_slice(&op.body).ok()
}

/// Fields that two people may give two values. What an office writes is written over what it sees.
fn is_technicians(op: &Value, field: &str) -> bool {
    let kind = op["kind"].as_str().unwrap_or_default();
    class_of(kind, field) == Class::Technician
}

/// The highest position that the author had provably seen of the record: a base counts only with its mark.
fn seen_up_to(op: &Value, marks: &BTreeMap<u64, [u8; 8]>) -> u64 {
    let (Some(ver), Some(mark)) = (op["base"][0].as_u64(), op["base"][1].as_str()) else { return 0 };
    let Some((pos, hash)) = mark.split_once('.') else { return 0 };
    let Ok(pos) = pos.parse::<u64>() else { return 0 };
    let held = marks.get(&pos).map(|running| mark_at(pos, *running));
    if ver <= pos && held.as_deref() == Some(hash) { ver } else { 0 }
}

/// What follows the position in a mark: three bytes of the running hash, and five of the server's seal on them.
fn mark_at(pos: u64, running: [u8; 8]) -> String {
    let padded = |pad: u8| [server::SECRET.map(|byte| byte ^ pad), [pad; 32]].concat();
    let inner = [&padded(0x36)[..], b"mark\0", &pos.to_be_bytes(), &running[..3]].concat();
    let seal = Digest::of(&[&padded(0x5c)[..], &Digest::of(&inner).0].concat());
    running[..3].iter().chain(&seal.0[..5]).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Whether an exception about this field holds both values.
fn is_asked(look: &Look, (rec, field): &(String, String), values: [&Value; 2]) -> bool {
    look.records.values().filter(|record| record.kind == "exception").any(|record| {
        let told = |name: &str| record.fields.get(name).and_then(Value::as_str);
        let said = record.fields.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
        told("rec") == Some(rec)
            && told("field") == Some(field)
            && values
                .iter()
                .all(|value| said.iter().any(|one| one.get("value").unwrap_or(&Value::Null) == *value))
    })
}
