//! The server loses its store and begins again with a backup: told or not, once or twice, nothing of a device is lost.

use std::collections::BTreeMap;

use fieldcard_core::store::Place;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::wire::blob::BlobRange;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::TestClock;
use serde_json::json;

struct Site {
    clock: TestClock,
    office: Option<Office>,
    device: Device,
    folder: tempfile::TempDir,
    lives: u64,
    /// The job as the office held it before it was lost.
    before: BTreeMap<RecordId, (String, Fields)>,
}

const FILES: [&str; 2] = ["server.db", "server.db-wal"];

impl Site {
    fn new() -> Self {
        let clock = TestClock::at(MORNING);
        let folder = tempfile::tempdir().unwrap();
        let mut office = Office::new(Some(&folder.path().join("server.db")), &clock, 3).unwrap();
        office
            .create_job(&Job { assignee: Some(person(1)), number: Some("J1".into()), ..Job::default() })
            .unwrap();
        let mut device = Device::new(Place::memory(), &clock, 5).unwrap();
        office.take_in(&mut device, person(1)).unwrap();
        Self { clock, office: Some(office), device, folder, lives: 1, before: BTreeMap::new() }
    }

    fn office(&mut self) -> &mut Office {
        self.office.as_mut().unwrap()
    }

    /// Copies the files of a store at rest.
    fn backup(&self) -> tempfile::TempDir {
        let backup = tempfile::tempdir().unwrap();
        for name in FILES {
            std::fs::copy(self.folder.path().join(name), backup.path().join(name)).unwrap();
        }
        backup
    }

    /// Goes back to the backup; `told`: by the command, which begins a new epoch.
    fn go_back(&mut self, backup: &tempfile::TempDir, told: bool) {
        self.office = None;
        for name in FILES {
            std::fs::copy(backup.path().join(name), self.folder.path().join(name)).unwrap();
        }
        let _ = std::fs::remove_file(self.folder.path().join("server.db-shm"));
        self.lives += 1_000;
        let path = self.folder.path().join("server.db");
        let mut office = Office::open(Some(&path), &self.clock, 3, self.lives).unwrap();
        if told {
            office.hub.restored(0).unwrap();
        }
        self.office = Some(office);
    }

    fn exchange(&mut self) {
        let Self { office, device, .. } = self;
        for _ in 0..3 {
            assert!(device.exchange(office.as_mut().unwrap()).unwrap(), "the engine comes to rest");
        }
    }

    /// A job with its machine that the backup does not know, worked on and held.
    fn job_after_the_backup(&mut self) -> RecordId {
        let machine = Machine { model: Some("HCE215-9".into()), ..Machine::default() };
        let machine = self.office().create(&machine).unwrap();
        let job = Job {
            assignee: Some(person(1)),
            number: Some("J2".into()),
            machine: Some(machine),
            ..Job::default()
        };
        let job = self.office().create_job(&job).unwrap();
        let visit = self.office().visit_of(job).unwrap();
        self.exchange();
        for step in ["visit.depart", "visit.arrive", "visit.work"] {
            self.device.act(json!({"type": step, "visit": visit})).unwrap();
        }
        self.device.act(json!({"type": "note.add", "job": job, "text": "更换油封"})).unwrap();
        self.device.act(json!({"type": "fault.set", "job": job, "field": "cause", "value": "卡滞"})).unwrap();
        self.exchange();
        self.before = self.held(job);
        assert!(self.before.len() > 6);
        job
    }

    fn held(&mut self, job: RecordId) -> BTreeMap<RecordId, (String, Fields)> {
        let rows = self.office().hub.job_records(job).unwrap();
        rows.into_iter().map(|row| (row.rec, (row.state.kind, row.state.fields))).collect()
    }

    fn texts(&mut self, job: RecordId) -> Vec<String> {
        let rows = self.office().hub.job_records(job).unwrap();
        let notes = rows.iter().filter(|row| row.state.kind == "note");
        notes.map(|row| row.state.fields["text"].as_str().unwrap().to_owned()).collect()
    }

    fn assert_whole(&mut self) {
        let ops = self.device.core.store().unwrap().outbox.all_ops().unwrap();
        assert!(ops.iter().all(|op| op.outcome.is_some()), "every op has its outcome");
        let Self { office, device, .. } = self;
        assert!(converged(office.as_mut().unwrap(), device, person(1)).unwrap(), "both show the same");
    }

    fn assert_is_back(&mut self, job: RecordId) {
        self.assert_whole();
        assert_eq!(self.texts(job), ["更换油封"]);
        let rows = self.office().hub.job_records(job).unwrap();
        let mut held = self.held(job);
        held.retain(|_, (kind, _)| kind != "exception");
        assert_eq!(held, self.before);
        let machine: RecordId = rows[0].state.fields["machine"].as_str().unwrap().parse().unwrap();
        assert!(self.office().hub.record(machine).unwrap().is_some(), "its machine came with it");
        let whys: Vec<_> =
            self.office().hub.exceptions().unwrap().into_iter().filter_map(|one| one.exception.why).collect();
        assert!(whys.iter().any(|why| why == "recovered"), "the office is told: {whys:?}");
        assert!(!whys.iter().any(|why| why == "unknown_record"), "nothing waits any longer: {whys:?}");
    }
}

#[test]
fn a_job_that_the_backup_did_not_know_comes_back_with_its_work() {
    let mut site = Site::new();
    let backup = site.backup();
    let job = site.job_after_the_backup();
    site.go_back(&backup, true);
    assert!(site.office().hub.record(job).unwrap().is_none());
    site.exchange();
    site.assert_is_back(job);
    let number = site.device.core.store().unwrap().outbox.cache_number();
    assert_eq!(number, 2, "the cache is built anew beside the old one");
}

#[test]
fn a_server_that_was_rolled_back_unknown_to_itself_gets_everything_again() {
    let mut site = Site::new();
    let backup = site.backup();
    let job = site.job_after_the_backup();
    let epoch = site.device.core.store().unwrap().cache.state("epoch").unwrap();
    site.go_back(&backup, false);
    // Positions are given out again, to other work.
    for n in 0..4 {
        let other = Job { assignee: Some(person(1)), number: Some(format!("K{n}")), ..Job::default() };
        site.office().create_job(&other).unwrap();
    }
    site.exchange();
    site.assert_is_back(job);
    assert_eq!(site.device.core.store().unwrap().cache.state("epoch").unwrap(), epoch, "nobody said so");
}

#[test]
fn two_restores_of_one_backup_lose_nothing_and_take_no_old_edit_for_current() {
    let mut site = Site::new();
    let backup = site.backup();
    let job = site.job_after_the_backup();
    site.go_back(&backup, true);
    site.exchange();
    // In the second life: one more note, and an edit that is not sent before the second restore.
    site.device.act(json!({"type": "note.add", "job": job, "text": "第二次"})).unwrap();
    site.exchange();
    let fault = json!({"type": "fault.set", "job": job, "field": "cause", "value": "第二因"});
    site.device.act(fault).unwrap();
    site.go_back(&backup, true);
    site.exchange();
    site.assert_whole();
    assert_eq!(site.texts(job), ["更换油封", "第二次"]);
    let rows = site.office().hub.job_records(job).unwrap();
    let fault = rows.iter().find(|row| row.state.kind == "fault").unwrap();
    assert_eq!(fault.state.fields["cause"], "第二因");
}

#[test]
fn a_device_that_starts_again_in_the_middle_of_it_loses_nothing() {
    let mut site = Site::new();
    let folder = tempfile::tempdir().unwrap();
    site.device = Device::new(Place::folder(folder.path()), &site.clock, 9).unwrap();
    let Site { office, device, .. } = &mut site;
    office.as_mut().unwrap().take_in(device, person(1)).unwrap();
    let backup = site.backup();
    let job = site.job_after_the_backup();
    site.go_back(&backup, true);
    for calls in 0..8 {
        site.device.tell(fieldcard_core::sync::Event::Wanted).unwrap();
        for _ in 0..calls {
            site.device.exchange_once(site.office.as_mut().unwrap()).unwrap();
        }
        site.device.restart().unwrap();
    }
    site.exchange();
    site.assert_is_back(job);
}

#[test]
fn a_device_that_lost_its_cache_around_a_restore_gives_its_photos_and_older_work_again() {
    let mut site = Site::new();
    let folder = tempfile::tempdir().unwrap();
    site.device = Device::new(Place::folder(folder.path()), &site.clock, 9).unwrap();
    let Site { office, device, .. } = &mut site;
    office.as_mut().unwrap().take_in(device, person(1)).unwrap();
    let job = site.office().create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    site.exchange();
    site.device.photo(&job.to_string(), &pictures::scene(1)).unwrap();
    // The backup has the op and not yet the photo.
    site.device.tell(fieldcard_core::sync::Event::Wanted).unwrap();
    let Site { office, device, .. } = &mut site;
    device.exchange_once(office.as_mut().unwrap()).unwrap();
    let backup = site.backup();
    site.exchange();
    let blobs = site.device.core.store().unwrap().outbox.all_blobs().unwrap();
    let blobs: Vec<Digest> = blobs.iter().map(|blob| blob.sha256).collect();
    assert!(site.office().hub.blob_bytes(&range(blobs[0])).is_ok());
    site.device.close().unwrap();
    for name in ["cache-1.db", "cache-1.db-wal", "cache-1.db-shm"] {
        let _ = std::fs::remove_file(folder.path().join(name));
    }
    site.go_back(&backup, true);
    assert!(site.office().hub.blob_bytes(&range(blobs[0])).is_err());
    site.device.restart().unwrap();
    site.exchange();
    assert!(site.office().hub.blob_bytes(&range(blobs[0])).is_ok(), "the photo went up again");
    site.assert_whole();
}

fn range(sha256: Digest) -> BlobRange {
    BlobRange { sha256, from: 0, len: 100 }
}

#[test]
fn a_gap_is_filled_with_older_incarnations_before_one_begins_on_nothing() {
    let mut site = Site::new();
    let folder = tempfile::tempdir().unwrap();
    site.device = Device::new(Place::folder(folder.path()), &site.clock, 9).unwrap();
    let Site { office, device, .. } = &mut site;
    office.as_mut().unwrap().take_in(device, person(1)).unwrap();
    let backup = site.backup();
    let job = site.job_after_the_backup();
    // A new incarnation, on the last link that the server has acknowledged.
    let fresh = fieldcard_schema::id::Incarnation([7; 8]);
    site.device.core.store().unwrap().outbox.open_incarnation(fresh, false).unwrap();
    let lives = site.device.core.store().unwrap().outbox.lives();
    site.go_back(&backup, false);
    site.device.act(json!({"type": "note.add", "job": job, "text": "之后"})).unwrap();
    site.exchange();
    assert_eq!(site.device.core.store().unwrap().outbox.lives(), lives, "no chain was broken");
    assert_eq!(site.texts(job).len(), 2);
    site.assert_whole();
}

#[test]
fn what_a_device_remembers_never_replaces_what_the_server_knows() {
    let mut site = Site::new();
    let backup = site.backup();
    let job = site.job_after_the_backup();
    site.go_back(&backup, true);
    site.exchange();
    // The office corrects what came back; the device comes with its memory of it once more.
    let set = serde_json::Map::from_iter([("report".to_owned(), json!("更正"))]);
    site.office().set("job", job, set).unwrap();
    site.exchange();
    let record = site.office().hub.record(job).unwrap().unwrap();
    assert_eq!(record.state.fields["report"], "更正");
    site.assert_whole();
}
