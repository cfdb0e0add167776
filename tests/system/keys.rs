//! What becomes of a device's work when its store goes back, its key is lost or the office shuts it out.

use std::io::Cursor;
use std::path::Path;

use fieldcard_card::{Canonical, Card, Seal, seal};
use fieldcard_core::driver::unsent_file;
use fieldcard_core::store::Place;
use fieldcard_core::sync::Event;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::DeviceId;
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card as CardRecord;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::wire::error::ErrorCode;
use fieldcard_schema::wire::sync::OpOutcome;
use fieldcard_server::hub::DeviceState;
use fieldcard_server::unsent::{self, UnsentError};
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::TestClock;
use serde_json::{Value, json};

struct Site {
    clock: TestClock,
    office: Office,
    device: Device,
    job: String,
    visit: String,
    folder: tempfile::TempDir,
}

fn site() -> Site {
    let clock = TestClock::at(MORNING);
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new(None, &clock, 100).unwrap();
    let (job, visit) = office.repair().unwrap();
    let device = office.phone(Place::folder(&folder.path().join("phone")), &clock).unwrap();
    Site { clock, office, device, job: job.to_string(), visit: visit.to_string(), folder }
}

impl Site {
    fn act(&mut self, request: Value) -> Option<String> {
        self.device.act(request).unwrap().rec
    }

    fn exchange(&mut self) {
        assert!(self.device.exchange(&mut self.office).unwrap(), "the engine comes to rest");
    }

    fn photo(&mut self, n: usize) {
        self.device.photo(&self.job, &pictures::scene(n)).unwrap();
    }

    fn repair(&mut self) {
        self.device.repair(&self.job, &self.visit).unwrap();
    }

    fn seal(&mut self) -> (Card, Digest) {
        let (job, visit) = (self.job.clone(), self.visit.clone());
        self.act(json!({"type": "sign_off.prepare", "visit": visit, "kind": "interim", "language": "zh"}));
        self.act(json!({"type": "sign_off.hand_over", "visit": visit}));
        self.act(json!({"type": "sign_off.confirm", "visit": visit, "how": "signed", "words": "好",
            "strokes": pictures::ink(1), "satisfaction": 5,
            "signer": {"name": "许建军", "role": "operator", "authority": "listed"}}));
        let name = self.device.owner().unwrap().unwrap().user_name;
        self.act(json!({"type": "sign_off.take_back", "visit": visit, "initials": name}));
        let store = self.device.core.store().unwrap();
        let seen = store.cache.of_job(job.parse().unwrap()).unwrap();
        let last = seen.iter().rfind(|seen| seen.state.kind == CardRecord::KIND).unwrap();
        let hash = CardRecord::from_fields(&last.state.fields).unwrap().sha256.unwrap();
        let bytes = store.outbox.blob_bytes(hash, 0, 1 << 20).unwrap().unwrap();
        (Card::parse(&bytes).unwrap(), hash)
    }

    /// The files of the store, as a backup of the phone would have them.
    fn copy_store(&mut self, to: &str) {
        self.device.close().unwrap();
        copy(&self.folder.path().join("phone"), &self.folder.path().join(to));
        self.device.restart().unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

#[test]
fn a_copy_from_before_a_seal_never_seals_a_second_card_in_its_place() {
    let mut site = site();
    site.repair();
    site.exchange();
    site.copy_store("yesterday");
    let (card, hash) = site.seal();
    assert_eq!((card.chain.card_seq, card.chain.prev), (1, Digest::ZERO));
    // Nothing was sent since: only the keystore knows of the card.
    site.device.move_to(Place::folder(&site.folder.path().join("yesterday"))).unwrap();
    let (next, _) = site.seal();
    assert_eq!((next.chain.card_seq, next.chain.prev), (2, hash), "the lost card leaves a gap");
    assert_ne!(next.device.incarnation, card.device.incarnation);
    site.exchange();
    let left = site.device.core.store().unwrap().outbox.outstanding().unwrap();
    assert!(left.is_none(), "{left:?}");
}

impl Site {
    fn enrolment(&mut self) -> String {
        let view = self.device.view(json!({"type": "enrolment"})).unwrap();
        view["state"].as_str().unwrap().to_owned()
    }

    fn device_id(&mut self) -> DeviceId {
        self.device.owner().unwrap().unwrap().device
    }

    /// The office gives the device another key, and the person types its code.
    fn new_key(&mut self) {
        let id = self.device_id();
        let (code, _) = self.office.hub.make_key_codes(id).unwrap();
        self.device.enrol("http://127.0.0.1", &code.grouped(), Digest::ZERO).unwrap();
    }

    fn confirm(&mut self) {
        let id = self.device_id();
        self.office.hub.confirm_device(id).unwrap();
    }

    fn waiting(&mut self) -> (u64, u64) {
        let left = self.device.core.store().unwrap().outbox.outstanding().unwrap();
        left.map_or((0, 0), |left| (left.ops, left.blobs))
    }

    fn entered(&mut self) -> Vec<Digest> {
        let ops = self.device.core.store().unwrap().outbox.all_ops().unwrap();
        ops.into_iter().map(|op| Digest::of(&op.body)).collect()
    }

    fn refusal(&mut self, request: Value) -> Value {
        serde_json::to_value(self.device.act(request).unwrap_err().code).unwrap()
    }
}

#[test]
fn a_wiped_keystore_loses_nothing_the_office_gives_another_key_and_the_old_seal_still_holds() {
    let mut site = site();
    site.repair();
    site.photo(1);
    site.exchange();
    let (card, hash) = site.seal();
    site.photo(2);
    let old_key = site.device.public_key().unwrap().unwrap();
    let id = site.device_id();
    site.device.wipe_keystore();
    // It notices while it runs, and says so again after a restart.
    site.exchange();
    assert_eq!(site.enrolment(), "key_lost");
    site.device.restart().unwrap();
    assert_eq!(site.enrolment(), "key_lost");
    let start = site.device.view(json!({"type": "start"})).unwrap();
    assert_eq!(start["enrolled"], true, "his work is not hidden behind the first screen");
    let screen = site.device.view(json!({"type": "sync_screen"})).unwrap();
    assert_eq!((&screen["key_lost"], &screen["pill"]["state"]), (&json!(true), &json!("needs_you")));
    let (job, visit) = (site.job.clone(), site.visit.clone());
    site.act(json!({"type": "note.add", "job": job, "text": "没有密钥也能记"}));
    site.act(json!({"type": "sign_off.prepare", "visit": visit, "kind": "interim", "language": "zh"}));
    let absent = json!({"type": "sign_off.confirm", "visit": visit, "how": "absent", "reason": "left_early"});
    assert_eq!(site.refusal(absent), "key_lost");
    let waiting = site.waiting();
    assert!(waiting.0 > 1 && waiting.1 == 2, "{waiting:?}");
    let before = site.entered();

    site.new_key();
    site.exchange();
    assert_eq!((site.enrolment().as_str(), site.device_id()), ("waiting_for_office", id));
    assert_eq!(site.waiting(), waiting, "unconfirmed it sends nothing");
    site.confirm();
    site.exchange();
    assert_eq!((site.enrolment().as_str(), site.waiting()), ("active", (0, 0)));
    assert_eq!(site.entered(), before, "no body was touched");
    let held = site.office.hub.op_digests().unwrap();
    assert!(before.iter().all(|digest| held.contains(digest)));
    let store = site.device.core.store().unwrap();
    assert!(
        store
            .outbox
            .all_ops()
            .unwrap()
            .iter()
            .all(|op| { op.outcome.is_some_and(|told| told.outcome == Outcome::Applied) })
    );
    assert!(store.outbox.job_is_held(job.parse().unwrap()).unwrap());
    assert!(!site.office.hub.devices().unwrap()[0].broken_chain, "the new life names the old one");

    // What the lost key sealed is still its seal, and the office knows whose and until when.
    assert_ne!(site.device.public_key().unwrap().unwrap(), old_key);
    let rows = site.office.hub.job_records(job.parse().unwrap()).unwrap();
    let record = rows.iter().find(|row| row.state.kind == "card").unwrap();
    let record = CardRecord::from_fields(&record.state.fields).unwrap();
    let bytes = store_bytes(&mut site, hash);
    seal::verify(&old_key, &bytes, &Seal(record.seal.unwrap())).unwrap();
    let (next, _) = site.seal();
    assert_eq!((next.chain.card_seq, next.chain.prev), (card.chain.card_seq + 1, hash));
    site.exchange();
    assert_eq!(site.waiting(), (0, 0));
    assert!(converged(&mut site.office, &mut site.device, person(1)).unwrap());
}

fn store_bytes(site: &mut Site, sha256: Digest) -> Vec<u8> {
    site.device.core.store().unwrap().outbox.blob_bytes(sha256, 0, 1 << 20).unwrap().unwrap()
}

#[test]
fn a_new_key_is_for_this_very_device_and_a_change_of_mind_leaves_it_asking() {
    let mut site = site();
    site.repair();
    let id = site.device_id();
    site.device.wipe_keystore();
    site.device.restart().unwrap();
    // A code for a new device gives no key to a known one.
    let other = site.office.hub.make_code(person(1), true).unwrap();
    site.device.enrol("http://127.0.0.1", &other.grouped(), Digest::ZERO).unwrap();
    assert!(site.device.exchange(&mut site.office).unwrap());
    site.device.core.cancel_enrolment().unwrap();
    assert_eq!((site.enrolment().as_str(), site.device_id()), ("key_lost", id));
    site.new_key();
    site.device.restart().unwrap();
    site.exchange();
    site.device.core.cancel_enrolment().unwrap();
    assert_eq!(site.enrolment(), "key_lost");
    // Another person's key code does not make it his.
    let mut second = Device::new(Place::memory(), &TestClock::at(MORNING), 77).unwrap();
    site.office.take_in(&mut second, person(2)).unwrap();
    let theirs = second.owner().unwrap().unwrap().device;
    let (code, _) = site.office.hub.make_key_codes(theirs).unwrap();
    site.device.enrol("http://127.0.0.1", &code.grouped(), Digest::ZERO).unwrap();
    assert!(site.device.exchange(&mut site.office).unwrap());
    site.device.core.cancel_enrolment().unwrap();
    site.new_key();
    site.exchange();
    site.confirm();
    site.exchange();
    assert_eq!((site.waiting(), site.device_id()), ((0, 0), id));
    assert_eq!(site.device.owner().unwrap().unwrap().user, person(1));
}

#[test]
fn a_device_that_was_shut_out_gets_no_new_key() {
    let mut site = site();
    let id = site.device_id();
    let (code, _) = site.office.hub.make_key_codes(id).unwrap();
    site.office.hub.revoke_device(id).unwrap();
    assert_eq!(site.office.hub.make_key_codes(id).unwrap_err().code, ErrorCode::Revoked);
    site.device.wipe_keystore();
    site.device.restart().unwrap();
    site.device.enrol("http://127.0.0.1", &code.grouped(), Digest::ZERO).unwrap();
    assert!(site.device.exchange(&mut site.office).unwrap());
    assert_eq!(site.office.hub.devices().unwrap()[0].state, DeviceState::Revoked);
}

#[test]
fn a_key_that_comes_back_is_the_key() {
    let mut site = site();
    site.repair();
    let kept = site.device.secrets();
    site.device.wipe_keystore();
    site.device.restart().unwrap();
    assert_eq!(site.enrolment(), "key_lost");
    site.device.restore_secrets(&kept);
    site.device.restart().unwrap();
    site.exchange();
    assert_eq!((site.enrolment().as_str(), site.waiting()), ("active", (0, 0)));
}

#[test]
fn a_file_of_a_phone_without_its_key_is_taken_only_at_somebodys_word_and_parked() {
    let mut site = site();
    site.repair();
    site.photo(1);
    site.device.wipe_keystore();
    site.device.restart().unwrap();
    let path = unsent_file::save(&mut site.device.core, &site.folder.path().join("files")).unwrap();
    let file = std::fs::read(path).unwrap();
    let take = |site: &mut Site, vouched| unsent::take(&mut site.office.hub, Cursor::new(&file), vouched);
    assert!(matches!(take(&mut site, false), Err(UnsentError::Unsigned)));
    let ops = site.waiting().0;
    let taken = take(&mut site, true).unwrap();
    assert_eq!(taken.outcomes.len() as u64, ops);
    let parked = |told: &OpOutcome| (told.outcome, told.why) == (Outcome::Parked, Some(Why::NotYours));
    assert!(taken.outcomes.iter().all(|one| parked(&one.outcome)), "nothing proves whose it is");
    assert_eq!(taken.stored, 1);
    // The phone that gets its key after all is told the same, and the office has it once.
    let count = site.office.hub.op_count().unwrap();
    site.new_key();
    site.exchange();
    site.confirm();
    site.exchange();
    assert_eq!(site.waiting(), (0, 0));
    let ops = site.device.core.store().unwrap().outbox.all_ops().unwrap();
    assert!(ops.iter().all(|op| op.outcome.as_ref().is_some_and(parked)));
    // Beside the ops there are the deeds of the office: its code and its confirmation.
    assert_eq!(site.office.hub.op_count().unwrap(), count + 2);
}

impl Site {
    fn revoke(&mut self) {
        let id = self.device_id();
        self.office.hub.revoke_device(id).unwrap();
    }

    fn start(&mut self) -> Value {
        self.device.view(json!({"type": "start"})).unwrap()
    }

    /// Everything that lies in the folder of the device or its keystore, as one text.
    fn left_behind(&mut self) -> Vec<u8> {
        let files = std::fs::read_dir(self.folder.path().join("phone")).unwrap();
        let mut bytes: Vec<u8> =
            files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        bytes.extend(self.device.secrets().into_values().flatten());
        bytes
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn a_revoked_device_locks_hands_everything_in_and_is_as_new() {
    let mut site = site();
    site.repair();
    site.exchange();
    let job = site.job.clone();
    site.seal();
    site.photo(1);
    site.act(json!({"type": "note.add", "job": job, "text": "密封圈有裂纹"}));
    let (entered, waiting) = (site.entered(), site.waiting());
    assert_eq!(waiting.1, 2);
    let blobs: Vec<Digest> = site
        .device
        .core
        .store()
        .unwrap()
        .outbox
        .all_blobs()
        .unwrap()
        .iter()
        .map(|blob| blob.sha256)
        .collect();
    site.revoke();
    site.office
        .create_job(&Job { assignee: Some(person(1)), number: Some("NEW".into()), ..Job::default() })
        .unwrap();
    // One call of the exchange after another: it is locked from the first word on, and nothing goes before the rest.
    site.device.tell(Event::Wanted).unwrap();
    while site.start()["shut_out"] == false {
        assert!(site.device.exchange_once(&mut site.office).unwrap());
    }
    let note = json!({"type": "note.add", "job": job, "text": "x"});
    assert_eq!(site.refusal(note), "revoked");
    let page = site.device.view(json!({"type": "job_page", "job": job})).unwrap_err();
    assert_eq!(serde_json::to_value(page.code).unwrap(), "revoked");
    let screen = site.device.view(json!({"type": "sync_screen"})).unwrap();
    assert_eq!(screen["queue"].as_array().unwrap().len(), 1, "what waits is shown");
    assert!(holds(&site.left_behind(), "密封圈有裂纹"));
    site.device.restart().unwrap();
    assert_eq!(site.start()["shut_out"], true, "a restart opens nothing");
    site.exchange();

    let held = site.office.hub.op_digests().unwrap();
    assert!(entered.iter().all(|digest| held.contains(digest)), "every op is at the office");
    let stored = site.office.hub.blob_digests().unwrap();
    assert!(blobs.iter().all(|digest| stored.contains(digest)), "and every card and photo");
    assert_eq!(site.device.owner().unwrap(), None);
    let view = site.device.view(json!({"type": "enrolment"})).unwrap();
    assert_eq!((&view["state"], &view["removed"]), (&json!("none"), &json!(true)));
    assert_eq!(
        (site.start()["shut_out"].clone(), site.start()["enrolled"].clone()),
        (json!(false), json!(false))
    );
    site.device.close().unwrap();
    let left = site.left_behind();
    assert!(
        !holds(&left, "密封圈有裂纹") && !holds(&left, "王建国") && !holds(&left, "NEW"),
        "no trace is left"
    );
    assert!(site.device.secrets().is_empty());
    // Somebody else gets it.
    site.device.restart().unwrap();
    site.office.take_in(&mut site.device, person(2)).unwrap();
    assert_eq!(site.device.owner().unwrap().unwrap().user, person(2));
}

#[test]
fn what_was_typed_and_never_recorded_holds_the_wiping_up_for_a_day_or_until_it_is_in_a_file() {
    let typed = |site: &mut Site| {
        let job = site.job.clone();
        site.act(json!({"type": "draft.save", "rec": job, "field": "cause", "value": "还没写完"}));
        site.revoke();
        site.exchange();
    };
    let mut exported = site();
    exported.repair();
    typed(&mut exported);
    assert_eq!((exported.start()["shut_out"].clone(), exported.waiting()), (json!(true), (0, 0)));
    let named = exported.device.view(json!({"type": "shut_out"})).unwrap();
    assert_eq!(named["drafts"][0]["texts"], json!(["还没写完"]));
    let folder = exported.folder.path().join("files");
    let file = unsent_file::save_drafts(&mut exported.device.core, &folder).unwrap();
    assert!(std::fs::read_to_string(file).unwrap().contains("cause: 还没写完"));
    exported.exchange();
    assert_eq!(exported.device.owner().unwrap(), None);

    let mut left = site();
    typed(&mut left);
    left.clock.pass(23 * 3_600_000);
    left.exchange();
    assert!(left.device.owner().unwrap().is_some());
    left.clock.pass(2 * 3_600_000);
    left.exchange();
    assert_eq!(left.device.owner().unwrap(), None);
}

#[test]
fn a_device_that_was_killed_in_the_middle_of_the_wiping_goes_on_with_it() {
    let mut site = site();
    site.repair();
    site.exchange();
    let store = site.device.core.store().unwrap();
    store.outbox.set_ident(&[("shut_out", "1".into()), ("wiped", "yes".into())]).unwrap();
    site.device.wipe_keystore();
    site.device.restart().unwrap();
    assert_eq!(site.device.owner().unwrap(), None);
    assert_eq!(site.enrolment(), "none");
}
