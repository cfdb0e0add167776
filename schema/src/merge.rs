//! What an op does to a record: pure, the same on device and server.
//!
//! The server calls [`merge`] with what is current by its log; a device calls it for its overlay with
//! everything current, since what it does not know cannot hinder it. Rights are judged before, in the hub.
//!
//! ```text
//!              evidence        technician's            office's            stock
//! create       applied ------- applied --------------- applied (as set) -- applied
//! set          invalid         current: applied        office: applied     invalid
//!                              equal:   merged         device: proposal
//!                              else:    conflict
//! amend        current: applied, equal: merged, else: conflict   (evidence only)
//! add          invalid         invalid                 invalid             applied
//! void         applied (the flag is one more field, never in conflict)
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{RecordId, UserId};
use crate::json::{Fields, MAX_INTEGER};
use crate::op::{Act, Op, Origin};
use crate::record::{Class, class_of, rule_of};

/// How an op ended. It never changes; a later office decision is a new op.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It changed the record.
    Applied,
    /// Everything it said was there already.
    Merged,
    /// Somebody else had changed the same field: its value is shown, the other one kept beside it.
    Conflict,
    /// Stored with its bytes, and waiting for the office.
    Parked,
}

/// Why an op ended other than plainly applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The same field was changed by someone who had not seen this.
    Clash,
    /// The job had been moved to someone else, or finished.
    Late,
    /// The step does not follow from where the job or visit stood: kept, skipped and flagged.
    Impossible,
    /// It changes what belongs to the office.
    Proposal,
    /// The author never had a right to this record.
    NotYours,
    /// Not an op, or one that no rule allows.
    Invalid,
    /// The record exists already.
    IdTaken,
    /// Written by a later version.
    TooNew,
    /// The server does not know the record.
    UnknownRecord,
    /// Part of an action whose other ops did not come.
    IncompleteGroup,
    /// The same op id with another body: both are kept.
    OpIdTaken,
    /// The device was revoked when this came.
    Revoked,
    /// Not an outcome: the record was lost with the server's store, and a device gave it back.
    Recovered,
}

/// A record as the merge sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordState {
    /// Its kind.
    pub kind: String,
    /// The job it hangs on.
    pub job: Option<RecordId>,
    /// Its fields; null is a value that was cleared.
    pub fields: Fields,
    /// Position of the last op that changed it; 0 for what the server has not seen.
    pub ver: u64,
    /// Position of the op that made it.
    pub born: u64,
    /// Who made it.
    pub author: UserId,
    /// Struck out.
    pub void: bool,
    /// Position of the last change of each field that changed since the record was made.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub field_vers: BTreeMap<String, u64>,
}

impl RecordState {
    /// Position of the last change of `field`.
    pub fn field_ver(&self, field: &str) -> u64 {
        self.field_vers.get(field).copied().unwrap_or(self.born)
    }
}

/// A field that now waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Dispute {
    /// The field.
    pub field: String,
    /// [`Why::Clash`] or [`Why::Proposal`].
    pub why: Why,
    /// The value that stood there, or that the office holds.
    pub theirs: Value,
    /// The value of this op.
    pub ours: Value,
}

/// What an op does.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// Why, unless plainly applied or merged.
    pub why: Option<Why>,
    /// The record after it; `None` when the op changes nothing.
    pub after: Option<RecordState>,
    /// Fields that now wait for a person.
    pub disputes: Vec<Dispute>,
}

impl Verdict {
    /// The op is kept with its bytes and changes nothing.
    pub fn parked(why: Why) -> Self {
        Self { outcome: Outcome::Parked, why: Some(why), after: None, disputes: Vec::new() }
    }

    fn applied(after: RecordState) -> Self {
        Self { outcome: Outcome::Applied, why: None, after: Some(after), disputes: Vec::new() }
    }
}

/// Judges `op`, which takes position `pos`, on the record as it stands.
///
/// `is_current(p)` says whether the author had seen the change at position `p`: its version is covered by
/// the op's base and the server's log holds the base's mark, or the op at `p` precedes this one in the
/// author's chain.
pub fn merge(before: Option<&RecordState>, op: &Op, pos: u64, is_current: &dyn Fn(u64) -> bool) -> Verdict {
    let from_device = matches!(op.device, Origin::Device(_));
    if from_device && rule_of(&op.kind).class == Class::Server {
        return Verdict::parked(Why::NotYours);
    }
    match (op.act, before) {
        (Act::Create, Some(_)) => Verdict::parked(Why::IdTaken),
        (Act::Create, None) => Verdict::applied(created(op, pos)),
        (_, None) => Verdict::parked(Why::UnknownRecord),
        (_, Some(before)) if before.kind != op.kind => Verdict::parked(Why::Invalid),
        (Act::Void, Some(before)) => voided(before, op, pos),
        (Act::Add, Some(before)) => added(before, op, pos),
        (Act::Set | Act::Amend, Some(before)) => changed(before, op, pos, is_current),
    }
}

fn created(op: &Op, pos: u64) -> RecordState {
    RecordState {
        kind: op.kind.clone(),
        job: op.job,
        fields: op.set.clone(),
        ver: pos,
        born: pos,
        author: op.user,
        void: false,
        field_vers: BTreeMap::new(),
    }
}

fn voided(before: &RecordState, op: &Op, pos: u64) -> Verdict {
    match op.set.get("void") {
        Some(Value::Bool(void)) if *void == before.void => {
            Verdict { outcome: Outcome::Merged, why: None, after: None, disputes: Vec::new() }
        }
        Some(Value::Bool(void)) => Verdict::applied(RecordState { void: *void, ver: pos, ..before.clone() }),
        _ => Verdict::parked(Why::Invalid),
    }
}

fn added(before: &RecordState, op: &Op, pos: u64) -> Verdict {
    let mut after = RecordState { ver: pos, ..before.clone() };
    for (field, delta) in &op.set {
        let stock = class_of(&op.kind, field) == Class::Stock;
        let now = before.fields.get(field).and_then(Value::as_i64).unwrap_or(0);
        let sum = delta.as_i64().and_then(|d| now.checked_add(d)).filter(|n| n.abs() <= MAX_INTEGER);
        match sum {
            Some(sum) if stock => write(&mut after, field, sum.into(), pos),
            _ => return Verdict::parked(Why::Invalid),
        }
    }
    Verdict::applied(after)
}

/// What happens to one field of a `set` or `amend`.
enum FieldVerdict {
    Apply,
    Equal,
    Dispute(Why),
    Invalid,
}

fn judge_field(before: &RecordState, op: &Op, field: &str, is_current: &dyn Fn(u64) -> bool) -> FieldVerdict {
    let class = class_of(&op.kind, field);
    let from_device = matches!(op.device, Origin::Device(_));
    let allowed = match op.act {
        Act::Set => matches!(class, Class::Technician | Class::Office | Class::Server),
        _ => class == Class::Evidence,
    };
    let value = op.set.get(field);
    if !allowed {
        FieldVerdict::Invalid
    } else if before.fields.get(field) == value {
        FieldVerdict::Equal
    } else if class == Class::Office && from_device {
        FieldVerdict::Dispute(Why::Proposal)
    } else if is_current(before.field_ver(field)) {
        FieldVerdict::Apply
    } else {
        FieldVerdict::Dispute(Why::Clash)
    }
}

fn changed(before: &RecordState, op: &Op, pos: u64, is_current: &dyn Fn(u64) -> bool) -> Verdict {
    let mut after = RecordState { ver: pos, ..before.clone() };
    let (mut wrote, mut disputes) = (false, Vec::new());
    for (field, value) in &op.set {
        let verdict = judge_field(before, op, field, is_current);
        if let FieldVerdict::Dispute(why) = verdict {
            let theirs = before.fields.get(field).cloned().unwrap_or(Value::Null);
            disputes.push(Dispute { field: field.clone(), why, theirs, ours: value.clone() });
        }
        match verdict {
            FieldVerdict::Invalid => return Verdict::parked(Why::Invalid),
            // The later arrival is shown; the other value is kept in the dispute.
            FieldVerdict::Apply | FieldVerdict::Dispute(Why::Clash) => {
                wrote = true;
                write(&mut after, field, value.clone(), pos);
            }
            FieldVerdict::Equal | FieldVerdict::Dispute(_) => {}
        }
    }
    let why = disputes.iter().map(|d| d.why).min();
    let outcome = match (why, wrote) {
        (Some(Why::Proposal), false) => Outcome::Parked,
        (Some(_), _) => Outcome::Conflict,
        (None, true) => Outcome::Applied,
        (None, false) => Outcome::Merged,
    };
    Verdict { outcome, why, after: wrote.then_some(after), disputes }
}

fn write(after: &mut RecordState, field: &str, value: Value, pos: u64) {
    after.fields.insert(field.to_owned(), value);
    after.field_vers.insert(field.to_owned(), pos);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{DeviceId, OpId};
    use crate::time::ClockReading;
    use serde_json::json;

    fn id(n: u8) -> uuid::Uuid {
        uuid::Uuid::from_bytes([n; 16])
    }

    fn op(kind: &str, act: Act, set: &Value, device: Origin) -> Op {
        Op {
            v: 1,
            op_id: OpId(id(1)),
            user: UserId(id(2)),
            device,
            kind: kind.into(),
            rec: RecordId(id(3)),
            job: None,
            act,
            set: set.as_object().unwrap().clone(),
            base: None,
            group: None,
            t: ClockReading(0, 0, 0),
            tz: "+08:00".into(),
            app: "0".into(),
        }
    }

    const PHONE: Origin = Origin::Device(DeviceId(uuid::Uuid::nil()));

    fn made(kind: &str, set: &Value) -> RecordState {
        merge(None, &op(kind, Act::Create, set, PHONE), 5, &|_| true).after.unwrap()
    }

    /// One row of the table in the head of this file.
    fn ended(kind: &str, act: Act, set: &Value, current: bool) -> (Outcome, Option<Why>) {
        let before = made(kind, &json!({"cause": "a", "site": "a", "text": "a", "qty": 3}));
        let verdict = merge(Some(&before), &op(kind, act, set, PHONE), 9, &|_| current);
        (verdict.outcome, verdict.why)
    }

    type Row = (&'static str, Act, Value, bool, Outcome, Option<Why>);

    #[test]
    fn every_row_of_the_table_holds() {
        use Outcome::{Applied, Conflict, Merged, Parked};
        let table: &[Row] = &[
            ("job", Act::Set, json!({"cause": "b"}), true, Applied, None),
            ("job", Act::Set, json!({"cause": "a"}), false, Merged, None),
            ("job", Act::Set, json!({"cause": "b"}), false, Conflict, Some(Why::Clash)),
            ("job", Act::Set, json!({"site": "b"}), true, Parked, Some(Why::Proposal)),
            ("job", Act::Set, json!({"site": "a"}), true, Merged, None),
            ("job", Act::Set, json!({"site": "b", "cause": "b"}), true, Conflict, Some(Why::Proposal)),
            ("job", Act::Amend, json!({"cause": "b"}), true, Parked, Some(Why::Invalid)),
            ("note", Act::Set, json!({"text": "b"}), true, Parked, Some(Why::Invalid)),
            ("note", Act::Amend, json!({"text": "b"}), true, Applied, None),
            ("note", Act::Amend, json!({"text": "b"}), false, Conflict, Some(Why::Clash)),
            ("note", Act::Amend, json!({"text": "a"}), false, Merged, None),
            ("van_stock", Act::Add, json!({"qty": -1}), false, Applied, None),
            ("van_stock", Act::Set, json!({"qty": 1}), true, Parked, Some(Why::Invalid)),
            ("job", Act::Add, json!({"cause": 1}), true, Parked, Some(Why::Invalid)),
            ("job", Act::Create, json!({}), true, Parked, Some(Why::IdTaken)),
            ("job", Act::Void, json!({"void": true}), false, Applied, None),
            ("job", Act::Void, json!({"void": false}), false, Merged, None),
            ("job", Act::Void, json!({}), false, Parked, Some(Why::Invalid)),
            ("kind_of_next_year", Act::Amend, json!({"x": 1}), true, Applied, None),
        ];
        for (kind, act, set, current, outcome, why) in table {
            assert_eq!(ended(kind, *act, set, *current), (*outcome, *why), "{kind} {act:?} {set} {current}");
        }
    }

    #[test]
    fn a_clash_shows_the_later_value_and_keeps_both() {
        let before = made("job", &json!({"cause": "a"}));
        let verdict =
            merge(Some(&before), &op("job", Act::Set, &json!({"cause": "b"}), PHONE), 9, &|_| false);
        assert_eq!(verdict.after.unwrap().fields["cause"], "b");
        let dispute = &verdict.disputes[0];
        assert_eq!((&dispute.theirs, &dispute.ours), (&json!("a"), &json!("b")));
    }

    #[test]
    fn null_clears_and_stays_null() {
        let before = made("job", &json!({"cause": "a"}));
        let after = merge(Some(&before), &op("job", Act::Set, &json!({"cause": null}), PHONE), 9, &|_| true);
        let after = after.after.unwrap();
        assert_eq!(after.fields.get("cause"), Some(&Value::Null));
        let again = merge(Some(&after), &op("job", Act::Set, &json!({"cause": null}), PHONE), 10, &|_| false);
        assert_eq!(again.outcome, Outcome::Merged);
    }

    #[test]
    fn only_the_changed_field_takes_the_new_version() {
        let before = made("job", &json!({"cause": "a", "action": "a"}));
        let set = op("job", Act::Set, &json!({"cause": "b"}), PHONE);
        let after = merge(Some(&before), &set, 9, &|_| true).after.unwrap();
        assert_eq!((after.field_ver("cause"), after.field_ver("action"), after.ver), (9, 5, 9));
    }

    #[test]
    fn nothing_of_the_servers_own_comes_from_a_device() {
        let create = op("receipt", Act::Create, &json!({}), PHONE);
        assert_eq!(merge(None, &create, 1, &|_| true), Verdict::parked(Why::NotYours));
        let create = Op { device: Origin::Server, ..create };
        assert_eq!(merge(None, &create, 1, &|_| true).outcome, Outcome::Applied);
    }

    #[test]
    fn stock_adds_up_whatever_the_order() {
        let add = |n: i64| op("van_stock", Act::Add, &json!({"qty": n}), PHONE);
        let run = |deltas: [i64; 3]| {
            deltas.into_iter().fold(made("van_stock", &json!({"qty": 3})), |state, n| {
                merge(Some(&state), &add(n), 9, &|_| false).after.unwrap()
            })
        };
        assert_eq!(run([-2, 5, -9]).fields["qty"], -3);
        assert_eq!(run([5, -9, -2]).fields, run([-2, 5, -9]).fields);
    }
}
