//! The office's side: ops like any other, judged at once.

use std::collections::BTreeSet;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::Act;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::rules::role::{Role, Roles};
use fieldcard_schema::wire::error::ErrorCode;
use serde_json::json;
use uuid::Uuid;

use super::device::TestDevice;
use super::world::{World, fields, office, user};
use crate::hub::JobFilter;
use crate::hub::office::{Actor, Assignment, OfficeOp};

#[test]
fn an_action_is_done_whole_or_not_at_all() {
    let mut world = World::new();
    let job = world.job(json!({"report": "一"}));
    let count = world.hub.op_count().unwrap();
    let good = OfficeOp::set("job", job, fields(json!({"report": "二"})), None);
    let unknown = OfficeOp::set("job", RecordId(Uuid::nil()), fields(json!({"report": "x"})), None);
    let refused = world.hub.office(&office(), vec![good.clone(), unknown]).unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
    let taken = OfficeOp::create("job", job, None, fields(json!({})));
    let refused = world.hub.office(&office(), vec![good.clone(), taken]).unwrap_err();
    assert_eq!((refused.code, refused.detail.as_deref()), (ErrorCode::InvalidValue, Some("rec")));
    let float = OfficeOp::set("job", job, fields(json!({"report": 1.5})), None);
    assert_eq!(world.hub.office(&office(), vec![float]).unwrap_err().code, ErrorCode::InvalidValue);
    assert_eq!((world.hub.op_count().unwrap(), world.field(job, "report")), (count, json!("一")));
    assert!(world.hub.office(&office(), vec![good]).is_ok());
}

#[test]
fn a_record_changed_meanwhile_is_stale() {
    let mut world = World::new();
    let job = world.job(json!({"report": "一", "site": "二"}));
    let seen = world.hub.record(job).unwrap().unwrap().state.ver;
    world.set("job", job, json!({"report": "三"}));
    let other_field = OfficeOp::set("job", job, fields(json!({"site": "四"})), Some(seen));
    assert!(world.hub.office(&office(), vec![other_field]).is_ok(), "another field is no quarrel");
    let stale = OfficeOp::set("job", job, fields(json!({"report": "五"})), Some(seen));
    assert_eq!(world.hub.office(&office(), vec![stale]).unwrap_err().code, ErrorCode::Stale);
    assert_eq!(world.hub.exceptions().unwrap(), []);
}

#[test]
fn a_job_moves_by_steps_of_those_who_may() {
    let mut world = World::new();
    let job = world.job(json!({"report": "一"}));
    let to = Assignment { assignee: Some(user(1)), crew: vec![], base: None };
    world.hub.assign(&office(), job, to).unwrap();
    let state = |world: &mut World| world.hub.jobs(&JobFilter::default()).unwrap()[0].state;
    assert_eq!(state(&mut world), JobState::Dispatched);
    let refused = world.hub.step_job(&office(), job, JobStep::Closed, None).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidValue);
    let agent = Actor { roles: Roles::of(&[Role::CallBackAgent]), ..office() };
    let refused = world.hub.step_job(&agent, job, JobStep::Cancelled, None).unwrap_err();
    assert_eq!(refused.code, ErrorCode::Forbidden);
    world.hub.step_job(&office(), job, JobStep::Cancelled, Some("用户取消")).unwrap();
    assert_eq!(state(&mut world), JobState::Cancelled);
}

#[test]
fn work_on_a_cancelled_job_is_late_and_a_step_there_impossible() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    world.hub.step_job(&office(), job, JobStep::Cancelled, None).unwrap();
    device.create("note", Some(job), json!({"text": "schon da"}));
    let step = json!({"subject": job, "of": "job", "step": "work_done", "at": 5});
    device.create("step", Some(job), step);
    device.drain(&mut world);
    let ended: Vec<_> = device.outcomes.iter().map(|one| (one.outcome, one.why)).collect();
    let expected = [(Outcome::Applied, Some(Why::Late)), (Outcome::Applied, Some(Why::Impossible))];
    assert_eq!(ended, expected);
    assert_eq!(world.hub.jobs(&JobFilter::default()).unwrap()[0].state, JobState::Cancelled);
}

#[test]
fn jobs_are_listed_page_by_page_and_filtered() {
    let mut world = World::new();
    let jobs: Vec<_> = (0..5).map(|n| world.job_of(user(n % 2 + 1), i64::from(n))).collect();
    let list = |world: &mut World, filter: JobFilter| -> Vec<RecordId> {
        world.hub.jobs(&filter).unwrap().into_iter().map(|view| view.row.rec).collect()
    };
    let first = list(&mut world, JobFilter { limit: 2, ..JobFilter::default() });
    assert_eq!(first, jobs[..2]);
    let rest = list(&mut world, JobFilter { after: Some(first[1]), ..JobFilter::default() });
    assert_eq!(rest, jobs[2..]);
    let filter = JobFilter { person: Some(user(2)), limit: 1, ..JobFilter::default() };
    assert_eq!(list(&mut world, filter), [jobs[1]]);
    let filter = JobFilter { states: vec![JobState::Closed], ..JobFilter::default() };
    assert_eq!(list(&mut world, filter), []);
}

#[test]
fn the_office_corrects_evidence_by_amending() {
    let mut world = World::new();
    let job = world.job_of(user(1), 0);
    let note = world.create("note", Some(job), json!({"text": "一"}));
    let set = fields(json!({"text": "二"}));
    let overwrite = OfficeOp::set("note", note, set.clone(), None);
    assert_eq!(world.hub.office(&office(), vec![overwrite]).unwrap_err().code, ErrorCode::InvalidValue);
    let amend = OfficeOp { act: Act::Amend, ..OfficeOp::set("note", note, set, None) };
    world.hub.office(&office(), vec![amend]).unwrap();
    assert_eq!(world.field(note, "text"), json!("二"));
}

#[test]
fn the_office_numbers_what_technicians_make_on_the_spot() {
    let mut world = World::new();
    let (mut one, mut two) = (TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2));
    let (_, first) = world.hub.open_job(&office(), Job::default()).unwrap();
    assert_eq!(first, "FW20261123-001");
    let jobs = [0, 1].map(|_| one.create("job", None, json!({"assignee": user(1), "report": "路边停机"})));
    let told = one.create("job", None, json!({"assignee": user(1), "number": "旧单-7"}));
    let other = two.create("job", None, json!({"assignee": user(2), "report": "不着车"}));
    one.drain(&mut world);
    two.drain(&mut world);
    assert_eq!(
        jobs.map(|job| one.field(job, "number").cloned()),
        [Some(json!("FW20261123-002")), Some(json!("FW20261123-003"))]
    );
    assert_eq!(one.field(told, "number"), Some(&json!("旧单-7")), "one that has a number keeps it");
    assert_eq!(two.field(other, "number"), Some(&json!("FW20261123-004")));
    let ops = world.hub.op_count().unwrap();
    one.set("job", jobs[0], json!({"report": "路边停机, 换滤芯"}));
    one.drain(&mut world);
    assert_eq!(world.hub.op_count().unwrap(), ops + 1, "a job is numbered once");
    let listed = world.hub.jobs(&JobFilter::default()).unwrap();
    let numbers: BTreeSet<_> =
        listed.iter().filter_map(|job| job.row.state.fields["number"].as_str()).collect();
    assert!(numbers.contains("FW20261123-002") && numbers.len() == 5, "{numbers:?}");
}

#[test]
fn a_number_that_somebody_made_up_holds_up_nobody() {
    let mut world = World::new();
    let mut one = TestDevice::new(&mut world, 1);
    one.create("job", None, json!({"assignee": user(1), "number": "FW20261123--5"}));
    let job = one.create("job", None, json!({"assignee": user(1), "report": "漏油"}));
    one.drain(&mut world);
    assert_eq!(one.field(job, "number"), Some(&json!("FW20261123-001")));
}
