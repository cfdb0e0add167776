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
