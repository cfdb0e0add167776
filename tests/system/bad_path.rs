//! A path that bends, cuts and loses what goes over it, and requests that nobody should make: nothing is
//! believed, nothing is lost, and the work arrives in the end.

use fieldcard_core::store::Place;
use fieldcard_schema::dataset::parts::Part;
use fieldcard_schema::dataset::{Header, line_of, pack};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ErrorCode;
use fieldcard_schema::wire::frame;
use fieldcard_schema::wire::sync::SyncRequest;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::path::{Fault, Path};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::TestClock;
use serde_json::json;

struct Site {
    office: Office,
    device: Device,
    job: String,
    clock: TestClock,
}

fn site() -> Site {
    let clock = TestClock::at(MORNING);
    let mut office = Office::new(None, &clock, 100).unwrap();
    let job = Job { assignee: Some(person(1)), ..Job::default() };
    let job = office.create_job(&job).unwrap().to_string();
    let device = office.phone(Place::memory(), &clock).unwrap();
    Site { office, device, job, clock }
}

impl Site {
    fn note(&mut self, text: &str) {
        self.device.act(json!({"type": "note.add", "job": self.job, "text": text})).unwrap();
    }

    fn exchange(&mut self, fault: Fault) {
        self.clock.pass(600_000);
        self.device.exchange(&mut Path::new(&mut self.office, fault)).unwrap();
    }

    fn waiting(&mut self) -> u64 {
        let outbox = &self.device.core.store().unwrap().outbox;
        outbox.outstanding().unwrap().map_or(0, |left| left.ops + left.blobs)
    }

    fn agrees(&mut self) -> bool {
        converged(&mut self.office, &mut self.device, person(1)).unwrap()
    }
}

/// Every message, as it goes over the wire.
fn messages() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/protocol/golden");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.display().to_string(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn no_message_with_a_flipped_bit_is_taken_for_another() {
    for (name, text) in messages() {
        let bytes = frame::compress(&text);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = frame::decompress(&flipped, frame::RESPONSE_MAX) {
                assert_eq!(read, text, "{name}, bit {bit}");
            }
        }
    }
}

#[test]
fn no_message_that_was_cut_is_read() {
    for (name, text) in messages() {
        let bytes = frame::compress(&text);
        for end in 0..bytes.len() {
            assert!(frame::decompress(&bytes[..end], frame::RESPONSE_MAX).is_err(), "{name}, {end} bytes");
        }
    }
}

#[test]
fn an_answer_cut_at_any_byte_acknowledges_nothing() {
    let mut site = site();
    site.note("更换油封");
    let waiting = site.waiting();
    let mut whole = 0;
    while site.waiting() == waiting {
        assert!(whole < 20_000, "no answer is as long as this");
        site.exchange(Fault::CutAnswers(whole));
        whole += 1;
    }
    assert!(whole > 100, "after {} bytes of an answer the work was taken for held", whole - 1);
    assert_eq!(site.waiting(), 0);
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.agrees());
}

#[test]
fn work_drains_over_a_path_that_loses_large_bodies() {
    let mut site = site();
    for n in 0..300_u32 {
        // Text that does not compress: digests.
        let text: String = (0..12_u32)
            .map(|at| Digest::of_parts(&[&n.to_be_bytes(), &at.to_be_bytes()]).to_string())
            .collect();
        site.note(&text);
    }
    // The control: this is more than one body may hold.
    assert!(site.waiting() >= 300);
    let mut rounds = 0;
    while site.waiting() > 0 {
        rounds += 1;
        assert!(rounds <= 20, "{} still wait", site.waiting());
        site.exchange(Fault::LoseLarge(64 * 1024));
    }
    assert!(rounds > 1, "nothing was ever lost, so nothing was tried");
    site.exchange(Fault::LoseLarge(64 * 1024));
    assert!(site.agrees());
}

#[test]
fn photos_drain_over_a_path_that_loses_large_bodies() {
    let mut site = site();
    for n in 0..2 {
        site.device.photo(&site.job, &pictures::sand(n)).unwrap();
    }
    let blobs = site.device.core.store().unwrap().outbox.waiting_blobs().unwrap();
    assert!(blobs.iter().all(|blob| blob.size > 256 * 1024), "larger than the path and than the first run");
    let mut rounds = 0;
    while site.waiting() > 0 {
        rounds += 1;
        assert!(rounds <= 10, "{} still wait", site.waiting());
        site.exchange(Fault::LoseLarge(64 * 1024));
    }
    assert!(rounds > 1, "nothing was ever lost, so nothing was tried");
}

#[test]
fn work_and_photos_drain_through_a_proxy_that_refuses_large_bodies() {
    let mut site = site();
    site.device.photo(&site.job, &pictures::sand(7)).unwrap();
    for n in 0..300_u32 {
        let text: String = (0..12_u32)
            .map(|at| Digest::of_parts(&[&n.to_be_bytes(), &at.to_be_bytes()]).to_string())
            .collect();
        site.note(&text);
    }
    let mut rounds = 0;
    while site.waiting() > 0 {
        rounds += 1;
        assert!(rounds <= 10, "{} still wait", site.waiting());
        site.exchange(Fault::RefuseLarge(64 * 1024));
    }
    site.exchange(Fault::RefuseLarge(64 * 1024));
    assert!(site.agrees());
}

#[test]
fn one_photo_that_never_arrives_holds_up_no_other_and_no_dataset() {
    let mut site = site();
    for n in 0..3 {
        site.device.photo(&site.job, &pictures::scene(n)).unwrap();
    }
    let first = site.device.core.store().unwrap().outbox.waiting_blobs().unwrap()[0].sha256;
    let part = Part { number: "HC31".into(), name_zh: "主泵总成".into(), ..Part::default() };
    let header = Header::new("parts", 1, 1, Timestamp(MORNING));
    let file = pack(&header, &[line_of(&part).unwrap()]).unwrap();
    site.office.hub.publish_dataset(&site.office.actor, &file).unwrap();
    for _ in 0..2 {
        site.exchange(Fault::LoseBlob(first));
    }
    let left = site.device.core.store().unwrap().outbox.waiting_blobs().unwrap();
    assert_eq!(left.iter().map(|blob| blob.sha256).collect::<Vec<_>>(), [first]);
    let parts = json!({"type": "parts", "job": site.job, "search": "HC31", "limit": 5});
    assert_eq!(site.device.view(parts).unwrap()["hits"].as_array().unwrap().len(), 1);
    site.exchange(Fault::LoseAnswers(1_000));
    assert_eq!(site.waiting(), 0);
}

#[test]
fn cursors_that_this_server_never_gave_hide_nothing() {
    let mut site = site();
    site.exchange(Fault::ForeignCursors);
    let other = Job { assignee: Some(person(1)), report: Some("漏油".into()), ..Job::default() };
    site.office.create_job(&other).unwrap();
    site.exchange(Fault::ForeignCursors);
    assert!(site.agrees());
}

#[test]
fn ten_thousand_ops_in_one_push_are_refused_before_anything_is_stored() {
    let text =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/protocol/golden/sync_request.ndjson")).unwrap();
    let mut request = SyncRequest::decode(&frame::compress(&text)).unwrap();
    if let Some(push) = &mut request.push {
        push.bodies = vec![b"{}".to_vec(); 10_000];
    }
    let refused = SyncRequest::decode(&request.encode().unwrap()).unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooLarge);
}

#[test]
fn an_org_with_no_person_in_it_answers_and_takes_jobs() {
    let mut office = Office::new(None, &TestClock::at(MORNING), 100).unwrap();
    assert!(office.hub.scope(person(1)).unwrap().is_empty());
    let job = office.create_job(&Job { report: Some("漏油".into()), ..Job::default() }).unwrap();
    assert!(office.hub.record(job).unwrap().is_some());
    assert!(office.hub.scope(person(1)).unwrap().is_empty());
    assert_eq!(office.hub.broken(), None);
}
