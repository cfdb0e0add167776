//! A code's secret stays on the device no longer than it is of use.

use fieldcard_core::enrolment::{self, Enrolment, Invitation};
use fieldcard_core::store::Place;
use fieldcard_core::sync::{Effect, Event, perform};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::error::ErrorCode;

use super::device::Device;
use super::office::CODE;

fn asking() -> Device {
    let mut device = Device::in_place(Place::memory());
    let invitation = Invitation::read("https://office.example", CODE).unwrap();
    device.core.begin_enrolment(&invitation, Digest::of(b"tls"), "phone").unwrap();
    assert!(!secret(&mut device).is_empty());
    device
}

fn secret(device: &mut Device) -> String {
    device.core.store().unwrap().outbox.ident("enrol_key").unwrap_or_default().to_owned()
}

#[test]
fn a_secret_goes_with_the_answer_a_refusal_or_a_change_of_mind() {
    let mut answered = asking();
    answered.sync();
    let mut refused = asking();
    let effects = refused.core.step(Event::Wanted).unwrap();
    let id = effects.iter().find_map(|one| if let Effect::Call(id, _) = one { Some(*id) } else { None });
    let expired = Err(ErrorCode::CodeExpired.into());
    refused.core.step(Event::Answered(id.unwrap(), expired)).unwrap();
    let mut cancelled = asking();
    cancelled.core.cancel_enrolment().unwrap();
    for device in [&mut answered, &mut refused, &mut cancelled] {
        assert_eq!(secret(device), "");
    }
}

#[test]
fn an_answer_to_what_was_taken_back_changes_nothing() {
    let mut device = asking();
    let mut effects = device.core.step(Event::Wanted).unwrap();
    let at = effects.iter().position(|effect| matches!(effect, Effect::Call(..))).unwrap();
    let Effect::Call(id, call) = effects.remove(at) else { panic!("a call") };
    let answer = perform(&mut device.office, &call);
    device.core.cancel_enrolment().unwrap();
    device.core.step(Event::Answered(id, answer)).unwrap();
    assert_eq!(enrolment::state(device.core.store().unwrap()).unwrap(), Enrolment::None);
    assert_eq!(enrolment::owner(device.core.store().unwrap()), None);
}
