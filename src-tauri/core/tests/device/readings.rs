//! Meters: values, reasons, values below the last, replaced meters.

use fieldcard_core::error::ErrorCode;
use serde_json::{Value, json};

use super::device::{Device, JOB, MACHINE};
use super::office::rec;

fn set(meter: &str, value: &str) -> Value {
    json!({"type": "reading.set", "job": rec(JOB), "meter": meter, "value": value})
}

fn row(device: &mut Device, meter: &str) -> Value {
    let page = device.page();
    let rows = page["readings"].as_array().unwrap();
    rows.iter().find(|row| row["meter"] == meter).cloned().unwrap_or_else(|| panic!("{meter}"))
}

#[test]
fn a_meter_has_one_reading_a_visit_in_one_spelling() {
    let mut device = Device::with_job();
    device.begin_work();
    assert_eq!(row(&mut device, "hours")["required"], json!(true));
    assert_eq!(row(&mut device, "travel_hours")["required"], json!(false));
    device.act(set("hours", "1846.50"));
    let done = device.act(set("hours", "1847"));
    assert_eq!(row(&mut device, "hours")["field"]["value"], json!("1847"));
    device.undo(&done);
    assert_eq!(row(&mut device, "hours")["field"]["value"], json!("1846.5"));
    // A meter that the archive does not know of is shown once it was read.
    device.act(set("hammer_hours", "12"));
    assert_eq!(row(&mut device, "hammer_hours")["field"]["value"], json!("12"));
    device.sync();
    assert_eq!(device.office.records.values().filter(|r| r.kind == "reading").count(), 2);
}

#[test]
fn what_is_no_value_is_refused() {
    let mut device = Device::with_job();
    for bad in ["-1", "1e3", "abc", "1,846"] {
        assert_eq!(device.refused(set("hours", bad)), (ErrorCode::InvalidValue, "value".into()));
    }
    assert_eq!(device.refused(set("bananas", "1")), (ErrorCode::InvalidValue, "meter".into()));
}

#[test]
fn a_reason_stands_for_a_value_and_a_value_ends_the_reason() {
    let mut device = Device::with_job();
    device.begin_work();
    let missing = |reason: &str| json!({"type": "reading.set_missing", "job": rec(JOB), "meter": "hours", "reason": reason});
    assert_eq!(device.refused(missing("lazy")), (ErrorCode::InvalidValue, "reason".into()));
    device.act(missing("broken"));
    let codes = |device: &mut Device| {
        let missing = device.view(json!({"type": "missing", "job": rec(JOB)}));
        missing["rows"].as_array().unwrap().iter().any(|r| r["code"] == "meter")
    };
    assert!(!codes(&mut device));
    assert_eq!(row(&mut device, "hours")["missing_reason"], json!("broken"));
    device.act(set("hours", "1846"));
    let shown = row(&mut device, "hours");
    assert_eq!((&shown["missing_reason"], &shown["field"]["value"]), (&Value::Null, &json!("1846")));
    device.act(set("hours", ""));
    assert!(codes(&mut device));
}

#[test]
fn a_value_below_the_last_one_is_taken_and_said() {
    let mut device = Device::with_job();
    let entries =
        json!([{"job_number": "FW1", "date": "2026-08-03", "meter": "1820.5", "technician": "罗敏"}]);
    let history = json!({"machine": rec(MACHINE), "entries": entries});
    device.office.put(rec(70), "machine_history", None, history);
    device.sync();
    device.begin_work();
    assert_eq!(row(&mut device, "hours")["last"]["value"], json!("1820.5"));
    device.act(set("hours", "1800"));
    assert_eq!(row(&mut device, "hours")["below_last"], json!(true));
    device.act(set("hours", "1820.5"));
    assert_eq!(row(&mut device, "hours")["below_last"], json!(false));
}

#[test]
fn a_replaced_meter_tells_both_values_and_begins_anew() {
    let mut device = Device::with_job();
    device.begin_work();
    let replace = |old: &str, new: &str| json!({"type": "reading.replace_meter", "job": rec(JOB), "meter": "hours", "old_value": old, "new_value": new, "reason": "broken"});
    let mut why = replace("12", "0");
    why["reason"] = json!("bored");
    assert_eq!(device.refused(why), (ErrorCode::InvalidValue, "reason".into()));
    assert_eq!(device.refused(replace("12", "x")), (ErrorCode::InvalidValue, "new_value".into()));
    let done = device.act(replace("1846.5", "0"));
    let shown = row(&mut device, "hours");
    assert_eq!(shown["replaced"]["old_value"], json!("1846.5"));
    assert_eq!(shown["replaced"]["reason"], json!("broken"));
    assert_eq!((&shown["last"]["value"], &shown["effective"]), (&json!("0"), &json!("1846.5")));
    device.act(set("hours", "2"));
    let shown = row(&mut device, "hours");
    assert_eq!((&shown["below_last"], &shown["effective"]), (&json!(false), &json!("1848.5")));
    let machine = device.view(json!({"type": "machine", "machine": rec(MACHINE)}));
    assert_eq!(machine["meters"][0]["effective"], json!("1848.5"));
    device.undo(&done);
    let shown = row(&mut device, "hours");
    assert_eq!((&shown["replaced"], &shown["effective"]), (&Value::Null, &Value::Null));
    // The old one could not be read.
    device.act(replace("", "0.5"));
    let replaced = row(&mut device, "hours")["replaced"].clone();
    assert_eq!(replaced["old_value"], Value::Null);
    device.act(json!({"type": "reading.void", "reading": replaced["reading"]}));
    assert_eq!(row(&mut device, "hours")["replaced"], Value::Null);
}

#[test]
fn an_imported_reading_stands_at_its_own_time() {
    let mut device = Device::with_job();
    // Its id tells no time.
    let id = fieldcard_schema::id::RecordId(uuid::Uuid::from_u128(0x8000 << 64 | 0x8 << 60 | 7));
    let at = device.now() - 86_400_000;
    let reading = json!({"machine": rec(MACHINE), "meter": "hours", "value": "1800", "at": at});
    device.office.put(id, "reading", Some(rec(JOB)), reading);
    device.office.put(rec(91), "note", Some(rec(JOB)), json!({"text": "旧记", "at": at}));
    device.sync();
    assert_eq!(row(&mut device, "hours")["last"]["at"]["ms"], json!(at));
    assert_eq!(device.page()["notes"][0]["at"]["ms"], json!(at));
}

#[test]
fn the_machine_shows_what_its_meters_said_last() {
    let mut device = Device::with_job();
    device.begin_work();
    device.act(set("hours", "1846"));
    let machine = device.view(json!({"type": "machine", "machine": rec(MACHINE)}));
    assert_eq!(machine["meters"][0]["value"], json!("1846"));
    assert_eq!((&machine["customer"], &machine["engine"]), (&json!("恒基矿业"), &json!("E9")));
    assert_eq!(machine["machine"]["serial"], json!("SN-2150417"));
}
