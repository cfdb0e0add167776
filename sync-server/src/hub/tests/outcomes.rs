//! Every way an op can end, each at least once.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::{Act, Op, Origin};
use serde_json::json;
use uuid::Uuid;

use super::device::TestDevice;
use super::world::office;
use super::world::{World, user};
use crate::hub::office::{Assignment, OfficeOp};

fn ended(device: &TestDevice) -> (Outcome, Option<Why>) {
    let last = device.last_outcome();
    (last.outcome, last.why)
}

/// A world with two devices, and a job that both work on.
fn crew() -> (World, TestDevice, TestDevice, RecordId) {
    let mut world = World::new();
    let mut lead = TestDevice::new(&mut world, 1);
    let mut mate = TestDevice::new(&mut world, 2);
    let job = world.job(json!({"assignee": user(1), "crew": [user(2)]}));
    lead.drain(&mut world);
    mate.drain(&mut world);
    (world, lead, mate, job)
}

#[test]
fn a_note_reaches_the_colleague() {
    let (mut world, mut lead, mut mate, job) = crew();
    let note = lead.create("note", Some(job), json!({"text": "热车后动臂无力", "about": null}));
    lead.drain(&mut world);
    assert_eq!(ended(&lead), (Outcome::Applied, None));
    mate.drain(&mut world);
    assert_eq!(mate.field(note, "text"), Some(&json!("热车后动臂无力")));
    assert_eq!(mate.field(note, "about"), Some(&json!(null)), "null is not absent");
}

#[test]
fn equal_values_merge_and_different_ones_conflict() {
    let (mut world, mut lead, mut mate, job) = crew();
    lead.set("job", job, json!({"cause": "油泵磨损"}));
    mate.set("job", job, json!({"cause": "油泵磨损"}));
    lead.drain(&mut world);
    assert_eq!(ended(&lead), (Outcome::Applied, None));
    mate.drain(&mut world);
    assert_eq!(ended(&mate), (Outcome::Merged, None));

    lead.set("job", job, json!({"findings": "滤芯堵"}));
    mate.set("job", job, json!({"findings": "油管漏"}));
    lead.drain(&mut world);
    mate.drain(&mut world);
    assert_eq!(ended(&mate), (Outcome::Conflict, Some(Why::Clash)));
    lead.drain(&mut world);
    assert_eq!(lead.field(job, "findings"), Some(&json!("油管漏")), "the later arrival is shown");
    let waiting = world.hub.exceptions().unwrap();
    let values: Vec<_> = waiting[0].exception.values.iter().map(|one| one.value.clone()).collect();
    assert_eq!((waiting.len(), values), (1, vec![json!("油管漏"), json!("滤芯堵")]));
    let exception = waiting[0].rec;
    assert!(lead.view.contains_key(&exception) && mate.view.contains_key(&exception));

    // Who has seen the conflict ends it by setting the field.
    lead.set("job", job, json!({"findings": "滤芯堵, 油管漏"}));
    lead.drain(&mut world);
    assert_eq!(ended(&lead), (Outcome::Applied, None));
    assert_eq!(world.hub.exceptions().unwrap(), []);
    mate.drain(&mut world);
    assert_eq!(mate.field(exception, "state"), Some(&json!("resolved")));
}

#[test]
fn a_value_that_was_set_amid_a_dispute_stays_in_it() {
    let (mut world, mut lead, mut mate, job) = crew();
    lead.set("job", job, json!({"cause": "甲"}));
    lead.drain(&mut world);
    mate.set("job", job, json!({"cause": "乙"}));
    // On top of his own word alone: he has heard of no other.
    mate.set("job", job, json!({"cause": "丙"}));
    mate.drain(&mut world);
    assert_eq!(ended(&mate), (Outcome::Applied, None));
    let mut late = TestDevice::unconfirmed(&mut world, 3, user(1));
    world.hub.confirm_device(late.id).unwrap();
    late.log_in(&mut world).unwrap();
    late.set("job", job, json!({"cause": "丁"}));
    late.drain(&mut world);
    assert_eq!(ended(&late), (Outcome::Conflict, Some(Why::Clash)));
    let waiting = world.hub.exceptions().unwrap();
    let values: Vec<_> = waiting[0].exception.values.iter().map(|one| one.value.clone()).collect();
    assert_eq!((waiting.len(), values), (1, ["丁", "丙", "乙", "甲"].map(serde_json::Value::from).to_vec()));
}

#[test]
fn own_edits_never_conflict_with_each_other() {
    let (mut world, mut lead, _, job) = crew();
    lead.set("job", job, json!({"cause": "一"}));
    lead.set("job", job, json!({"cause": "二"}));
    lead.drain(&mut world);
    assert_eq!(ended(&lead), (Outcome::Applied, None));
    assert_eq!(world.field(job, "cause"), json!("二"));
}

#[test]
fn an_offices_field_becomes_a_proposal_that_the_office_decides() {
    let (mut world, mut lead, _, job) = crew();
    for (take, site) in [(Some(1), json!("二号矿")), (None, json!("二号矿"))] {
        let wish = if take.is_some() { "二号矿" } else { "三号矿" };
        lead.set("job", job, json!({"site": wish}));
        lead.drain(&mut world);
        assert_eq!(ended(&lead), (Outcome::Parked, Some(Why::Proposal)));
        let waiting = world.hub.exceptions().unwrap();
        assert_eq!(waiting.len(), 1);
        world.hub.decide(&office(), waiting[0].rec, take).unwrap();
        assert_eq!(world.hub.exceptions().unwrap(), []);
        assert_eq!(world.field(job, "site"), site);
        lead.drain(&mut world);
    }
}

#[test]
fn a_moved_job_leaves_one_device_and_late_evidence_still_counts() {
    let (mut world, mut lead, mut mate, job) = crew();
    let mut third = TestDevice::new(&mut world, 3);
    let note = lead.create("note", Some(job), json!({"text": "从前"}));
    lead.drain(&mut world);
    third.drain(&mut world);
    assert!(!third.view.contains_key(&job));

    let to = Assignment { assignee: Some(user(3)), crew: vec![user(2)], base: None };
    world.hub.assign(&office(), job, to).unwrap();
    let late = lead.create("note", Some(job), json!({"text": "迟到"}));
    lead.drain(&mut world);
    assert_eq!(ended(&lead), (Outcome::Applied, Some(Why::Late)));
    assert!(!lead.view.contains_key(&job) && !lead.view.contains_key(&note));
    third.drain(&mut world);
    mate.drain(&mut world);
    for device in [&third, &mate] {
        assert!(device.view.contains_key(&job) && device.view.contains_key(&note));
        assert_eq!(device.field(late, "text"), Some(&json!("迟到")));
    }
}

#[test]
fn what_was_never_ones_own_is_parked_with_its_bytes() {
    let (mut world, _, _, job) = crew();
    let mut stranger = TestDevice::new(&mut world, 4);
    stranger.create("note", Some(job), json!({"text": "?"}));
    stranger.drain(&mut world);
    assert_eq!(ended(&stranger), (Outcome::Parked, Some(Why::NotYours)));
    stranger.set("job", job, json!({"cause": "?"}));
    stranger.drain(&mut world);
    assert_eq!(ended(&stranger), (Outcome::Parked, Some(Why::NotYours)));
    assert_eq!(world.hub.job_records(job).unwrap().len(), 1);
    assert_eq!(world.hub.exceptions().unwrap().len(), 2);
}

#[test]
fn nobody_makes_a_person_or_fills_a_colleagues_van() {
    let (mut world, mut lead, mut mate, job) = crew();
    let planted = [
        lead.create("person", None, json!({"name": "假王师傅", "phone": "13900000000"})),
        lead.create("person", Some(job), json!({"name": "假王师傅"})),
        lead.create("van_stock", None, json!({"person": user(2), "part": "60200123", "qty": 9})),
        lead.create("van_stock", Some(job), json!({"person": user(2), "part": "60200123", "qty": 9})),
    ];
    lead.drain(&mut world);
    let refused = (Outcome::Parked, Some(Why::NotYours));
    let ends: Vec<_> = lead.outcomes.iter().map(|one| (one.outcome, one.why)).collect();
    assert_eq!(ends, [refused; 4]);
    let own = lead.create("van_stock", None, json!({"person": user(1), "part": "60200123", "qty": 2}));
    lead.drain(&mut world);
    assert_eq!(ended(&lead), (Outcome::Applied, None));
    mate.drain(&mut world);
    assert_eq!(planted.map(|rec| mate.view.contains_key(&rec)), [false; 4]);
    assert!(!mate.view.contains_key(&own));
}

#[test]
fn one_bad_op_blocks_nothing() {
    let (mut world, mut lead, mate, job) = crew();
    lead.seal(b"\0\xff rubbish".to_vec());
    lead.seal(br#"{"v":2,"whatever":[]}"#.to_vec());
    let foreign = Op { user: mate.user, ..lead.op(Act::Create, "note", RecordId(Uuid::nil()), json!({})) };
    lead.commit(&foreign);
    let masked = lead.op(Act::Create, "note", RecordId(Uuid::nil()), json!({}));
    lead.commit(&Op { device: Origin::Server, ..masked });
    let unknown = RecordId(Uuid::from_bytes([77; 16]));
    lead.set("note", unknown, json!({"text": "x"}));
    lead.create("note", Some(unknown), json!({}));
    let twice = lead.op(Act::Create, "job", job, json!({}));
    lead.commit(&twice);
    lead.create("receipt", Some(job), json!({}));
    lead.create("note", Some(job), json!({"text": "gut"}));
    lead.drain(&mut world);
    let whys: Vec<_> = lead.outcomes.iter().map(|one| one.why).collect();
    let expected = [
        Some(Why::Invalid),
        Some(Why::TooNew),
        Some(Why::NotYours),
        Some(Why::NotYours),
        Some(Why::UnknownRecord),
        Some(Why::UnknownRecord),
        Some(Why::IdTaken),
        Some(Why::NotYours),
        None,
    ];
    assert_eq!(whys, expected);
    assert_eq!(lead.last_outcome().outcome, Outcome::Applied);
}

#[test]
fn one_op_id_with_two_bodies_keeps_both_and_says_so() {
    let (mut world, mut lead, _, job) = crew();
    let rec = RecordId(lead.new_id());
    let op = Op { job: Some(job), ..lead.op(Act::Create, "note", rec, json!({"text": "一"})) };
    lead.commit(&op);
    lead.commit(&Op { set: json!({"text": "二"}).as_object().cloned().unwrap(), ..op.clone() });
    lead.commit(&op);
    lead.drain(&mut world);
    let ended: Vec<_> = lead.outcomes.iter().map(|one| (one.outcome, one.why)).collect();
    let expected =
        [(Outcome::Applied, None), (Outcome::Parked, Some(Why::OpIdTaken)), (Outcome::Applied, None)];
    assert_eq!(ended, expected);
    assert_eq!(lead.outcomes[0].pos, lead.outcomes[2].pos);
    assert_eq!(world.field(rec, "text"), json!("一"));
}

/// A line, a photo and a card that shows them, all at the office.
fn sealed(world: &mut World, lead: &mut TestDevice, job: RecordId) -> [RecordId; 4] {
    let line = lead.create("part_line", Some(job), json!({"in_part": "HC31-02150B"}));
    let photo = lead.create("photo", Some(job), json!({"phase": "fault"}));
    let free = lead.create("part_line", Some(job), json!({"in_part": "not on the card"}));
    lead.drain(world);
    let card = lead.create("card", Some(job), json!({"card_kind": "interim", "shows": [line, photo]}));
    lead.drain(world);
    [line, photo, card, free]
}

fn strike(world: &mut World, device: &mut TestDevice, kind: &str, rec: RecordId) -> (Outcome, Option<Why>) {
    let op = device.op(Act::Void, kind, rec, json!({"void": true}));
    device.commit(&op);
    device.drain(world);
    ended(device)
}

#[test]
fn what_a_sealed_card_shows_is_amended_and_never_struck_out() {
    let (mut world, mut lead, _, job) = crew();
    let [line, photo, card, free] = sealed(&mut world, &mut lead, job);
    let refused = (Outcome::Parked, Some(Why::Impossible));
    for (kind, rec) in [("part_line", line), ("photo", photo), ("card", card)] {
        assert_eq!(strike(&mut world, &mut lead, kind, rec), refused, "{kind}");
        assert!(!world.hub.record(rec).unwrap().unwrap().state.void, "{kind}");
    }
    assert_eq!(world.hub.exceptions().unwrap().len(), 3, "kept with its bytes, for the office to see");
    // The same rule binds the office.
    let set = super::world::fields(json!({"void": true}));
    let op = OfficeOp { act: Act::Void, ..OfficeOp::set("part_line", line, set, None) };
    assert!(world.hub.office(&office(), vec![op]).is_err());

    assert_eq!(strike(&mut world, &mut lead, "part_line", free), (Outcome::Applied, None));
    let amend = lead.op(Act::Amend, "part_line", line, json!({"in_qty": "2"}));
    lead.commit(&amend);
    lead.drain(&mut world);
    assert_eq!(ended(&lead), (Outcome::Applied, None));
}

#[test]
fn a_sealed_card_is_never_touched_again_by_anyone() {
    let (mut world, mut lead, mut mate, job) = crew();
    let sealed = json!({"card_kind": "final", "sha256": Digest::of(b"signed"), "seal": "true"});
    let card = lead.create("card", Some(job), sealed);
    let late =
        lead.create("countersign", Some(job), json!({"card": card, "card_sha256": Digest::of(b"signed")}));
    lead.drain(&mut world);
    mate.drain(&mut world);
    let tried = [
        (Act::Amend, json!({"sha256": Digest::of(b"forged"), "seal": "forged"})),
        (Act::Amend, json!({"card_sha256": Digest::of(b"forged")})),
        (Act::Amend, json!({"of_next_year": 1})),
        (Act::Set, json!({"sha256": Digest::of(b"forged")})),
        (Act::Add, json!({"size": 1})),
        (Act::Void, json!({"void": true})),
        (Act::Void, json!({"void": false})),
    ];
    for (kind, rec) in [("card", card), ("countersign", late)] {
        let before = world.hub.record(rec).unwrap();
        for (act, set) in &tried {
            for device in [&mut lead, &mut mate] {
                let op = device.op(*act, kind, rec, set.clone());
                device.commit(&op);
                device.drain(&mut world);
                assert_eq!(ended(device), (Outcome::Parked, Some(Why::Impossible)), "{kind} {act:?} {set}");
            }
            let set = super::world::fields(set.clone());
            let op = OfficeOp { act: *act, ..OfficeOp::set(kind, rec, set, None) };
            assert!(world.hub.office(&office(), vec![op]).is_err(), "the office: {kind} {act:?}");
        }
        assert_eq!(world.hub.record(rec).unwrap(), before, "{kind}");
    }
    assert_eq!(world.hub.exceptions().unwrap().len(), 2 * 2 * tried.len(), "each kept for the office to see");
}

#[test]
fn only_its_author_brings_a_record_back() {
    let (mut world, mut lead, mut mate, job) = crew();
    let line = lead.create("part_line", Some(job), json!({"in_part": "HC31-02150B"}));
    lead.drain(&mut world);
    assert_eq!(strike(&mut world, &mut lead, "part_line", line), (Outcome::Applied, None));
    mate.drain(&mut world);
    let back = |device: &mut TestDevice| device.op(Act::Void, "part_line", line, json!({"void": false}));
    let op = back(&mut mate);
    mate.commit(&op);
    mate.drain(&mut world);
    assert_eq!(ended(&mate), (Outcome::Parked, Some(Why::NotYours)));
    assert!(world.hub.record(line).unwrap().unwrap().state.void);
    let op = back(&mut lead);
    lead.commit(&op);
    lead.drain(&mut world);
    assert_eq!(ended(&lead), (Outcome::Applied, None));
}

#[test]
fn only_its_author_strikes_a_record_out() {
    let (mut world, mut lead, mut mate, job) = crew();
    let line = lead.create("part_line", Some(job), json!({"in_part": "HC31-02150B"}));
    lead.drain(&mut world);
    mate.drain(&mut world);
    let refused = (Outcome::Parked, Some(Why::NotYours));
    assert_eq!(strike(&mut world, &mut mate, "part_line", line), refused);
    assert_eq!(strike(&mut world, &mut mate, "job", job), refused, "nor the office's job");
    assert_eq!(strike(&mut world, &mut lead, "part_line", line), (Outcome::Applied, None));
}

#[test]
fn a_group_larger_than_a_device_may_commit_is_taken_and_one_of_the_office_is_not() {
    let (mut world, mut lead, _, job) = crew();
    let id = fieldcard_schema::id::GroupId(lead.new_id());
    let text = "油".repeat(13_000);
    let mut recs = Vec::new();
    for i in 0..2 {
        let rec = RecordId(lead.new_id());
        let op = lead.op(Act::Create, "note", rec, json!({"text": text}));
        let group = Some(fieldcard_schema::op::Group { id, i, n: 2 });
        lead.commit(&Op { job: Some(job), group, ..op });
        recs.push(rec);
    }
    lead.drain(&mut world);
    assert!(lead.outcomes.iter().all(|one| (one.outcome, one.why) == (Outcome::Applied, None)));
    assert!(
        recs.iter().all(|rec| world.hub.record(*rec).unwrap().is_some()),
        "what was received is never refused"
    );
    let set = super::world::fields(json!({"text": text}));
    let ops = recs.iter().map(|rec| crate::hub::office::OfficeOp::set("note", *rec, set.clone(), None));
    let refused = world.hub.office(&super::world::office(), ops.collect()).unwrap_err();
    assert_eq!(refused.code, fieldcard_schema::wire::error::ErrorCode::TooLarge);
}
