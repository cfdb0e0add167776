//! What a push must be, and what sending again gives.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::Incarnation;
use fieldcard_schema::id::{GroupId, RecordId};
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::{Act, Group, Op};
use fieldcard_schema::wire::sync::{Head, Refused};
use serde_json::json;
use uuid::Uuid;

use super::device::TestDevice;
use super::world::{World, user};

fn alone() -> (World, TestDevice, RecordId) {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    (world, device, job)
}

fn notes(device: &mut TestDevice, job: RecordId, count: usize) {
    for n in 0..count {
        device.create("note", Some(job), json!({"text": n.to_string()}));
    }
}

#[test]
fn a_gap_stores_nothing_tells_the_head_and_still_pulls() {
    let (mut world, mut device, job) = alone();
    notes(&mut device, job, 3);
    let before = world.hub.op_count().unwrap();
    let mut request = device.request();
    request.push = device.push_from(1);
    let other = world.job_of(user(1), 1);
    let response = world.sync(&device.token, &request).unwrap();
    assert_eq!(response.refused, Some(Refused::Gap));
    assert_eq!(response.head, Some(Head { seq: 0, link: None }));
    assert_eq!(world.hub.op_count().unwrap(), before + 1, "only the office's own op");
    device.take_answer(&response);
    assert!(device.view.contains_key(&other));
    device.drain(&mut world);
    assert_eq!(device.outcomes.len(), 3);
}

#[test]
fn a_lost_answer_costs_nothing() {
    let (mut world, mut device, job) = alone();
    notes(&mut device, job, 2);
    let lost = world.sync(&device.token, &device.request()).unwrap();
    notes(&mut device, job, 1);
    let count = world.hub.op_count().unwrap();
    device.drain(&mut world);
    assert_eq!(world.hub.op_count().unwrap(), count + 1);
    assert_eq!(lost.outcomes.unwrap().each(), device.outcomes[..2]);
    // And once more from the beginning: the same outcomes, nothing written.
    let known = device.outcomes.clone();
    device.acked = 0;
    device.drain(&mut world);
    assert_eq!((device.outcomes, world.hub.op_count().unwrap()), (known, count + 1));
}

#[test]
fn another_link_at_a_held_seq_is_a_fork() {
    let (mut world, mut device, job) = alone();
    notes(&mut device, job, 2);
    device.drain(&mut world);
    let mut copy = TestDevice::blank(1, user(1));
    copy.token.clone_from(&device.token);
    copy.made = 1000;
    notes(&mut copy, job, 3);
    let response = world.sync(&copy.token, &copy.request()).unwrap();
    assert_eq!(response.refused, Some(Refused::Fork));
    assert_eq!(response.head, Some(Head { seq: 2, link: Some(device.chain[1].0) }));
    // A third op on a second op that is not the server's.
    let mut request = copy.request();
    request.push = copy.push_from(2);
    assert_eq!(world.sync(&copy.token, &request).unwrap().refused, Some(Refused::Fork));
}

#[test]
fn a_new_incarnation_goes_on_behind_the_old_one_and_sends_nothing_twice() {
    let (mut world, mut device, job) = alone();
    device.set("job", job, json!({"cause": "一"}));
    device.drain(&mut world);
    device.set("job", job, json!({"cause": "二"}));
    // The server has this one, the device never heard of it.
    world.sync(&device.token, &device.request()).unwrap();
    let count = world.hub.op_count().unwrap();

    let unheard = device.chain[1].1.clone();
    device.first_prev = device.chain[0].0;
    device.incarnation = Incarnation([0xee; 8]);
    device.chain.clear();
    device.outcomes.clear();
    device.acked = 0;
    device.seal(unheard);
    device.set("job", job, json!({"cause": "三"}));
    device.drain(&mut world);
    assert_eq!(world.hub.op_count().unwrap(), count + 1);
    let ended: Vec<_> = device.outcomes.iter().map(|one| one.outcome).collect();
    assert_eq!(ended, [Outcome::Applied, Outcome::Applied], "own older edits precede, across incarnations");
    assert!(!world.hub.devices().unwrap()[0].broken_chain);
}

#[test]
fn an_incarnation_on_a_link_that_is_not_held_must_wait() {
    let (mut world, mut device, job) = alone();
    notes(&mut device, job, 2);
    device.call(&mut world).unwrap();
    let newest = device.chain[1].0;
    notes(&mut device, job, 1);
    device.first_prev = device.chain[2].0;
    device.incarnation = Incarnation([0xee; 8]);
    device.chain.clear();
    device.acked = 0;
    notes(&mut device, job, 1);
    let response = world.sync(&device.token, &device.request()).unwrap();
    assert_eq!(response.refused, Some(Refused::Gap));
    assert_eq!(response.head, Some(Head { seq: 0, link: Some(newest) }));
    // It names none: taken, and told to the office.
    device.first_prev = Digest::ZERO;
    let body = device.chain.pop().unwrap().1;
    device.seal(body);
    device.drain(&mut world);
    assert!(world.hub.devices().unwrap()[0].broken_chain);
}

#[test]
fn a_push_that_is_not_signed_at_its_head_is_refused() {
    let (mut world, mut device, job) = alone();
    notes(&mut device, job, 2);
    let before = world.hub.op_count().unwrap();
    let mut request = device.request();
    request.push.as_mut().unwrap().bodies.swap(0, 1);
    let response = world.sync(&device.token, &request).unwrap();
    assert_eq!(response.refused, Some(Refused::BadSignature));
    request.push.as_mut().unwrap().sig = "rubbish".into();
    assert_eq!(world.sync(&device.token, &request).unwrap().refused, Some(Refused::BadSignature));
    assert_eq!(world.hub.op_count().unwrap(), before);
}

#[test]
fn a_group_that_did_not_come_whole_is_stored_and_flagged() {
    let (mut world, mut device, job) = alone();
    let id = GroupId(Uuid::from_bytes([5; 16]));
    let grouped = |device: &mut TestDevice, i, n| {
        let rec = RecordId(device.new_id());
        let op = device.op(Act::Create, "note", rec, json!({}));
        device.commit(&Op { job: Some(job), group: Some(Group { id, i, n }), ..op });
    };
    grouped(&mut device, 0, 2);
    grouped(&mut device, 1, 2);
    device.drain(&mut world);
    grouped(&mut device, 0, 2);
    device.drain(&mut world);
    let whys: Vec<_> = device.outcomes.iter().map(|one| (one.outcome, one.why)).collect();
    let whole = (Outcome::Applied, None);
    assert_eq!(whys, [whole, whole, (Outcome::Applied, Some(Why::IncompleteGroup))]);
}

#[test]
fn a_base_on_a_mark_that_is_not_held_proves_nothing() {
    let (mut world, mut device, job) = alone();
    let mut other = TestDevice::new(&mut world, 2);
    world.set("job", job, json!({"crew": [user(2)]}));
    device.drain(&mut world);
    other.drain(&mut world);
    device.set("job", job, json!({"cause": "一"}));
    device.drain(&mut world);
    other.drain(&mut world);
    let op = other.op(Act::Set, "job", job, json!({"cause": "二"}));
    let mut base = op.base.unwrap();
    base.1.hash[0] ^= 1;
    other.commit(&Op { base: Some(base), ..op });
    other.drain(&mut world);
    assert_eq!(other.last_outcome().why, Some(Why::Clash));
}

#[test]
fn what_is_unknown_comes_back_as_it_went() {
    let (mut world, mut device, job) = alone();
    let mut other = TestDevice::new(&mut world, 2);
    world.set("job", job, json!({"crew": [user(2)]}));
    device.drain(&mut world);
    let set = json!({"deep": {"a": [1, null, "二"]}, "nothing": null, "no": false});
    let rec = device.create("drone_flight", Some(job), set.clone());
    device.set("job", job, json!({"a_field_of_next_year": [{"x": null}]}));
    device.drain(&mut world);
    other.drain(&mut world);
    assert_eq!(serde_json::Value::Object(other.view[&rec].fields.clone()), set);
    assert_eq!(other.view[&rec].kind, "drone_flight");
    assert_eq!(other.field(job, "a_field_of_next_year"), Some(&json!([{"x": null}])));
}

#[test]
fn many_devices_share_a_commit_and_one_bad_push_harms_none() {
    let (mut world, mut one, job) = alone();
    let mut two = TestDevice::new(&mut world, 2);
    notes(&mut one, job, 2);
    two.create("note", None, json!({"text": "eigen"}));
    let (first, mut second) = (one.request(), two.request());
    second.push.as_mut().unwrap().sig = String::new();
    let mut answers = world.hub.sync_batch(&[(&one.token, &first), (&two.token, &second), ("x", &first)]);
    assert!(answers.pop().unwrap().is_err());
    assert_eq!(answers.pop().unwrap().unwrap().refused, Some(Refused::BadSignature));
    one.take_answer(&answers.pop().unwrap().unwrap());
    assert_eq!(one.outcomes.len(), 2);
    two.drain(&mut world);
    assert_eq!(two.outcomes.len(), 1);
}

#[test]
fn an_empty_sync_writes_nothing_and_moves_nothing() {
    let (mut world, mut device, _) = alone();
    let (head, cursors) = (world.hub.head().unwrap(), device.cursors.clone());
    let response = device.call(&mut world).unwrap();
    assert!(response.pages.is_empty() && !response.more);
    assert_eq!((world.hub.head().unwrap(), &device.cursors), (head, &cursors));
}

#[test]
fn after_a_restore_positions_jump_and_old_cursors_bring_no_pages() {
    let (mut world, mut device, job) = alone();
    let (old, head) = (device.epoch.clone().unwrap(), world.hub.head().unwrap());
    let epoch = world.hub.restored(head + 5).unwrap();
    assert_ne!(epoch, old);
    assert_eq!(world.hub.head().unwrap(), head + 5 + (1 << 32));
    notes(&mut device, job, 1);
    let response = device.call(&mut world).unwrap();
    assert!(response.pages.is_empty() && response.epoch == epoch);
    assert_eq!(device.outcomes.len(), 1, "the push is taken all the same");
    assert!(device.last_outcome().pos > head + (1 << 32));
}

#[test]
fn a_mark_of_a_lost_history_is_told() {
    let (mut world, device, _) = alone();
    let mut request = device.request();
    request.mark.as_mut().unwrap().hash[3] ^= 1;
    let response = world.sync(&device.token, &request).unwrap();
    assert_eq!((response.pages.len(), response.notices), (0, vec!["mark_unknown".to_owned()]));
}

#[test]
fn a_copied_store_is_told_to_the_office_although_nothing_of_its_push_is_stored() {
    let (mut world, mut device, job) = alone();
    notes(&mut device, job, 2);
    device.drain(&mut world);
    assert!(!world.hub.devices().unwrap()[0].forked);
    let count = world.hub.op_count().unwrap();
    // The copy went on from the same place with other work.
    device.chain.truncate(1);
    device.acked = 1;
    notes(&mut device, job, 1);
    let response = world.sync(&device.token, &device.request()).unwrap();
    assert_eq!(response.refused, Some(Refused::Fork));
    assert_eq!(world.hub.op_count().unwrap(), count);
    assert!(world.hub.devices().unwrap()[0].forked);
}

#[test]
fn a_chain_that_goes_on_from_the_middle_of_another_is_a_fork() {
    let (mut world, mut device, job) = alone();
    notes(&mut device, job, 2);
    device.drain(&mut world);
    device.first_prev = device.chain[0].0;
    device.incarnation = Incarnation([0xee; 8]);
    device.chain.clear();
    (device.acked, device.outcomes) = (0, Vec::new());
    notes(&mut device, job, 1);
    device.drain(&mut world);
    let view = world.hub.devices().unwrap().remove(0);
    assert!(view.forked && !view.broken_chain);
}

#[test]
fn who_has_no_good_backup_for_a_month_is_told() {
    let (mut world, mut device, _) = alone();
    let told = |world: &mut World, device: &mut TestDevice| {
        device.log_in(world).unwrap();
        device.call(world).unwrap().notices
    };
    world.pass(30 * fieldcard_schema::time::Timestamp::DAY);
    assert_eq!(told(&mut world, &mut device), Vec::<String>::new());
    world.pass(1);
    assert_eq!(told(&mut world, &mut device), ["no_backup"]);
    world.hub.backed_up(1).unwrap();
    assert_eq!(told(&mut world, &mut device), Vec::<String>::new());
}
