//! When a device tries again, and when it does not: what waits for whom, and what the server's word is worth.

use fieldcard_core::store::Place;
use fieldcard_core::sync::{Call, CallId, Effect, Event};
use fieldcard_schema::record::job::Job;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, person};
use fieldcard_tests::path::{Fault, Path};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::TestClock;
use serde_json::json;

struct Site {
    clock: TestClock,
    office: Office,
    device: Device,
    job: String,
}

fn site() -> Site {
    let clock = TestClock::at(MORNING);
    let mut office = Office::new(None, &clock, 100).unwrap();
    let job = office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    let mut device = office.phone(Place::memory(), &clock).unwrap();
    device.exchange(&mut office).unwrap();
    Site { clock, office, device, job: job.to_string() }
}

impl Site {
    /// How many calls an exchange makes.
    fn calls(&mut self, fault: Fault) -> usize {
        let before = self.device.calls;
        self.device.exchange(&mut Path::new(&mut self.office, fault)).unwrap();
        self.device.calls - before
    }

    fn step(&mut self, event: Event) -> (Option<(CallId, Call)>, Option<i64>, Option<i64>) {
        let (mut call, mut wake, mut deadline) = (None, None, None);
        for effect in self.device.core.step(event).unwrap() {
            match effect {
                Effect::Call(id, wanted) => call = Some((id, wanted)),
                Effect::WakeAfter(ms) => wake = Some(ms),
                Effect::Deadline(_, ms) => deadline = Some(ms),
                Effect::Changed(_) | Effect::StateChanged => {}
            }
        }
        (call, wake, deadline)
    }

    fn blobs(&mut self) -> usize {
        self.device.core.store().unwrap().outbox.waiting_blobs().unwrap().len()
    }
}

#[test]
fn saved_work_waits_for_its_turn_and_a_person_who_asks_does_not() {
    let mut site = site();
    site.device.exchange(&mut Path::new(&mut site.office, Fault::Portal)).unwrap();
    for _ in 0..3 {
        let (call, wake, _) = site.step(Event::Saved);
        assert!(call.is_none() && wake.unwrap() > 0, "every tap would ask the portal again");
    }
    assert!(site.step(Event::Wanted).0.is_some());
}

#[test]
fn what_the_server_asks_for_holds_for_everybody_and_everything() {
    let mut site = site();
    for n in 0..3 {
        site.device.photo(&site.job, &pictures::scene(n)).unwrap();
    }
    // The exchange itself, and one run: the next photo is not sent at once.
    assert_eq!(site.calls(Fault::BusyForBlobs(30)), 2);
    assert_eq!(site.calls(Fault::BusyForBlobs(30)), 0, "also who asks for it now waits");
    assert!(site.step(Event::Saved).0.is_none());
    site.clock.pass(31_000);
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.blobs(), 0);
}

#[test]
fn a_call_that_stands_still_is_given_up_and_its_late_answer_is_not_heard() {
    let mut site = site();
    site.device.act(json!({"type": "note.add", "job": site.job, "text": "更换油封"})).unwrap();
    let (call, _, deadline) = site.step(Event::Saved);
    let (id, _) = call.unwrap();
    assert!((30_000..60_000).contains(&deadline.unwrap()), "{deadline:?}");
    let (call, wake, _) = site.step(Event::Overdue(id));
    assert!(call.is_none() && wake.is_some(), "it rests, and tries again by itself");
    let late = site.step(Event::Answered(id, Err(fieldcard_schema::wire::error::ErrorCode::Revoked.into())));
    assert!(late.0.is_none() && late.1.is_none());
    let (call, ..) = site.step(Event::Wanted);
    assert!(call.is_some_and(|(next, _)| next > id));
}

#[test]
fn a_large_body_may_stand_still_for_longer() {
    let mut site = site();
    site.device.photo(&site.job, &pictures::sand(1)).unwrap();
    site.device.tell(Event::Wanted).unwrap();
    assert!(site.device.exchange_once(&mut site.office).unwrap());
    // A send buffer swallows it whole: at 10 kbit/s the smallest run takes close to a minute.
    let longest = site.device.pending().iter().filter_map(|effect| match effect {
        Effect::Deadline(_, ms) => Some(*ms),
        _ => None,
    });
    assert!(longest.max().unwrap() > 80_000);
}

#[test]
fn photos_wait_on_a_metered_network_if_the_person_wants_it() {
    let mut site = site();
    let network = |metered| Event::Network { up: true, metered };
    let screen = |site: &mut Site| {
        site.device.view(json!({"type": "sync_screen"})).unwrap()["photos_on_wifi_only"].clone()
    };
    site.device.act(json!({"type": "settings.set", "photos_on_wifi_only": true})).unwrap();
    assert_eq!(screen(&mut site), json!(null), "where nobody can tell, nothing is promised");
    site.device.tell(network(Some(true))).unwrap();
    assert_eq!(screen(&mut site), json!(true));
    site.device.photo(&site.job, &pictures::scene(1)).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.blobs(), 1);
    let ops = site.device.core.store().unwrap().outbox.outstanding().unwrap().unwrap();
    assert_eq!((ops.ops, ops.blobs), (0, 1), "text goes");
    site.device.tell(network(Some(false))).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.blobs(), 0);
    site.device.act(json!({"type": "settings.set", "photos_on_wifi_only": false})).unwrap();
    site.device.tell(network(Some(true))).unwrap();
    site.device.photo(&site.job, &pictures::scene(2)).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.blobs(), 0, "he does not mind");
}
