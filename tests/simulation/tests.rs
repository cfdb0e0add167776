//! What the simulator holds in every test run, and the proofs that it can see what it looks for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use fieldcard_tests::ports::TestChance;
use fieldcard_tests::simulation::control::Control;
use fieldcard_tests::simulation::disk::{self, End};
use fieldcard_tests::simulation::oracle::INVARIANTS;
use fieldcard_tests::simulation::run;
use fieldcard_tests::simulation::vfs;
use fieldcard_tests::simulation::world::Plan;
use rusqlite::{Connection, OpenFlags};

/// Device-days of every test run; long ones are for `./dev sim`.
const DEVICE_DAYS: u64 = 24;

#[test]
fn under_every_fault_nothing_is_lost_and_all_agree() {
    let report = run::run(1, DEVICE_DAYS, 2);
    assert_eq!(report.wrong(), Vec::<String>::new(), "{:#?}", report.failures);
}

/// What one file of `bugbase` says.
#[derive(serde::Deserialize)]
struct Bug {
    seed: u64,
    plan: Vec<String>,
    invariant: String,
    what: String,
}

/// Plans under which a world once failed: file by file, what it was that they found.
#[test]
fn what_once_failed_holds() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/simulation/bugbase");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let bug: Bug = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert!(INVARIANTS.contains(&bug.invariant.as_str()) || bug.invariant == "Broken", "{file:?}");
        let only: BTreeSet<_> = bug.plan.iter().map(|text| run::spot_of(text).unwrap()).collect();
        let verdict = run::judged(&Plan { seed: bug.seed, only: Some(only), control: None });
        assert_eq!(run::failed_by(&verdict), None, "{}: {} {verdict:#?}", file.display(), bug.what);
    }
}

/// The controls, the invariant that must see each, and within how many seeds.
const CONTROLS: [(Control, &str, u64); 8] = [
    (Control::DedupOff, "ExactlyOnce", 20),
    (Control::EarlyRelease, "Convergence", 20),
    (Control::BlobDropped, "BlobBeforeForget", 20),
    (Control::ChainCheckOff, "ForkDetected", 20),
    (Control::LeaveDeletes, "LeaveKeepsWork", 20),
    (Control::OneCursor, "Convergence", 40),
    (Control::SharedPosition, "GaplessFeed", 40),
    (Control::NormalSync, "AckTruth", 40),
];

/// The first seed of its budget in which a control is seen by the invariant that it breaks.
fn seen_in((control, invariant, budget): (Control, &str, u64)) -> Option<u64> {
    (1..=budget).find(|seed| {
        let plan = Plan { seed: *seed, only: None, control: Some(control) };
        run::judged(&plan).is_ok_and(|one| one.violations.iter().any(|v| v.invariant == invariant))
    })
}

/// Each way of breaking the system is seen, by the invariant that it breaks, within its budget of seeds.
#[test]
fn what_is_broken_on_purpose_is_caught() {
    std::thread::scope(|scope| {
        let looks = CONTROLS.map(|one| (one, scope.spawn(move || seen_in(one))));
        for ((control, invariant, budget), look) in looks {
            let seed = look.join().unwrap();
            assert!(seed.is_some(), "{control:?} is not seen by {invariant} in {budget} seeds");
            eprintln!("{control:?} is seen by {invariant} in seed {seed:?}");
        }
    });
}

/// Commits numbers until the power goes; which were acknowledged.
fn commit_until_cut(synchronous: &str) -> Vec<i64> {
    let Ok(db) = open(synchronous) else { return Vec::new() };
    let insert =
        |number: &i64| db.execute("INSERT OR IGNORE INTO row VALUES (?1, randomblob(900))", [number]).is_ok();
    (0..200).take_while(insert).collect()
}

/// How many acknowledged commits are gone, on a disk whose power goes again and again.
fn lost_rows(synchronous: &str, lives: u64) -> usize {
    let mut lost = 0;
    for life in 0..lives {
        disk::reset(life);
        let mut acked = BTreeSet::new();
        let mut chance = TestChance(life);
        for _ in 0..3 {
            disk::cut_in("n", 20 + chance.draw() % 200);
            acked.extend(commit_until_cut(synchronous));
            disk::end("n", End::PowerCut);
        }
        let db = open("FULL").unwrap();
        let mut select = db.prepare("SELECT n FROM row").unwrap();
        let held = select.query_map([], |row| row.get(0)).unwrap();
        let held: BTreeSet<i64> = held.map(Result::unwrap).collect();
        lost += acked.difference(&held).count();
    }
    lost
}

fn open(synchronous: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let db = Connection::open_with_flags_and_vfs("n/a.db", flags, vfs::NAME)?;
    db.execute_batch(&format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA wal_autocheckpoint=20;
         CREATE TABLE IF NOT EXISTS row(n INTEGER PRIMARY KEY, body BLOB);"
    ))?;
    Ok(db)
}

#[test]
fn a_full_commit_survives_every_cut_and_the_disk_catches_a_lesser_one() {
    assert_eq!(lost_rows("FULL", 60), 0);
    assert!(lost_rows("NORMAL", 60) > 0, "the disk forgives what it must not");
}

/// Which rows are there after an fsync that failed, a close on a full disk, one more commit and a power cut.
fn held_behind_a_failed_sync(settles: bool) -> Vec<i64> {
    let put = |db: &Connection, number: i64| {
        db.execute("INSERT OR REPLACE INTO row VALUES (?1, randomblob(900))", [number]).is_ok()
    };
    disk::reset(7);
    let db = open("FULL").unwrap();
    assert!(put(&db, 1));
    disk::fail_sync_in("n", 0);
    assert!(!put(&db, 2));
    assert!(!settles || put(&db, 0));
    // No checkpoint writes anything again.
    disk::fill_in("n", 0, 10_000);
    drop(db);
    disk::end("n", End::Kill);
    let db = open("FULL").unwrap();
    assert!(put(&db, 3));
    disk::cut_in("n", 0);
    drop(db);
    disk::end("n", End::PowerCut);
    let db = open("FULL").unwrap();
    let mut select = db.prepare("SELECT n FROM row WHERE n > 0 ORDER BY n").unwrap();
    let held = select.query_map([], |row| row.get(0)).unwrap();
    held.map(Result::unwrap).collect()
}

/// What `Outbox::settle` and the server's storage rest on.
#[test]
fn one_more_commit_after_a_failed_sync_keeps_what_comes_behind_it() {
    assert_eq!(held_behind_a_failed_sync(true), [1, 3]);
    assert_eq!(held_behind_a_failed_sync(false), [1], "the control: the disk forgives what it must not");
}
