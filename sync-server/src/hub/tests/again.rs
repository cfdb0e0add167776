//! Parked ops that the server takes again, and records that come back from a device.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::merge::{Outcome, RecordState, Why};
use fieldcard_schema::op::{Act, Op};
use fieldcard_schema::wire::page::{Row, Table};
use serde_json::{Value, json};

use super::device::TestDevice;
use super::world::{World, config, fields, user};
use crate::hub::Config;
use crate::storage::db::Place;

fn row(rec: RecordId, kind: &str, job: Option<RecordId>, author: UserId, set: Value) -> Table {
    let state = RecordState {
        kind: kind.into(),
        job,
        fields: fields(set),
        ver: 7,
        born: 7,
        author,
        void: false,
        field_vers: std::collections::BTreeMap::new(),
    };
    Table::from_rows(kind, &[Row { rec, state }]).unwrap()
}

/// A device with a note on a job that the server has lost; the job.
fn bereft(world: &mut World) -> (TestDevice, RecordId) {
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
    let mut upgraded = World::over(&place, Config { op_version: 2, ..config() });
    assert_eq!(upgraded.hub.record(rec).unwrap().unwrap().state.fields["text"], "新");
    assert_eq!(upgraded.hub.exceptions().unwrap().len(), 0);
    let count = upgraded.hub.op_count().unwrap();
    drop(upgraded);
    let mut later = World::over(&place, Config { op_version: 2, ..config() });
    assert_eq!(later.hub.op_count().unwrap(), count, "once");
}
