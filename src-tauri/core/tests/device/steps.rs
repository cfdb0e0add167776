//! Steps of visits and jobs: in turn, late, undone, struck out; the next visit; waiting and giving up.

use fieldcard_core::error::ErrorCode;
use serde_json::{Value, json};

use super::device::{CUSTOMER, Device, HOUR, JOB, MACHINE, MINUTE, VISIT};
use super::office::{rec, user};

fn step(name: &str) -> Value {
    json!({"type": format!("visit.{name}"), "visit": rec(VISIT)})
}

fn late(name: &str, at: i64) -> Value {
    json!({"type": format!("visit.{name}"), "visit": rec(VISIT), "at": at})
}

fn kinds(page: &Value) -> Vec<&str> {
    page["visits"][0]["steps"].as_array().unwrap().iter().map(|s| s["kind"].as_str().unwrap()).collect()
}

fn can(page: &Value) -> Vec<&str> {
    page["can"].as_array().unwrap().iter().map(|a| a.as_str().unwrap()).collect()
}

#[test]
fn a_day_at_the_machine_moves_visit_and_job() {
    let mut device = Device::with_job();
    let page = device.page();
    assert_eq!((&page["status"], &page["visits"][0]["status"]), (&json!("dispatched"), &json!("planned")));
    assert_eq!(page["visits"][0]["next"], json!(["accept", "depart"]));
    assert_eq!(can(&page), ["edit", "ask_reassign", "wait"]);
    device.begin_work();
    let page = device.page();
    assert_eq!((&page["status"], &page["visits"][0]["status"]), (&json!("in_progress"), &json!("working")));
    assert_eq!(kinds(&page), ["accept", "depart", "arrive", "work"]);
    assert_eq!(can(&page), ["edit", "sign_off", "wait", "not_repaired"]);
    for name in ["pause", "work", "leave", "back"] {
        device.act(step(name));
    }
    let page = device.page();
    assert_eq!((&page["visits"][0]["status"], &page["current_visit"]), (&json!("back"), &Value::Null));
    assert!(can(&page).contains(&"another_visit"));
}

#[test]
fn a_step_cannot_be_taken_back_by_taking_an_earlier_one() {
    let mut device = Device::with_job();
    device.begin_work();
    assert_eq!(device.refused(step("depart")).0, ErrorCode::ImpossibleStep);
    let nobody = json!({"type": "visit.leave", "visit": rec(77)});
    assert_eq!(device.refused(nobody).0, ErrorCode::NotFound);
    assert_eq!(device.refused(late("leave", device.now() + HOUR)).0, ErrorCode::TimeInFuture);
}

#[test]
fn a_forgotten_step_is_told_and_entered_late_where_its_time_puts_it() {
    let mut device = Device::with_job();
    device.act(step("depart"));
    let departed = device.now();
    device.pass(HOUR);
    device.act(step("work"));
    assert_eq!(device.page()["visits"][0]["forgotten"], json!(["arrive"]));
    device.act(late("arrive", departed + 20 * MINUTE));
    let page = device.page();
    assert_eq!(kinds(&page), ["depart", "arrive", "work"]);
    assert_eq!(
        (&page["visits"][0]["forgotten"], &page["visits"][0]["status"]),
        (&json!([]), &json!("working"))
    );
    let row = &page["visits"][0]["steps"][1];
    assert_eq!((&row["late"], &row["at"]["ms"]), (&json!(true), &json!(departed + 20 * MINUTE)));
}

#[test]
fn a_late_step_that_would_not_count_is_refused() {
    let mut device = Device::with_job();
    device.pass(HOUR);
    device.act(step("depart"));
    device.pass(HOUR);
    device.act(step("work"));
    let now = device.now();
    assert_eq!(device.refused(late("arrive", now - 3 * HOUR)).0, ErrorCode::TimeOutOfOrder);
    assert_eq!(device.refused(late("arrive", now)).0, ErrorCode::TimeOutOfOrder);
    assert_eq!(device.refused(late("depart", now - HOUR)).0, ErrorCode::ImpossibleStep);
    assert_eq!(kinds(&device.page()), ["depart", "work"]);
}

#[test]
fn an_undone_step_is_gone_with_what_it_began_and_only_for_ten_seconds() {
    let mut device = Device::with_job();
    device.act(step("depart"));
    let done = device.act(step("work"));
    assert_eq!(device.page()["status"], json!("in_progress"));
    device.undo(&done);
    let page = device.page();
    assert_eq!((&page["status"], kinds(&page)), (&json!("dispatched"), vec!["depart"]));
    let again = json!({"type": "undo", "token": done.undo.unwrap()});
    assert_eq!(device.refused(again).0, ErrorCode::UndoExpired);
    let done = device.act(step("work"));
    device.pass(10_001);
    assert_eq!(
        device.refused(json!({"type": "undo", "token": done.undo.unwrap()})).0,
        ErrorCode::UndoExpired
    );
}

#[test]
fn a_step_struck_out_takes_the_start_of_the_job_with_it() {
    let mut device = Device::with_job();
    device.begin_work();
    let page = device.page();
    let work = page["visits"][0]["steps"][3]["step"].clone();
    let done = device.act(json!({"type": "visit.void_step", "step": work}));
    let page = device.page();
    assert_eq!((&page["status"], &page["visits"][0]["status"]), (&json!("dispatched"), &json!("arrived")));
    device.undo(&done);
    assert_eq!(device.page()["status"], json!("in_progress"));
    // A step of the office is not his to strike out.
    let theirs = device.refused(json!({"type": "visit.void_step", "step": rec(15)}));
    assert_eq!(theirs.0, ErrorCode::NotFound);
}

#[test]
fn a_colleagues_step_is_a_time_and_not_mine_to_strike_out() {
    let mut device = Device::with_job();
    let fields = json!({"subject": rec(VISIT), "of": "visit", "step": "arrived", "at": device.now()});
    device.office.put(rec(60), "step", Some(rec(JOB)), fields);
    device.sync();
    let page = device.page();
    assert_eq!(page["visits"][0]["status"], json!("planned"));
    assert_eq!(page["visits"][0]["steps"][0]["counted"], json!(false));
    assert_eq!(page["visits"][0]["steps"][0]["by"], json!("罗敏"));
    let void = json!({"type": "visit.void_step", "step": rec(60)});
    assert_eq!(device.refused(void).0, ErrorCode::NotYours);
}

#[test]
fn he_asks_to_hand_over_with_a_reason_until_he_goes_all_the_same() {
    let mut device = Device::with_job();
    let ask = |reason: &str| json!({"type": "visit.ask_reassign", "visit": rec(VISIT), "reason": reason, "note": "明天可以"});
    assert_eq!(device.refused(ask("no_mood")), (ErrorCode::InvalidValue, "reason".into()));
    let done = device.act(ask("too_far"));
    let page = device.page();
    assert_eq!(page["visits"][0]["reassign_asked"], json!("too_far"));
    assert!(!can(&page).contains(&"ask_reassign"));
    device.undo(&done);
    assert_eq!(device.page()["visits"][0]["reassign_asked"], Value::Null);
    device.act(ask("busy"));
    device.act(step("depart"));
    assert_eq!(device.page()["visits"][0]["reassign_asked"], Value::Null);
    assert_eq!(device.refused(ask("busy")).0, ErrorCode::ImpossibleStep);
}

#[test]
fn a_job_waits_for_parts_and_the_next_visit_takes_it_up_again() {
    let mut device = Device::with_job();
    device.begin_work();
    let wait =
        |reason: &str| json!({"type": "job.wait", "job": rec(JOB), "reason": reason, "note": "主泵下周到"});
    assert_eq!(device.refused(wait("weather")), (ErrorCode::InvalidValue, "reason".into()));
    device.act(wait("parts"));
    let page = device.page();
    assert_eq!((&page["status"], &page["waiting_for"]), (&json!("waiting"), &json!("parts")));
    assert_eq!(page["waiting_note"], json!("主泵下周到"));
    assert_eq!(device.refused(wait("parts")).0, ErrorCode::ImpossibleStep);
    let open =
        |planned: &str| json!({"type": "visit.open", "job": rec(JOB), "planned": planned, "note": "带主泵"});
    assert_eq!(device.refused(open("2026-09-28")).0, ErrorCode::ImpossibleStep);
    device.act(step("leave"));
    assert_eq!(device.refused(open("2026-09-31")), (ErrorCode::InvalidValue, "planned".into()));
    let visit = device.make(open("2026-09-28"));
    let page = device.page();
    assert_eq!((&page["visits"][1]["number"], &page["current_visit"]), (&json!(2), &json!(visit)));
    assert_eq!(page["notes"][0]["text"], json!("带主泵"));
    let window = &page["visits"][1]["window"];
    assert_eq!(window["from"]["ms"], json!(1_790_524_800_000_i64));
    for name in ["depart", "work"] {
        device.act(json!({"type": format!("visit.{name}"), "visit": visit}));
    }
    let page = device.page();
    assert_eq!((&page["status"], &page["waiting_for"]), (&json!("in_progress"), &Value::Null));
}

#[test]
fn waiting_ends_by_hand_too() {
    let mut device = Device::with_job();
    device.begin_work();
    assert_eq!(device.refused(json!({"type": "job.resume", "job": rec(JOB)})).0, ErrorCode::ImpossibleStep);
    let done = device.act(json!({"type": "job.wait", "job": rec(JOB), "reason": "customer"}));
    device.undo(&done);
    assert_eq!(device.page()["status"], json!("in_progress"));
    device.act(json!({"type": "job.wait", "job": rec(JOB), "reason": "customer"}));
    assert!(can(&device.page()).contains(&"resume"));
    device.act(json!({"type": "job.resume", "job": rec(JOB)}));
    assert_eq!(device.page()["status"], json!("in_progress"));
}

#[test]
fn departing_after_the_end_opens_the_next_visit_once() {
    let mut device = Device::with_job();
    device.begin_work();
    device.act(step("leave"));
    let done = device.act(step("depart"));
    let page = device.page();
    assert_eq!(page["visits"][1]["status"], json!("departed"));
    // The first visit is history: departing from it again opens nothing.
    assert_eq!(device.refused(step("depart")).0, ErrorCode::ImpossibleStep);
    device.undo(&done);
    assert_eq!(device.page()["visits"].as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_repaired_ends_and_asks_for_no_work_done() {
    let mut device = Device::with_job();
    for name in ["depart", "arrive"] {
        device.act(step(name));
    }
    let give_up =
        |reason: &str| json!({"type": "job.not_repaired", "job": rec(JOB), "reason": reason, "note": ""});
    assert_eq!(device.refused(give_up("tired")), (ErrorCode::InvalidValue, "reason".into()));
    let done = device.act(give_up("no_entry"));
    let page = device.page();
    assert_eq!((&page["status"], can(&page).len()), (&json!("not_repaired"), 0));
    let missing = device.view(json!({"type": "missing", "job": rec(JOB)}));
    let codes: Vec<_> = missing["rows"].as_array().unwrap().iter().map(|r| r["code"].clone()).collect();
    assert!(!codes.contains(&json!("work_done")), "{codes:?}");
    device.undo(&done);
    assert_eq!(device.page()["status"], json!("dispatched"));
    assert!(can(&device.page()).contains(&"not_repaired"));
}

#[test]
fn a_job_that_went_to_a_colleague_is_read_only_and_says_with_whom() {
    let mut device = Device::with_job();
    device.begin_work();
    device.office.unreachable = true;
    device.act(json!({"type": "note.add", "job": rec(JOB), "text": "密封圈有裂纹"}));
    device.office.unreachable = false;
    // The job's own row says nothing of it: it is in no audience of his any more.
    device.office.leave(&[rec(VISIT)]);
    device.office.hand_on(rec(JOB), user(super::office::OTHER));
    // The text is under way when the job leaves; a draft keeps it here after that.
    device.act(json!({"type": "draft.save", "rec": rec(JOB), "field": "fault.cause", "value": "写了一半"}));
    device.sync();
    let page = device.page();
    assert_eq!(page["now_with"], json!("罗敏"));
    assert_eq!((can(&page).len(), &page["visits"][0]["next"]), (0, &json!([])));
    let add = json!({"type": "note.add", "job": rec(JOB), "text": "x"});
    assert_eq!(device.refused(add).0, ErrorCode::NotAssigned);
    assert_eq!(device.refused(step("leave")).0, ErrorCode::NotAssigned);
}

#[test]
fn times_have_a_view_of_their_own() {
    let mut device = Device::with_job();
    device.begin_work();
    let times = device.view(json!({"type": "visit_times", "job": rec(JOB)}));
    assert_eq!((&times["number"], &times["customer"]), (&json!("FW20260921-003"), &json!("恒基矿业")));
    assert_eq!((&times["can_edit"], &times["visits"][0]["people"]), (&json!(true), &json!(["程岳"])));
}

#[test]
fn ink_on_the_pad_keeps_a_job_that_moved_with_its_machine_and_customer_until_it_is_gone() {
    let mut device = Device::with_job();
    device.begin_work();
    device.sync();
    let ink = json!({"type": "draft.save", "rec": rec(VISIT), "field": "ink", "value": "3000x2000.AA"});
    device.act(ink);
    device.office.leave(&[rec(MACHINE), rec(CUSTOMER), rec(VISIT), rec(JOB)]);
    device.sync();
    let page = device.page();
    assert_eq!((&page["customer"], &page["can"]), (&json!("恒基矿业"), &json!([])));
    assert_eq!(page["machine"]["serial"], json!("SN-2150417"));
    assert_eq!(page["now_with"], json!(""));
    device.act(json!({"type": "draft.clear", "rec": rec(VISIT)}));
    device.sync();
    for query in
        [json!({"type": "job_page", "job": rec(JOB)}), json!({"type": "machine", "machine": rec(MACHINE)})]
    {
        assert_eq!(device.try_view(query).unwrap_err().code, ErrorCode::NotFound);
    }
}
