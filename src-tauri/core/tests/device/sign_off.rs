//! The sign-off from the first text to the card that amends the sealed one: what is on it, and in whose name.

use fieldcard_core::error::ErrorCode;
use fieldcard_schema::digest::Digest;
use serde_json::{Value, json};

use super::device::{Device, JOB, START, VISIT};
use super::office::{ME, rec, user};
use super::photos::{finish, picture, send};

const DRAFTS: [&str; 5] = ["ink", "words", "satisfaction", "signer", "sign_off"];

fn view(device: &mut Device, visit: &Value) -> Value {
    device.view(json!({"type": "sign_off", "visit": visit}))
}

/// Values of the rows with this field.
fn rows(view: &Value, field: &str) -> Vec<String> {
    let lines = view["lines"].as_array().unwrap().iter().filter(|line| line["field"] == field);
    lines.map(|line| line["value"].as_str().unwrap().to_owned()).collect()
}

fn prepare(device: &mut Device, visit: &Value, kind: &str, language: &str) -> Value {
    device.act(json!({"type": "sign_off.prepare", "visit": visit, "kind": kind, "language": language}));
    view(device, visit)
}

fn hand_over(device: &mut Device, how: &str) {
    device.act(json!({"type": "sign_off.hand_over", "visit": rec(VISIT), "how": how}));
}

fn take_back(device: &mut Device) {
    device.act(json!({"type": "sign_off.take_back", "visit": rec(VISIT), "initials": "CY"}));
}

fn signed(how: &str, authority: &str) -> Value {
    json!({
        "type": "sign_off.confirm", "visit": rec(VISIT), "how": how, "ticked": true,
        "signer": {"name": "老周", "role": "operator", "authority": authority},
    })
}

fn charge(device: &mut Device, amount: i64) -> String {
    device.make(json!({
        "type": "charge.add", "job": rec(JOB), "code": "trip", "amount": amount, "currency": "CNY",
        "payer": "customer",
    }))
}

fn work(device: &mut Device) {
    device.begin_work();
    for (field, value) in [("findings", "铜屑不多"), ("cause", "主泵磨损"), ("action", "更换主泵")]
    {
        device.act(json!({"type": "fault.set", "job": rec(JOB), "field": field, "value": value}));
    }
    device.act(json!({"type": "reading.set", "job": rec(JOB), "meter": "hours", "value": "1846"}));
}

/// The bytes of the card that was sealed last, as the office got them.
fn card(device: &mut Device) -> (Value, Digest) {
    let sealed = view(device, &json!(rec(VISIT)))["sealed"].clone();
    device.sync();
    let digest: Digest = serde_json::from_value(sealed["digest"].clone()).unwrap();
    let bytes = device.core.store().unwrap().outbox.blob_bytes(digest, 0, 1 << 20).unwrap().unwrap();
    (serde_json::from_slice(&bytes).unwrap(), Digest::of(&bytes))
}

#[test]
fn what_was_found_stands_on_the_card() {
    let mut device = Device::with_job();
    work(&mut device);
    let shown = prepare(&mut device, &json!(rec(VISIT)), "final", "zh");
    assert_eq!(rows(&shown, "done.findings"), ["铜屑不多"]);
}

#[test]
fn a_job_that_waits_suggests_an_interim_card() {
    let mut device = Device::with_job();
    work(&mut device);
    let visit = json!(rec(VISIT));
    assert_eq!(view(&mut device, &visit)["kind"], "final");
    device.act(json!({"type": "job.wait", "job": rec(JOB), "reason": "parts"}));
    assert_eq!(view(&mut device, &visit)["kind"], "interim");
    let chosen = prepare(&mut device, &visit, "final", "zh");
    assert_eq!(chosen["kind"], "final");
}

#[test]
fn an_interim_card_shows_its_own_visit_only() {
    let mut device = Device::with_job();
    work(&mut device);
    charge(&mut device, 10_000);
    for step in ["leave", "back"] {
        device.act(json!({"type": format!("visit.{step}"), "visit": rec(VISIT)}));
    }
    let second = json!(device.make(json!({"type": "visit.open", "job": rec(JOB)})));
    for step in ["depart", "arrive", "work"] {
        device.act(json!({"type": format!("visit.{step}"), "visit": second}));
    }
    device.act(json!({"type": "reading.set", "job": rec(JOB), "meter": "travel_hours", "value": "77"}));
    charge(&mut device, 2_000);
    let interim = prepare(&mut device, &second, "interim", "zh");
    assert_eq!(
        (rows(&interim, "cost.line"), rows(&interim, "cost.total")),
        (vec!["¥20.00".into()], vec!["¥20.00".into()])
    );
    assert_eq!(rows(&interim, "machine.meter").len(), 1, "{:?}", rows(&interim, "machine.meter"));
    let whole = prepare(&mut device, &second, "final", "zh");
    assert_eq!((rows(&whole, "cost.line").len(), rows(&whole, "cost.total")), (2, vec!["¥120.00".into()]));
    assert_eq!(rows(&whole, "machine.meter").len(), 2);
}

#[test]
fn an_english_card_joins_and_explains_as_english_does() {
    let mut device = Device::with_job();
    device.office.put(rec(70), "person", None, json!({"name": "Li Ming"}));
    device.office.set(rec(VISIT), "crew", json!([user(70)]));
    device.sync();
    work(&mut device);
    let shown = prepare(&mut device, &json!(rec(VISIT)), "final", "en");
    assert_eq!(rows(&shown, "people.technician"), ["程岳, Li Ming"]);
    device.act(json!({
        "type": "sign_off.confirm", "visit": rec(VISIT), "how": "refused", "reason": "disputes_cost", "note": "too dear",
    }));
    let (card, _) = card(&mut device);
    assert_eq!(card["how"]["reason"], "Disputes the cost: too dear");
    let _ = ME;
}

#[test]
fn what_one_signer_entered_is_never_the_next_ones() {
    let mut device = Device::with_job();
    work(&mut device);
    let visit = json!(rec(VISIT));
    prepare(&mut device, &visit, "final", "zh");
    let drafts =
        |device: &mut Device| device.view(json!({"type": "drafts", "rec": rec(VISIT)}))["fields"].clone();
    hand_over(&mut device, "signed");
    for field in DRAFTS {
        device.act(json!({"type": "draft.save", "rec": rec(VISIT), "field": field, "value": "1"}));
    }
    take_back(&mut device);
    hand_over(&mut device, "signed");
    let kept = drafts(&mut device);
    assert!(DRAFTS.iter().all(|field| kept[field] == "1"), "back never loses ink: {kept}");
    take_back(&mut device);
    hand_over(&mut device, "proxy");
    let kept = drafts(&mut device);
    assert!(DRAFTS.iter().all(|field| kept.get(field).is_none()), "{kept}");
    assert_eq!(view(&mut device, &visit)["how"], "proxy");
}

#[test]
fn a_proxy_never_signs_as_the_customer_himself() {
    let mut device = Device::with_job();
    work(&mut device);
    prepare(&mut device, &json!(rec(VISIT)), "final", "zh");
    hand_over(&mut device, "proxy");
    assert_eq!(device.refused(signed("proxy", "self")), (ErrorCode::InvalidValue, "authority".into()));
    device.act(signed("proxy", "presumed"));
    assert_eq!(view(&mut device, &json!(rec(VISIT)))["sealed"]["stamp"]["authority"], "presumed");
}

#[test]
fn photos_of_a_refusal_are_sealed_with_the_card() {
    let mut device = Device::with_job();
    work(&mut device);
    prepare(&mut device, &json!(rec(VISIT)), "final", "zh");
    let mut photos = Vec::new();
    for width in [64, 80] {
        let photo = send(&mut device, &picture(width, 48));
        device.act(finish(&photo, "other"));
        photos.push(photo);
    }
    let mut customers = signed("signed", "listed");
    customers["photos"] = json!(photos);
    assert_eq!(device.refused(customers), (ErrorCode::InvalidValue, "photos".into()), "he has not seen them");
    device.act(json!({
        "type": "sign_off.confirm", "visit": rec(VISIT), "how": "refused", "reason": "disputes_cost",
        "photos": photos,
    }));
    let (card, digest) = card(&mut device);
    let refused = card["attachments"].as_array().unwrap().iter().filter(|one| one[4] == "refused");
    let named: Vec<_> = refused.map(|one| (one[0].as_str().unwrap().to_owned(), one[1].clone())).collect();
    assert_eq!(named.iter().map(|one| one.0.clone()).collect::<Vec<_>>(), photos);
    for (_, sha256) in named {
        let sha256: Digest = serde_json::from_value(sha256).unwrap();
        assert!(device.office.blobs.contains_key(&sha256), "its bytes are with the office");
    }
    let sealed = view(&mut device, &json!(rec(VISIT)))["sealed"].clone();
    assert_eq!(sealed["digest"], json!(digest));
    assert_eq!(sealed["stamp"]["photos"].as_array().unwrap().len(), 2);
    let strike = json!({"type": "photo.void", "photo": photos[0]});
    assert_eq!(device.refused(strike).0, ErrorCode::AlreadySealed);
}

#[test]
fn a_new_card_amends_the_sealed_one_and_leaves_out_what_was_wrong() {
    let mut device = Device::with_job();
    work(&mut device);
    let wrong = charge(&mut device, 42_000);
    let visit = json!(rec(VISIT));
    prepare(&mut device, &visit, "interim", "zh");
    device.act(signed("signed", "listed"));
    let (_, first) = card(&mut device);
    let old = view(&mut device, &visit)["sealed"]["card"].clone();
    let strike = json!({"type": "charge.void", "charge": wrong});
    assert_eq!(device.refused(strike.clone()).0, ErrorCode::AlreadySealed);
    let can = |device: &mut Device| device.page()["can"].as_array().unwrap().contains(&json!("sign_off"));
    assert!(!can(&mut device) && view(&mut device, &visit)["can_amend"] == true);

    device.act(json!({"type": "sign_off.amend", "visit": visit}));
    assert!(can(&mut device) && device.page()["visits"][0]["card"]["amending"] == true);
    assert_eq!(device.view(json!({"type": "missing", "job": rec(JOB)}))["visit"], visit);
    device.act(strike);
    assert_eq!(view(&mut device, &visit)["state"], "open");
    let text = prepare(&mut device, &visit, "interim", "zh");
    assert_eq!((rows(&text, "cost.line").len(), &text["amending"]), (0, &json!(true)));
    device.act(signed("signed", "listed"));
    let (amending, second) = card(&mut device);
    assert_eq!((amending["amends"].clone(), first == second), (json!(first), false));
    let record = device.office.records.values().filter(|record| record.kind == "card");
    let named: Vec<_> = record.filter_map(|record| record.fields.get("amends").cloned()).collect();
    assert_eq!(named, [old]);
    assert!(!can(&mut device) && device.page()["visits"][0]["card"]["amending"] == false);
}

#[test]
fn whoever_does_not_amend_after_all_has_the_sealed_card_as_it_was() {
    let mut device = Device::with_job();
    work(&mut device);
    let visit = json!(rec(VISIT));
    assert_eq!(device.refused(json!({"type": "sign_off.amend", "visit": visit})).0, ErrorCode::NotPrepared);
    prepare(&mut device, &visit, "interim", "zh");
    device.act(signed("signed", "listed"));
    let sealed = view(&mut device, &visit);
    device.act(json!({"type": "sign_off.amend", "visit": visit}));
    prepare(&mut device, &visit, "interim", "en");
    for _ in 0..2 {
        device.act(json!({"type": "sign_off.discard", "visit": visit}));
    }
    assert_eq!(view(&mut device, &visit), sealed);
}

#[test]
fn a_final_card_is_amended_once_the_office_has_returned_the_job() {
    let mut device = Device::with_job();
    work(&mut device);
    let visit = json!(rec(VISIT));
    prepare(&mut device, &visit, "final", "zh");
    device.act(signed("signed", "listed"));
    assert_eq!(device.page()["status"], "submitted");
    let amend = json!({"type": "sign_off.amend", "visit": visit});
    assert_eq!(device.refused(amend.clone()).0, ErrorCode::ImpossibleStep);
    device.sync();
    let at = device.now().max(START);
    let returned = json!({"subject": rec(JOB), "of": "job", "step": "returned", "at": at});
    device.office.put(rec(80), "step", Some(rec(JOB)), returned);
    device.sync();
    assert_eq!(device.page()["status"], "returned");
    device.act(amend);
    prepare(&mut device, &visit, "final", "zh");
    device.act(signed("signed", "listed"));
    assert_eq!(device.page()["status"], "submitted");
    assert!(!card(&mut device).0["amends"].is_null());
}
