//! Twelve ways in which systems of this kind lose people's work, as others learned them: each is a test here, or where
//! the table says.
//!
//! ```text
//! a cloned host's record at a used index is dropped with 200 OK   two_clones_of_one_device_both_keep_everything
//! the event log is cleared when the server's id changes           no_work_goes_when_the_server_becomes_another
//! a remote delete takes locally changed rows along                words_on_what_the_office_takes_away_arrive
//! a client's state is collected while work is pending             work_outlasts_an_absence_of_two_years
//! downloads wait until uploads have drained                       what_cannot_go_up_holds_up_nothing_that_comes_down
//! 410 Gone discards what is pending                               no_refusal_discards_what_waits
//! a path that carries pings and drops data looks connected        bad_path.rs
//! the last record is skipped when the page is full                a_page_that_is_just_full_hides_no_row
//! a checkpoint is written before its documents                    a_cursor_is_written_with_its_rows_or_not_at_all
//! an interrupted first pull passes for complete                   patience.rs: a_first_pull_that_was_cut_off_…
//! 201, and the attachment is missing                              evidence.rs: no_receipt_while_a_picture_is_missing
//! the wrong side is chosen in a full sync                         a_restore_takes_no_side
//! ```

use fieldcard_core::store::Place;
use fieldcard_core::sync::Event;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::note::Note;
use fieldcard_schema::wire::error::ErrorCode;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::path::{Fault, Path};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::{TestClock, TestKeystore};
use serde_json::json;

const DAY: i64 = 86_400_000;

struct Site {
    clock: TestClock,
    office: Office,
    device: Device,
    folder: tempfile::TempDir,
    job: RecordId,
}

fn site(page_rows: usize) -> Site {
    let clock = TestClock::at(MORNING);
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new(None, &clock, page_rows).unwrap();
    let job = office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    let mut device = Device::new(Place::folder(folder.path()), &clock, 5).unwrap();
    office.take_in(&mut device, person(1)).unwrap();
    Site { clock, office, device, folder, job }
}

fn note(device: &mut Device, job: RecordId, text: &str) {
    device.act(json!({"type": "note.add", "job": job, "text": text})).unwrap();
}

/// The texts of all notes that the office holds of a job, in order of their words.
fn notes(office: &mut Office, job: RecordId) -> Vec<String> {
    let rows = office.hub.job_records(job).unwrap();
    let text = |state: &RecordState| state.fields["text"].as_str().unwrap().to_owned();
    let mut texts: Vec<_> =
        rows.iter().filter(|row| row.state.kind == "note").map(|row| text(&row.state)).collect();
    texts.sort();
    texts
}

/// How many ops of the device have no outcome.
fn waiting(device: &mut Device) -> usize {
    let ops = device.core.store().unwrap().outbox.all_ops().unwrap();
    ops.iter().filter(|op| op.outcome.is_none()).count()
}

/// What a person typed, wherever it stands in an op that the device made.
fn made(device: &mut Device, words: &str) -> bool {
    let ops = device.core.store().unwrap().outbox.all_ops().unwrap();
    ops.iter().any(|op| String::from_utf8_lossy(&op.body).contains(words))
}

#[test]
fn two_clones_of_one_device_both_keep_everything() {
    let mut site = site(100);
    note(&mut site.device, site.job, "甲：分家前");
    let copy = tempfile::tempdir().unwrap();
    let secrets = site.device.secrets();
    site.device.close().unwrap();
    for file in std::fs::read_dir(site.folder.path()).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
    }
    site.device.restart().unwrap();
    let keystore = TestKeystore::holding(secrets);
    let mut twin = Device::with_keystore(Place::folder(copy.path()), &site.clock, 77, keystore).unwrap();
    let mut expected = vec!["甲：分家前".to_owned()];
    for round in 0..4 {
        for (device, name) in [(&mut site.device, "乙"), (&mut twin, "丙")] {
            let text = format!("{name}：{round}");
            note(device, site.job, &text);
            expected.push(text);
            device.exchange(&mut site.office).unwrap();
        }
    }
    for device in [&mut site.device, &mut twin] {
        device.exchange(&mut site.office).unwrap();
        assert_eq!(waiting(device), 0);
        assert!(converged(&mut site.office, device, person(1)).unwrap());
    }
    expected.sort();
    assert_eq!(notes(&mut site.office, site.job), expected, "each once, of both");
}

#[test]
fn no_work_goes_when_the_server_becomes_another() {
    let mut site = site(100);
    note(&mut site.device, site.job, "送达过");
    site.device.exchange(&mut site.office).unwrap();
    note(&mut site.device, site.job, "还没送");
    for _ in 0..3 {
        let head = site.office.hub.head().unwrap();
        site.office.hub.restored(head).unwrap();
        assert!(made(&mut site.device, "送达过") && made(&mut site.device, "还没送"));
        site.device.exchange(&mut site.office).unwrap();
        site.device.exchange(&mut site.office).unwrap();
    }
    assert_eq!(notes(&mut site.office, site.job), ["还没送", "送达过"]);
    assert!(converged(&mut site.office, &mut site.device, person(1)).unwrap());
}

#[test]
fn words_on_what_the_office_takes_away_arrive() {
    let mut site = site(100);
    site.device.exchange(&mut site.office).unwrap();
    note(&mut site.device, site.job, "拆下来的泵壳有裂纹");
    // Somebody else's now: the job leaves this device in the very exchange that could bring the words.
    site.office.assign(site.job, Some(person(2)), Vec::new()).unwrap();
    site.device.exchange(&mut Path::new(&mut site.office, Fault::LoseAnswers(0))).unwrap();
    assert!(made(&mut site.device, "拆下来的泵壳有裂纹"));
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(notes(&mut site.office, site.job), ["拆下来的泵壳有裂纹"]);
    assert_eq!(waiting(&mut site.device), 0);
    // And then nothing of a job that is not his stays on the device.
    site.device.exchange(&mut site.office).unwrap();
    assert!(site.device.view(json!({"type": "job_page", "job": site.job})).is_err());
}

#[test]
fn work_outlasts_an_absence_of_two_years() {
    let office_clock = TestClock::at(MORNING);
    let mut office = Office::new(None, &office_clock, 100).unwrap();
    let job = office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let clock = TestClock::at(MORNING);
    let mut device = Device::new(Place::folder(folder.path()), &clock, 5).unwrap();
    office.take_in(&mut device, person(1)).unwrap();
    note(&mut device, job, "两年前写下的");
    device.photo(&job.to_string(), &pictures::scene(1)).unwrap();
    // The office works on, forgets what left long ago, and drops what nobody finished sending.
    office.assign(job, Some(person(2)), Vec::new()).unwrap();
    for _ in 0..4 {
        while office.hub.sweep().unwrap() {}
        office.hub.drop_stale_blobs().unwrap();
        office_clock.pass(182 * DAY);
        clock.pass(182 * DAY);
        device.restart().unwrap();
    }
    while office.hub.sweep().unwrap() {}
    assert!(waiting(&mut device) > 0);
    device.exchange(&mut office).unwrap();
    device.exchange(&mut office).unwrap();
    assert_eq!(waiting(&mut device), 0);
    assert_eq!(notes(&mut office, job), ["两年前写下的"]);
    let photos = office.hub.blob_digests().unwrap();
    assert_eq!(photos.len(), 1, "with its picture");
}

#[test]
fn what_cannot_go_up_holds_up_nothing_that_comes_down() {
    let mut site = site(100);
    note(&mut site.device, site.job, "传不上去");
    let new = site.office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    for _ in 0..6 {
        site.device
            .exchange(&mut Path::new(&mut site.office, Fault::NothingUp(ErrorCode::Unreachable)))
            .unwrap();
        site.clock.pass(600_000);
    }
    assert!(site.device.view(json!({"type": "job_page", "job": new})).is_ok(), "the new job is here");
    assert!(waiting(&mut site.device) > 0, "and the work still waits");
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(notes(&mut site.office, site.job), ["传不上去"]);
}

#[test]
fn no_refusal_discards_what_waits() {
    // Everything but `revoked`, after which a device hands in what it holds and empties itself (keys.rs).
    let refusals = [
        ErrorCode::Malformed,
        ErrorCode::TooLarge,
        ErrorCode::ProtoTooOld,
        ErrorCode::ProtoTooNew,
        ErrorCode::Unauthorised,
        ErrorCode::Unconfirmed,
        ErrorCode::Forbidden,
        ErrorCode::NotFound,
        ErrorCode::CodeUsed,
        ErrorCode::CodeExpired,
        ErrorCode::NonceStale,
        ErrorCode::BadSignature,
        ErrorCode::BadDigest,
        ErrorCode::InvalidValue,
        ErrorCode::Stale,
        ErrorCode::RateLimited,
        ErrorCode::Busy,
        ErrorCode::DiskFull,
        ErrorCode::Internal,
        ErrorCode::Unreachable,
    ];
    assert!(refusals.iter().any(|code| code.http_status() == 410));
    let mut site = site(100);
    for (n, code) in refusals.into_iter().enumerate() {
        let text = format!("{n:02} {code:?}");
        note(&mut site.device, site.job, &text);
        site.device.photo(&site.job.to_string(), &pictures::scene(n)).unwrap();
        let before = waiting(&mut site.device);
        for _ in 0..3 {
            site.device.exchange(&mut Path::new(&mut site.office, Fault::NothingUp(code))).unwrap();
            site.clock.pass(3_600_000);
        }
        assert_eq!(waiting(&mut site.device), before, "{code:?}");
        site.device.exchange(&mut site.office).unwrap();
        assert_eq!(waiting(&mut site.device), 0, "{code:?}");
        assert_eq!(notes(&mut site.office, site.job).last(), Some(&text));
        assert_eq!(site.office.hub.blob_digests().unwrap().len(), n + 1, "{code:?}");
    }
}

#[test]
fn a_page_that_is_just_full_hides_no_row() {
    for rows in 1..=6 {
        let mut site = site(rows);
        let mut expected = Vec::new();
        for n in 0..3 * rows {
            // What another device of the same person made comes by the feed.
            let text = format!("{n:02}");
            let note = Note { text: Some(text.clone()), ..Default::default() };
            site.office.create_on(site.job, &note).unwrap();
            expected.push(text);
            site.device.exchange(&mut site.office).unwrap();
            assert!(converged(&mut site.office, &mut site.device, person(1)).unwrap(), "{n} by {rows}");
        }
        // All of it at once, from nothing, so that some page ends with the very last row.
        let mut fresh = Device::new(Place::memory(), &site.clock, 9).unwrap();
        site.office.take_in(&mut fresh, person(1)).unwrap();
        fresh.exchange(&mut site.office).unwrap();
        assert!(converged(&mut site.office, &mut fresh, person(1)).unwrap(), "from nothing by {rows}");
        let page = fresh.view(json!({"type": "job_page", "job": site.job})).unwrap();
        let mut shown: Vec<_> =
            page["notes"].as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap()).collect();
        shown.sort_unstable();
        assert_eq!(shown, expected);
    }
}

#[test]
fn a_cursor_is_written_with_its_rows_or_not_at_all() {
    let mut site = site(2);
    for n in 0..9 {
        let note = Note { text: Some(n.to_string()), ..Default::default() };
        site.office.create_on(site.job, &note).unwrap();
    }
    // Killed after each call of the exchange: what the cursors name is there, and the rest comes.
    let mut calls = 0;
    loop {
        site.device.tell(Event::Wanted).unwrap();
        let more = (0..=calls).all(|_| site.device.exchange_once(&mut site.office).unwrap());
        site.device.restart().unwrap();
        let cursors: Vec<String> =
            site.device.core.store().unwrap().cache.cursors().unwrap().into_values().collect();
        let furthest =
            cursors.iter().filter_map(|cursor| cursor.strip_prefix('f')?.parse::<u64>().ok()).max();
        for row in site.office.hub.scope(person(1)).unwrap() {
            let here = site.device.core.store().unwrap().cache.shadow(row.rec).unwrap().is_some();
            let behind = cursors.len() > 1 && furthest.is_some_and(|at| row.state.ver <= at);
            assert!(here || !behind, "{} is behind {cursors:?} and not here", row.rec);
        }
        if !more {
            break;
        }
        calls += 1;
    }
    assert!(calls > 1, "it took several pages");
    site.device.exchange(&mut site.office).unwrap();
    assert!(converged(&mut site.office, &mut site.device, person(1)).unwrap());
}

#[test]
fn a_restore_takes_no_side() {
    let clock = TestClock::at(MORNING);
    let (live, backup) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = |folder: &tempfile::TempDir| folder.path().join("fieldcard.db");
    let mut office = Office::new(Some(&file(&live)), &clock, 100).unwrap();
    let job = office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    let mut device = Device::new(Place::memory(), &clock, 5).unwrap();
    office.take_in(&mut device, person(1)).unwrap();
    drop(office);
    std::fs::copy(file(&live), file(&backup)).unwrap();
    // A day's work that only the lost server and the device saw, and one that only the restored server saw.
    let mut office = Office::open(Some(&file(&live)), &clock, 100, 2).unwrap();
    note(&mut device, job, "设备上的一天");
    device.exchange(&mut office).unwrap();
    let witness = office.hub.head().unwrap();
    drop(office);
    let mut office = Office::open(Some(&file(&backup)), &clock, 100, 3).unwrap();
    office.hub.restored(witness).unwrap();
    let desk = Note { text: Some("公司里的一天".into()), ..Note::default() };
    office.create_on(job, &desk).unwrap();
    device.exchange(&mut office).unwrap();
    device.exchange(&mut office).unwrap();
    assert_eq!(notes(&mut office, job), ["公司里的一天", "设备上的一天"]);
    assert!(converged(&mut office, &mut device, person(1)).unwrap());
}
