//! Parked ops that the server takes again, and records that come back from a device.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::{Outcome, RecordState, Why};
use fieldcard_schema::op::{Act, Op, Versions};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::page::{Row, Table};
use serde_json::{Value, json};

use super::device::TestDevice;
use super::world::{World, config, fields, user};
use crate::hub::Config;
use crate::storage::db::Place;

/// A version that the store had lost when it was restored.
const LOST: u64 = 1 << 20;

fn row(rec: RecordId, kind: &str, job: Option<RecordId>, author: UserId, set: Value) -> Table {
    let state = RecordState {
        kind: kind.into(),
        job,
        fields: fields(set),
        ver: LOST,
        born: LOST,
        author,
        void: false,
        field_vers: std::collections::BTreeMap::new(),
    };
    Table::from_rows(kind, &[Row { rec, state }]).unwrap()
}

/// A device with a note on a job that the server has lost, as it was restored; the job.
fn bereft(world: &mut World) -> (TestDevice, RecordId) {
    world.hub.restored(0).unwrap();
    let mut device = TestDevice::new(world, 1);
    let job = RecordId(device.new_id());
    device.create("note", Some(job), json!({"text": "更换油封"}));
    let response = device.call(world).unwrap();
    assert_eq!(device.last_outcome().why, Some(Why::UnknownRecord));
    assert_eq!(response.need, [job]);
    (device, job)
}

fn give(world: &mut World, device: &mut TestDevice, tables: Vec<Table>) -> Vec<RecordId> {
    let mut request = device.request();
    request.recovered = tables;
    let response = world.sync(&device.token, &request).unwrap();
    device.take_answer(&response);
    response.need
}

#[test]
fn an_op_whose_record_comes_back_is_applied_and_keeps_its_first_outcome() {
    let mut world = World::new();
    let (mut device, job) = bereft(&mut world);
    let first = device.last_outcome();
    let table = row(job, "job", None, user(200), json!({"assignee": user(1), "number": "J9"}));
    assert_eq!(give(&mut world, &mut device, vec![table]), []);
    let rows = world.hub.job_records(job).unwrap();
    assert_eq!(rows.iter().filter(|row| row.state.kind == "note").count(), 1);
    let whys: Vec<_> =
        world.hub.exceptions().unwrap().into_iter().filter_map(|one| one.exception.why).collect();
    assert_eq!(whys, ["recovered"]);
    device.acked = 0;
    device.call(&mut world).unwrap();
    assert_eq!(device.last_outcome(), first, "sent again it ends as it did");
    assert_eq!(world.hub.job_records(job).unwrap().len(), rows.len());
}

#[test]
fn what_nobody_asked_for_is_not_taken() {
    let mut world = World::new();
    let (mut device, job) = bereft(&mut world);
    let mut other = TestDevice::new(&mut world, 2);
    let stray = RecordId(other.new_id());
    let mine = json!({"assignee": user(2), "number": "J9"});
    // Nothing of this device waits for a job; and a receipt is the server's own word.
    give(&mut world, &mut other, vec![row(job, "job", None, user(2), mine.clone())]);
    give(&mut world, &mut other, vec![row(stray, "job", None, user(2), mine)]);
    give(&mut world, &mut device, vec![row(job, "receipt", None, user(1), json!({"code": "x"}))]);
    give(&mut world, &mut device, vec![row(stray, "note", Some(job), user(1), json!({"text": "x"}))]);
    assert_eq!((world.hub.record(job).unwrap(), world.hub.record(stray).unwrap()), (None, None));
    // Nor from a device that was revoked.
    world.hub.revoke_device(device.id).unwrap();
    give(&mut world, &mut device, vec![row(job, "job", None, user(1), json!({"assignee": user(1)}))]);
    assert_eq!(world.hub.record(job).unwrap(), None);
}

/// A device whose note on a record waits there; what it is asked for.
fn waits_for(world: &mut World, device: &mut TestDevice, rec: RecordId, kind: &str) -> Vec<RecordId> {
    let act = if kind == "step" { Act::Amend } else { Act::Set };
    let op = device.op(act, kind, rec, json!({"text": "?"}));
    device.commit(&op);
    device.call(world).unwrap().need
}

#[test]
fn a_server_that_never_lost_anything_takes_nothing_back() {
    let mut world = World::new();
    let mut forger = TestDevice::new(&mut world, 1);
    let job = RecordId(forger.new_id());
    let note = forger.create("note", Some(job), json!({"text": "更换油封"}));
    let response = forger.call(&mut world).unwrap();
    assert_eq!(forger.last_outcome().why, Some(Why::UnknownRecord));
    assert_eq!(response.need, [], "it asks for nothing");
    let table = row(job, "job", None, user(200), json!({"assignee": user(2), "crew": [user(1)]}));
    give(&mut world, &mut forger, vec![table.clone()]);
    assert_eq!((world.hub.record(job).unwrap(), world.hub.record(note).unwrap()), (None, None));
    // Nor long after it did.
    world.hub.restored(0).unwrap();
    forger.log_in(&mut world).unwrap();
    world.pass(91 * Timestamp::DAY);
    forger.log_in(&mut world).unwrap();
    assert_eq!(give(&mut world, &mut forger, vec![table]), []);
    assert_eq!(world.hub.record(job).unwrap(), None);
}

#[test]
fn nobody_gives_back_what_he_never_had() {
    let mut world = World::new();
    let theirs = world.job_of(user(2), 0);
    let mut old = TestDevice::new(&mut world, 3);
    old.drain(&mut world);
    let held = world.hub.head().unwrap();
    world.hub.restored(0).unwrap();
    let mut forger = TestDevice::new(&mut world, 1);
    let mut ids = || RecordId(forger.new_id());
    let (job, person, stock, step, below) = (ids(), ids(), ids(), ids(), ids());
    for (rec, kind) in
        [(job, "job"), (person, "person"), (stock, "van_stock"), (step, "step"), (below, "job")]
    {
        assert!(waits_for(&mut world, &mut forger, rec, kind).contains(&rec));
    }
    let mine = json!({"assignee": user(1)});
    let old_version = Table { ver: vec![held], ..row(below, "job", None, user(200), mine) };
    let tables = vec![
        row(job, "job", None, user(200), json!({"assignee": user(2)})),
        row(person, "person", None, user(200), json!({"name": "李"})),
        row(stock, "van_stock", None, user(200), json!({"person": user(2), "qty": 9})),
        row(step, "step", Some(theirs), user(2), json!({"step": "arrive"})),
        old_version,
    ];
    give(&mut world, &mut forger, tables);
    let taken: Vec<_> = [job, person, stock, step, below]
        .into_iter()
        .filter(|rec| world.hub.record(*rec).unwrap().is_some())
        .collect();
    assert_eq!(taken, []);
    // The same job with himself on it is his to give.
    give(&mut world, &mut forger, vec![row(job, "job", None, user(200), json!({"crew": [user(1)]}))]);
    assert!(world.hub.record(job).unwrap().is_some());
}

#[test]
fn only_a_mark_that_the_server_gave_proves_that_it_was_rolled_back() {
    let (live, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let place = |folder: &tempfile::TempDir| Place::File(folder.path().join("server.db"));
    let mut world = World::over(&place(&live), config());
    let mut device = TestDevice::new(&mut world, 1);
    device.drain(&mut world);
    drop(world);
    std::fs::copy(live.path().join("server.db"), copy.path().join("server.db")).unwrap();
    let mut world = World::over(&place(&live), config());
    world.pass(1_000);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    let (lost, mark) = (device.view[&job].clone(), device.mark.unwrap());
    let mut rolled_back = World::over(&place(&copy), config());
    rolled_back.pass(2_000);

    device.create("note", Some(job), json!({"text": "?"}));
    let mut hash = mark.hash;
    hash[7] ^= 1;
    device.mark = Some(fieldcard_schema::op::Mark { hash, ..mark });
    let response = device.call(&mut rolled_back).unwrap();
    assert_eq!(response.notices, ["mark_unknown"]);
    assert_eq!(device.last_outcome().why, Some(Why::UnknownRecord));
    let table = || vec![Table::from_rows("job", &[Row { rec: job, state: lost.clone() }]).unwrap()];
    assert_eq!(give(&mut rolled_back, &mut device, table()), [], "what anybody could say proves nothing");
    assert_eq!(rolled_back.hub.record(job).unwrap(), None);

    device.mark = Some(mark);
    assert_eq!(device.call(&mut rolled_back).unwrap().notices, ["mark_unknown"]);
    assert_eq!(device.call(&mut rolled_back).unwrap().need, [job]);
    assert_eq!(give(&mut rolled_back, &mut device, table()), []);
    assert!(rolled_back.hub.record(job).unwrap().is_some());
}

#[test]
fn a_colleague_who_says_again_what_came_back_is_merged_and_what_differs_is_kept() {
    let mut world = World::new();
    let (mut device, job) = bereft(&mut world);
    let mut other = TestDevice::new(&mut world, 2);
    let note = RecordId(other.new_id());
    let tables = vec![
        row(job, "job", None, user(200), json!({"assignee": user(1), "crew": [user(2)]})),
        row(note, "note", Some(job), user(2), json!({"text": "二"})),
    ];
    give(&mut world, &mut device, tables);
    let again = Op { job: Some(job), ..other.op(Act::Create, "note", note, json!({"text": "二"})) };
    other.commit(&again);
    other.drain(&mut world);
    assert_eq!(other.last_outcome().outcome, Outcome::Merged);
    let third = RecordId(other.new_id());
    give(&mut world, &mut device, vec![row(third, "note", Some(job), user(2), json!({"text": "改过"}))]);
    let earlier = Op { job: Some(job), ..other.op(Act::Create, "note", third, json!({"text": "原话"})) };
    other.commit(&earlier);
    other.drain(&mut world);
    assert_eq!(other.last_outcome().why, Some(Why::Clash));
}

/// A version 2 in which a note says in `words` what version 1 called `text`.
const SECOND: Versions = Versions { newest: 2, steps: &[words_for_text] };

fn words_for_text(op: &mut Fields) {
    let is_note = op.get("kind").is_some_and(|kind| kind == "note");
    if let Some(set) = op.get_mut("set").and_then(Value::as_object_mut).filter(|_| is_note)
        && let Some(text) = set.remove("text")
    {
        set.insert("words".to_owned(), text);
    }
}

#[test]
fn an_op_of_an_older_version_is_read_as_what_it_means_now_and_its_bytes_stay() {
    let mut world = World::with(Config { versions: SECOND, ..config() });
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    let old = device.create("note", Some(job), json!({"text": "更换油封"}));
    let new = RecordId(device.new_id());
    let op = Op { job: Some(job), ..device.op(Act::Create, "note", new, json!({"text": "二版的话"})) };
    let body = String::from_utf8(op.encode().unwrap().into_bytes()).unwrap();
    device.seal(body.replacen("\"v\":1", "\"v\":2", 1).into_bytes());
    device.drain(&mut world);
    assert_eq!((world.field(old, "words"), world.field(old, "text")), (json!("更换油封"), json!("absent")));
    assert_eq!(world.field(new, "text"), json!("二版的话"), "an op of the newest version takes no step");
    let sent: Vec<_> = device.chain.iter().map(|one| fieldcard_schema::digest::Digest::of(&one.1)).collect();
    let held = world.hub.op_digests().unwrap();
    assert!(sent.iter().all(|digest| held.contains(digest)));
}

#[test]
fn an_upgraded_server_takes_what_was_too_new() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("server.db"));
    let mut world = World::over(&place, config());
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    let rec = RecordId(device.new_id());
    let op = Op { job: Some(job), ..device.op(Act::Create, "note", rec, json!({"text": "新"})) };
    let body = String::from_utf8(op.encode().unwrap().into_bytes()).unwrap();
    device.seal(body.replacen("\"v\":1", "\"v\":2", 1).into_bytes());
    device.drain(&mut world);
    assert_eq!(device.last_outcome().why, Some(Why::TooNew));
    drop(world);
    let mut same = World::over(&place, config());
    assert_eq!(same.hub.record(rec).unwrap(), None, "the same program still cannot read it");
    drop(same);
    let mut upgraded = World::over(&place, Config { versions: SECOND, ..config() });
    assert_eq!(upgraded.hub.record(rec).unwrap().unwrap().state.fields["text"], "新");
    assert_eq!(upgraded.hub.exceptions().unwrap().len(), 0);
    let count = upgraded.hub.op_count().unwrap();
    drop(upgraded);
    let mut later = World::over(&place, Config { versions: SECOND, ..config() });
    assert_eq!(later.hub.op_count().unwrap(), count, "once");
}

#[test]
fn a_device_of_an_older_protocol_is_heard_and_reads_nothing() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    world.set("job", job, json!({"site": "三号料场"}));
    device.create("note", Some(job), json!({"text": "旧版"}));
    let request = fieldcard_schema::wire::sync::SyncRequest { proto: 0, ..device.request() };
    let response = world.sync(&device.token, &request).unwrap();
    device.take_answer(&response);
    assert_eq!(device.last_outcome().outcome, Outcome::Applied);
    assert_eq!((response.pages.len(), response.notices), (0, vec!["app_old".to_owned()]));
}
