//! One suite for every storage: what the contract says, through the traits alone.
//!
//! Each test is a function over a way to open a store; [`suite!`] runs all of them on one backend. The last
//! part writes from two threads while a third reads along a cursor, and shows with a counter outside the
//! transaction that the check would see a gap.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, OpId, RecordId, UserId};
use fieldcard_schema::merge::{Outcome, RecordState, Why};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::{OpOutcome, Outstanding};
use serde_json::json;
use uuid::Uuid;

use super::blobs::StoredBlob;
use super::db::{Db, Durability, Key, Opening, Place as Location};
use super::devices::{Device, DeviceState, StoredCode};
use super::feed::{AudienceKind, FeedRow, FeedState, Holding, Membership, NO_DAY, RankRun};
use super::log::{Link, OrgHead, Place, Sender, StoredOp};
use super::records::StoredException;
use super::sqlite::SqliteStorage;
use super::{Storage, StorageError, Tx};

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
            records_come_back_as_they_went,
            records_are_listed_by_job_kind_and_machine,
            exceptions_open_move_and_close,
            a_feed_row_moves_and_is_read_once,
            holdings_are_ranked_by_day,
            memberships_end_and_stay,
            devices_and_codes_are_overwritten,
            blobs_and_their_names_come_back,
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
        tx.set_org_head(&OrgHead { head: 0, epoch: "12345678".into(), backup_pos: None }).unwrap();
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
    let jumped = OrgHead { head: 1 << 40, epoch: "x".into(), backup_pos: Some(4) };
    tx.set_org_head(&jumped).unwrap();
    assert_eq!(tx.org_head().unwrap(), Some(jumped));
    assert_eq!(tx.take_positions(1).unwrap(), (1 << 40) + 1);
}

fn ops_come_back_byte_for_byte(store: &mut dyn Storage) {
    let mut tx = begin(store);
    assert_eq!(tx.last_running().unwrap(), (0, Digest::ZERO));
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
    assert_eq!(tx.ops_of_job(job).unwrap(), [named, last]);
    assert_eq!(tx.op_count().unwrap(), 3);
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

fn records_come_back_as_they_went(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let job = state("job", None, json!({"z": null, "a": [1, {"b": "油"}], "n": -9_007_199_254_740_992_i64}));
    let pk = tx.insert_record(RecordId(id(1)), &job).unwrap();
    let note = state("note", Some(1), json!({}));
    tx.insert_record(RecordId(id(2)), &note).unwrap();
    assert_eq!(tx.record_at(pk).unwrap().unwrap().state, job);
    assert_eq!(tx.record(RecordId(id(2))).unwrap().unwrap().state, note);
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
    let ids = |list: Vec<super::records::StoredRecord>| -> Vec<u8> {
        list.iter().map(|record| record.rec.as_bytes()[0]).collect()
    };
    assert_eq!(ids(tx.records_of_job(job).unwrap()), [2, 3, 4]);
    assert_eq!(ids(tx.kind_of_job(job, "note").unwrap()), [2, 4]);
    assert_eq!(ids(tx.free_records("job", 0, 10).unwrap()), [1, 6]);
    assert_eq!(ids(tx.free_records("job", job, 1).unwrap()), [6]);
    assert!(ids(tx.free_records("job", other, 1).unwrap()).is_empty());
    assert_eq!(ids(tx.histories_of(RecordId(id(9))).unwrap()), [5]);
    assert!(ids(tx.histories_of(RecordId(id(1))).unwrap()).is_empty());
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
}

fn a_feed_row_moves_and_is_read_once(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let row = |pos, rec, state| FeedRow { pos, rec, state };
    for one in [row(1, 10, FeedState::Put), row(2, 11, FeedState::Void), row(4, 10, FeedState::Leave)] {
        tx.move_feed(1, one).unwrap();
    }
    tx.move_feed(2, row(3, 10, FeedState::Put)).unwrap();
    let moved = [row(2, 11, FeedState::Void), row(4, 10, FeedState::Leave)];
    assert_eq!(tx.feed_after(1, 0, 9).unwrap(), moved);
    assert_eq!(tx.feed_after(1, 0, 1).unwrap(), moved[..1]);
    assert_eq!(tx.feed_after(1, 2, 9).unwrap(), moved[1..]);
    assert_eq!(tx.feed_after(1, 4, 9).unwrap(), []);
    assert!(tx.move_feed(1, row(4, 12, FeedState::Put)).is_err(), "one row a position");
}

fn holdings_are_ranked_by_day(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let hold = |rec, via, until, day| Holding { rec, audience: 1, via, until, day };
    let all = [
        hold(1, 1, None, 20),
        hold(2, 1, None, 20),
        hold(2, 5, None, 20),
        hold(3, 3, None, NO_DAY),
        hold(4, 4, Some(9), 20),
        hold(5, 5, None, 21),
        hold(6, 6, None, 19),
    ];
    for one in &all {
        tx.put_holding(one).unwrap();
    }
    tx.put_holding(&Holding { audience: 2, ..all[0] }).unwrap();
    assert_eq!(tx.holdings(2).unwrap(), all[1..3]);
    let run = |from, to, backward, after| RankRun { from, to, backward, after };
    let ranked = |tx: &dyn Tx, run, limit| -> Vec<i64> {
        tx.ranked(1, run, limit).unwrap().into_iter().map(|(_, rec)| rec).collect()
    };
    let tx = tx.as_mut();
    assert_eq!(ranked(tx, run(20, 21, false, None), 9), [1, 2, 5]);
    assert_eq!(ranked(tx, run(20, 20, false, None), 9), [1, 2]);
    assert_eq!(ranked(tx, run(20, 21, false, Some((20, 1))), 1), [2]);
    assert_eq!(ranked(tx, run(NO_DAY, 19, true, None), 9), [6, 3]);
    assert_eq!(ranked(tx, run(NO_DAY, 20, true, Some((20, 2))), 9), [1, 6, 3]);
    assert!(ranked(tx, run(NO_DAY, 19, true, Some((NO_DAY, 3))), 9).is_empty());
    tx.put_holding(&hold(1, 1, Some(7), 20)).unwrap();
    assert_eq!(ranked(tx, run(20, 21, false, None), 9), [2, 5]);
}

fn memberships_end_and_stay(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let org = tx.insert_audience(AudienceKind::Org, id(9)).unwrap();
    let own = tx.insert_audience(AudienceKind::Person, id(1)).unwrap();
    assert_eq!((tx.audience_of(id(1)).unwrap(), tx.audience_of(id(2)).unwrap()), (Some(own), None));
    let user = UserId(id(1));
    for audience in [own, org] {
        tx.put_membership(user, Membership { audience, until: None }).unwrap();
    }
    tx.put_membership(user, Membership { audience: org, until: Some(7) }).unwrap();
    let until = tx.memberships(user).unwrap().into_iter().map(|one| (one.audience, one.until));
    assert_eq!(until.collect::<Vec<_>>(), [(org, Some(7)), (own, None)]);
}

fn devices_and_codes_are_overwritten(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let device = Device {
        id: DeviceId(id(1)),
        user: UserId(id(2)),
        key: [3; 32],
        state: DeviceState::Unconfirmed,
        label: "坚果手机".into(),
        app: "0.1.0".into(),
        prefixes: vec!["0001".into(), "0002".into()],
        enrolled_at: Timestamp(5),
        seen_at: None,
        held: None,
    };
    tx.put_device(&device).unwrap();
    let active = Device { state: DeviceState::Active, ..device };
    tx.put_device(&active).unwrap();
    assert_eq!(tx.device(active.id).unwrap().as_ref(), Some(&active));
    let held = Some(Outstanding { ops: 3, blobs: 1, oldest: -1 });
    tx.note_seen(active.id, Timestamp(9), held).unwrap();
    let seen = Device { seen_at: Some(Timestamp(9)), held, ..active };
    assert_eq!(tx.devices().unwrap(), [seen]);
    assert_eq!((tx.take_prefixes(4).unwrap(), tx.take_prefixes(4).unwrap()), (0, 4));
    let code = StoredCode {
        name: "7K3P".into(),
        key: Digest::of(b"secret"),
        user: UserId(id(2)),
        expires: Timestamp(7),
        tries: 0,
        used: None,
    };
    tx.put_code(&code).unwrap();
    let used = StoredCode { tries: 2, used: Some((DeviceId(id(1)), "mac".into())), ..code };
    tx.put_code(&used).unwrap();
    assert_eq!((tx.code("7K3P").unwrap(), tx.code("XXXX").unwrap()), (Some(used), None));
}

fn blobs_and_their_names_come_back(store: &mut dyn Storage) {
    let mut tx = begin(store);
    let sha256 = Digest::of(b"photo");
    let blob = StoredBlob {
        sha256,
        size: 5,
        media_type: "image/jpeg".into(),
        have: vec![1],
        pos: None,
        uploader: DeviceId(id(1)),
    };
    tx.put_blob(&blob).unwrap();
    assert_eq!((tx.blob(sha256).unwrap().as_ref(), tx.stored_blobs().unwrap().len()), (Some(&blob), 0));
    let stored = StoredBlob { have: vec![], pos: Some(8), ..blob };
    tx.put_blob(&stored).unwrap();
    assert_eq!((tx.blob(sha256).unwrap(), tx.stored_blobs().unwrap()), (Some(stored), vec![sha256]));
    for rec in [4, 2, 4] {
        tx.add_blob_ref(sha256, rec).unwrap();
    }
    assert_eq!(tx.blob_refs(sha256).unwrap(), [2, 4]);
    tx.remove_blob(sha256).unwrap();
    assert_eq!(tx.blob(sha256).unwrap(), None);
}

// What only a file can show.

#[test]
fn what_was_committed_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = file(folder.path());
    let mut tx = begin(&mut store);
    tx.append_op(&op(1, 1)).unwrap();
    tx.commit().unwrap();
    drop(store);
    assert_eq!(file(folder.path()).read().unwrap().op_at(1).unwrap(), Some(op(1, 1)));
}

#[test]
fn a_reading_sees_one_state() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, mut reader) = (file(folder.path()), file(folder.path()));
    begin(&mut writer).commit().unwrap();
    let reading = reader.read().unwrap();
    assert_eq!(reading.op_count().unwrap(), 0);
    let mut tx = writer.begin().unwrap();
    tx.append_op(&op(1, 1)).unwrap();
    tx.commit().unwrap();
    assert_eq!(reading.op_count().unwrap(), 0);
    drop(reading);
    assert_eq!(reader.read().unwrap().op_count().unwrap(), 1);
}

#[test]
fn a_store_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = Location::File(folder.path().join("server.db"));
    let full = Opening { vfs: None, key: None, durability: Durability::Full };
    Db::open(&place, &full).unwrap().conn.pragma_update(None, "user_version", 99).unwrap();
    let refused = SqliteStorage::open(&place, None, None).err();
    assert!(matches!(refused, Some(StorageError::FromLaterVersion { found: 99, .. })), "{refused:?}");
}

#[test]
fn a_key_without_a_cipher_is_refused() {
    let refused = SqliteStorage::open(&Location::Memory, None, Some(&Key([0; 32])));
    assert!(matches!(refused.err(), Some(StorageError::Broken(_))));
    assert!(SqliteStorage::open(&Location::Memory, Some("no such vfs"), None).is_err());
}

#[test]
fn every_promise_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    for (durability, level) in [(Durability::Full, 2), (Durability::Normal, 1)] {
        let place = Location::File(folder.path().join("x.db"));
        let db = Db::open(&place, &Opening { vfs: None, key: None, durability }).unwrap();
        let found: i64 = db.conn.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        assert_eq!(found, level);
    }
    // A file in which WAL cannot be: the promise fails, and the file is not opened.
    let opening = Opening { vfs: Some("unix-none"), key: None, durability: Durability::Full };
    let place = Location::File(folder.path().join("y.db"));
    assert!(matches!(Db::open(&place, &opening).err(), Some(StorageError::Broken(_))));
}

/// Where the writers of the gap test take their positions.
enum Positions<'a> {
    /// Inside the transaction, as the contract says.
    Inside,
    /// From a counter beside the store: the mistake.
    Beside(&'a AtomicU64),
}

const WRITERS: u64 = 2;
const ROUNDS: u64 = 60;

/// Writes rows to one feed; every commit and every step before it takes its own odd time.
fn write_along(mut store: SqliteStorage, writer: u64, positions: &Positions<'_>) {
    for round in 0..ROUNDS {
        let delay = |salt: u64| {
            let odd = Digest::of_parts(&[&writer.to_be_bytes(), &round.to_be_bytes(), &salt.to_be_bytes()]);
            std::thread::sleep(Duration::from_micros(u64::from(odd.0[0]) * 8));
        };
        let beside = match positions {
            Positions::Beside(counter) => Some(counter.fetch_add(1, Ordering::SeqCst) + 1),
            Positions::Inside => None,
        };
        delay(1);
        let mut tx = store.begin().unwrap();
        let pos = beside.unwrap_or_else(|| tx.take_positions(1).unwrap());
        let rec = i64::try_from(writer * ROUNDS + round).unwrap();
        tx.move_feed(1, FeedRow { pos, rec, state: FeedState::Put }).unwrap();
        delay(2);
        tx.commit().unwrap();
    }
}

/// Follows the feed until `done`, then once more. Answers every record that was told.
fn read_along(mut store: SqliteStorage, done: &AtomicBool) -> BTreeSet<i64> {
    let (mut cursor, mut told) = (0, BTreeSet::new());
    loop {
        let last = done.load(Ordering::SeqCst);
        for row in store.read().unwrap().feed_after(1, cursor, 3).unwrap() {
            cursor = row.pos;
            told.insert(row.rec);
        }
        let rest = store.read().unwrap().feed_after(1, cursor, 1).unwrap();
        if last && rest.is_empty() {
            return told;
        }
    }
}

/// How many committed rows a reader with a cursor never saw.
fn missed(positions: &Positions<'_>) -> usize {
    let folder = tempfile::tempdir().unwrap();
    begin(&mut file(folder.path())).commit().unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| read_along(file(folder.path()), &done));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = file(folder.path());
                scope.spawn(move || write_along(store, writer, positions))
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::SeqCst);
        usize::try_from(WRITERS * ROUNDS).unwrap() - reader.join().unwrap().len()
    })
}

#[test]
fn a_feed_has_no_gaps_while_two_write() {
    assert_eq!(missed(&Positions::Inside), 0);
}

#[test]
fn positions_from_beside_the_transaction_are_caught() {
    let counter = AtomicU64::new(0);
    assert!(missed(&Positions::Beside(&counter)) > 0, "the check for gaps is blind");
}
