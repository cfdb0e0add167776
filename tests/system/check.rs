//! What the cache lost or made up without anybody's knowing is found by the daily check, and mended.

use std::collections::BTreeMap;

use fieldcard_core::store::Place;
use fieldcard_core::store::cache::{Change, Over, PagePlan};
use fieldcard_core::sync::check::MENDED;
use fieldcard_schema::dataset::parts::Part;
use fieldcard_schema::dataset::{Header, line_of, pack};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::note::Note;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::page::{Row, RowText};
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::path::{Fault, Path};
use fieldcard_tests::ports::TestClock;
use serde_json::json;

const DAY: i64 = 86_400_000;

struct Site {
    clock: TestClock,
    office: Office,
    device: Device,
    notes: Vec<RecordId>,
}

/// A device whose person's job has so many notes.
fn site(notes: usize) -> Site {
    site_with(notes, |n| format!("第 {n} 条"))
}

fn site_with(notes: usize, text: impl Fn(usize) -> String) -> Site {
    let clock = TestClock::at(MORNING);
    let mut office = Office::new(None, &clock, 500).unwrap();
    let job = office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    let note = |n: usize| Note { text: Some(text(n)), ..Note::default() };
    let notes = (0..notes).map(|n| office.create_on(job, &note(n)).unwrap()).collect();
    let mut device = Device::new(Place::memory(), &clock, 5).unwrap();
    office.take_in(&mut device, person(1)).unwrap();
    Site { clock, office, device, notes }
}

impl Site {
    fn exchange(&mut self) {
        self.device.exchange(&mut self.office).unwrap();
    }

    fn is_whole(&mut self) -> bool {
        converged(&mut self.office, &mut self.device, person(1)).unwrap()
    }

    fn mended(&mut self) -> Option<String> {
        self.device.core.store().unwrap().cache.state(MENDED).unwrap()
    }

    /// Changes the cache behind everybody's back, as a defect would.
    fn spoil(&mut self, change: impl Fn(&mut fieldcard_core::store::Cache) -> Change) {
        let cache = &mut self.device.core.store().unwrap().cache;
        let change = change(cache);
        let audience = cache.cursors().unwrap().into_keys().max().unwrap();
        let cursor = cache.cursors().unwrap()[&audience].clone();
        let (mark, epoch) = (cache.mark().unwrap().unwrap(), cache.state("epoch").unwrap().unwrap());
        let plan = PagePlan { audience, cursor, partial: false, changes: vec![change], mark, epoch };
        let over = Over { recs: &BTreeMap::new(), derived: &|_, _| Ok(None), keep: &|_| Ok(false) };
        cache.apply(&plan, &over).unwrap();
    }
}

fn put(rec: RecordId, state: RecordState) -> Change {
    Change::Put(RowText::of(&Row { rec, state }).unwrap())
}

#[test]
fn a_row_that_was_lost_is_found_and_fetched() {
    let mut site = site(400);
    assert_eq!(site.mended().as_deref(), Some("0"), "after the first pull all was compared");
    let lost = site.notes[123];
    site.spoil(|_| Change::Leave(lost));
    site.exchange();
    assert!(!site.is_whole(), "an exchange alone does not see it");
    site.clock.pass(DAY);
    site.exchange();
    assert!(site.is_whole());
    assert_eq!(site.mended().as_deref(), Some("1"));
}

#[test]
fn a_row_that_nobody_lists_goes_and_one_that_differs_is_fetched() {
    let mut site = site(3);
    let (stray, bent) = (RecordId(person(77).0), site.notes[1]);
    site.spoil(|cache| put(stray, cache.shadow(bent).unwrap().unwrap()));
    site.spoil(|cache| {
        let mut state = cache.shadow(bent).unwrap().unwrap();
        state.ver -= 1;
        state.fields.insert("text".to_owned(), "旧".into());
        put(bent, state)
    });
    site.exchange();
    assert!(!site.is_whole());
    site.clock.pass(DAY);
    site.exchange();
    assert!(site.is_whole());
    assert_eq!(site.mended().as_deref(), Some("2"));
}

#[test]
fn what_a_check_fetches_fits_a_path_that_loses_large_bodies() {
    let mut site = site_with(300, |n| {
        (0..12_u32).map(|at| Digest::of_parts(&[&n.to_be_bytes(), &at.to_be_bytes()]).to_string()).collect()
    });
    for lost in site.notes.clone() {
        site.spoil(|_| Change::Leave(lost));
    }
    site.clock.pass(DAY);
    for round in 0.. {
        assert!(round < 8, "the same large answer is asked for again and again");
        site.clock.pass(600_000);
        site.device.exchange(&mut Path::new(&mut site.office, Fault::LoseLarge(64 * 1024))).unwrap();
        if site.is_whole() {
            break;
        }
    }
    assert_eq!(site.mended().as_deref(), Some("300"));
}

#[test]
fn a_check_that_gets_no_answer_holds_up_no_dataset_and_is_made_later() {
    let mut site = site(3);
    site.clock.pass(DAY);
    let part = Part { number: "HC31".into(), name_zh: "主泵总成".into(), ..Part::default() };
    let header = Header::new("parts", 1, 1, Timestamp(MORNING));
    let file = pack(&header, &[line_of(&part).unwrap()]).unwrap();
    site.office.hub.publish_dataset(&site.office.actor, &file).unwrap();
    let lost = site.notes[1];
    site.spoil(|_| Change::Leave(lost));
    site.device.exchange(&mut Path::new(&mut site.office, Fault::LoseChecks)).unwrap();
    let records = site.device.core.store().unwrap().cache.ids().unwrap();
    let job = records.iter().find_map(|rec| {
        let seen = site.device.core.store().unwrap().cache.seen(*rec).unwrap()?;
        (seen.state.kind == "job").then_some(*rec)
    });
    let parts = json!({"type": "parts", "job": job.unwrap(), "search": "HC31", "limit": 5});
    assert_eq!(
        site.device.view(parts).unwrap()["hits"].as_array().unwrap().len(),
        1,
        "the catalogue is there"
    );
    assert!(!site.is_whole());
    site.exchange();
    assert!(site.is_whole());
}

#[test]
fn an_audience_that_was_just_left_leaves_the_others_checked() {
    let mut site = site(3);
    site.clock.pass(DAY);
    let lost = site.notes[1];
    site.spoil(|_| Change::Leave(lost));
    let cursors = site.device.core.store().unwrap().cache.cursors().unwrap();
    let first = *cursors.keys().next().unwrap();
    assert!(cursors.len() > 1);
    site.device.exchange(&mut Path::new(&mut site.office, Fault::LeftAudience(first))).unwrap();
    assert!(site.is_whole());
    assert_eq!(site.mended().as_deref(), Some("1"));
}

#[test]
fn a_check_is_made_once_a_day() {
    let mut site = site(3);
    let calls = |site: &mut Site| {
        let before = site.device.calls;
        site.exchange();
        site.device.calls - before
    };
    assert_eq!(calls(&mut site), 1, "nothing new, nothing compared");
    site.clock.pass(DAY / 2);
    assert_eq!(calls(&mut site), 1);
    site.clock.pass(DAY / 2);
    // A token holds for a day as well.
    assert!(calls(&mut site) > 1);
    assert_eq!(calls(&mut site), 1);
}

#[test]
fn more_than_one_answer_holds_comes_in_several() {
    let mut site = site_with(90, |_| "油".repeat(20_000));
    for lost in site.notes.clone() {
        site.spoil(|_| Change::Leave(lost));
    }
    site.clock.pass(DAY);
    site.exchange();
    assert!(site.is_whole());
    assert_eq!(site.mended().as_deref(), Some("90"));
}

#[test]
fn a_device_that_was_away_so_long_that_the_feed_forgot_drops_what_left() {
    // Its own clock stands, so that no daily check is due.
    let site = site(3);
    let office_clock = TestClock::at(MORNING);
    let mut office = Office::new(None, &office_clock, 500).unwrap();
    let mut device = Device::new(Place::memory(), &site.clock, 6).unwrap();
    let job = office.create_job(&Job { assignee: Some(person(1)), ..Job::default() }).unwrap();
    office.take_in(&mut device, person(1)).unwrap();
    let shows = |device: &mut Device| device.core.store().unwrap().cache.shadow(job).unwrap().is_some();
    assert!(shows(&mut device));
    office.assign(job, Some(person(2)), Vec::new()).unwrap();
    for _ in 0..2 {
        while office.hub.sweep().unwrap() {}
        office_clock.pass(181 * DAY);
    }
    while office.hub.sweep().unwrap() {}
    site.clock.pass(1_000);
    device.exchange(&mut office).unwrap();
    device.exchange(&mut office).unwrap();
    assert!(!shows(&mut device));
    assert!(converged(&mut office, &mut device, person(1)).unwrap());
}
