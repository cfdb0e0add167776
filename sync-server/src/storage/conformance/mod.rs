//! One suite for every storage: what the contract says, through the traits alone.
//!
//! Each test is a function over an open store, and [`suite!`] runs all of them on every backend: add a line
//! there for a new one. [`files`] and [`gaps`] need more than one opening of the same store.

mod files;
mod gaps;
mod scope;

use std::collections::BTreeMap;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, OpId, RecordId, UserId};
use fieldcard_schema::merge::{Outcome, RecordState, Why};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::OpOutcome;
use serde_json::json;
use uuid::Uuid;

use self::scope::{
    a_feed_row_moves_and_is_read_once, blobs_and_their_names_come_back, devices_and_codes_are_overwritten,
    holdings_are_ranked_by_day, memberships_end_and_stay, parts_of_blobs_are_each_senders_own,
    rows_of_the_lists_are_overwritten_and_found_by_their_words, what_an_audience_holds_is_listed,
    what_left_is_forgotten_up_to_a_floor, who_asks_for_no_units_is_told_of_no_jobs,
};
use super::db::Place as Location;
use super::log::{Link, Loss, OrgHead, Place, Sender, StoredOp, Waiting};
use super::records::{StoredException, StoredRecord};
use super::sqlite::SqliteStorage;
use super::{Storage, Tx};

type Store = Box<dyn Storage>;

macro_rules! suite {
    ($backend:ident, $open:expr, [$($test:ident),* $(,)?]) => {
        mod $backend {
            $(#[test] fn $test() { let (mut store, _kept) = $open; super::$test(store.as_mut()); })*
        }
    };
    ($($backend:ident: $open:expr),* $(,)?) => {
        $(suite!($backend, $open, [
            dropped_transaction_leaves_no_trace,
            undone_savepoint_leaves_what_came_before,
            positions_rise_and_are_never_reused,
            ops_come_back_byte_for_byte,
            chains_hold_their_links_in_order,
            an_op_that_came_again_stands_in_both_chains,
            parked_ops_wait_for_a_record_or_for_a_program,
            records_come_back_as_they_went,
            records_are_listed_by_job_kind_and_machine,
            exceptions_open_move_and_close,
            a_feed_row_moves_and_is_read_once,
            what_left_is_forgotten_up_to_a_floor,
            what_an_audience_holds_is_listed,
            holdings_are_ranked_by_day,
            memberships_end_and_stay,
            devices_and_codes_are_overwritten,
            blobs_and_their_names_come_back,
            parts_of_blobs_are_each_senders_own,
            rows_of_the_lists_are_overwritten_and_found_by_their_words,
            who_asks_for_no_units_is_told_of_no_jobs,
        ]);)*
    };
}

suite! {
    sqlite_memory: (Box::new(super::memory()) as super::Store, ()),
    sqlite_file: {
        let folder = tempfile::tempdir().unwrap();
        (Box::new(super::file(folder.path())) as super::Store, folder)
    },
}

fn memory() -> SqliteStorage {
    SqliteStorage::open(&Location::Memory, None, None).unwrap()
}

fn file(folder: &std::path::Path) -> SqliteStorage {
    SqliteStorage::open(&Location::File(folder.join("server.db")), None, None).unwrap()
}

fn id(n: u8) -> Uuid {
    Uuid::from_bytes([n; 16])
}

/// A transaction in a store that has its org's row.
fn begin(store: &mut dyn Storage) -> Box<dyn Tx + '_> {
    let mut tx = store.begin().unwrap();
    if tx.org_head().unwrap().is_none() {
        tx.set_org_head(&OrgHead {
            head: 0,
            epoch: "12345678".into(),
            backup_pos: None,
            backup_at: None,
            loss: None,
        })
        .unwrap();
    }
    tx
}

fn state(kind: &str, job: Option<u8>, fields: serde_json::Value) -> RecordState {
    RecordState {
        kind: kind.into(),
        job: job.map(|n| RecordId(id(n))),
        fields: serde_json::from_value(fields).unwrap(),
        ver: 5,
        born: 3,
        author: UserId(id(1)),
        void: false,
        field_vers: BTreeMap::new(),
    }
}

fn op(pos: u64, n: u8) -> StoredOp {
    StoredOp {
        op_id: Some(OpId(id(n))),
        hash: Digest::of(&[n]),
        body: vec![0, n, 0xff],
        running: Digest::of(&pos.to_be_bytes()),
        sender: None,
        job: None,
        outcome: OpOutcome { outcome: Outcome::Parked, why: Some(Why::TooNew), pos },
        at: -7,
    }
}

fn dropped_transaction_leaves_no_trace(store: &mut dyn Storage) {
    begin(store).commit().unwrap();
    let mut tx = store.begin().unwrap();
    tx.take_positions(9).unwrap();
    tx.append_op(&op(1, 1)).unwrap();
    tx.insert_record(RecordId(id(1)), &state("job", None, json!({}))).unwrap();
    drop(tx);
    let tx = store.read().unwrap();
    assert_eq!(tx.org_head().unwrap().unwrap().head, 0);
    assert_eq!((tx.op_count().unwrap(), tx.record(RecordId(id(1))).unwrap()), (0, None));
}

fn undone_savepoint_leaves_what_came_before(store: &mut dyn Storage) {
    let mut tx = begin(store);
    tx.append_op(&op(1, 1)).unwrap();
    tx.savepoint().unwrap();
    tx.append_op(&op(2, 2)).unwrap();
    tx.undo().unwrap();
    tx.savepoint().unwrap();
    tx.append_op(&op(3, 3)).unwrap();
    tx.keep().unwrap();
    tx.commit().unwrap();
    let tx = store.read().unwrap();
    let there: Vec<bool> = (1..4).map(|pos| tx.op_at(pos).unwrap().is_some()).collect();
    assert_eq!(there, [true, false, true]);
}

fn positions_rise_and_are_never_reused(store: &mut dyn Storage) {
    let mut tx = begin(store);
    assert_eq!([1, 3, 1].map(|n| tx.take_positions(n).unwrap()), [1, 2, 5]);
    tx.commit().unwrap();
    let mut tx = store.begin().unwrap();
    assert_eq!(tx.take_positions(1).unwrap(), 6);
    let loss = Some(Loss { above: 7, at: Timestamp(9) });
    let backup_at = Some(Timestamp(3));
    let jumped = OrgHead { head: 1 << 40, epoch: "x".into(), backup_pos: Some(4), backup_at, loss };
    tx.set_org_head(&jumped).unwrap();
    assert_eq!(tx.org_head().unwrap(), Some(jumped));
    assert_eq!(tx.take_positions(1).unwrap(), (1 << 40) + 1);
}

fn ops_come_back_byte_for_byte(store: &mut dyn Storage) {
    let mut tx = begin(store);
    assert_eq!(tx.last_running().unwrap(), (0, Digest::ZERO));
    assert!(!tx.has_nameless_ops().unwrap() && tx.op_digests().unwrap().is_empty());
    let device = DeviceId(id(8));
    let job = tx.insert_record(RecordId(id(1)), &state("job", None, json!({}))).unwrap();
    let sender = Some(Sender { device, place: Place { chain: 4, seq: 2 } });
    let named = StoredOp { sender, job: Some(job), ..op(1, 1) };
    let nameless = StoredOp { op_id: None, sender, ..op(7, 2) };
    let plain = OpOutcome { outcome: Outcome::Applied, why: None, pos: 9 };
    let last = StoredOp { outcome: plain, job: Some(job), ..op(9, 3) };
    for one in [&named, &nameless, &last] {
        tx.append_op(one).unwrap();
        assert_eq!(tx.op_at(one.outcome.pos).unwrap().as_ref(), Some(one));
    }
    assert_eq!(tx.op_by_id(OpId(id(1))).unwrap(), Some((named.hash, named.outcome)));
    assert_eq!(tx.op_by_id(OpId(id(2))).unwrap(), None);
    assert_eq!(tx.nameless_op(device, nameless.hash).unwrap(), Some(nameless.outcome));
    assert_eq!(tx.nameless_op(DeviceId(id(9)), nameless.hash).unwrap(), None);
    assert_eq!(tx.nameless_op(device, named.hash).unwrap(), None);
    assert_eq!(tx.last_running().unwrap(), (9, last.running));
    assert_eq!((tx.running_at(7).unwrap(), tx.running_at(8).unwrap()), (Some(nameless.running), None));
    assert_eq!(tx.ops_of_job(job).unwrap(), [named.clone(), last.clone()]);
    assert_eq!(tx.op_count().unwrap(), 3);
    let mut digests = [named.hash, nameless.hash, last.hash];
    digests.sort();
    assert_eq!((tx.op_digests().unwrap(), tx.has_nameless_ops().unwrap()), (digests.to_vec(), true));
    assert!(tx.append_op(&op(9, 4)).is_err(), "one op a position");
    assert!(tx.append_op(&op(10, 1)).is_err(), "one op an id");
}

fn chains_hold_their_links_in_order(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let (device, one, two) = (DeviceId(id(1)), Incarnation([1; 8]), Incarnation([2; 8]));
    let first = tx.begin_chain(device, one, Digest::ZERO, None).unwrap();
    let link_of = |seq: u64| Digest::of(&seq.to_be_bytes());
    for seq in 1..=3 {
        tx.append_op(&op(seq, u8::try_from(seq).unwrap())).unwrap();
        let place = Place { chain: first, seq };
        tx.append_link(&Link { place, link: link_of(seq), op: seq, again: false }).unwrap();
        tx.set_chain_head(place, link_of(seq), &[9; 64]).unwrap();
    }
    let found = tx.chain(device, one).unwrap().unwrap();
    assert_eq!((found.last_seq, found.last_link, found.prev), (3, link_of(3), None));
    let links = tx.links(first, 2, 9).unwrap();
    assert_eq!(
        links.iter().map(|(link, out)| (link.place.seq, out.pos)).collect::<Vec<_>>(),
        [(2, 2), (3, 3)]
    );
    let prev = tx.find_link(device, link_of(2)).unwrap();
    assert_eq!(prev, Some(Place { chain: first, seq: 2 }));
    assert_eq!(tx.find_link(DeviceId(id(2)), link_of(2)).unwrap(), None);
    let second = tx.begin_chain(device, two, link_of(2), prev).unwrap();
    assert!(second > first, "chains count up");
    let begun = tx.chain_at(second).unwrap().unwrap();
    assert_eq!((begun.last_seq, begun.first_prev, begun.prev), (0, link_of(2), prev));
    assert_eq!(tx.chains(device).unwrap(), [found, begun]);
    assert!(tx.begin_chain(device, two, Digest::ZERO, None).is_err(), "an incarnation begins once");
}

fn an_op_that_came_again_stands_in_both_chains(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let device = DeviceId(id(1));
    let sender = Sender { device, place: Place { chain: 1, seq: 1 } };
    tx.append_op(&StoredOp { sender: Some(sender), ..op(5, 1) }).unwrap();
    tx.append_op(&op(6, 2)).unwrap();
    for (chain, again) in [(1, false), (2, true)] {
        let place = Place { chain, seq: 1 };
        tx.append_link(&Link { place, link: Digest::ZERO, op: 5, again }).unwrap();
    }
    assert_eq!(tx.places_of(5).unwrap(), [1, 2].map(|chain| Place { chain, seq: 1 }));
    assert_eq!(tx.places_of(6).unwrap(), [], "the office has no chain");
}

fn parked_ops_wait_for_a_record_or_for_a_program(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let (one, two) = (DeviceId(id(1)), DeviceId(id(2)));
    let rec = |n| Some(RecordId(id(n)));
    let waits = |pos, device, wants, makes| Waiting { pos, device, wants, makes };
    let all = [
        waits(5, one, rec(7), None),
        waits(3, two, rec(7), rec(8)),
        waits(4, one, rec(8), None),
        waits(6, one, None, None),
    ];
    for one in &all {
        tx.put_waiting(one).unwrap();
    }
    assert_eq!(tx.waiting_for(rec(7)).unwrap(), [all[1], all[0]]);
    assert_eq!(tx.waiting_for(None).unwrap(), [all[3]]);
    assert_eq!(
        tx.needed(one, 9).unwrap(),
        [RecordId(id(7))],
        "what a waiting op will make nobody has to bring"
    );
    assert_eq!((tx.needed(one, 0).unwrap(), tx.needed(DeviceId(id(3)), 9).unwrap()), (vec![], vec![]));
    tx.drop_waiting(3).unwrap();
    tx.drop_waiting(3).unwrap();
    assert_eq!(tx.waiting_for(rec(7)).unwrap(), [all[0]]);
    assert_eq!(tx.needed(one, 9).unwrap(), [7, 8].map(|n| RecordId(id(n))));
}

fn records_come_back_as_they_went(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let job = state("job", None, json!({"z": null, "a": [1, {"b": "油"}], "n": -9_007_199_254_740_992_i64}));
    let pk = tx.insert_record(RecordId(id(1)), &job).unwrap();
    let note = state("note", Some(1), json!({}));
    tx.insert_record(RecordId(id(2)), &note).unwrap();
    assert_eq!(tx.record_at(pk).unwrap().unwrap().state, job);
    assert_eq!(tx.record(RecordId(id(2))).unwrap().unwrap().state, note);
    let told = tx.told_at(pk).unwrap().unwrap();
    assert!(!told.void);
    let told = told.row.read().unwrap();
    assert_eq!((told.rec, &told.state.fields), (RecordId(id(1)), &job.fields));
    assert_eq!(tx.told_at(99).unwrap(), None);
    let field_vers = BTreeMap::from([("a".to_owned(), 8)]);
    let changed = RecordState { ver: 8, void: true, field_vers, ..state("job", None, json!({"a": null})) };
    tx.update_record(pk, &changed).unwrap();
    tx.commit().unwrap();
    let mut tx = store.begin().unwrap();
    assert_eq!(tx.record(RecordId(id(1))).unwrap().unwrap().state, changed);
    assert!(tx.insert_record(RecordId(id(1)), &job).is_err(), "one record an id");
}

fn records_are_listed_by_job_kind_and_machine(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let job = tx.insert_record(RecordId(id(1)), &state("job", None, json!({}))).unwrap();
    for (n, kind) in [(2, "note"), (3, "step"), (4, "note")] {
        tx.insert_record(RecordId(id(n)), &state(kind, Some(1), json!({}))).unwrap();
    }
    let machine = json!({"machine": RecordId(id(9))});
    tx.insert_record(RecordId(id(5)), &state("machine_history", None, machine)).unwrap();
    let other = tx.insert_record(RecordId(id(6)), &state("job", None, json!({}))).unwrap();
    let ids =
        |list: Vec<StoredRecord>| -> Vec<u8> { list.iter().map(|record| record.rec.as_bytes()[0]).collect() };
    assert_eq!(ids(tx.records_of_job(job).unwrap()), [2, 3, 4]);
    assert_eq!(ids(tx.kind_of_job(job, "note").unwrap()), [2, 4]);
    assert_eq!(ids(tx.free_records("job", 0, 10).unwrap()), [1, 6]);
    assert_eq!(ids(tx.free_records("job", job, 1).unwrap()), [6]);
    assert!(ids(tx.free_records("job", other, 1).unwrap()).is_empty());
    assert_eq!(ids(tx.histories_of(RecordId(id(9))).unwrap()), [5]);
    assert!(ids(tx.histories_of(RecordId(id(1))).unwrap()).is_empty());
    for (n, field) in [(7, "machine"), (8, "customer"), (9, "machine")] {
        let names = json!({field: RecordId(id(200))});
        tx.insert_record(RecordId(id(n)), &state("job", None, names)).unwrap();
    }
    assert_eq!(ids(tx.jobs_naming("machine", RecordId(id(200))).unwrap()), [7, 9]);
    assert_eq!(ids(tx.jobs_naming("customer", RecordId(id(200))).unwrap()), [8]);
    assert!(ids(tx.jobs_naming("machine", RecordId(id(201))).unwrap()).is_empty());
}

fn exceptions_open_move_and_close(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let about =
        StoredException { record: 1, op: 4, about: Some(7), field: Some("f".into()), why: Why::Clash };
    let parked = StoredException { record: 2, op: 5, about: None, field: None, why: Why::NotYours };
    tx.open_exception(&about).unwrap();
    tx.open_exception(&parked).unwrap();
    let moved = StoredException { op: 9, ..about };
    tx.open_exception(&moved).unwrap();
    assert_eq!(tx.open_exceptions().unwrap(), [moved.clone(), parked.clone()]);
    assert_eq!(tx.exceptions_about(7).unwrap(), [moved]);
    tx.close_exception(1).unwrap();
    assert_eq!(tx.exceptions_about(7).unwrap(), []);
    assert_eq!(tx.open_exceptions().unwrap(), [parked]);
    assert_eq!((tx.exceptions_of(7).unwrap(), tx.exceptions_of(8).unwrap()), (vec![1], vec![]));
}
