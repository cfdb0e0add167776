//! The technician's texts, faults and notes.

use fieldcard_core::error::ErrorCode;
use serde_json::{Value, json};

use super::device::{Device, JOB};
use super::office::{OTHER, rec, user};

fn set(field: &str, value: &str) -> Value {
    json!({"type": "fault.set", "job": rec(JOB), "field": field, "value": value})
}

#[test]
fn the_first_text_makes_the_main_fault_and_the_others_join_it() {
    let mut device = Device::with_job();
    assert_eq!(device.page()["fault"]["fault"], Value::Null);
    device.act(set("phenomenon", "热车后动臂无力"));
    device.act(set("cause", "主泵磨损"));
    device.act(set("codes", "SPN 100 FMI 4，E12"));
    device.act(set("action", "更换主泵"));
    device.act(set("findings", "油温高"));
    let page = device.page();
    let fault = &page["fault"];
    assert_eq!(fault["phenomenon"]["value"], json!("热车后动臂无力"));
    assert_eq!(
        (&fault["cause"]["value"], &fault["codes"]["value"]),
        (&json!("主泵磨损"), &json!("SPN 100 FMI 4, E12"))
    );
    assert_eq!(
        (&fault["action"]["value"], &fault["findings"]["value"]),
        (&json!("更换主泵"), &json!("油温高"))
    );
    device.sync();
    let of_kind = |kind: &str| device.office.records.values().filter(|r| r.kind == kind).collect::<Vec<_>>();
    assert_eq!(of_kind("fault").len(), 1);
    assert_eq!(of_kind("fault")[0].fields["main"], json!(true));
    assert_eq!(of_kind("job")[0].fields["action"], json!("更换主泵"));
}

#[test]
fn an_empty_text_clears_and_an_undo_brings_it_back() {
    let mut device = Device::with_job();
    device.act(set("place", "主泵"));
    let done = device.act(set("place", "  "));
    assert_eq!(device.page()["fault"]["place"]["value"], json!(""));
    device.undo(&done);
    assert_eq!(device.page()["fault"]["place"]["value"], json!("主泵"));
    // Nothing to clear makes nothing.
    assert_eq!(device.act(set("codes", "")).undo, None);
}

#[test]
fn more_faults_stand_beside_the_main_one_which_can_change() {
    let mut device = Device::with_job();
    device.act(set("phenomenon", "动臂无力"));
    let other = device.make(json!({"type": "fault.add", "job": rec(JOB), "phenomenon": "回转异响"}));
    let empty = json!({"type": "fault.add", "job": rec(JOB), "phenomenon": " "});
    assert_eq!(device.refused(empty), (ErrorCode::InvalidValue, "phenomenon".into()));
    device.act(
        json!({"type": "fault.set", "job": rec(JOB), "fault": other, "field": "action", "value": "紧固"}),
    );
    let page = device.page();
    assert_eq!(page["other_faults"][0]["action"]["value"], json!("紧固"));
    let done = device.act(json!({"type": "fault.set_main", "fault": other}));
    assert_eq!(device.page()["fault"]["fault"], json!(other));
    device.undo(&done);
    let done = device.act(json!({"type": "fault.void", "fault": other}));
    assert_eq!(device.page()["other_faults"], json!([]));
    device.undo(&done);
    assert_eq!(device.page()["other_faults"][0]["phenomenon"]["value"], json!("回转异响"));
}

#[test]
fn notes_are_added_and_struck_out_by_their_author() {
    let mut device = Device::with_job();
    device.office.put_by(user(OTHER), rec(61), "note", (Some(rec(JOB)), json!({"text": "去年也坏过"})));
    device.sync();
    let done = device.act(json!({"type": "note.add", "job": rec(JOB), "text": "密封圈有裂纹"}));
    let page = device.page();
    assert_eq!((&page["notes"][0]["by"], &page["notes"][0]["mine"]), (&json!("罗敏"), &json!(false)));
    assert_eq!(
        (&page["notes"][1]["text"], &page["notes"][1]["mine"]),
        (&json!("密封圈有裂纹"), &json!(true))
    );
    assert!(page["notes"][1]["at"]["ms"].as_i64().unwrap() >= super::device::START);
    let void = json!({"type": "note.void", "note": done.rec});
    let done = device.act(void.clone());
    assert_eq!(device.page()["notes"].as_array().unwrap().len(), 1);
    device.undo(&done);
    assert_eq!(device.page()["notes"].as_array().unwrap().len(), 2);
    assert_eq!(device.refused(json!({"type": "note.void", "note": rec(61)})).0, ErrorCode::NotYours);
    let empty = json!({"type": "note.add", "job": rec(JOB), "text": " "});
    assert_eq!(device.refused(empty), (ErrorCode::InvalidValue, "text".into()));
}

#[test]
fn a_price_is_agreed_to_before_the_work() {
    let mut device = Device::with_job();
    let charge = |code: &str, amount: i64, currency: &str| {
        json!({
            "type": "charge.add", "job": rec(JOB), "code": code, "label": "工时", "quantity": "3.5",
            "amount": amount, "currency": currency, "payer": "customer",
        })
    };
    assert_eq!(device.refused(charge("tea", 1, "CNY")), (ErrorCode::InvalidValue, "code".into()));
    assert_eq!(device.refused(charge("labour", -1, "CNY")), (ErrorCode::InvalidValue, "amount".into()));
    assert_eq!(device.refused(charge("labour", 1, "yuan")), (ErrorCode::InvalidValue, "currency".into()));
    let made = device.make(charge("labour", 42_000, "CNY"));
    let page = device.page();
    assert_eq!(page["charges"][0]["amount"], json!({"minor": 42_000, "currency": "CNY"}));
    assert_eq!(page["charges"][0]["agreed"], json!(false));
    device.act(json!({"type": "charge.agree", "charge": made, "by": "老周"}));
    assert_eq!(device.page()["charges"][0]["agreed_by"], json!("老周"));
    let done = device.act(json!({"type": "charge.void", "charge": made}));
    assert_eq!(device.page()["charges"], json!([]));
    device.undo(&done);
    assert_eq!(device.page()["charges"].as_array().unwrap().len(), 1);
}
