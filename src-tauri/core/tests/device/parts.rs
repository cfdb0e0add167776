//! Replacements, old parts, tags.

use std::collections::BTreeSet;

use fieldcard_core::error::ErrorCode;
use fieldcard_core::store::Place;
use fieldcard_schema::rules::tag_code;
use serde_json::{Value, json};

use super::device::{Device, JOB};
use super::office::{ME, rec, user};

fn pump() -> Value {
    json!({
        "type": "part_line.add", "job": rec(JOB), "part": "cat-1", "number": "60200123", "name": "主泵",
        "serialised": true,
    })
}

fn line(device: &mut Device, at: usize) -> Value {
    device.page()["parts"][at].clone()
}

#[test]
fn a_part_in_brings_the_old_one_out_with_its_tag() {
    let mut device = Device::with_job();
    device.begin_work();
    let id = device.make(pump());
    let shown = line(&mut device, 0);
    assert_eq!((&shown["name"], &shown["number"]), (&json!("主泵"), &json!("60200123")));
    assert_eq!((&shown["quantity"], &shown["unit"]), (&json!("1"), &json!("piece")));
    assert_eq!((&shown["in_catalogue"], &shown["main_fault"]), (&json!(true), &json!(true)));
    assert_eq!(shown["payer"], Value::Null);
    let tag = shown["old"]["tag"].as_str().unwrap();
    assert!(tag.starts_with("7K3P") && tag_code::parse(tag).is_ok(), "{tag}");
    let alone = device.view(json!({"type": "part_line", "line": id}));
    assert_eq!((&alone["line"]["line"], &alone["can_edit"]), (&json!(id), &json!(true)));
}

#[test]
fn a_part_that_is_in_no_catalogue_needs_a_name() {
    let mut device = Device::with_job();
    let nameless = json!({"type": "part_line.add", "job": rec(JOB), "number": "123", "name": " "});
    assert_eq!(device.refused(nameless), (ErrorCode::InvalidValue, "name".into()));
    device.make(json!({"type": "part_line.add", "job": rec(JOB), "name": "自制支架"}));
    let shown = line(&mut device, 0);
    assert_eq!((&shown["in_catalogue"], &shown["number"]), (&json!(false), &json!("")));
    // A number whose catalogue has not come says nothing by itself.
    let number = json!({"type": "part_line.add", "job": rec(JOB), "part": "60200123"});
    assert_eq!(device.refused(number), (ErrorCode::InvalidValue, "name".into()));
    let unit = json!({"type": "part_line.add", "job": rec(JOB), "name": "油", "unit": "one hundred gallons"});
    assert_eq!(device.refused(unit), (ErrorCode::InvalidValue, "unit".into()));
}

#[test]
fn what_is_used_up_leaves_nothing_behind() {
    let mut device = Device::with_job();
    let oil = json!({"type": "part_line.add", "job": rec(JOB), "name": "液压油", "unit": "litre", "auxiliary": true});
    device.make(oil);
    let shown = line(&mut device, 0);
    assert_eq!((&shown["old"], &shown["main_fault"]), (&Value::Null, &json!(false)));
}

#[test]
fn the_payer_says_what_becomes_of_the_old_part() {
    let mut device = Device::with_job();
    let id = device.make(pump());
    let pay = |payer: &str| json!({"type": "part_line.set_payer", "line": id, "payer": payer});
    assert_eq!(device.refused(pay("nobody")), (ErrorCode::InvalidValue, "payer".into()));
    device.act(pay("maker"));
    let old = line(&mut device, 0)["old"].clone();
    assert_eq!((&old["disposition"], &old["choices"]), (&json!("return_routine"), &json!([])));
    let done = device.act(pay("customer"));
    let old = line(&mut device, 0)["old"].clone();
    assert_eq!(old["disposition"], json!("customer_keeps"));
    assert_eq!(old["choices"], json!(["customer_keeps", "customer_leaves", "trade_in"]));
    let end = |end: &str| json!({"type": "old_part.set_disposition", "old_part": old["old_part"], "disposition": end});
    assert_eq!(device.refused(end("return_urgent")), (ErrorCode::InvalidValue, "disposition".into()));
    device.act(end("trade_in"));
    device.undo(&done);
    // A payer who does not allow the choice ends it.
    device.act(pay("customer"));
    device.act(end("customer_leaves"));
    device.act(pay("supplier"));
    assert_eq!(line(&mut device, 0)["old"]["disposition"], json!("supplier_collects"));
    // The next line is paid as the one before it.
    device.make(pump());
    let next = line(&mut device, 1);
    assert_eq!((&next["payer"], &next["main_fault"]), (&json!("supplier"), &json!(false)));
}

#[test]
fn quantity_source_and_serials_are_kept_on_both_sides() {
    let mut device = Device::with_job();
    device.office.put(rec(63), "van_stock", None, json!({"person": user(ME), "part": "60200123", "qty": 2}));
    device.sync();
    let id = device.make(pump());
    let quantity = |n: &str| json!({"type": "part_line.set_quantity", "line": id, "quantity": n});
    for bad in ["0", "-1", "many"] {
        assert_eq!(device.refused(quantity(bad)), (ErrorCode::InvalidValue, "quantity".into()));
    }
    device.act(quantity("3"));
    let source = |from: &str| json!({"type": "part_line.set_source", "line": id, "source": from});
    assert_eq!(device.refused(source("moon")), (ErrorCode::InvalidValue, "source".into()));
    device.act(source("van"));
    device.act(json!({"type": "part_line.set_serial", "line": id, "serial": " P-778 "}));
    let old = line(&mut device, 0)["old"]["old_part"].clone();
    device.act(json!({"type": "old_part.set_serial", "old_part": old, "serial": "P-101"}));
    device.act(json!({"type": "old_part.set_note", "old_part": old, "note": "配流盘拉伤"}));
    let shown = line(&mut device, 0);
    assert_eq!((&shown["quantity"], &shown["fitted"]["van_left"]), (&json!("3"), &json!("-1")));
    assert_eq!(shown["fitted"]["serial"]["value"], json!("P-778"));
    assert_eq!(
        (&shown["old"]["serial"]["value"], &shown["old"]["note"]["value"]),
        (&json!("P-101"), &json!("配流盘拉伤"))
    );
    device.sync();
    let record = device.office.records.values().find(|r| r.kind == "part_line").unwrap();
    assert_eq!((&record.fields["out_serial"], &record.fields["out_qty"]), (&json!("P-101"), &json!("3")));
    let lot = device.office.records.values().find(|r| r.kind == "old_part").unwrap();
    assert_eq!(lot.fields["qty"], json!("3"));
}

#[test]
fn one_line_at_most_is_the_main_fault_part() {
    let mut device = Device::with_job();
    device.make(pump());
    let second = device.make(json!({"type": "part_line.add", "job": rec(JOB), "name": "高压软管"}));
    let done = device.act(json!({"type": "part_line.set_main_fault", "line": second, "main_fault": true}));
    let main =
        |device: &mut Device| [line(device, 0)["main_fault"].clone(), line(device, 1)["main_fault"].clone()];
    assert_eq!(main(&mut device), [json!(false), json!(true)]);
    device.undo(&done);
    assert_eq!(main(&mut device), [json!(true), json!(false)]);
}

#[test]
fn a_one_sided_line_says_why_and_has_an_old_part_only_when_one_came_out() {
    let mut device = Device::with_job();
    let id = device.make(pump());
    let removed = |removed: bool| json!({"type": "part_line.set_removed", "line": id, "removed": removed});
    let fitted = |fitted: bool| json!({"type": "part_line.set_fitted", "line": id, "fitted": fitted});
    let first = line(&mut device, 0)["old"]["tag"].clone();
    let done = device.act(removed(false));
    assert_eq!(line(&mut device, 0)["old"], Value::Null);
    device.act(json!({"type": "part_line.set_one_sided", "line": id, "reason": "added"}));
    assert_eq!(line(&mut device, 0)["one_sided"], json!("added"));
    // A line of nothing is no line.
    assert_eq!(device.refused(fitted(false)), (ErrorCode::InvalidValue, "fitted".into()));
    device.act(removed(true));
    let shown = line(&mut device, 0);
    assert_ne!(shown["old"]["tag"], first);
    assert_eq!(shown["one_sided"], Value::Null);
    device.act(fitted(false));
    assert_eq!(line(&mut device, 0)["fitted"], Value::Null);
    assert_eq!(device.refused(removed(false)), (ErrorCode::InvalidValue, "removed".into()));
    assert_eq!(device.act(fitted(false)).undo, None);
    drop(done);
}

#[test]
fn a_line_is_struck_out_with_its_old_part_and_comes_back_with_it() {
    let mut device = Device::with_job();
    let id = device.make(pump());
    let tag = line(&mut device, 0)["old"]["tag"].clone();
    let done = device.act(json!({"type": "part_line.void", "line": id}));
    assert_eq!(device.page()["parts"], json!([]));
    device.sync();
    assert!(device.office.records.values().filter(|r| r.kind == "old_part").all(|r| r.void));
    device.undo(&done);
    assert_eq!(line(&mut device, 0)["old"]["tag"], tag);
    let gone = json!({"type": "part_line.void", "line": rec(78)});
    assert_eq!(device.refused(gone).0, ErrorCode::NotFound);
}

#[test]
fn an_undone_part_leaves_its_tag_unused() {
    let mut device = Device::with_job();
    let done = device.act(pump());
    let first = line(&mut device, 0)["old"]["tag"].clone();
    device.undo(&done);
    device.make(pump());
    assert_ne!(line(&mut device, 0)["old"]["tag"], first);
}

#[test]
fn a_lost_tag_is_replaced_by_one_that_names_it() {
    let mut device = Device::with_job();
    device.make(pump());
    let old = line(&mut device, 0)["old"].clone();
    device.act(json!({"type": "old_part.retag", "old_part": old["old_part"]}));
    let new = line(&mut device, 0)["old"].clone();
    assert_eq!(new["replaces_tag"], old["tag"]);
    assert_ne!(new["tag"], old["tag"]);
}

fn tags(device: &mut Device) -> BTreeSet<String> {
    let page = device.page();
    page["parts"].as_array().unwrap().iter().map(|p| p["old"]["tag"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_tag_is_given_twice_across_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let mut device = Device::in_place(Place::folder(folder.path()));
    device.enrol();
    device.dispatch();
    for n in 1..=4 {
        device.make(pump());
        device.restart();
        assert_eq!(tags(&mut device).len(), n);
    }
}

#[test]
fn a_store_from_a_backup_goes_on_under_a_spare_prefix() {
    let (folder, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        for file in std::fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    };
    let mut device = Device::in_place(Place::folder(folder.path()));
    device.enrol();
    device.dispatch();
    device.make(pump());
    device.restart();
    copy(folder.path(), backup.path());
    device.make(pump());
    device.sync();
    let given = tags(&mut device);
    let mut restored = device.moved_to(Place::folder(backup.path()));
    restored.make(pump());
    let after = tags(&mut restored);
    let new: Vec<_> = after.difference(&given).collect();
    assert_eq!(new.len(), 1);
    assert!(new[0].starts_with("7K3Q"), "{new:?}");
}
