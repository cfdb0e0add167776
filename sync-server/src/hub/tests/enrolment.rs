//! Letting devices in, and keeping them out.

use fieldcard_schema::id::DeviceId;
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::enrol::{EnrolCode, EnrolRequest, fingerprint, to_base64};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::token::{NonceRequest, TokenRequest};
use serde_json::json;
use uuid::Uuid;

use super::device::TestDevice;
use super::world::{World, user};
use crate::storage::devices::DeviceState;

fn code_of<T>(result: Result<T, ApiError>) -> Option<ErrorCode> {
    result.err().map(|error| error.code)
}

fn wrong(code: &EnrolCode) -> EnrolCode {
    EnrolCode { name: code.name.clone(), secret: "0".repeat(12) }
}

#[test]
fn a_code_lets_one_device_in_once_and_a_lost_answer_is_told_again() {
    let mut world = World::new();
    world.create("person", None, json!({"name": "李师傅"}));
    let code = world.hub.make_code(user(1), true).unwrap();
    let device = TestDevice::blank(1, user(1));
    let request = device.enrolment(&code);
    let answer = world.hub.enrol(&request).unwrap();
    assert!(answer.is_sealed(code.key(), &request));
    assert_eq!(answer.user, user(1));
    assert_eq!(answer.tag_prefixes.len(), 4);
    assert_eq!(world.hub.enrol(&request).unwrap(), answer);
    let other = TestDevice::blank(2, user(2)).enrolment(&code);
    assert_eq!(code_of(world.hub.enrol(&other)), Some(ErrorCode::CodeUsed));
    let renewed = EnrolRequest { nonce: to_base64(&[9; 16]), ..request.clone() }.sealed(code.key());
    assert_eq!(code_of(world.hub.enrol(&renewed)), Some(ErrorCode::CodeUsed));
    world.pass(11 * 60_000);
    assert_eq!(code_of(world.hub.enrol(&request)), Some(ErrorCode::CodeExpired));
    let view = &world.hub.devices().unwrap()[0];
    assert_eq!(view.fingerprint, fingerprint(&answer.org_key, device.id, &request.device_key));
    assert_eq!(view.state, DeviceState::Unconfirmed);
}

#[test]
fn what_was_made_to_type_and_to_scan_lets_one_device_in() {
    let mut world = World::new();
    let (typed, scanned) = world.hub.make_codes(user(1)).unwrap();
    let (later, _) = {
        world.pass(1);
        world.hub.make_codes(user(1)).unwrap()
    };
    TestDevice::blank(1, user(1)).enrol(&mut world, &scanned).unwrap();
    let mut second = TestDevice::blank(2, user(1));
    assert_eq!(code_of(second.enrol(&mut world, &typed)), Some(ErrorCode::CodeUsed));
    second.enrol(&mut world, &later).unwrap();
    // So with the codes for another key.
    let (typed, scanned) = world.hub.make_key_codes(second.id).unwrap();
    let mut again = TestDevice { id: second.id, ..TestDevice::blank(3, user(1)) };
    again.enrol(&mut world, &typed).unwrap();
    let mut third = TestDevice { id: second.id, ..TestDevice::blank(4, user(1)) };
    assert_eq!(code_of(third.enrol(&mut world, &scanned)), Some(ErrorCode::CodeUsed));
}

#[test]
fn five_wrong_secrets_kill_a_code() {
    let mut world = World::new();
    let code = world.hub.make_code(user(1), true).unwrap();
    let mut device = TestDevice::blank(1, user(1));
    for _ in 0..5 {
        let guess = device.enrolment(&wrong(&code));
        assert_eq!(code_of(world.hub.enrol(&guess)), Some(ErrorCode::CodeWrong));
    }
    assert_eq!(code_of(device.enrol(&mut world, &code)), Some(ErrorCode::CodeWrong));
    let unknown = EnrolCode::parse("0000-0000-0000-0000").unwrap();
    assert_eq!(code_of(device.enrol(&mut world, &unknown)), Some(ErrorCode::CodeWrong));
}

#[test]
fn each_device_has_prefixes_of_its_own() {
    let mut world = World::new();
    let mut all = Vec::new();
    for n in 1..4 {
        let code = world.hub.make_code(user(n), false).unwrap();
        all.extend(TestDevice::blank(n, user(n)).enrol(&mut world, &code).unwrap().tag_prefixes);
    }
    let mut once = all.clone();
    once.sort();
    once.dedup();
    assert_eq!((once.len(), all.iter().all(|prefix| prefix.len() == 4)), (12, true));
}

#[test]
fn a_device_id_belongs_to_one_person() {
    let mut world = World::new();
    let known = TestDevice::new(&mut world, 1);
    let code = world.hub.make_code(user(2), true).unwrap();
    let mut thief = TestDevice { id: known.id, ..TestDevice::blank(2, user(2)) };
    assert_eq!(code_of(thief.enrol(&mut world, &code)), Some(ErrorCode::InvalidValue));
}

#[test]
fn a_new_key_voids_old_tokens() {
    let mut world = World::new();
    let mut old = TestDevice::new(&mut world, 1);
    let mut again = TestDevice { id: old.id, ..TestDevice::blank(7, user(1)) };
    let (code, _) = world.hub.make_key_codes(old.id).unwrap();
    // Neither kind of code does what the other is for.
    let other = world.hub.make_code(user(1), true).unwrap();
    assert_eq!(code_of(again.enrol(&mut world, &other)), Some(ErrorCode::InvalidValue));
    let mut fresh = TestDevice::blank(8, user(1));
    assert_eq!(code_of(fresh.enrol(&mut world, &code)), Some(ErrorCode::InvalidValue));
    again.enrol(&mut world, &code).unwrap();
    world.hub.confirm_device(again.id).unwrap();
    assert_eq!(code_of(old.call(&mut world)), Some(ErrorCode::Unauthorised));
    assert_eq!(code_of(old.log_in(&mut world)), Some(ErrorCode::BadSignature));
    again.log_in(&mut world).unwrap();
    again.drain(&mut world);
}

#[test]
fn an_unconfirmed_device_gets_no_token() {
    let mut world = World::new();
    let mut device = TestDevice::unconfirmed(&mut world, 1, user(1));
    assert_eq!(code_of(device.log_in(&mut world)), Some(ErrorCode::Unconfirmed));
    world.hub.confirm_device(device.id).unwrap();
    device.log_in(&mut world).unwrap();
    device.drain(&mut world);
    let nobody = DeviceId(Uuid::nil());
    assert_eq!(code_of(world.hub.confirm_device(nobody)), Some(ErrorCode::NotFound));
}

#[test]
fn a_nonce_is_good_once_for_a_minute_and_for_its_device() {
    let mut world = World::new();
    let one = TestDevice::new(&mut world, 1);
    let two = TestDevice::new(&mut world, 2);
    let nonce = world.hub.nonce(&NonceRequest { device: one.id }).unwrap();
    let borrowed = TokenRequest::sign(&two.key, two.id, nonce.clone());
    assert_eq!(code_of(world.hub.token(&borrowed)), Some(ErrorCode::NonceStale));
    let request = TokenRequest::sign(&one.key, one.id, nonce);
    assert_eq!(world.hub.token(&request).unwrap().seconds, 86_400);
    assert_eq!(code_of(world.hub.token(&request)), Some(ErrorCode::NonceStale));
    let nonce = world.hub.nonce(&NonceRequest { device: one.id }).unwrap();
    world.pass(61_000);
    let late = TokenRequest::sign(&one.key, one.id, nonce);
    assert_eq!(code_of(world.hub.token(&late)), Some(ErrorCode::NonceStale));
    let forged = TokenRequest { device: one.id, nonce: "x".into(), sig: "y".into() };
    assert_eq!(code_of(world.hub.token(&forged)), Some(ErrorCode::BadSignature));
}

#[test]
fn a_token_holds_a_day_and_only_as_it_was_given() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    for at in [0, 20, 40, 70] {
        let mut bent = device.token.clone().into_bytes();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        let bent = String::from_utf8(bent).unwrap();
        assert_eq!(code_of(world.sync(&bent, &device.request())), Some(ErrorCode::Unauthorised), "{at}");
    }
    world.pass(86_399_000);
    device.call(&mut world).unwrap();
    world.pass(2_000);
    assert_eq!(code_of(device.call(&mut world)), Some(ErrorCode::Unauthorised));
}

#[test]
fn a_revoked_device_uploads_into_parked_and_reads_nothing() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    world.hub.revoke_device(device.id).unwrap();
    let note = device.create("note", Some(job), json!({"text": "vorher"}));
    world.job_of(user(1), 1);
    let response = device.call(&mut world).unwrap();
    assert!(response.pages.is_empty());
    assert_eq!(response.notices, ["revoked"]);
    let last = device.last_outcome();
    assert_eq!((last.outcome, last.why), (Outcome::Parked, Some(Why::Revoked)));
    assert!(world.hub.record(note).unwrap().is_none());
    assert_eq!(world.hub.exceptions().unwrap().len(), 1);
    assert_eq!(code_of(world.hub.confirm_device(device.id)), Some(ErrorCode::Revoked));
}

#[test]
fn the_office_sees_what_a_device_still_holds() {
    use fieldcard_schema::wire::sync::Outstanding;
    let mut world = World::new();
    let device = TestDevice::new(&mut world, 1);
    let held = Outstanding { ops: 3, blobs: 1, oldest: 5 };
    let mut request = device.request();
    request.outstanding = Some(held);
    world.sync(&device.token, &request).unwrap();
    assert_eq!(world.hub.devices().unwrap()[0].held, Some(held));
    world.hub.flush_seen().unwrap();
    let view = world.hub.devices().unwrap().remove(0);
    assert_eq!((view.held, view.seen_at.map(|at| at.0)), (Some(held), Some(super::world::MORNING)));
}

#[test]
fn what_a_call_brings_is_held_by_its_device_no_longer() {
    use fieldcard_schema::wire::sync::Outstanding;
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    let says = |world: &mut World, device: &TestDevice, ops, blobs| {
        let mut request = device.request();
        request.outstanding = Some(Outstanding { ops, blobs, oldest: 5 });
        let answer = world.sync(&device.token, &request).unwrap();
        let held = world.hub.devices().unwrap()[0].held;
        // The same is found after a restart.
        world.hub.flush_seen().unwrap();
        assert_eq!(world.hub.devices().unwrap()[0].held, held);
        (answer, held.map(|held| (held.ops, held.blobs, held.oldest)))
    };
    for text in ["one", "two"] {
        device.create("note", Some(job), json!({"text": text}));
    }
    let (_, held) = says(&mut world, &device, 3, 1);
    assert_eq!(held, Some((1, 1, 5)), "one op did not go with this call, nor did the photo");
    let (answer, held) = says(&mut world, &device, 2, 0);
    assert_eq!(held, None, "the answer was lost, and the same two came again");
    device.take_answer(&answer);
    let mut gap = device.request();
    device.create("note", Some(job), json!({"text": "three"}));
    device.create("note", Some(job), json!({"text": "four"}));
    gap.push = device.request().push;
    gap.outstanding = Some(Outstanding { ops: 2, blobs: 0, oldest: 7 });
    if let Some(push) = &mut gap.push {
        push.from_seq += 1;
    }
    assert!(world.sync(&device.token, &gap).unwrap().refused.is_some());
    assert_eq!(world.hub.devices().unwrap()[0].held, gap.outstanding, "what is refused is still there");
}
