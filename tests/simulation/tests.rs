//! What the simulator holds in every test run, and the proofs that it can see what it looks for.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use fieldcard_tests::ports::TestChance;
use fieldcard_tests::simulation::disk::{self, End};
use fieldcard_tests::simulation::run;
use fieldcard_tests::simulation::vfs;
use rusqlite::{Connection, OpenFlags};

/// Device-days of every test run; long ones are for `./dev sim`.
const DEVICE_DAYS: u64 = 60;

#[test]
fn under_every_fault_nothing_is_lost_and_all_agree() {
    let report = run::run(1, DEVICE_DAYS);
    let told = serde_json::to_value(&report).unwrap();
    assert_eq!(told["violations"], serde_json::json!([]), "{told:#}");
    assert_eq!((report.stalls, report.differed), (0, 0), "{told:#}");
    // A fault that never happens proves nothing.
    for group in ["disk", "network", "counts"] {
        for (fault, count) in told[group].as_object().unwrap() {
            assert!(count.as_u64().unwrap() > 0, "{fault} never happened");
        }
    }
}

/// Seeds that once failed, and what they found.
#[test]
fn what_once_failed_holds() {
    let seeds = [
        15, // after a restore of the server, ops of an older incarnation were never sent again
        34, // and a push that the server refused was sent again without a pause
        46, // after a power cut between outbox and cache, what had left this device's scope stayed on its screen
        55, // an fsync failed, the file was opened anew on a full disk, and the next cut took all that was saved since
    ];
    for seed in seeds {
        let verdict = run::world(seed).unwrap();
        assert_eq!((verdict.violations, verdict.stalls), (Vec::new(), 0), "seed {seed}");
    }
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
