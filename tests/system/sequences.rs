//! Orders of events that look harmless and are not: each that the engine's rules guard against by name.
//!
//! Elsewhere: positions used again after a restore, after two restores of one backup, and a server rolled back unknown to
//! itself (`restore.rs`); a hole after pruning, office work made after the backup, a photo lost with the server's disk
//! after its receipt (`restore.rs`, `pruning.rs`); a region that
//! somebody joins late (the hub's `scope`); a body that is no op (the hub's `outcomes`).

use fieldcard_core::store::Place;
use fieldcard_core::sync::Event;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::record::note::Note;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::page::Row;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::path::{Fault, Path};
use fieldcard_tests::ports::TestClock;
use serde_json::{Value, json};

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;

fn office(clock: &TestClock, page_rows: usize) -> Office {
    Office::new(None, clock, page_rows).unwrap()
}

fn phone(office: &mut Office, clock: &TestClock, n: u8) -> Device {
    let mut device = Device::new(Place::memory(), clock, u64::from(n)).unwrap();
    office.take_in(&mut device, person(n)).unwrap();
    device
}

fn told(text: &str) -> Note {
    Note { text: Some(text.to_owned()), ..Note::default() }
}

fn is_same(office: &mut Office, device: &mut Device, n: u8) -> bool {
    converged(office, device, person(n)).unwrap()
}

/// A device that has enrolled and fetched nothing yet, beside its office.
fn before_the_first_pull(office: &mut Office, clock: &TestClock) -> Device {
    let mut device = Device::new(Place::memory(), clock, 7).unwrap();
    let code = office.hub.make_code(person(1), true).unwrap();
    device.enrol("http://127.0.0.1", &code.grouped(), fieldcard_schema::digest::Digest::ZERO).unwrap();
    device.exchange(office).unwrap();
    let owner = device.owner().unwrap().unwrap();
    office.hub.confirm_device(owner.device).unwrap();
    device
}

fn planned(day: i64) -> Job {
    Job { assignee: Some(person(1)), plan_from: Some(Timestamp(MORNING + day * DAY)), ..Job::default() }
}

/// What the first pull has passed and what it has not reached change while it runs: the feed has both.
#[test]
fn a_row_that_changes_during_the_first_pull_is_there_as_it_is_now() {
    for page_rows in 1..=3 {
        let clock = TestClock::at(MORNING);
        let mut office = office(&clock, page_rows);
        let jobs: Vec<RecordId> = (0..6).map(|n| office.create_job(&planned(n)).unwrap()).collect();
        let mut device = before_the_first_pull(&mut office, &clock);
        device.tell(Event::Wanted).unwrap();
        let mut calls = 0;
        while device.exchange_once(&mut office).unwrap() {
            let (first, last) = (jobs[calls % 6], jobs[5 - calls % 6]);
            for (job, what) in [(first, "已经发过的"), (last, "还没发到的")] {
                let site = Fields::from_iter([("site".to_owned(), format!("{what}{calls}").into())]);
                office.set("job", job, site).unwrap();
                office.create_on(job, &told(what)).unwrap();
            }
            calls += 1;
            assert!(calls < 500, "it never ends");
            if calls > 8 {
                break;
            }
        }
        assert!(calls > 4, "{calls} calls");
        device.exchange(&mut office).unwrap();
        assert!(is_same(&mut office, &mut device, 1), "pages of {page_rows}");
    }
}

/// Which days are today, ahead and behind moves on while the pages of the first pull come by them.
#[test]
fn midnight_during_the_first_pull_loses_no_day() {
    for page_rows in 1..=3 {
        let clock = TestClock::at(MORNING);
        let mut office = office(&clock, page_rows);
        for day in -3..=3 {
            office.create_job(&planned(day)).unwrap();
        }
        let mut device = before_the_first_pull(&mut office, &clock);
        device.tell(Event::Wanted).unwrap();
        let mut calls = 0;
        while device.exchange_once(&mut office).unwrap() {
            calls += 1;
            // Two midnights, in the middle of the pages.
            if calls == 4 || calls == 7 {
                clock.pass(DAY);
            }
        }
        assert!(calls > 7, "{calls} calls");
        device.exchange(&mut office).unwrap();
        assert!(is_same(&mut office, &mut device, 1), "pages of {page_rows}");
    }
}

/// A job leaves with all that hangs on it, whatever row of that is the last of a page, and wherever a kill comes.
#[test]
fn what_leaves_leaves_whole_across_the_edges_of_pages() {
    for page_rows in 1..=4 {
        for kill_after in 0..4 {
            let clock = TestClock::at(MORNING);
            let folder = tempfile::tempdir().unwrap();
            let mut office = office(&clock, page_rows);
            let (stays, leaves) = (planned(0), planned(1));
            let (stays, leaves) = (office.create_job(&stays).unwrap(), office.create_job(&leaves).unwrap());
            let mut device = Device::new(Place::folder(folder.path()), &clock, 5).unwrap();
            for n in 0..3 {
                office.create_on(leaves, &told(&n.to_string())).unwrap();
                office.create_on(stays, &told(&n.to_string())).unwrap();
            }
            office.take_in(&mut device, person(1)).unwrap();
            office.assign(leaves, Some(person(2)), Vec::new()).unwrap();
            device.tell(Event::Wanted).unwrap();
            for _ in 0..kill_after {
                device.exchange_once(&mut office).unwrap();
            }
            device.restart().unwrap();
            device.exchange(&mut office).unwrap();
            let rest = device.core.store().unwrap().cache.of_job(leaves).unwrap();
            assert!(rest.is_empty(), "{} rows of it stay, pages of {page_rows}", rest.len());
            assert!(is_same(&mut office, &mut device, 1), "pages of {page_rows}, killed after {kill_after}");
        }
    }
}

/// Two jobs on one machine: with one of them gone, the other still needs it.
#[test]
fn a_machine_that_two_jobs_share_stays_when_one_of_them_leaves() {
    let clock = TestClock::at(MORNING);
    let mut office = office(&clock, 2);
    let machine = Machine { serial: Some("HCE215·24C·00059".into()), ..Machine::default() };
    let machine = office.create(&machine).unwrap();
    let on_it = Job { machine: Some(machine), ..planned(0) };
    let (stays, leaves) = (office.create_job(&on_it).unwrap(), office.create_job(&on_it).unwrap());
    let mut device = phone(&mut office, &clock, 1);
    office.assign(leaves, Some(person(2)), Vec::new()).unwrap();
    device.exchange(&mut office).unwrap();
    let page = device.view(json!({"type": "job_page", "job": stays})).unwrap();
    assert_eq!(page["machine"]["serial"], json!("HCE215·24C·00059"));
    assert!(is_same(&mut office, &mut device, 1));
    office.assign(stays, Some(person(2)), Vec::new()).unwrap();
    device.exchange(&mut office).unwrap();
    assert!(device.core.store().unwrap().cache.seen(machine).unwrap().is_none(), "and goes with the last");
    assert!(is_same(&mut office, &mut device, 1));
}

fn visit_state(device: &mut Device, job: RecordId) -> Value {
    device.view(json!({"type": "job_page", "job": job})).unwrap()["visits"][0]["status"].clone()
}

/// The forgotten arrival comes last to the office and stands where its time puts it.
#[test]
fn a_step_that_is_entered_late_after_the_leave_moves_nothing_back() {
    let clock = TestClock::at(MORNING);
    let mut office = office(&clock, 100);
    let job = office.create_job(&planned(0)).unwrap();
    let visit = office.visit_of(job).unwrap();
    let mut device = phone(&mut office, &clock, 1);
    device.act(json!({"type": "visit.depart", "visit": visit})).unwrap();
    clock.pass(30 * MINUTE);
    let arrived = clock.ms();
    clock.pass(30 * MINUTE);
    for step in ["visit.work", "visit.leave"] {
        device.act(json!({"type": step, "visit": visit})).unwrap();
        clock.pass(30 * MINUTE);
    }
    device.exchange(&mut office).unwrap();
    let left = visit_state(&mut device, job);
    device.act(json!({"type": "visit.arrive", "visit": visit, "at": arrived})).unwrap();
    device.exchange(&mut office).unwrap();
    assert_eq!(visit_state(&mut device, job), left);
    assert_eq!(left, json!("left"));
    assert!(is_same(&mut office, &mut device, 1));
    let steps = office.hub.job_records(job).unwrap();
    let late = steps.iter().find(|row| row.state.fields.get("step") == Some(&json!("arrived"))).unwrap();
    assert_eq!(late.state.fields["at"], json!(arrived));
    assert_eq!(late.state.fields["late"], json!(true));
}

/// The helper's departure is made before, and comes after, the leave of who leads the visit.
#[test]
fn a_helper_who_departs_after_the_lead_has_left_takes_nobody_back_to_the_road() {
    let clock = TestClock::at(MORNING);
    let mut office = office(&clock, 100);
    let job = office.create_job(&Job { assignee: None, ..planned(0) }).unwrap();
    office.assign(job, Some(person(1)), vec![person(2)]).unwrap();
    let visit = office.visit_of(job).unwrap();
    let (mut lead, mut helper) = (phone(&mut office, &clock, 1), phone(&mut office, &clock, 2));
    helper.act(json!({"type": "visit.depart", "visit": visit})).unwrap();
    clock.pass(MINUTE);
    for step in ["visit.depart", "visit.arrive", "visit.work", "visit.leave"] {
        lead.act(json!({"type": step, "visit": visit})).unwrap();
        clock.pass(10 * MINUTE);
    }
    lead.exchange(&mut office).unwrap();
    helper.exchange(&mut office).unwrap();
    for (device, n) in [(&mut lead, 1), (&mut helper, 2)] {
        device.exchange(&mut office).unwrap();
        assert_eq!(visit_state(device, job), json!("left"), "as person {n} sees it");
        assert!(is_same(&mut office, device, n));
    }
    let steps = office.hub.job_records(job).unwrap();
    let on_visit = |row: &&Row| row.state.fields.get("of") == Some(&json!("visit"));
    assert_eq!(steps.iter().filter(on_visit).count(), 5, "all of both are kept");
}

/// A person writes while the answer to his last work is on its way: what came is laid under, never over it.
#[test]
fn what_is_saved_between_the_asking_and_the_answer_is_there_afterwards() {
    for saved_before_call in 0..4 {
        let clock = TestClock::at(MORNING);
        let mut office = office(&clock, 1);
        let job = office.create_job(&planned(0)).unwrap();
        let mut device = phone(&mut office, &clock, 1);
        let cause = |text: &str| json!({"type": "fault.set", "job": job, "field": "cause", "value": text});
        device.act(cause("第一次写的")).unwrap();
        office.set("job", job, Fields::from_iter([("site".to_owned(), "新地址".into())])).unwrap();
        device.tell(Event::Wanted).unwrap();
        let mut calls = 0;
        while device.exchange_once(&mut office).unwrap() {
            calls += 1;
            if calls == saved_before_call {
                device.act(cause("改写的")).unwrap();
            }
        }
        if saved_before_call == 0 || calls < saved_before_call {
            device.act(cause("改写的")).unwrap();
        }
        let shown = |device: &mut Device| {
            device.view(json!({"type": "job_page", "job": job})).unwrap()["fault"]["cause"]["value"].clone()
        };
        assert_eq!(shown(&mut device), json!("改写的"));
        device.exchange(&mut office).unwrap();
        assert_eq!(shown(&mut device), json!("改写的"));
        assert!(is_same(&mut office, &mut device, 1), "saved before call {saved_before_call}");
        let causes: Vec<_> = office.hub.job_records(job).unwrap();
        let cause = causes.iter().find_map(|row| row.state.fields.get("cause")).unwrap();
        assert_eq!(cause, &json!("改写的"));
    }
}

/// A push whose answer is lost and whose work is changed meanwhile: both are there, in their order.
#[test]
fn what_is_written_on_after_a_lost_answer_follows_what_was_sent() {
    let clock = TestClock::at(MORNING);
    let mut office = office(&clock, 100);
    let job = office.create_job(&planned(0)).unwrap();
    let mut device = phone(&mut office, &clock, 1);
    for n in 0..5 {
        device
            .act(json!({"type": "fault.set", "job": job, "field": "cause", "value": n.to_string()}))
            .unwrap();
        device.exchange(&mut Path::new(&mut office, Fault::LoseAnswers(0))).unwrap();
    }
    device.exchange(&mut office).unwrap();
    let rows = office.hub.job_records(job).unwrap();
    assert_eq!(rows.iter().find_map(|row| row.state.fields.get("cause")), Some(&json!("4")));
    assert!(office.hub.exceptions().unwrap().is_empty(), "nobody disagreed with himself");
    assert!(is_same(&mut office, &mut device, 1));
}
