//! The list of bad input, the device's side. Each row: a clear code (its sentence is `error.<code>` in zh and
//! en), nothing lost, the process lives.
//!
//! | what | tested by |
//! |---|---|
//! | a full disk: text, views, a day later | `a_full_disk_refuses_text_and_keeps_what_was_there` |
//! | little room: photos stop first | `photos_stop_while_text_goes_on` |
//! | a read-only folder, before and after there is a store | `a_folder_that_may_not_be_written_is_said_and_left_alone` |
//! | a second instance | `a_second_instance_touches_nothing`, `ui/e2e/unsent.test.js` |
//! | a store from a newer version | `a_store_of_a_newer_app_is_left_byte_for_byte` |
//! | a clock ten years off, both ways | `a_clock_ten_years_off_works_signs_and_is_flagged`, certificate dates in `core/src/driver/tls.rs` |
//! | photos: no picture, half of one, 0 bytes, too many bytes | `core/tests/device/photos.rs` |
//! | photos: 100 megapixels, told from the header | `a_hundred_megapixels_are_refused_before_they_are_decoded` |
//! | text with markup, quotes, emoji, right-to-left marks, 10,000 symbols | `odd_text_is_stored_shown_carded_and_held_unaltered` |
//! | text that is too long | `text_that_is_too_long_is_told_with_the_limit` |
//! | a file of unsent work that is bent | `unsent.rs` |
//!
//! The server's side of the list has a table of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fieldcard_card::card::ClockTrust;
use fieldcard_card::{Canonical, Card, Seal, seal};
use fieldcard_core::Core;
use fieldcard_core::driver::images::ImageCrate;
use fieldcard_core::driver::runner::Runner;
use fieldcard_core::error::ActionError;
use fieldcard_core::ports::Ports;
use fieldcard_core::store::{Place, StoreError};
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card as CardRecord;
use fieldcard_schema::record::job::Job;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::{TestChance, TestClock, TestKeystore};
use nix::unistd::{Uid, setfsuid};
use serde_json::{Value, json};

use crate::small_disk;

const TEN_YEARS_MS: i64 = 3_653 * 86_400_000;

struct Site {
    office: Office,
    device: Device,
    job: RecordId,
    visit: RecordId,
}

/// A phone in `place` whose clock is `off` from the office's.
fn site(place: Place, off: i64) -> Site {
    let (clock, own) = (TestClock::at(MORNING), TestClock::at(MORNING + off));
    let mut office = Office::new(None, &clock, 100).unwrap();
    let job = Job { assignee: Some(person(1)), job_type: Some("repair".into()), ..Job::default() };
    let job = office.create_job(&job).unwrap();
    let visit = office.visit_of(job).unwrap();
    let mut device = Device::new(place, &own, 5).unwrap();
    office.take_in(&mut device, person(1)).unwrap();
    Site { office, device, job, visit }
}

impl Site {
    fn act(&mut self, request: Value) -> Option<String> {
        self.device.act(request).unwrap().rec
    }

    fn refusal(&mut self, request: Value) -> (String, Value) {
        told(&self.device.act(request).unwrap_err())
    }

    fn note(&self, text: &str) -> Value {
        json!({"type": "note.add", "job": self.job, "text": text})
    }

    fn notes(&mut self) -> usize {
        let page = self.device.view(json!({"type": "job_page", "job": self.job})).unwrap();
        page["notes"].as_array().unwrap().len()
    }

    fn repair(&mut self, action: &str) {
        for step in ["visit.depart", "visit.arrive", "visit.work"] {
            self.act(json!({"type": step, "visit": self.visit}));
        }
        self.act(json!({"type": "reading.set", "job": self.job, "meter": "hours", "value": "1846.5"}));
        for (field, text) in
            [("phenomenon", "无力"), ("place", "主泵"), ("cause", "卡滞"), ("action", action)]
        {
            self.act(json!({"type": "fault.set", "job": self.job, "field": field, "value": text}));
        }
    }

    /// Signs, and answers the card once its seal holds.
    fn sign(&mut self) -> Card {
        self.act(json!({"type": "sign_off.prepare", "visit": self.visit, "kind": "final", "language": "zh"}));
        self.act(json!({"type": "sign_off.hand_over", "visit": self.visit}));
        self.act(json!({"type": "sign_off.confirm", "visit": self.visit, "how": "signed", "words": "好",
            "strokes": pictures::ink(1), "satisfaction": 5,
            "signer": {"name": "许建军", "role": "operator", "authority": "listed"}}));
        let store = self.device.core.store().unwrap();
        let seen = store.cache.of_job(self.job).unwrap();
        let record = seen.iter().find(|seen| seen.state.kind == CardRecord::KIND).unwrap();
        let record = CardRecord::from_fields(&record.state.fields).unwrap();
        let bytes = store.outbox.blob_bytes(record.sha256.unwrap(), 0, 1 << 20).unwrap().unwrap();
        let key = self.device.public_key().unwrap().unwrap();
        seal::verify(&key, &bytes, &Seal(record.seal.unwrap())).unwrap();
        Card::parse(&bytes).unwrap()
    }

    fn hand_in(&mut self) {
        assert!(self.device.exchange(&mut self.office).unwrap());
        assert_eq!(self.device.core.store().unwrap().outbox.outstanding().unwrap(), None);
        assert!(converged(&mut self.office, &mut self.device, person(1)).unwrap());
    }
}

fn told(error: &ActionError) -> (String, Value) {
    let said = serde_json::to_value(error).unwrap();
    (said["code"].as_str().unwrap().to_owned(), said["facts"].clone())
}

fn ports() -> Ports {
    Ports {
        clock: Box::new(TestClock::at(MORNING)),
        chance: Box::new(TestChance(9)),
        keystore: Box::new(TestKeystore::default()),
        images: Box::new(ImageCrate),
    }
}

fn refused(place: Place) -> StoreError {
    Core::open(place, ports()).map(drop).unwrap_err()
}

/// What every screen says where the store could not be opened.
fn on_screen(error: &StoreError) -> String {
    told(&Runner::refusing(error).view(&json!({"type": "start"})).unwrap_err()).0
}

#[test]
fn a_full_disk_refuses_text_and_keeps_what_was_there() {
    small_disk::register();
    let folder = tempfile::tempdir().unwrap();
    let place = Place { vfs: Some(small_disk::NAME.to_owned()), ..Place::folder(folder.path()) };
    let mut site = site(place, 0);
    let before = site.note("满之前");
    site.act(before);
    small_disk::fill(true);
    let text = site.note(&"满".repeat(3_000));
    for _ in 0..3 {
        assert_eq!(site.refusal(text.clone()).0, "disk_full");
        assert_eq!(site.notes(), 1, "earlier work is there to be seen");
    }
    let draft = json!({"type": "draft.save", "rec": "note", "field": "text", "value": "满".repeat(3_000)});
    assert_eq!(site.refusal(draft).0, "disk_full");
    small_disk::fill(false);
    site.act(text);
    assert_eq!(site.notes(), 2);
    site.device.restart().unwrap();
    assert_eq!(site.notes(), 2);
    site.hand_in();
}

#[test]
fn photos_stop_while_text_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(Place { photo_reserve: u64::MAX, ..Place::folder(folder.path()) }, 0);
    let begin = json!({"type": "photo.begin", "size": 1000, "media_type": "image/jpeg"});
    let (code, facts) = site.refusal(begin);
    assert_eq!(code, "disk_nearly_full");
    assert!(facts["mb"].as_str().unwrap().parse::<u64>().is_ok(), "{facts}");
    let text = site.note("照片拍不了，文字照记");
    site.act(text);
    site.hand_in();
}

/// Runs `work` as somebody who may write nowhere but in what is open to all; root would be let in everywhere.
fn as_nobody<T>(work: impl FnOnce() -> T) -> T {
    let root = Uid::effective().is_root();
    if root {
        setfsuid(Uid::from_raw(65_534));
    }
    let done = work();
    if root {
        setfsuid(Uid::from_raw(0));
    }
    done
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_that_may_not_be_written_is_said_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    allow(folder.path(), 0o555);
    let error = as_nobody(|| refused(Place::folder(folder.path())));
    assert_eq!(on_screen(&error), "folder_read_only", "{error:?}");
    allow(folder.path(), 0o755);
    let mut site = site(Place::folder(folder.path()), 0);
    let note = site.note("先前");
    site.act(note);
    site.device.close().unwrap();
    let files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    for file in &files {
        allow(file, 0o444);
    }
    allow(folder.path(), 0o555);
    let error = as_nobody(|| refused(Place::folder(folder.path())));
    assert_eq!(on_screen(&error), "folder_read_only", "{error:?}");
    allow(folder.path(), 0o755);
    for file in &files {
        allow(file, 0o644);
    }
    site.device.restart().unwrap();
    assert_eq!(site.notes(), 1);
    site.hand_in();
}

#[test]
fn a_second_instance_touches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(Place::folder(folder.path()), 0);
    let error = refused(Place::folder(folder.path()));
    assert_eq!(on_screen(&error), "second_instance");
    let note = site.note("第一个照常");
    site.act(note);
    site.hand_in();
    site.device.close().unwrap();
    assert!(Core::open(Place::folder(folder.path()), ports()).is_ok(), "the lock goes with its holder");
}

#[test]
fn a_store_of_a_newer_app_is_left_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let mut site = site(Place::folder(folder.path()), 0);
    let note = site.note("新版应用写的");
    site.act(note);
    site.device.close().unwrap();
    let path = folder.path().join("outbox.db");
    let own = fs::read(&path).unwrap();
    // `user_version` stands at byte 60 of an SQLite file, big-endian.
    let mut newer = own.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    fs::write(&path, &newer).unwrap();
    let error = refused(Place::folder(folder.path()));
    assert_eq!(on_screen(&error), "store_too_new", "{error:?}");
    assert!(fs::read(&path).unwrap() == newer, "not a byte was changed");
    fs::write(&path, own).unwrap();
    site.device.restart().unwrap();
    assert_eq!(site.notes(), 1);
    site.hand_in();
}

#[test]
fn a_clock_ten_years_off_works_signs_and_is_flagged() {
    for (off, trust) in
        [(TEN_YEARS_MS, ClockTrust::Moved), (-TEN_YEARS_MS, ClockTrust::Moved), (0, ClockTrust::Checked)]
    {
        let mut site = site(Place::memory(), off);
        site.repair("更换主泵");
        let card = site.sign();
        assert_eq!(card.times.trust, trust, "{off}");
        site.hand_in();
        let screen = site.device.view(json!({"type": "sync_screen"})).unwrap();
        let ahead = screen["clock_ahead_ms"].as_i64().unwrap();
        assert!((ahead - off).abs() < 600_000, "{ahead} of {off}");
        let rows = site.office.hub.job_records(site.job).unwrap();
        assert!(rows.iter().any(|row| row.state.kind == "receipt"), "{off}");
    }
}

/// A PNG that says it is `side` pixels wide and high, and holds next to nothing.
fn png_of(side: u32) -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(1, 1).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let mut png = png.into_inner();
    // The header chunk: its length, its name, width, height, five bytes, and a checksum over all but the length.
    png[16..20].copy_from_slice(&side.to_be_bytes());
    png[20..24].copy_from_slice(&side.to_be_bytes());
    let crc = png[12..29].iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    });
    png[29..33].copy_from_slice(&(!crc).to_be_bytes());
    png
}

#[test]
fn a_hundred_megapixels_are_refused_before_they_are_decoded() {
    let mut site = site(Place::memory(), 0);
    let mut send = |png: Vec<u8>| {
        let begin = json!({"type": "photo.begin", "size": png.len(), "media_type": "image/png"});
        let photo = site.act(begin).unwrap();
        let base64 = pictures::to_base64(&png);
        site.act(json!({"type": "photo.chunk", "photo": photo, "index": 0, "base64": base64}));
        let finish = json!({"type": "photo.finish", "photo": photo, "job": site.job, "phase": "fault"});
        site.device.act(finish).map_err(|error| told(&error))
    };
    let (code, facts) = send(png_of(10_000)).unwrap_err();
    assert_eq!((code.as_str(), facts), ("photo_too_large", json!({"megapixels": "100", "limit": "40"})));
    assert!(send(png_of(1)).is_ok(), "the same picture with an honest header");
}

#[test]
fn odd_text_is_stored_shown_carded_and_held_unaltered() {
    let odd = "<script>alert(1)</script> \"quoted\" 'single' \\ & &lt; 😀👩‍🔧 \u{202e}rtl\u{202c} \u{200f}שלום =1+1 \t制表";
    let text: String = odd.chars().cycle().take(9_999).chain(['完']).collect();
    assert_eq!(text.chars().count(), 10_000);
    let mut site = site(Place::memory(), 0);
    site.repair(&text);
    let note = site.note(&text);
    site.act(note);
    let page = site.device.view(json!({"type": "job_page", "job": site.job})).unwrap();
    assert_eq!(page["fault"]["action"]["value"], text);
    assert_eq!(page["notes"][0]["text"], text);
    let card = site.sign();
    assert!(card.content.iter().any(|row| row.2 == text), "the card shows every symbol of it");
    site.hand_in();
    let rows = site.office.hub.job_records(site.job).unwrap();
    let held = rows.iter().find(|row| row.state.kind == "note").unwrap();
    assert_eq!(held.state.fields["text"], text);
    let job = site.office.hub.record(site.job).unwrap().unwrap();
    assert_eq!(job.state.fields["action"], text);
}

#[test]
fn text_that_is_too_long_is_told_with_the_limit() {
    let mut site = site(Place::memory(), 0);
    let long = site.note(&"长".repeat(30_000));
    let (code, facts) = site.refusal(long);
    assert_eq!((code.as_str(), facts["limit_kb"].as_str()), ("too_large", Some("64")));
    assert!(facts["kb"].as_str().unwrap().parse::<u64>().unwrap() > 87, "{facts}");
    assert_eq!(site.notes(), 0);
    let note = site.note("短的照记");
    site.act(note);
    site.hand_in();
}
