//! Today and the list of jobs.

use serde_json::{Value, json};

use super::device::{Device, HOUR, JOB, START, VISIT};
use super::office::{ME, rec, user};

const DAY: i64 = 24 * HOUR;

fn job(device: &mut Device, n: u128, fields: Value) {
    let mut all = json!({"number": format!("FW{n}"), "type": "repair", "assignee": user(ME)});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    device.office.put(rec(n), "job", None, all);
    let visit = json!({"number": 1, "place": "field", "lead": user(ME)});
    device.office.put(rec(n + 1), "visit", Some(rec(n)), visit);
}

fn numbers(view: &Value, list: &str) -> Vec<String> {
    view[list].as_array().unwrap().iter().map(|card| card["number"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn today_puts_each_job_where_a_person_looks_for_it() {
    let mut device = Device::with_job();
    job(&mut device, 200, json!({"plan_from": START - 2 * DAY}));
    job(&mut device, 210, json!({"plan_from": START + DAY}));
    job(&mut device, 220, json!({"plan_from": START + 3 * DAY}));
    job(&mut device, 230, json!({"due": START - HOUR}));
    job(&mut device, 240, json!({}));
    job(&mut device, 250, json!({"plan_from": START}));
    device.sync();
    device.act(json!({"type": "visit.depart", "visit": rec(251)}));
    let today = device.view(json!({"type": "today"}));
    assert_eq!(today["day"], json!("2026-09-21"));
    assert_eq!(numbers(&today, "overdue"), ["FW200", "FW230"]);
    assert_eq!(numbers(&today, "in_progress"), ["FW250"]);
    assert_eq!(numbers(&today, "today"), ["FW20260921-003", "FW240"]);
    assert_eq!(numbers(&today, "tomorrow"), ["FW210"]);
    let card = &today["in_progress"][0];
    assert_eq!((&card["next"], &card["visit_status"]), (&json!("arrive"), &json!("departed")));
    assert!(card["last"]["ms"].as_i64().unwrap() >= START);
    assert_eq!(today["today"][0]["last"]["ms"], json!(START - 4 * HOUR));
}

#[test]
fn a_card_says_who_where_what_and_when() {
    let mut device = Device::with_job();
    let today = device.view(json!({"type": "today"}));
    let card = &today["today"][0];
    assert_eq!((&card["customer"], &card["place"]["name"]), (&json!("恒基矿业"), &json!("3号矿坑")));
    assert_eq!((&card["machine"]["nickname"], &card["phone"]), (&json!("那台215"), &json!("13800000001")));
    assert_eq!(card["window"]["from"]["ms"], json!(START - HOUR));
    assert_eq!((&card["next"], &card["data"]), (&json!("accept"), &json!("held")));
}

#[test]
fn a_job_whose_next_visit_is_days_away_is_not_in_the_way_today() {
    let mut device = Device::with_job();
    device.begin_work();
    device.act(json!({"type": "job.wait", "job": rec(JOB), "reason": "parts"}));
    device.act(json!({"type": "visit.leave", "visit": rec(VISIT)}));
    let done = device.act(json!({"type": "visit.open", "job": rec(JOB), "planned": "2026-09-28"}));
    let today = device.view(json!({"type": "today"}));
    assert_eq!(numbers(&today, "in_progress"), [] as [&str; 0]);
    device.undo(&done);
    device.act(json!({"type": "visit.open", "job": rec(JOB), "planned": "2026-09-22"}));
    let today = device.view(json!({"type": "today"}));
    assert_eq!(numbers(&today, "tomorrow"), ["FW20260921-003"]);
}

#[test]
fn what_was_done_today_stays_in_sight() {
    let mut device = Device::with_job();
    device.begin_work();
    device.act(json!({"type": "job.not_repaired", "job": rec(JOB), "reason": "workshop"}));
    let today = device.view(json!({"type": "today"}));
    assert_eq!(numbers(&today, "done"), ["FW20260921-003"]);
    assert_eq!(
        (&today["done"][0]["status"], &today["done"][0]["next"]),
        (&json!("not_repaired"), &Value::Null)
    );
}

#[test]
fn jobs_are_found_by_what_people_say() {
    let mut device = Device::with_job();
    job(&mut device, 200, json!({"site": "南坡"}));
    device.sync();
    let mut find = |words: &str| {
        let found = device.view(json!({"type": "jobs", "search": words, "limit": 10}));
        (numbers(&found, "rows"), found["total"].as_u64().unwrap())
    };
    for words in ["尾号417", "417", "那台215", "恒基 矿坑", "0001", "fw20260921", "sn2150417"] {
        assert_eq!(find(words), (vec!["FW20260921-003".to_owned()], 1), "{words}");
    }
    assert_eq!(find("南坡").0, ["FW200"]);
    assert_eq!(find("").1, 2);
    assert_eq!(find("417 南坡").1, 0);
    let short = device.view(json!({"type": "jobs", "search": "", "limit": 1}));
    assert_eq!((short["rows"].as_array().unwrap().len(), &short["total"]), (1, &json!(2)));
}
