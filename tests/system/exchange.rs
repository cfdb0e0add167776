//! What an exchange with the office must survive: a lost answer, a kill, a restore, a copied store.

use fieldcard_core::store::Place;
use fieldcard_core::sync::Event;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::note::Note;
use fieldcard_schema::wire::error::ErrorCode;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::path::{Fault, Path};
use fieldcard_tests::ports::TestClock;
use serde_json::json;

struct Site {
    clock: TestClock,
    office: Office,
    device: Device,
    folder: tempfile::TempDir,
    job: String,
    visit: String,
}

fn site() -> Site {
    let clock = TestClock::at(MORNING);
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new(None, &clock, 100).unwrap();
    let (job, visit) = office.repair().unwrap();
    let device = office.phone(Place::folder(folder.path()), &clock).unwrap();
    Site { clock, office, device, folder, job: job.to_string(), visit: visit.to_string() }
}

impl Site {
    /// The notes of the job as the screen shows them, in the order of their making.
    fn notes(&mut self) -> Vec<String> {
        let page = self.device.view(json!({"type": "job_page", "job": self.job})).unwrap();
        let notes = page["notes"].as_array().unwrap();
        let mut notes: Vec<_> = notes
            .iter()
            .map(|note| (note["at"]["ms"].as_i64(), note["text"].as_str().unwrap().to_owned()))
            .collect();
        notes.sort();
        notes.into_iter().map(|(_, text)| text).collect()
    }

    fn pill(&mut self) -> String {
        self.device.view(json!({"type": "data_state"})).unwrap()["state"].as_str().unwrap().to_owned()
    }

    fn work(&mut self) {
        for step in ["visit.depart", "visit.arrive", "visit.work"] {
            self.device.act(json!({"type": step, "visit": self.visit})).unwrap();
        }
        self.device.act(json!({"type": "note.add", "job": self.job, "text": "更换油封"})).unwrap();
    }

    fn ops(&mut self) -> usize {
        self.device.core.store().unwrap().outbox.all_ops().unwrap().len()
    }

    fn held(&mut self) -> usize {
        let ops = self.device.core.store().unwrap().outbox.all_ops().unwrap();
        ops.iter().filter(|op| op.outcome.is_some()).count()
    }

    fn is_whole(&mut self) -> bool {
        self.held() == self.ops() && converged(&mut self.office, &mut self.device, person(1)).unwrap()
    }
}

#[test]
fn an_unconfirmed_device_reads_nothing() {
    let clock = TestClock::at(MORNING);
    let mut office = Office::new(None, &clock, 100).unwrap();
    office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    let mut device = Device::new(Place::memory(), &clock, 5).unwrap();
    let code = office.hub.make_code(person(1), true).unwrap();
    device.enrol("http://127.0.0.1", &code.grouped(), fieldcard_schema::digest::Digest::ZERO).unwrap();
    device.exchange(&mut office).unwrap();
    device.exchange(&mut office).unwrap();
    assert_eq!(device.core.store().unwrap().cache.count().unwrap(), 0);
    let owner = device.owner().unwrap().unwrap();
    office.hub.confirm_device(owner.device).unwrap();
    device.exchange(&mut office).unwrap();
    assert!(device.core.store().unwrap().cache.count().unwrap() > 0);
}

#[test]
fn a_device_in_use_is_not_enrolled_again_and_keeps_its_key() {
    let mut site = site();
    site.work();
    let key = site.device.public_key().unwrap();
    let code = site.office.hub.make_code(person(2), true).unwrap();
    let again =
        site.device.enrol("http://127.0.0.1", &code.grouped(), fieldcard_schema::digest::Digest::ZERO);
    assert!(matches!(again, Err(fieldcard_core::store::StoreError::InUse)));
    assert_eq!(site.device.public_key().unwrap(), key);
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
}

#[test]
fn a_lost_answer_changes_nothing() {
    let mut site = site();
    site.work();
    let before = site.office.hub.op_count().unwrap();
    let mut path = Path::new(&mut site.office, Fault::LoseAnswers(2));
    site.device.exchange(&mut path).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    let made = site.ops() as u64;
    assert_eq!(site.office.hub.op_count().unwrap(), before + made, "each op once");
    assert!(site.is_whole());
}

#[test]
fn a_killed_app_goes_on_where_it_was() {
    let mut site = site();
    site.work();
    for calls in 0..6 {
        site.device.tell(Event::Wanted).unwrap();
        for _ in 0..calls {
            site.device.exchange_once(&mut site.office).unwrap();
        }
        site.device.restart().unwrap();
    }
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
}

#[test]
fn a_restored_server_gets_everything_again() {
    let mut site = site();
    site.work();
    site.device.exchange(&mut site.office).unwrap();
    let head = site.office.hub.head().unwrap();
    site.office.hub.restored(head).unwrap();
    site.device.act(json!({"type": "note.add", "job": site.job, "text": "之后"})).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
    let number = site.device.core.store().unwrap().outbox.cache_number();
    assert_eq!(number, 2, "the cache is built anew beside the old one");
}

#[test]
fn a_copied_store_opens_a_new_incarnation_and_loses_nothing() {
    let mut site = site();
    let copy = tempfile::tempdir().unwrap();
    site.device.close().unwrap();
    for name in ["outbox.db", "cache-1.db"] {
        std::fs::copy(site.folder.path().join(name), copy.path().join(name)).unwrap();
    }
    site.device.restart().unwrap();
    site.work();
    site.device.exchange(&mut site.office).unwrap();
    let first = site.ops();
    // The copy comes back: the files of this morning under the keystore of this evening.
    site.device.move_to(Place::folder(copy.path())).unwrap();
    site.device.act(json!({"type": "note.add", "job": site.job, "text": "来自旧副本"})).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.ops(), 1);
    assert!(site.is_whole());
    let notes = site.office.hub.job_records(site.job.parse().unwrap()).unwrap();
    assert_eq!(notes.iter().filter(|row| row.state.kind == "note").count(), 2);
    assert!(first > 1);
}

#[test]
fn a_captive_portal_acknowledges_nothing() {
    let mut site = site();
    site.work();
    let mut path = Path::new(&mut site.office, Fault::Portal);
    site.device.exchange(&mut path).unwrap();
    assert_eq!(site.held(), 0);
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
}

#[test]
fn an_app_that_is_too_old_goes_on_uploading_and_pulls_nothing() {
    let mut site = site();
    site.work();
    site.office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    let before = site.device.core.store().unwrap().cache.cursors().unwrap();
    for text in ["之后", "再之后"] {
        assert!(site.device.exchange(&mut Path::new(&mut site.office, Fault::Outdated)).unwrap());
        assert_eq!(site.held(), site.ops());
        site.device.act(json!({"type": "note.add", "job": site.job, "text": text})).unwrap();
    }
    assert_eq!(site.device.core.store().unwrap().cache.cursors().unwrap(), before);
    assert_eq!(site.notes(), ["更换油封", "之后", "再之后"], "what no row has come of is shown all the same");
    assert_eq!(site.pill(), "app_old");
    // The server is restored meanwhile: what was pulled before is not replaced by nothing.
    let head = site.office.hub.head().unwrap();
    site.office.hub.restored(head).unwrap();
    assert!(site.device.exchange(&mut Path::new(&mut site.office, Fault::Outdated)).unwrap());
    assert_eq!(site.notes(), ["更换油封", "之后", "再之后"]);
    // The app was updated.
    site.device.restart().unwrap();
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
}

#[test]
fn an_answer_that_calls_the_app_old_ends_no_pull() {
    let mut site = site();
    site.work();
    for _ in 0..2 {
        site.device.exchange(&mut Path::new(&mut site.office, Fault::OldProto)).unwrap();
    }
    assert_eq!(site.held(), site.ops());
    assert_eq!(site.notes(), ["更换油封"]);
    assert_eq!(site.pill(), "app_old");
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
    assert_eq!(site.pill(), "up_to_date");
}

#[test]
fn work_goes_up_although_the_token_has_run_out() {
    let mut site = site();
    site.device.exchange(&mut site.office).unwrap();
    site.clock.pass(25 * 3_600_000);
    site.work();
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.held(), site.ops());
}

#[test]
fn a_draft_on_a_job_that_somebody_else_has_after_a_restore_stays_in_reach() {
    let mut site = site();
    let draft = json!({"type": "draft.save", "rec": site.job, "field": "note", "value": "写了一半"});
    site.device.act(draft).unwrap();
    let head = site.office.hub.head().unwrap();
    site.office.hub.restored(head).unwrap();
    site.office.assign(site.job.parse().unwrap(), Some(person(2)), Vec::new()).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.device.core.store().unwrap().outbox.cache_number(), 2);
    let page = site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
    assert_eq!(page["job"], json!(site.job), "{page}");
    // Once nothing of his is on it, it goes.
    site.device.act(json!({"type": "draft.clear", "rec": site.job, "field": "note"})).unwrap();
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.device.view(json!({"type": "job_page", "job": site.job})).is_err());
}

#[test]
fn a_first_pull_that_was_cut_off_is_never_taken_for_all() {
    let clock = TestClock::at(MORNING);
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new(None, &clock, 1).unwrap();
    let job = office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    office.create(&fieldcard_schema::record::campaign::Campaign::default()).unwrap();
    let code = office.hub.make_code(person(1), true).unwrap();
    let mut device = Device::new(Place::folder(folder.path()), &clock, 5).unwrap();
    device.enrol("http://127.0.0.1", &code.grouped(), fieldcard_schema::digest::Digest::ZERO).unwrap();
    device.exchange(&mut office).unwrap();
    let owner = device.owner().unwrap().unwrap();
    office.hub.confirm_device(owner.device).unwrap();
    let mut cut = 0;
    loop {
        device.tell(Event::Wanted).unwrap();
        // Nonce, token, and one answer of the pull; then the process is killed.
        for _ in 0..3 {
            device.exchange_once(&mut office).unwrap();
        }
        let whole = converged(&mut office, &mut device, person(1)).unwrap();
        device.restart().unwrap();
        let partial = device.view(json!({"type": "data_state"})).unwrap()["partial"].as_bool().unwrap();
        if whole {
            break;
        }
        assert!(partial, "cut off after {cut} answers");
        if cut == 0 {
            // News of his own behind the first pull: they fill answers before the org's rows begin.
            for _ in 0..2 {
                office.create_on(job, &Note { text: Some("补充".into()), ..Note::default() }).unwrap();
            }
        }
        cut += 1;
    }
    assert!(cut > 3, "it was cut off often enough to tell");
    device.exchange(&mut office).unwrap();
    assert_eq!(device.view(json!({"type": "data_state"})).unwrap()["partial"], json!(false));
}

#[test]
fn a_cache_that_is_damaged_is_built_anew_and_no_work_is_lost() {
    let mut site = site();
    site.work();
    site.device.exchange(&mut site.office).unwrap();
    site.device.act(json!({"type": "note.add", "job": site.job, "text": "还没上传"})).unwrap();
    site.device.close().unwrap();
    let path = site.folder.path().join("cache-1.db");
    let mut bytes = std::fs::read(&path).unwrap();
    // The first page says what kind of file it is; all others are lost.
    assert!(bytes.len() > 3 * 4096);
    bytes[4096..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    site.device.restart().unwrap();
    assert_eq!(site.device.core.store().unwrap().cache.number, 2);
    assert!(!path.exists(), "the damaged file is gone");
    assert_eq!(site.device.view(json!({"type": "data_state"})).unwrap()["partial"], json!(true));
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
    assert_eq!(site.notes(), ["更换油封", "还没上传"]);
}

#[test]
fn a_record_that_cannot_be_read_any_longer_does_not_stop_the_device() {
    let mut site = site();
    site.work();
    site.device.exchange(&mut site.office).unwrap();
    site.device.close().unwrap();
    let db = rusqlite::Connection::open(site.folder.path().join("cache-1.db")).unwrap();
    db.execute("UPDATE rec SET shadow = '{' WHERE kind = 'note'", []).unwrap();
    drop(db);
    site.device.restart().unwrap();
    let page = json!({"type": "job_page", "job": site.job});
    assert!(site.device.view(page.clone()).is_err(), "while it runs it meets what is damaged");
    for _ in 0..2 {
        site.device.exchange(&mut site.office).unwrap();
    }
    assert!(site.device.view(page).is_ok());
    assert!(site.is_whole());
}

#[test]
fn outcomes_under_another_link_are_not_believed() {
    let mut site = site();
    site.work();
    let mut path = Path::new(&mut site.office, Fault::BendLinks);
    site.device.exchange(&mut path).unwrap();
    assert_eq!(site.held(), 0);
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
}

#[test]
fn refused_actions_say_why_and_keep_what_was_there() {
    let mut site = site();
    let refused = |site: &mut Site, request: serde_json::Value| {
        serde_json::to_value(site.device.act(request).unwrap_err().code).unwrap().as_str().unwrap().to_owned()
    };
    let visit = site.visit.clone();
    let job = site.job.clone();
    let back = json!({"type": "visit.work", "visit": visit});
    site.device.act(back.clone()).unwrap();
    let arrived = json!({"type": "visit.arrive", "visit": visit});
    assert_eq!(refused(&mut site, arrived), "impossible_step");
    let future = json!({"type": "visit.depart", "visit": visit, "at": MORNING * 2});
    assert_eq!(refused(&mut site, future), "time_in_future");
    let nobody = json!({"type": "note.add", "job": visit, "text": "x"});
    assert_eq!(refused(&mut site, nobody), "not_found");
    let empty = json!({"type": "note.add", "job": job, "text": "  "});
    assert_eq!(refused(&mut site, empty), "invalid_value");
    let huge = json!({"type": "note.add", "job": job, "text": "长".repeat(30_000)});
    assert_eq!(refused(&mut site, huge), "too_large");
    assert_eq!(serde_json::to_value(ErrorCode::TooLarge).unwrap(), "too_large");
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
}

#[test]
fn undo_appends_the_opposite_within_ten_seconds() {
    let mut site = site();
    let step = json!({"type": "visit.depart", "visit": site.visit});
    let token = site.device.act(step.clone()).unwrap().undo.unwrap();
    assert!(site.device.act(step.clone()).is_err(), "departed already");
    site.device.act(json!({"type": "undo", "token": token})).unwrap();
    site.device.act(step).unwrap();
    let job = site.job.clone();
    let set = |value: &str| json!({"type": "fault.set", "job": job, "field": "cause", "value": value});
    site.device.act(set("一")).unwrap();
    let token = site.device.act(set("二")).unwrap().undo.unwrap();
    for _ in 0..11 {
        site.device.act(json!({"type": "note.add", "job": job, "text": "时间过去"})).unwrap();
    }
    assert!(site.device.act(json!({"type": "undo", "token": token})).is_err(), "eleven seconds");
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.is_whole());
}

/// The tag of the part that is taken out now.
fn tagged(site: &mut Site, number: u32) -> String {
    let line = json!({"type": "part_line.add", "job": site.job, "name": "主泵", "number": number.to_string(), "serialised": false});
    let line = site.device.act(line).unwrap().rec.unwrap();
    let page = site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
    let parts = page["parts"].as_array().unwrap();
    let own = parts.iter().find(|part| part["line"] == json!(line)).unwrap();
    own["old"]["tag"].as_str().unwrap().to_owned()
}

/// Brings the same old copy back so often; answers every tag that was given meanwhile.
fn tags_of_a_copy_that_comes_back(times: u32, online: bool) -> Vec<String> {
    let mut site = site();
    let copy = tempfile::tempdir().unwrap();
    site.device.exchange(&mut site.office).unwrap();
    site.device.close().unwrap();
    for name in ["outbox.db", "cache-1.db"] {
        std::fs::copy(site.folder.path().join(name), copy.path().join(name)).unwrap();
    }
    site.device.restart().unwrap();
    let mut tags = vec![tagged(&mut site, 0), tagged(&mut site, 1)];
    site.device.exchange(&mut site.office).unwrap();
    for life in 1..=times {
        let place = tempfile::tempdir().unwrap();
        for name in ["outbox.db", "cache-1.db"] {
            std::fs::copy(copy.path().join(name), place.path().join(name)).unwrap();
        }
        site.device.move_to(Place::folder(place.path())).unwrap();
        tags.push(tagged(&mut site, life * 2));
        if online {
            site.device.exchange(&mut site.office).unwrap();
        }
        tags.push(tagged(&mut site, life * 2 + 1));
        site.device.close().unwrap();
    }
    tags
}

#[test]
fn no_two_lives_of_a_store_give_the_same_tag_and_none_is_refused_one() {
    for (times, online) in [(7, true), (7, false)] {
        let tags = tags_of_a_copy_that_comes_back(times, online);
        let each: std::collections::BTreeSet<&String> = tags.iter().collect();
        assert_eq!(each.len(), tags.len(), "online: {online}, {tags:?}");
        let prefixes: std::collections::BTreeSet<&str> = tags.iter().map(|tag| &tag[..4]).collect();
        // Each life has its own as long as the server is heard of; alone, there are those of the enrolment.
        assert_eq!(prefixes.len(), if online { 8 } else { 4 }, "{tags:?}");
    }
}
