//! What a sealed card shows stays: every kind of record on it, through the real seal.

use fieldcard_core::error::ErrorCode;
use fieldcard_schema::op::Op;
use serde_json::{Value, json};

use super::device::{Device, JOB, VISIT};
use super::office::rec;
use super::photos::{finish, picture, send};

fn charge() -> Value {
    json!({
        "type": "charge.add", "job": rec(JOB), "code": "labour", "label": "工时", "quantity": "1",
        "amount": 42_000, "currency": "CNY", "payer": "customer",
    })
}

fn texts(device: &mut Device) {
    for (field, value) in [("phenomenon", "动臂无力"), ("cause", "主泵磨损"), ("action", "更换主泵")]
    {
        device.act(json!({"type": "fault.set", "job": rec(JOB), "field": field, "value": value}));
    }
}

fn seal(device: &mut Device, kind: &str) {
    device.act(json!({"type": "sign_off.prepare", "visit": rec(VISIT), "kind": kind, "language": "zh"}));
    device.act(json!({"type": "sign_off.hand_over", "visit": rec(VISIT)}));
    let signer = json!({"name": "老周", "role": "operator", "authority": "listed"});
    device.act(json!({
        "type": "sign_off.confirm", "visit": rec(VISIT), "how": "signed", "ticked": true, "signer": signer,
    }));
    device.act(json!({"type": "sign_off.take_back", "visit": rec(VISIT), "initials": "CY"}));
}

/// One record of every kind that a card shows, each with the request that would strike it out.
fn work(device: &mut Device) -> Vec<Value> {
    device.begin_work();
    texts(device);
    let other = device.make(json!({"type": "fault.add", "job": rec(JOB), "phenomenon": "回转异响"}));
    device.act(json!({"type": "reading.set", "job": rec(JOB), "meter": "hours", "value": "1846"}));
    let meter = device.make(json!({
        "type": "reading.replace_meter", "job": rec(JOB), "meter": "hours", "old_value": "1847",
        "new_value": "0", "reason": "broken",
    }));
    let line = device.make(json!({"type": "part_line.add", "job": rec(JOB), "name": "主泵"}));
    let photo = send(device, &picture(64, 48));
    device.act(finish(&photo, "other"));
    let charge = device.make(charge());
    let page = device.page();
    let main = page["fault"]["fault"].clone();
    let steps = page["visits"][0]["steps"].as_array().unwrap().clone();
    let mut strikes = vec![
        json!({"type": "fault.void", "fault": main}),
        json!({"type": "fault.void", "fault": other}),
        json!({"type": "reading.void", "reading": meter}),
        json!({"type": "part_line.void", "line": line}),
        json!({"type": "photo.void", "photo": photo}),
        json!({"type": "charge.void", "charge": charge}),
    ];
    strikes.extend(steps.iter().map(|step| json!({"type": "visit.void_step", "step": step["step"]})));
    strikes
}

#[test]
fn what_a_sealed_card_shows_is_never_struck_out() {
    let mut device = Device::with_job();
    let strikes = work(&mut device);
    assert_eq!(strikes.len(), 6 + 4, "accepted, departed, arrived, working");
    seal(&mut device, "interim");
    assert_eq!(device.page()["visits"][0]["card"]["how"], json!("signed"));
    let page = device.page();
    for strike in &strikes {
        assert_eq!(device.refused(strike.clone()).0, ErrorCode::AlreadySealed, "{strike}");
    }
    assert_eq!(device.page(), page);
}

#[test]
fn what_came_after_the_seal_is_on_no_card_and_may_still_go() {
    let mut device = Device::with_job();
    work(&mut device);
    let note = device.make(json!({"type": "note.add", "job": rec(JOB), "text": "不上卡"}));
    seal(&mut device, "interim");
    let late = device.make(charge());
    let shown = device.page()["charges"].as_array().unwrap().len();
    device.act(json!({"type": "charge.void", "charge": late}));
    assert_eq!(device.page()["charges"].as_array().unwrap().len(), shown - 1);
    device.act(json!({"type": "note.void", "note": note}));
    assert_eq!(device.page()["notes"], json!([]));
}

#[test]
fn what_came_between_text_and_seal_is_not_on_the_card_either() {
    let mut device = Device::with_job();
    work(&mut device);
    device.act(json!({"type": "sign_off.prepare", "visit": rec(VISIT), "kind": "interim", "language": "zh"}));
    let between = device.make(charge());
    let signer = json!({"name": "老周", "role": "operator", "authority": "listed"});
    device.act(json!({
        "type": "sign_off.confirm", "visit": rec(VISIT), "how": "signed", "ticked": true, "signer": signer,
    }));
    device.act(json!({"type": "charge.void", "charge": between}));
}

#[test]
fn taking_back_does_not_reach_behind_a_seal() {
    let mut device = Device::with_job();
    work(&mut device);
    let done = device.act(charge());
    seal(&mut device, "interim");
    let undo = json!({"type": "undo", "token": done.undo.unwrap()});
    assert_eq!(device.refused(undo).0, ErrorCode::AlreadySealed);
}

/// Codes of the job's own steps, in the order in which they were taken.
fn job_steps(device: &mut Device) -> Vec<String> {
    let ops = device.core.store().unwrap().outbox.all_ops().unwrap();
    let steps = ops.iter().map(|stored| Op::parse(&stored.body).unwrap()).filter(|op| op.kind == "step");
    let of_job = steps.filter(|op| op.set["of"] == "job");
    of_job.map(|op| op.set["step"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn sealing_the_final_card_says_that_the_work_is_done_and_submits_the_job() {
    let mut device = Device::with_job();
    work(&mut device);
    seal(&mut device, "interim");
    assert_eq!(device.page()["status"], json!("in_progress"));
    assert_eq!(job_steps(&mut device), ["started"]);
    let mut device = Device::with_job();
    work(&mut device);
    seal(&mut device, "final");
    assert_eq!(device.page()["status"], json!("submitted"));
    assert_eq!(job_steps(&mut device), ["started", "work_done", "submitted"]);
}
