//! What the office decides: parked ops done after all or only kept, flags seen; what an author takes back.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::{Act, Op};
use fieldcard_schema::wire::error::ErrorCode;
use serde_json::{Value, json};

use super::device::TestDevice;
use super::world::{World, office, user};
use crate::hub::ExceptionView;
use crate::hub::office::Assignment;

/// Everything that waits, and how often each reason stands there.
fn waiting(world: &mut World) -> Vec<ExceptionView> {
    world.hub.exceptions().unwrap()
}

fn to(lead: u8) -> Assignment {
    Assignment { assignee: Some(user(lead)), crew: vec![], base: None }
}

/// A job of somebody else, and a stranger's note on it that was parked.
fn parked_note() -> (World, TestDevice, RecordId, RecordId) {
    let mut world = World::new();
    let job = world.job_of(user(1), 0);
    let mut stranger = TestDevice::new(&mut world, 4);
    let note = stranger.create("note", Some(job), json!({"text": "油管是我换的"}));
    stranger.drain(&mut world);
    let last = stranger.last_outcome();
    assert_eq!((last.outcome, last.why), (Outcome::Parked, Some(Why::NotYours)));
    (world, stranger, job, note)
}

#[test]
fn a_parked_op_that_is_allowed_is_done_in_its_authors_name() {
    let (mut world, mut stranger, job, note) = parked_note();
    let mut lead = TestDevice::new(&mut world, 1);
    let open = waiting(&mut world);
    world.hub.decide(&office(), open[0].rec, Some(0)).unwrap();
    lead.drain(&mut world);
    let row = world.hub.record(note).unwrap().unwrap();
    assert_eq!((row.state.author, row.state.job), (stranger.user, Some(job)));
    assert_eq!(lead.field(note, "text"), Some(&json!("油管是我换的")));
    assert_eq!(waiting(&mut world), []);
    stranger.drain(&mut world);
    assert_eq!(stranger.field(open[0].rec, "state"), Some(&json!("resolved")));
    let again = world.hub.decide(&office(), open[0].rec, Some(0)).unwrap_err();
    assert_eq!(again.code, ErrorCode::Stale);
}

#[test]
fn a_parked_op_that_is_only_kept_changes_nothing() {
    let (mut world, _, _, note) = parked_note();
    let open = waiting(&mut world);
    world.hub.decide(&office(), open[0].rec, None).unwrap();
    assert_eq!((waiting(&mut world), world.hub.record(note).unwrap()), (vec![], None));
}

#[test]
fn what_no_rule_allows_stays_parked_whoever_allows_it() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    device.create("receipt", Some(job), json!({"code": "5F3K-9QXV"}));
    let unknown = RecordId(device.new_id());
    device.create("note", Some(unknown), json!({"text": "?"}));
    device.seal(b"not an op".to_vec());
    device.drain(&mut world);
    let open = waiting(&mut world);
    let whys: Vec<_> = open.iter().map(|one| one.exception.why.clone().unwrap()).collect();
    assert_eq!(whys, ["not_yours", "unknown_record", "invalid"]);
    let mut allow = |at: usize| world.hub.decide(&office(), open[at].rec, Some(0)).unwrap_err().code;
    // The last two: a job that is not here, and bytes that are no op.
    assert_eq!(
        [allow(0), allow(1), allow(2)],
        [ErrorCode::InvalidValue, ErrorCode::NotFound, ErrorCode::InvalidValue]
    );
    assert_eq!(waiting(&mut world).len(), 3, "a refused decision decides nothing");
}

#[test]
fn two_concurrent_amends_are_both_kept_and_the_office_picks_one() {
    let mut world = World::new();
    let (mut lead, mut mate) = (TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2));
    let job = world.job(json!({"assignee": user(1), "crew": [user(2)]}));
    let note = world.create("note", Some(job), json!({"text": "一"}));
    for device in [&mut lead, &mut mate] {
        device.drain(&mut world);
    }
    for (device, text) in [(&mut lead, "二"), (&mut mate, "三")] {
        let amend = device.op(Act::Amend, "note", note, json!({"text": text}));
        device.commit(&amend);
    }
    lead.drain(&mut world);
    mate.drain(&mut world);
    let open = waiting(&mut world);
    let said: Vec<_> = open[0].exception.values.iter().map(|one| (one.value.clone(), one.user)).collect();
    assert_eq!(said, [(json!("三"), Some(user(2))), (json!("二"), Some(user(1)))]);
    world.hub.decide(&office(), open[0].rec, Some(1)).unwrap();
    assert_eq!((world.field(note, "text"), waiting(&mut world)), (json!("二"), vec![]));
}

#[test]
fn late_work_and_impossible_steps_are_told_once_a_job_until_somebody_has_seen_them() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    world.hub.assign(&office(), job, to(2)).unwrap();
    for text in ["一", "二"] {
        device.create("note", Some(job), json!({"text": text}));
    }
    device.drain(&mut world);
    let open = waiting(&mut world);
    let told: Vec<&Value> = open[0].exception.values.iter().map(|one| &one.value).collect();
    assert_eq!((open.len(), told), (1, vec![&json!({"kind": "note"}), &json!({"kind": "note"})]));
    assert_eq!((open[0].exception.why.as_deref(), open[0].exception.rec), (Some("late"), Some(job)));
    assert!(device.view.contains_key(&open[0].rec), "its author reads it too");

    let other = world.job_of(user(1), 0);
    device.drain(&mut world);
    let step = json!({"subject": other, "of": "job", "step": "resumed", "at": 5});
    device.create("step", Some(other), step);
    device.drain(&mut world);
    let open = waiting(&mut world);
    let newest = &open.iter().find(|one| one.exception.why.as_deref() == Some("impossible")).unwrap();
    assert_eq!(newest.exception.values[0].value, json!({"kind": "step", "step": "resumed"}));
    let refused = world.hub.decide(&office(), newest.rec, Some(0)).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidValue, "it was applied already");
    for one in &open {
        world.hub.decide(&office(), one.rec, None).unwrap();
    }
    assert_eq!(waiting(&mut world), []);
}

/// A proposal for the site of a job, and the op that makes it.
fn proposed(world: &mut World) -> (TestDevice, RecordId, Op) {
    let mut device = TestDevice::new(world, 1);
    let job = world.job(json!({"assignee": user(1), "site": "一号矿"}));
    device.drain(world);
    let wish = device.op(Act::Set, "job", job, json!({"site": "二号矿"}));
    device.commit(&wish);
    (device, job, wish)
}

#[test]
fn a_proposal_that_its_author_takes_back_waits_for_nobody() {
    let mut world = World::new();
    let (mut device, job, wish) = proposed(&mut world);
    device.drain(&mut world);
    assert_eq!(waiting(&mut world).len(), 1);
    let open = waiting(&mut world)[0].rec;
    device.create("withdrawal", Some(job), json!({"op": wish.op_id}));
    device.drain(&mut world);
    assert_eq!((waiting(&mut world), world.field(job, "site")), (vec![], json!("一号矿")));
    let values = device.field(open, "values").unwrap();
    assert_eq!((&values[1]["value"], &values[1]["withdrawn"]), (&json!("二号矿"), &json!(true)));
}

#[test]
fn nobody_takes_back_what_another_proposed_and_nothing_is_undone_by_it() {
    let mut world = World::new();
    let (mut device, job, wish) = proposed(&mut world);
    let mut mate = TestDevice::new(&mut world, 2);
    world.hub.assign(&office(), job, Assignment { crew: vec![user(2)], ..to(1) }).unwrap();
    device.drain(&mut world);
    mate.drain(&mut world);
    mate.set("job", job, json!({"site": "三号矿"}));
    mate.create("withdrawal", Some(job), json!({"op": wish.op_id}));
    mate.drain(&mut world);
    let open = waiting(&mut world);
    assert_eq!((open.len(), open[0].exception.values.len()), (1, 3), "both still wait");
    device.create("withdrawal", Some(job), json!({"op": wish.op_id}));
    device.drain(&mut world);
    let open = waiting(&mut world);
    assert_eq!(open.len(), 1, "the other one still waits");
    let taken = world.hub.decide(&office(), open[0].rec, Some(1)).unwrap_err();
    assert_eq!(taken.code, ErrorCode::InvalidValue, "what was taken back cannot be taken");
    world.hub.decide(&office(), open[0].rec, Some(2)).unwrap();
    assert_eq!(world.field(job, "site"), json!("三号矿"));
    // Too late: what the office has decided stays.
    device.create("withdrawal", Some(job), json!({"op": wish.op_id}));
    device.drain(&mut world);
    assert_eq!((waiting(&mut world), world.field(job, "site")), (vec![], json!("三号矿")));
}

#[test]
fn who_keeps_a_moved_job_hears_who_leads_it_and_the_reason_stays_until_the_next_move() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    world.hub.reassign(&office(), job, to(2), Some("赵磊离得近")).unwrap();
    let answer = device.call(&mut world).unwrap();
    let with: Vec<_> = answer.pages.iter().flat_map(|page| page.now_with.clone()).collect();
    assert_eq!(with, [(job, user(2))]);
    assert_eq!(world.field(job, "reassign_reason"), json!("赵磊离得近"));
    world.hub.assign(&office(), job, to(3)).unwrap();
    assert_eq!(world.field(job, "reassign_reason"), Value::Null);
}

/// The exceptions that a device shows, by their reason.
fn shown(device: &TestDevice) -> Vec<&str> {
    let told = device.view.values().filter(|state| state.kind == "exception");
    let mut told: Vec<&str> = told.filter_map(|state| state.fields.get("why")?.as_str()).collect();
    told.sort_unstable();
    told
}

#[test]
fn what_waits_on_a_job_is_told_to_all_on_it_and_leaves_with_it() {
    let mut world = World::new();
    let (mut lead, mut mate) = (TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2));
    let job = world.job(json!({"assignee": user(1), "crew": [user(2)]}));
    let note = world.create("note", Some(job), json!({"text": "一"}));
    lead.drain(&mut world);
    let twice = Op { job: Some(job), ..lead.op(Act::Create, "note", note, json!({"text": "二"})) };
    lead.commit(&twice);
    let group = fieldcard_schema::op::Group { id: fieldcard_schema::id::GroupId(lead.new_id()), i: 0, n: 2 };
    let rec = RecordId(lead.new_id());
    let half = lead.op(Act::Create, "note", rec, json!({"text": "三"}));
    lead.commit(&Op { job: Some(job), group: Some(group), ..half });
    lead.drain(&mut world);
    assert_eq!(lead.last_outcome().why, Some(Why::IncompleteGroup));
    mate.drain(&mut world);
    assert_eq!(shown(&lead), ["id_taken", "incomplete_group"]);
    assert_eq!(shown(&mate), shown(&lead));
    world.hub.assign(&office(), job, to(1)).unwrap();
    mate.drain(&mut world);
    assert_eq!(shown(&mate), Vec::<&str>::new());
    // A stranger's word is for the office.
    let mut stranger = TestDevice::new(&mut world, 4);
    stranger.create("note", Some(job), json!({"text": "油管是我换的"}));
    stranger.drain(&mut world);
    lead.drain(&mut world);
    assert_eq!((shown(&lead).len(), shown(&stranger)), (2, vec!["not_yours"]));
}

#[test]
fn what_is_proposed_of_a_machine_comes_and_goes_with_the_machine() {
    let mut world = World::new();
    let (mut one, mut two) = (TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2));
    let machine = world.create("machine", None, json!({"serial": "22C·00417"}));
    let first = world.job(json!({"assignee": user(1), "machine": machine}));
    one.drain(&mut world);
    one.set("machine", machine, json!({"serial": "22C·00418"}));
    one.drain(&mut world);
    assert_eq!(shown(&one), ["proposal"]);
    let second = world.job(json!({"assignee": user(2), "machine": machine}));
    two.drain(&mut world);
    assert_eq!(shown(&two), ["proposal"]);
    for job in [first, second] {
        world.hub.assign(&office(), job, to(3)).unwrap();
    }
    two.drain(&mut world);
    assert_eq!(shown(&two), Vec::<&str>::new());
    one.drain(&mut world);
    assert_eq!(shown(&one), ["proposal"], "its author keeps it");
}
