//! What each item is to the office: waiting, sending, held, needs you; the Sync screen; issues.

use fieldcard_core::error::ErrorCode;
use fieldcard_schema::merge::Why;
use serde_json::{Value, json};

use super::device::{Device, HOUR, JOB};
use super::office::{ME, OTHER, rec, user};

fn note(device: &mut Device) -> String {
    device.make(json!({"type": "note.add", "job": rec(JOB), "text": "密封圈有裂纹"}))
}

fn pill(device: &mut Device) -> Value {
    device.view(json!({"type": "data_state"}))
}

#[test]
fn an_item_waits_is_under_way_and_is_held() {
    let mut device = Device::with_job();
    assert_eq!(pill(&mut device)["state"], json!("up_to_date"));
    note(&mut device);
    let of_note = |device: &mut Device| {
        let page = device.page();
        (page["notes"][0]["data"].clone(), page["data"].clone())
    };
    assert_eq!(of_note(&mut device), (json!("waiting"), json!("waiting")));
    assert_eq!((&pill(&mut device)["state"], &pill(&mut device)["waiting"]), (&json!("waiting"), &json!(1)));
    device.begin_sync();
    assert_eq!(of_note(&mut device), (json!("sending"), json!("sending")));
    let sending = pill(&mut device);
    assert_eq!(
        (&sending["state"], &sending["sending"], &sending["sent"]),
        (&json!("sending"), &json!(1), &json!(0))
    );
    // What is written meanwhile still waits.
    device.act(json!({"type": "fault.set", "job": rec(JOB), "field": "cause", "value": "x"}));
    assert_eq!(pill(&mut device)["waiting"], json!(2));
    device.restart();
}

#[test]
fn an_exchange_that_ends_leaves_everything_held() {
    let mut device = Device::with_job();
    note(&mut device);
    device.sync();
    let page = device.page();
    assert_eq!((&page["notes"][0]["data"], &page["data"]), (&json!("held"), &json!("held")));
    let state = pill(&mut device);
    assert_eq!(
        (&state["state"], &state["waiting"], &state["partial"]),
        (&json!("up_to_date"), &json!(0), &json!(false))
    );
    assert!(state["last_exchange"]["ms"].as_i64().is_some());
}

#[test]
fn without_a_network_work_waits_and_turns_late_after_a_day() {
    let mut device = Device::with_job();
    device.office.unreachable = true;
    note(&mut device);
    device.sync();
    let state = pill(&mut device);
    assert_eq!((&state["state"], &state["late"]), (&json!("offline"), &json!(false)));
    let screen = device.view(json!({"type": "sync_screen"}));
    assert!(screen["next_try"]["ms"].as_i64().is_some());
    device.pass(25 * HOUR);
    assert_eq!(pill(&mut device)["late"], json!(true));
    device.office.unreachable = false;
    device.sync();
    assert_eq!(pill(&mut device)["state"], json!("up_to_date"));
    assert_eq!(device.view(json!({"type": "sync_screen"}))["next_try"], Value::Null);
}

#[test]
fn the_queue_tells_what_waits_of_each_job() {
    let mut device = Device::with_job();
    note(&mut device);
    note(&mut device);
    let walk_up =
        json!({"type": "job.create", "customer": "王老板", "job_type": "repair", "report": "不着车"});
    device.make(walk_up);
    let screen = device.view(json!({"type": "sync_screen"}));
    let queue = screen["queue"].as_array().unwrap();
    assert_eq!((&queue[0]["number"], &queue[0]["entries"]), (&json!("FW20260921-003"), &json!(2)));
    assert_eq!((&queue[1]["customer"], &queue[1]["entries"]), (&json!("王老板"), &json!(3)));
    assert!(queue[0]["bytes"].as_u64().unwrap() > 400);
    assert_eq!(
        (&screen["office"], &screen["address"]),
        (&json!("云岭办事处"), &json!("https://office.example"))
    );
    assert_eq!((&screen["person"]["name"], &screen["device"]), (&json!("程岳"), &json!("7K3P")));
    assert!(screen["storage"]["used_bytes"].as_u64().unwrap() > 10_000);
    assert!(screen["clock_ahead_ms"].as_i64().is_some());
    assert_eq!(screen["server_key"].as_str().unwrap().len(), 19);
}

#[test]
fn a_parked_op_needs_him_until_the_office_has_decided() {
    let mut device = Device::with_job();
    device.office.parks.insert("note".into(), Why::NotYours);
    let made = note(&mut device);
    device.sync();
    let page = device.page();
    // It stays visible, and says so.
    assert_eq!((&page["notes"][0]["note"], &page["notes"][0]["data"]), (&json!(made), &json!("needs_you")));
    let screen = device.view(json!({"type": "sync_screen"}));
    let issue = &screen["issues"][0];
    assert_eq!((&issue["code"], &issue["job"]), (&json!("not_yours"), &json!(rec(JOB))));
    assert_eq!((&issue["kind"], &issue["actions"]), (&json!("note"), &json!(["send_to_office"])));
    assert_eq!(
        (&pill(&mut device)["state"], &pill(&mut device)["needs_you"]),
        (&json!("needs_you"), &json!(1))
    );
    let act = |id: &Value, action: &str| json!({"type": "issue.act", "issue": id, "action": action});
    assert_eq!(device.refused(act(&issue["issue"], "keep_mine")), (ErrorCode::InvalidValue, "action".into()));
    device.act(act(&issue["issue"], "send_to_office"));
    assert_eq!(pill(&mut device)["state"], json!("up_to_date"));
    assert_eq!(device.refused(act(&issue["issue"], "send_to_office")).0, ErrorCode::NotFound);
}

/// A clash over the cause, as the server tells it.
fn clash(device: &mut Device) -> Value {
    device.act(json!({"type": "fault.set", "job": rec(JOB), "field": "cause", "value": "主泵磨损"}));
    device.sync();
    let fault = device.page()["fault"]["fault"].clone();
    let values = json!([
        {"value": "主泵磨损", "user": user(ME), "at": 2_000, "pos": 50},
        {"value": "先导阀卡滞", "user": user(OTHER), "at": 1_000, "pos": 40},
    ]);
    let exception = json!({
        "rec": fault, "kind": "fault", "field": "cause", "why": "clash", "values": values, "state": "open",
    });
    device.office.put(rec(68), "exception", Some(rec(JOB)), exception);
    device.sync();
    fault
}

#[test]
fn a_clash_shows_both_values_and_who_said_them() {
    let mut device = Device::with_job();
    clash(&mut device);
    let issue = device.view(json!({"type": "issue", "issue": rec(68)}))["issue"].clone();
    assert_eq!(
        (&issue["code"], &issue["field"], &issue["kind"]),
        (&json!("clash"), &json!("cause"), &json!("fault"))
    );
    let values = issue["values"].as_array().unwrap();
    assert_eq!((&values[0]["value"], &values[0]["mine"]), (&json!("主泵磨损"), &json!(true)));
    assert_eq!((&values[1]["value"], &values[1]["by"]), (&json!("先导阀卡滞"), &json!("罗敏")));
    assert_eq!(issue["actions"], json!(["keep_mine", "keep_theirs", "send_to_office"]));
    assert_eq!(device.page()["data"], json!("needs_you"));
}

#[test]
fn keeping_theirs_writes_it_on_a_base_that_covers_the_clash() {
    let mut device = Device::with_job();
    clash(&mut device);
    device.act(json!({"type": "issue.act", "issue": rec(68), "action": "keep_theirs"}));
    assert_eq!(device.page()["fault"]["cause"]["value"], json!("先导阀卡滞"));
    assert_eq!(pill(&mut device)["needs_you"], json!(0));
    let (_, pos) = device.last_base_of("fault").unwrap();
    assert!(pos >= device.office.records[&rec(68)].ver);
    device.sync();
    let fault = device.office.records.values().find(|r| r.kind == "fault").unwrap();
    assert_eq!(fault.fields["cause"], json!("先导阀卡滞"));
}

#[test]
fn a_settled_question_is_not_asked() {
    let mut device = Device::with_job();
    clash(&mut device);
    device.office.set(rec(68), "state", json!("resolved"));
    device.sync();
    assert_eq!(pill(&mut device)["needs_you"], json!(0));
    let gone = device.try_view(json!({"type": "issue", "issue": rec(68)}));
    assert_eq!(gone.unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn a_question_between_others_is_not_his() {
    let mut device = Device::with_job();
    let values = json!([{"value": "a", "user": user(OTHER), "pos": 1}]);
    let exception =
        json!({"rec": rec(JOB), "kind": "job", "field": "site", "why": "clash", "values": values});
    device.office.put(rec(69), "exception", Some(rec(JOB)), exception);
    device.sync();
    assert_eq!(pill(&mut device)["needs_you"], json!(0));
}

#[test]
fn late_work_is_told_and_asks_for_nothing() {
    let mut device = Device::with_job();
    let values = json!([
        {"value": {"kind": "note"}, "user": user(ME), "at": 1_000, "pos": 40},
        {"value": {"kind": "photo"}, "user": user(ME), "at": 2_000, "pos": 41},
    ]);
    let flag = json!({"rec": rec(JOB), "kind": "job", "why": "late", "values": values, "state": "open"});
    device.office.put(rec(71), "exception", Some(rec(JOB)), flag);
    device.office.set(rec(JOB), "assignee", json!(user(OTHER)));
    device.sync();
    assert_eq!((&pill(&mut device)["state"], &device.page()["data"]), (&json!("up_to_date"), &json!("held")));
    let screen = device.view(json!({"type": "sync_screen"}));
    assert_eq!(screen["issues"], json!([]));
    let told = &screen["told"][0];
    assert_eq!((&told["code"], &told["actions"]), (&json!("late"), &json!(["seen"])));
    assert_eq!((&told["facts"]["count"], &told["facts"]["now_with"]), (&json!("2"), &json!("罗敏")));
    device.act(json!({"type": "issue.act", "issue": rec(71), "action": "seen"}));
    assert_eq!(device.view(json!({"type": "sync_screen"}))["told"], json!([]));
}

#[test]
fn what_the_office_only_keeps_is_shown_no_longer() {
    let mut device = Device::with_job();
    device.office.parks.insert("note".into(), Why::NotYours);
    let made = note(&mut device);
    device.sync();
    assert_eq!(device.page()["notes"][0]["note"], json!(made));
    let ops = device.core.store().unwrap().outbox.all_ops().unwrap();
    let op = fieldcard_schema::op::Op::parse(&ops.last().unwrap().body).unwrap().op_id;
    let kept = json!({"op_id": op, "rec": made, "kind": "note", "why": "not_yours", "state": "resolved",
        "values": [{"value": {"text": "x"}, "user": user(ME), "pos": 40}]});
    device.office.put(rec(72), "exception", None, kept);
    device.sync();
    assert_eq!(device.page()["notes"], json!([]));
    assert_eq!(pill(&mut device)["needs_you"], json!(0));
}
