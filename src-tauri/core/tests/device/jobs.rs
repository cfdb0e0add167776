//! Walk-up jobs, and what a job's page says as a whole.

use fieldcard_core::error::ErrorCode;
use fieldcard_schema::merge::RecordState;
use serde_json::{Value, json};

use super::device::{CUSTOMER, Device, JOB, MACHINE};
use super::office::{ME, rec, user};

fn walk_up(customer: &str, serial: &str) -> Value {
    json!({
        "type": "job.create", "customer": customer, "place": "北坡", "phone": "13900000009", "serial": serial,
        "model": "ZE60", "job_type": "repair", "report": "不着车",
    })
}

#[test]
fn a_walk_up_job_of_an_unknown_machine_keeps_what_was_told() {
    let mut device = Device::with_job();
    let job = device.make(walk_up("王老板", "SN-99"));
    let page = device.view(json!({"type": "job_page", "job": job}));
    assert_eq!((&page["customer"], &page["number"]), (&json!("王老板"), &json!("")));
    assert_eq!(
        page["machine"],
        json!({"machine": null, "model": "ZE60", "serial": "SN-99", "nickname": null})
    );
    assert_eq!((&page["status"], &page["visits"][0]["status"]), (&json!("created"), &json!("accepted")));
    assert_eq!(page["contacts"][0]["phone"], json!("13900000009"));
    let found = device.view(json!({"type": "jobs", "search": "王老板 sn99", "limit": 10}));
    assert_eq!(found["rows"][0]["job"], json!(job));
    device.sync();
    let record = &device.office.records[&job.parse().unwrap()];
    assert_eq!((&record.fields["assignee"], record.fields.get("machine")), (&json!(user(ME)), None));
}

#[test]
fn a_machine_is_found_by_its_serial_or_its_tail() {
    let mut device = Device::with_job();
    for serial in ["sn 2150417", "0417", "2150417"] {
        let job = device.make(walk_up("恒基矿业", serial));
        device.sync();
        let record = &device.office.records[&job.parse().unwrap()];
        assert_eq!(record.fields["machine"], json!(rec(MACHINE)), "{serial}");
        assert_eq!(record.fields["customer"], json!(rec(CUSTOMER)));
        assert_eq!(record.fields["brand"], json!("acme"));
        assert!(
            !record.fields.contains_key("machine_serial") && !record.fields.contains_key("customer_name")
        );
    }
    // Too short, or of two machines: nobody guesses.
    device.office.put(rec(64), "machine", None, json!({"serial": "XX-0417"}));
    device.sync();
    for serial in ["417", "0417"] {
        let job = device.make(walk_up("恒基矿业", serial));
        device.sync();
        assert!(!device.office.records[&job.parse().unwrap()].fields.contains_key("machine"), "{serial}");
    }
}

#[test]
fn a_walk_up_job_needs_a_customer_and_a_report() {
    let mut device = Device::with_job();
    assert_eq!(device.refused(walk_up(" ", "1")), (ErrorCode::InvalidValue, "customer".into()));
    let mut request = walk_up("王", "1");
    request["report"] = json!("");
    assert_eq!(device.refused(request.clone()), (ErrorCode::InvalidValue, "report".into()));
    request["report"] = json!("x");
    request["job_type"] = json!("tea");
    assert_eq!(device.refused(request), (ErrorCode::InvalidValue, "job_type".into()));
    let done = device.act(walk_up("王", "1"));
    device.undo(&done);
    let gone = json!({"type": "job_page", "job": done.rec});
    assert_eq!(device.try_view(gone).unwrap_err().code, ErrorCode::NotFound);
}

#[test]
fn the_page_tells_who_to_call_what_was_reported_and_what_was_done_before() {
    let mut device = Device::with_job();
    let entry = |n: u32| json!({"job_number": format!("FW{n}"), "date": "2026-08-03", "fault": "漏油", "parts": ["油封"]});
    let entries: Vec<Value> = (0..5).map(entry).collect();
    device.office.put(rec(65), "machine_history", None, json!({"machine": rec(MACHINE), "entries": entries}));
    let receipt = |n: u32, code: &str| json!({"job": rec(JOB), "n": n, "code": code, "at": 5});
    device.office.put(rec(66), "receipt", Some(rec(JOB)), receipt(1, "AAAA-BBBB"));
    device.office.put(rec(67), "receipt", Some(rec(JOB)), receipt(2, "5F3K-9QXV"));
    device.sync();
    let page = device.page();
    assert_eq!(page["report"]["text"], json!("动臂无力"));
    assert_eq!(
        (&page["contacts"][0]["role"], &page["contacts"][1]["phone"]),
        (&json!("operator"), &json!("13800000001"))
    );
    assert_eq!((page["history"].as_array().unwrap().len(), &page["history_total"]), (3, &json!(5)));
    assert_eq!(page["history"][0]["parts"], json!(["油封"]));
    assert_eq!(page["receipt"]["code"], json!("5F3K-9QXV"));
    assert_eq!(
        (&page["job_type"], &page["service_mode"], &page["priority"]),
        (&json!("repair"), &json!("passive"), &json!("normal"))
    );
}

#[test]
fn the_missing_list_leads_to_where_each_thing_is_mended() {
    let mut device = Device::with_job();
    device.begin_work();
    device.make(
        json!({"type": "part_line.add", "job": rec(JOB), "name": "主泵", "number": "6", "serialised": true}),
    );
    let list = device.view(json!({"type": "missing", "job": rec(JOB)}));
    let line = device.page()["parts"][0]["line"].clone();
    let row = |code: &str| {
        let rows = list["rows"].as_array().unwrap();
        rows.iter().find(|row| row["code"] == code).unwrap_or_else(|| panic!("{code}: {list}"))
    };
    assert_eq!(row("meter")["target"], json!({"on": "job", "rec": rec(JOB), "field": "meter.hours"}));
    assert_eq!(row("meter")["degree"], json!("holds_sign_off"));
    assert_eq!(row("work_done")["target"]["field"], json!("fault.action"));
    assert_eq!(row("fault")["target"]["field"], json!("fault.phenomenon"));
    assert_eq!(row("serial_in")["target"], json!({"on": "part_line", "rec": line, "field": "serial"}));
    assert_eq!(row("disposition")["target"], json!({"on": "part_line", "rec": line, "field": "disposition"}));
    assert_eq!(row("photo")["facts"]["n"], json!("1"));
    let page = device.page();
    assert_eq!(page["missing_required"], json!(2));
    let rows = list["rows"].as_array().unwrap().len() as u64;
    assert_eq!(page["missing_optional"].as_u64().unwrap(), rows - 2);
}

#[test]
fn before_he_departs_the_times_to_come_can_be_entered_where_the_list_leads() {
    let mut device = Device::with_job();
    let times = device.view(json!({"type": "visit_times", "job": rec(JOB)}));
    assert_eq!(times["visits"][0]["forgotten"], json!([]));
    assert_eq!(times["visits"][0]["asked"], json!(["depart", "arrive", "work"]));
}

#[test]
fn what_belongs_to_the_office_is_proposed_and_the_decision_shows() {
    let mut device = Device::with_job();
    let propose = |field: &str, value: serde_json::Value| json!({"type": "job.propose", "job": rec(JOB), "field": field, "value": value});
    for (field, value) in [("type", json!("holiday")), ("due", json!("tomorrow")), ("site", json!(7))] {
        assert_eq!(device.refused(propose(field, value)), (ErrorCode::InvalidValue, field.into()));
    }
    assert_eq!(device.refused(propose("action", json!("x"))), (ErrorCode::InvalidValue, "field".into()));
    assert_eq!(device.act(propose("site", json!("5号矿坑"))).undo, None);
    device.act(propose("site", json!("6号矿坑")));
    let shown = |device: &mut Device| device.page()["proposals"].clone();
    let before = shown(&mut device);
    assert_eq!((before[0]["value"].as_str(), before.as_array().unwrap().len()), (Some("6号矿坑"), 1));
    assert_eq!((&before[0]["state"], &before[0]["data"]), (&json!("pending"), &json!("waiting")));
    assert_eq!(device.page()["place"]["name"], json!("3号矿坑"));
    device.sync();
    let sent = shown(&mut device);
    assert_eq!((&sent[0]["state"], &sent[0]["data"]), (&json!("pending"), &json!("held")));
    // It waits for the office: nothing that he must act on.
    assert_eq!(device.view(json!({"type": "data_state"}))["needs_you"], json!(0));
    let view = device.view(json!({"type": "propose", "job": rec(JOB)}));
    let site = view["fields"].as_array().unwrap().iter().find(|one| one["field"] == "site").unwrap();
    assert_eq!(site["value"], json!("3号矿坑"));
    let pos = device.last_pos_of(rec(JOB));
    let values = json!([{"value": "3号矿坑"}, {"value": "6号矿坑", "user": user(ME), "pos": pos}]);
    let exception = json!({"rec": rec(JOB), "kind": "job", "field": "site", "why": "proposal", "values": values, "state": "resolved"});
    device.office.put(rec(80), "exception", Some(rec(JOB)), exception);
    device.sync();
    assert_eq!(shown(&mut device)[0]["state"], json!("declined"));
    device.office.set(rec(JOB), "site", json!("6号矿坑"));
    device.sync();
    assert_eq!(shown(&mut device)[0]["state"], json!("taken"));
}

#[test]
fn a_forgotten_time_is_missing_until_it_is_entered() {
    let mut device = Device::with_job();
    device.act(json!({"type": "visit.work", "visit": rec(super::device::VISIT)}));
    let list = device.view(json!({"type": "missing", "job": rec(JOB)}));
    let fields: Vec<_> =
        list["rows"].as_array().unwrap().iter().map(|r| r["target"]["field"].clone()).collect();
    for step in ["depart", "arrive"] {
        let field = format!("step.{}.{step}", rec(super::device::VISIT));
        assert!(fields.contains(&json!(field)), "{fields:?}");
    }
    let times = device.view(json!({"type": "visit_times", "job": rec(JOB)}));
    assert_eq!(times["visits"][0]["asked"], json!(["depart", "arrive"]));
    assert_eq!(list["visit"], json!(rec(super::device::VISIT)));
}

#[test]
fn a_proposal_is_taken_back_until_the_office_has_decided() {
    let mut device = Device::with_job();
    let propose =
        |site: &str| json!({"type": "job.propose", "job": rec(JOB), "field": "site", "value": site});
    let withdraw = json!({"type": "job.withdraw", "job": rec(JOB), "field": "site"});
    let state = |device: &mut Device| device.page()["proposals"][0]["state"].clone();
    assert_eq!(device.refused(withdraw.clone()).0, ErrorCode::NotFound);
    device.act(propose("5号矿坑"));
    device.act(propose("6号矿坑"));
    // Before anything was sent: both go up, and both are taken back.
    device.act(withdraw.clone());
    assert_eq!(state(&mut device), json!("withdrawn"));
    device.sync();
    let named = |record: &RecordState| (record.kind == "withdrawal").then(|| record.fields["op"].clone());
    assert_eq!(device.office.records.values().filter_map(named).count(), 2);
    assert_eq!(device.refused(withdraw.clone()).0, ErrorCode::NotFound, "once is enough");
    device.act(propose("7号矿坑"));
    assert_eq!(state(&mut device), json!("pending"));
    device.act(withdraw);
    device.sync();
    // The office had taken it before it heard that.
    let pos = device.last_pos_of(rec(JOB));
    let values = json!([{"value": "3号矿坑"}, {"value": "7号矿坑", "user": user(ME), "pos": pos}]);
    let taken = json!({"rec": rec(JOB), "kind": "job", "field": "site", "why": "proposal", "values": values, "state": "resolved"});
    device.office.put(rec(70), "exception", Some(rec(JOB)), taken);
    device.office.set(rec(JOB), "site", json!("7号矿坑"));
    device.sync();
    assert_eq!(state(&mut device), json!("taken"));
}
