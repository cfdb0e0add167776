//! Every row that the rule of completeness can emit leads to a field: `schema/tables/missing_targets.csv`,
//! written by hand, which the screens are walked against as well (`ui/e2e/core_missing.test.js`).

use std::collections::BTreeSet;

use fieldcard_schema::rules::lists;
use serde_json::{Value, json};

use super::device::{Device, JOB, VISIT};
use super::office::{ME, rec, user};

const CAMPAIGN: u128 = 300;
const ACCIDENT: u128 = 310;

type Target = (String, String, String);

/// The table by hand.
fn table() -> BTreeSet<Target> {
    let text = include_str!("../../../../schema/tables/missing_targets.csv");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        (cells[0].to_owned(), cells[1].to_owned(), cells[2].to_owned())
    };
    text.lines().skip(1).map(row).collect()
}

/// The targets of a job's list; ids in fields by what they are.
fn targets(device: &mut Device, job: u128) -> BTreeSet<Target> {
    let list = device.view(json!({"type": "missing", "job": rec(job)}));
    let rows = list["rows"].as_array().unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let row = |row: &Value| {
        let code = word(&row["code"]);
        let kind = match code.as_str() {
            "time" => "{visit}",
            "price_agreed" => "{charge}",
            _ => "{fault}",
        };
        let parts: Vec<String> = word(&row["target"]["field"])
            .split('.')
            .map(|part| if part.len() == 36 { kind.to_owned() } else { part.to_owned() })
            .collect();
        (code, word(&row["target"]["on"]), parts.join("."))
    };
    rows.iter().map(row).collect()
}

/// A repair that lacks what a repair can lack.
fn bare_repair(device: &mut Device) {
    let mut put = |n: u128, kind: &str, fields: Value| {
        device.office.put_by(user(ME), rec(n), kind, (Some(rec(JOB)), fields));
    };
    put(200, "fault", json!({"phenomenon": " "}));
    put(201, "fault", json!({}));
    let line = json!({"in_part": "6", "in_name": "主泵", "in_qty": "2", "serialised": true});
    put(202, "part_line", line);
    let both = json!({
        "in_part": "7", "in_name": "马达", "in_qty": "1", "serialised": true,
        "out_part": "7", "out_name": "马达", "out_qty": "0",
    });
    put(203, "part_line", both.clone());
    put(204, "part_line", both);
    put(205, "old_part", json!({"part_line": rec(204), "tag": "0000000"}));
    put(206, "charge", json!({"code": "labour", "amount": 100, "payer": "customer"}));
    put(207, "step", json!({"subject": rec(JOB), "of": "job", "step": "work_done", "at": 1}));
    device.sync();
}

#[test]
fn every_row_leads_to_the_field_that_the_table_names() {
    let mut device = Device::with_job();
    let fault_less = targets(&mut device, JOB);
    device.office.set(rec(JOB), "type", Value::Null);
    device.office.set(rec(JOB), "machine", Value::Null);
    device.office.set(rec(JOB), "customer", Value::Null);
    device.sync();
    device.act(json!({"type": "visit.work", "visit": rec(VISIT)}));
    let mut found = targets(&mut device, JOB);
    found.extend(fault_less);
    device.office.set(rec(JOB), "type", json!("repair"));
    device.act(json!({"type": "visit.back", "visit": rec(VISIT)}));
    bare_repair(&mut device);
    found.extend(targets(&mut device, JOB));
    for (job, word) in [(CAMPAIGN, "campaign"), (ACCIDENT, "accident")] {
        let fields = json!({"type": word, "assignee": user(ME), "report": "?"});
        device.office.put(rec(job), "job", None, fields);
        device.office.put(rec(job + 1), "visit", Some(rec(job)), json!({"number": 1, "lead": user(ME)}));
        device.sync();
        found.extend(targets(&mut device, job));
    }
    let table = table();
    let told: BTreeSet<&str> = found.iter().map(|(code, ..)| code.as_str()).collect();
    let codes: BTreeSet<&str> = lists::list("requirements").iter().map(|entry| entry.code.as_str()).collect();
    assert_eq!(told, codes, "the scene does not make every row, or a row is no requirement");
    let unknown: Vec<_> = found.difference(&table).collect();
    assert!(unknown.is_empty(), "not in the table: {unknown:?}");
    // Which phases are asked for is the photo set's; every other row of the table is made here.
    let unmade: Vec<_> = table.difference(&found).filter(|(code, ..)| code != "photo").collect();
    assert!(unmade.is_empty(), "never made: {unmade:?}");
}
