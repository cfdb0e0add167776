//! The thread that exchanges in a real app, and the report of how a device fares: what breaks is caught and said.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fieldcard_core::Core;
use fieldcard_core::driver::images::ImageCrate;
use fieldcard_core::driver::runner::Runner;
use fieldcard_core::ports::{Clock, Ports};
use fieldcard_core::store::Place;
use fieldcard_core::sync::{Answer, Event, trace};
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::frame;
use fieldcard_schema::wire::sync::SyncResponse;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, person};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::{TestChance, TestClock, TestKeystore};
use serde_json::json;

/// A clock that breaks once.
struct Breaking {
    clock: TestClock,
    armed: Arc<AtomicBool>,
}

impl Clock for Breaking {
    fn read(&self) -> ClockReading {
        assert!(!self.armed.swap(false, Ordering::SeqCst), "meant: the clock breaks");
        Clock::read(&self.clock)
    }

    fn zone(&self) -> String {
        self.clock.zone()
    }

    fn offset_minutes(&self) -> i32 {
        self.clock.offset_minutes()
    }
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let waited = (0..1_000).find(|_| {
        std::thread::sleep(Duration::from_millis(10));
        holds()
    });
    assert!(waited.is_some(), "{what}");
}

#[test]
fn a_step_that_panics_does_not_end_syncing() {
    let armed = Arc::new(AtomicBool::new(false));
    let ports = Ports {
        clock: Box::new(Breaking { clock: TestClock::at(MORNING), armed: armed.clone() }),
        chance: Box::new(TestChance(1)),
        keystore: Box::new(TestKeystore::default()),
        images: Box::new(ImageCrate),
    };
    let core = Core::open(Place::memory(), ports).unwrap();
    let (steps, folder) = (Arc::new(AtomicUsize::new(0)), tempfile::tempdir().unwrap());
    let counted = steps.clone();
    let runner = Runner::start(core, folder.path().to_owned(), move || {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    wait_until("the first step", || steps.load(Ordering::SeqCst) > 0);
    armed.store(true, Ordering::SeqCst);
    runner.tell(Event::Wanted);
    wait_until("the step that panics", || !armed.load(Ordering::SeqCst));
    let before = steps.load(Ordering::SeqCst);
    runner.tell(Event::Wanted);
    wait_until("the thread goes on", || steps.load(Ordering::SeqCst) > before);
    assert!(runner.view(&json!({"type": "start"})).is_ok(), "and the screens are answered");
}

#[test]
fn a_report_says_how_the_device_fares_and_nothing_about_anybody() {
    let clock = TestClock::at(MORNING);
    let mut office = Office::new(None, &clock, 100).unwrap();
    let customer = Customer { name: Some("白石坡石料厂".into()), ..Customer::default() };
    let customer = office.create(&customer).unwrap();
    let job = Job {
        assignee: Some(person(1)),
        number: Some("J-20261123-07".into()),
        report: Some("主泵异响漏油".into()),
        contact_phone: Some("13800002345".into()),
        customer: Some(customer),
        customer_name: Some("白石坡石料厂".into()),
        ..Job::default()
    };
    let job = office.create_job(&job).unwrap();
    let mut device = Device::new(Place::memory(), &clock, 5).unwrap();
    office.take_in(&mut device, person(1)).unwrap();
    let note = |text: &str| json!({"type": "note.add", "job": job, "text": text});
    device.act(note("更换油封甲")).unwrap();
    device.photo(&job.to_string(), &pictures::scene(1)).unwrap();
    device.exchange(&mut office).unwrap();
    device.act(note("还没上传乙")).unwrap();
    device.act(json!({"type": "draft.save", "rec": job, "field": "note", "value": "写了一半丙"})).unwrap();
    let owner = device.owner().unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let steps = Arc::new(AtomicUsize::new(0));
    let counted = steps.clone();
    let runner = Runner::start(device.core, folder.path().to_owned(), move || {
        counted.fetch_add(1, Ordering::SeqCst);
    });
    wait_until("it has tried the office", || steps.load(Ordering::SeqCst) > 1);
    let done = runner.execute(&json!({"type": "sync.export_diagnostics"})).unwrap();
    let path = done.saved_as.unwrap();
    assert!(path.starts_with(&*folder.path().to_string_lossy()), "{path}");
    let text = std::fs::read_to_string(path).unwrap();
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["outbox"]["ops"]["waiting"], json!(1), "{text}");
    assert_eq!(report["outbox"]["drafts"], json!(1));
    assert_eq!(report["enrolment"], json!("active"));
    assert!(report["cache"]["records"].as_u64().unwrap() > 2);
    let lines = report["trace"].as_array().unwrap();
    assert!(lines.iter().any(|line| line.as_str().unwrap().contains("push of 1 ops")), "{text}");
    let personal = [
        "白石坡",
        "J-20261123",
        "异响",
        "13800002345",
        "油封",
        "上传乙",
        "一半丙",
        "王建国",
        "127.0.0.1",
        owner.org_name.as_str(),
        owner.org_key.as_str(),
        owner.tag_prefix.as_str(),
    ];
    let ids = [owner.device.to_string(), owner.user.to_string(), owner.org.to_string(), job.to_string()];
    for planted in personal.into_iter().chain(ids.iter().map(String::as_str)) {
        assert!(!text.contains(planted), "{planted} stands in {text}");
    }
}

#[test]
fn a_line_of_the_trace_says_how_much_and_not_what() {
    let text = include_bytes!("../protocol/golden/sync_response.ndjson");
    let response = SyncResponse::decode(&frame::compress(text)).unwrap();
    let rows: usize = response.pages.iter().map(fieldcard_schema::wire::page::Page::rows).sum();
    let line = trace::of_event(&Event::Answered(7, Ok(Answer::Sync(Box::new(response)))));
    assert!(line.starts_with("call 7 sync: ") && line.contains(&format!("{rows} rows")), "{line}");
    assert!(!line.contains("text") && !line.contains("0505"), "{line}");
}
