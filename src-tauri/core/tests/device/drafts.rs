//! What is typed survives: drafts, places, settings, across a kill and with the base of the first key.

use fieldcard_core::error::ErrorCode;
use fieldcard_core::store::Place;
use serde_json::{Value, json};

use super::device::{Device, JOB};
use super::office::rec;

fn type_in(rec: &str, field: &str, value: &str) -> Value {
    json!({"type": "draft.save", "rec": rec, "field": field, "value": value})
}

#[test]
fn drafts_survive_a_kill_and_stand_beside_what_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Device::in_place(Place::folder(folder.path()));
    device.enrol();
    device.dispatch();
    device.act(json!({"type": "fault.set", "job": rec(JOB), "field": "cause", "value": "磨损"}));
    device.act(type_in(&rec(JOB).to_string(), "fault.cause", "磨损,油脏"));
    device.act(type_in(&rec(JOB).to_string(), "meter.hours", "18"));
    device.act(type_in("new_job", "customer", "恒基"));
    device.restart();
    let page = device.page();
    assert_eq!(page["fault"]["cause"], json!({"value": "磨损", "draft": "磨损,油脏"}));
    assert_eq!(page["readings"][0]["field"], json!({"value": "", "draft": "18"}));
    let form = device.view(json!({"type": "drafts", "rec": "new_job"}));
    assert_eq!(form["fields"], json!({"customer": "恒基"}));
    device.act(json!({"type": "fault.set", "job": rec(JOB), "field": "cause", "value": "磨损,油脏"}));
    device.act(json!({"type": "reading.set", "job": rec(JOB), "meter": "hours", "value": "1846"}));
    device.act(json!({"type": "draft.clear", "rec": "new_job"}));
    let page = device.page();
    assert_eq!(page["fault"]["cause"], json!({"value": "磨损,油脏", "draft": null}));
    assert_eq!(page["readings"][0]["field"]["draft"], Value::Null);
    assert_eq!(device.view(json!({"type": "drafts", "rec": "new_job"}))["fields"], json!({}));
}

#[test]
fn a_text_goes_out_on_what_its_author_saw_when_he_began() {
    let mut device = Device::with_job();
    device.act(json!({"type": "fault.set", "job": rec(JOB), "field": "place", "value": "泵"}));
    device.sync();
    device.act(type_in(&rec(JOB).to_string(), "fault.place", "主泵"));
    let before = device.last_base_of("fault");
    // The office changes the job meanwhile; the draft was begun before that.
    device.office.set(rec(JOB), "due", json!(1_800_000_000_000_i64));
    device.sync();
    device.act(json!({"type": "fault.set", "job": rec(JOB), "field": "place", "value": "主泵"}));
    let after = device.last_base_of("fault");
    assert_eq!(before, None);
    let (ver, pos) = after.unwrap();
    let fault = device.office.records.values().find(|r| r.kind == "fault").unwrap();
    let job = &device.office.records[&rec(JOB)];
    assert_eq!(ver, fault.ver);
    assert!(pos < job.ver, "the mark is the one of the first key: {pos} {}", job.ver);
}

#[test]
fn the_app_reopens_where_it_was_and_as_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Device::in_place(Place::folder(folder.path()));
    let start = device.view(json!({"type": "start"}));
    assert_eq!(
        (&start["enrolled"], &start["language"], &start["theme"]),
        (&json!(false), &json!("zh"), &json!("light"))
    );
    assert_eq!(device.view(json!({"type": "enrolment"}))["state"], json!("none"));
    // All this works before the device belongs to anybody.
    device.act(json!({"type": "settings.set", "language": "en", "theme": "sunlight"}));
    device.act(json!({"type": "settings.set", "photos_on_wifi_only": true}));
    device.act(json!({"type": "place.save", "route": "/job/1", "field": "fault.cause"}));
    device.act(type_in("enrol", "code", "7K3P"));
    device.restart();
    let start = device.view(json!({"type": "start"}));
    assert_eq!((&start["language"], &start["theme"]), (&json!("en"), &json!("sunlight")));
    assert_eq!(start["last_place"], json!({"route": "/job/1", "field": "fault.cause"}));
    assert_eq!(device.view(json!({"type": "drafts", "rec": "enrol"}))["fields"], json!({"code": "7K3P"}));
    let note = json!({"type": "note.add", "job": rec(JOB), "text": "x"});
    assert_eq!(device.refused(note).0, ErrorCode::NotEnrolled);
    device.enrol();
    let enrolment = device.view(json!({"type": "enrolment"}));
    assert_eq!((&enrolment["state"], &enrolment["office"]), (&json!("active"), &json!("云岭办事处")));
    assert_eq!(enrolment["fingerprint"].as_str().unwrap().len(), 6);
    assert_eq!(device.view(json!({"type": "start"}))["person"]["name"], json!("程岳"));
}

#[test]
fn a_draft_has_its_limit() {
    let mut device = Device::with_job();
    let long = "字".repeat(100_000);
    assert_eq!(device.refused(type_in("sign", "ink", &long)).0, ErrorCode::TooLarge);
    assert_eq!(
        device
            .refused(json!({
                "type": "fault.set", "job": rec(JOB), "field": "cause", "value": "字".repeat(30_000)
            }))
            .0,
        ErrorCode::TooLarge
    );
}
