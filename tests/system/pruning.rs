//! What may leave a device, and when: held, covered by a good backup, old; and what a restore then finds.

use fieldcard_core::store::Place;
use fieldcard_core::store::outbox::StoredOp;
use fieldcard_core::sync::Event;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::record::job::Job;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::path::{Fault, Path};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::TestClock;
use serde_json::{Value, json};

use crate::small_disk;

const DAY: i64 = 24 * 3_600_000;

struct Site {
    clock: TestClock,
    office: Office,
    device: Device,
    folder: tempfile::TempDir,
    job: String,
}

fn site() -> Site {
    let clock = TestClock::at(MORNING);
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new(Some(&folder.path().join("server.db")), &clock, 100).unwrap();
    let (job, _) = office.repair().unwrap();
    let device = office.phone(phone(&folder), &clock).unwrap();
    Site { clock, office, device, folder, job: job.to_string() }
}

/// No disk of a test is short of room unless it says so.
fn phone(folder: &tempfile::TempDir) -> Place {
    Place { blob_room: 0, ..Place::folder(&folder.path().join("phone")) }
}

impl Site {
    fn act(&mut self, request: Value) -> Option<String> {
        self.device.act(request).unwrap().rec
    }

    fn note(&mut self, text: &str) {
        self.act(json!({"type": "note.add", "job": self.job, "text": text}));
    }

    fn photo(&mut self, n: usize) -> Digest {
        self.device.photo(&self.job, &pictures::scene(n)).unwrap();
        self.device.core.store().unwrap().outbox.all_blobs().unwrap().last().unwrap().sha256
    }

    fn exchange(&mut self) {
        for _ in 0..2 {
            assert!(self.device.exchange(&mut self.office).unwrap(), "the engine comes to rest");
        }
    }

    /// The office's store goes on from here once a good backup covers all of now.
    fn back_up(&mut self) {
        let head = self.office.hub.head().unwrap();
        self.office.hub.backed_up(head).unwrap();
    }

    fn copy_server(&self) -> tempfile::TempDir {
        let backup = tempfile::tempdir().unwrap();
        copy_server(&self.folder, &backup);
        backup
    }

    /// The server's disk is gone, blobs and all; it begins again with a copy of its store.
    fn restore_server(&mut self, backup: &tempfile::TempDir) {
        self.set_back_server(backup);
        self.office.hub.restored(0).unwrap();
    }

    /// The same without a word to it.
    fn set_back_server(&mut self, backup: &tempfile::TempDir) {
        self.office = Office::new(None, &self.clock, 100).unwrap();
        copy_server(backup, &self.folder);
        let path = self.folder.path().join("server.db");
        self.office = Office::open(Some(&path), &self.clock, 100, 77).unwrap();
    }

    fn ops(&mut self) -> Vec<StoredOp> {
        self.device.core.store().unwrap().outbox.all_ops().unwrap()
    }

    fn has(&mut self, sha256: Digest) -> bool {
        self.device.core.store().unwrap().outbox.blob_bytes(sha256, 0, 1 << 30).unwrap().is_some()
    }

    fn is_drained(&mut self) -> bool {
        self.device.core.store().unwrap().outbox.outstanding().unwrap().is_none()
    }
}

fn copy_server(from: &tempfile::TempDir, to: &tempfile::TempDir) {
    for name in ["server.db", "server.db-wal"] {
        std::fs::copy(from.path().join(name), to.path().join(name)).unwrap();
    }
}

#[test]
fn ops_go_when_they_are_old_and_covered_and_the_chain_goes_on() {
    let mut site = site();
    for n in 0..5 {
        site.note(&format!("第{n}条"));
    }
    site.office.hub.backed_up(1).unwrap();
    site.exchange();
    site.clock.pass(91 * DAY);
    site.note("新的");
    site.exchange();
    assert_eq!(site.ops().len(), 6, "old, and no backup reaches them");
    site.back_up();
    site.exchange();
    let left: Vec<u64> = site.ops().iter().map(|op| op.seq).collect();
    assert_eq!(left, [6], "what is not old stays");
    // Everything goes on, over a restart too.
    site.device.restart().unwrap();
    let head = site.device.core.store().unwrap().outbox.chain_head().unwrap().unwrap();
    assert_eq!(head.seq, 6);
    site.note("之后");
    site.exchange();
    assert!(site.is_drained());
    assert_eq!(site.ops().last().unwrap().seq, 7);
    assert!(!site.office.hub.devices().unwrap()[0].broken_chain);
    assert!(converged(&mut site.office, &mut site.device, person(1)).unwrap());
}

#[test]
fn the_end_of_a_chain_and_what_the_office_has_not_told_never_go() {
    let mut site = site();
    site.note("一");
    site.note("二");
    site.exchange();
    site.back_up();
    site.clock.pass(200 * DAY);
    site.note("没传");
    let mut offline = Path::new(&mut site.office, Fault::Portal);
    site.device.exchange(&mut offline).unwrap();
    assert_eq!(site.ops().len(), 3);
    site.exchange();
    site.clock.pass(200 * DAY);
    site.back_up();
    site.exchange();
    assert_eq!(site.ops().iter().map(|op| op.seq).collect::<Vec<_>>(), [3], "the end of the chain stays");
}

#[test]
fn where_nobody_ever_makes_a_backup_age_is_enough() {
    let mut site = site();
    site.note("一");
    site.note("二");
    site.exchange();
    site.clock.pass(89 * DAY);
    site.exchange();
    assert_eq!(site.ops().len(), 2);
    site.clock.pass(2 * DAY);
    site.exchange();
    assert_eq!(site.ops().len(), 1);
}

#[test]
fn a_server_that_goes_back_behind_what_was_pruned_gets_a_new_life_that_names_none_and_says_so() {
    let mut site = site();
    site.note("在备份里");
    site.exchange();
    let backup = site.copy_server();
    for n in 0..4 {
        site.note(&format!("第{n}条"));
    }
    site.exchange();
    site.back_up();
    site.clock.pass(100 * DAY);
    site.note("新的");
    site.exchange();
    assert_eq!(site.ops().len(), 1);
    // A backup older than the one that it had said it had.
    site.restore_server(&backup);
    site.exchange();
    site.exchange();
    assert!(site.is_drained(), "what is here comes to the office all the same");
    let held = site.office.hub.op_digests().unwrap();
    assert!(site.ops().iter().all(|op| held.contains(&Digest::of(&op.body))));
    assert!(site.office.hub.devices().unwrap()[0].broken_chain, "the hole is said");
}

#[test]
fn bytes_go_when_they_are_stored_covered_and_old_and_the_record_stays() {
    let mut site = site();
    let sent = site.photo(1);
    site.exchange();
    site.clock.pass(31 * DAY);
    let unsent = site.photo(2);
    assert!(site.has(sent));
    site.back_up();
    let before = std::fs::metadata(site.folder.path().join("phone/outbox.db")).unwrap().len();
    site.exchange();
    assert!(!site.has(sent) && site.has(unsent));
    let blobs = site.device.core.store().unwrap().outbox.all_blobs().unwrap();
    assert!(blobs.iter().all(|blob| blob.stored) && blobs.len() == 2);
    let screen = site.device.view(json!({"type": "sync_screen"})).unwrap();
    assert_eq!(screen["storage"]["removed"], 0, "nothing went uncovered");
    site.device.close().unwrap();
    let after = std::fs::metadata(site.folder.path().join("phone/outbox.db")).unwrap().len();
    assert!(after < before + 200_000, "{before} {after}");
}

#[test]
fn a_phone_short_of_room_lets_stored_bytes_go_says_so_and_keeps_what_was_not_sent() {
    let mut site = site();
    let (one, two) = (site.photo(1), site.photo(2));
    site.exchange();
    let short = Place { blob_room: u64::MAX, ..phone(&site.folder) };
    site.device.move_to(short).unwrap();
    let unsent = site.photo(3);
    let mut offline = Path::new(&mut site.office, Fault::Portal);
    site.device.exchange(&mut offline).unwrap();
    assert!(site.has(one) && site.has(two) && site.has(unsent), "without an answer nothing goes");
    assert!(site.device.exchange(&mut site.office).unwrap());
    assert!(!site.has(one) && !site.has(two));
    let screen = site.device.view(json!({"type": "sync_screen"})).unwrap();
    assert!(screen["storage"]["removed"].as_u64().unwrap() >= 2);
    assert_eq!(site.office.hub.blob_digests().unwrap().len(), 3);
}

#[test]
fn without_a_new_backup_for_a_month_old_stored_bytes_go_and_never_others() {
    let mut site = site();
    let old = site.photo(1);
    site.exchange();
    site.clock.pass(20 * DAY);
    let young = site.photo(2);
    site.exchange();
    site.clock.pass(9 * DAY);
    site.exchange();
    assert!(site.has(old) && site.has(young), "29 days");
    site.clock.pass(2 * DAY);
    site.exchange();
    assert!(site.has(old), "a clock that is wrong for a day is no month: it was heard on four days");
    for _ in 0..3 {
        site.clock.pass(DAY);
        site.exchange();
    }
    assert!(!site.has(old) && site.has(young));
    let screen = site.device.view(json!({"type": "sync_screen"})).unwrap();
    assert_eq!(screen["storage"]["removed"], 1);
}

#[test]
fn a_photo_that_was_lost_with_the_servers_disk_is_sent_again_while_no_backup_covers_it() {
    let mut site = site();
    let backup = site.copy_server();
    let photo = site.photo(1);
    site.exchange();
    site.clock.pass(29 * DAY);
    site.exchange();
    assert!(
        site.is_drained() && site.has(photo),
        "the office's word that it stores it is not enough to forget it"
    );
    site.restore_server(&backup);
    assert!(site.office.hub.blob_digests().unwrap().is_empty());
    site.exchange();
    assert!(site.is_drained());
    assert_eq!(site.office.hub.blob_digests().unwrap(), [photo]);
}

#[test]
fn a_rollback_behind_a_photo_is_seen_by_a_phone_that_lost_its_cache() {
    let mut site = site();
    let photo = site.photo(1);
    site.device.tell(Event::Wanted).unwrap();
    let waiting = |site: &mut Site| site.device.core.store().unwrap().outbox.outstanding().unwrap();
    while waiting(&mut site).is_some_and(|left| left.ops > 0) {
        assert!(site.device.exchange_once(&mut site.office).unwrap());
    }
    assert_eq!(waiting(&mut site).map(|left| left.blobs), Some(1));
    let snapshot = site.copy_server();
    site.exchange();
    assert!(site.is_drained());
    site.device.close().unwrap();
    for file in ["cache-1.db", "cache-1.db-wal"] {
        let _ = std::fs::remove_file(site.folder.path().join("phone").join(file));
    }
    site.set_back_server(&snapshot);
    site.device.restart().unwrap();
    site.exchange();
    assert!(site.is_drained());
    assert_eq!(site.office.hub.blob_digests().unwrap(), [photo]);
}

#[test]
fn short_of_room_the_pull_stops_and_the_persons_own_work_goes_on() {
    let mut site = site();
    let short = Place { pull_room: u64::MAX, ..phone(&site.folder) };
    site.device.move_to(short).unwrap();
    site.note("存得下");
    let other = Job { assignee: Some(person(1)), number: Some("J9".into()), ..Job::default() };
    let other = site.office.create_job(&other).unwrap();
    site.exchange();
    assert!(site.is_drained(), "it is sent");
    let seen = |site: &mut Site, rec| site.device.core.store().unwrap().cache.seen(rec).unwrap().is_some();
    assert!(!seen(&mut site, other), "nothing is fetched");
    let page = site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
    assert_eq!(page["notes"].as_array().unwrap().len(), 1, "and what was saved is still shown");
    let screen = site.device.view(json!({"type": "sync_screen"})).unwrap();
    assert_eq!(screen["storage"]["short"], true);
    site.device.move_to(phone(&site.folder)).unwrap();
    site.exchange();
    assert!(seen(&mut site, other));
    assert!(converged(&mut site.office, &mut site.device, person(1)).unwrap());
}

#[test]
fn on_a_full_disk_the_record_that_is_being_saved_is_saved_into_the_reserve() {
    small_disk::register();
    let mut site = site();
    let place = Place { vfs: Some(small_disk::NAME.to_owned()), ..phone(&site.folder) };
    site.device.move_to(place).unwrap();
    let reserve = site.folder.path().join("phone/reserve");
    assert!(reserve.exists());
    small_disk::fill_but(reserve.clone());
    site.note(&"长".repeat(10_000));
    assert!(!reserve.exists(), "the room that was kept is what it was saved into");
    small_disk::fill(true);
    let full = site.device.act(json!({"type": "note.add", "job": site.job, "text": "长".repeat(10_000)}));
    assert_eq!(serde_json::to_value(full.unwrap_err().code).unwrap(), "disk_full");
    small_disk::fill(false);
    site.device.restart().unwrap();
    assert!(reserve.exists(), "taken again when there is room");
    site.exchange();
    assert!(site.is_drained() && site.ops().len() == 1);
    assert!(converged(&mut site.office, &mut site.device, person(1)).unwrap());
}

#[test]
fn what_was_made_under_a_clock_that_is_years_behind_goes_no_earlier() {
    let mut site = site();
    site.exchange();
    site.clock.pass(300 * DAY);
    site.exchange();
    // The device believes that it is years ago; the office does not.
    site.device.lag(5 * 365 * DAY).unwrap();
    site.note("旧时钟");
    site.note("旧时钟，再一条");
    site.exchange();
    site.exchange();
    assert_eq!(site.ops().len(), 2);
}
