//! Power cuts over the outbox and the server's store: at every write of a scripted day, then at random.
//!
//! Cut, disk full, failed fsync, torn and garbled sectors. What [`lives`] counts as wrong must be nothing; the
//! controls prove that it would see it. Set `POWER_CUTS` for a longer run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod hub;
mod lives;
mod outbox;
mod plain;

use fieldcard_tests::proof;
use hub::HubKeeper;
use lives::{Report, at_random, every_write};
use outbox::OutboxKeeper;
use plain::{Plain, Write};
use serde_json::json;

/// Cuts of a run, at least; the scripted days count.
fn wanted() -> u64 {
    std::env::var("POWER_CUTS").map_or(100_000, |text| text.parse().unwrap())
}

#[expect(clippy::print_stdout, reason = "the run says what it did")]
fn tell(what: &str, report: &Report) {
    println!("power cuts, {what}: {report:?}");
    let disk = report.disk;
    assert_eq!(report.wrong(), 0, "{what}: {report:?}");
    // A fault that never happens proves nothing.
    let hit = [disk.cuts, disk.full, disk.failed_syncs, disk.sectors_lost, disk.sectors_garbage, report.acks];
    assert!(hit.iter().all(|count| *count > 0), "{what}: {report:?}");
}

#[test]
fn nothing_acknowledged_is_lost_at_any_write_nor_at_random() {
    let (outbox, changes) = every_write(OutboxKeeper::new);
    tell(&format!("outbox, each of {changes} changes"), &outbox);
    let (server, changes) = every_write(HubKeeper::new);
    tell(&format!("server, each of {changes} changes"), &server);
    let left = wanted().saturating_sub(outbox.disk.cuts + server.disk.cuts);
    let random = at_random(left * 2 / 3, OutboxKeeper::new);
    tell("outbox, at random", &random);
    let more = at_random(left.saturating_sub(random.disk.cuts), HubKeeper::new);
    tell("server, at random", &more);
    let all = [outbox, server, random, more];
    let sum = |of: fn(&Report) -> u64| all.iter().map(of).sum::<u64>();
    let cuts = sum(|report| report.disk.cuts);
    proof::say(&json!({
        "cuts": cuts, "disk_full": sum(|report| report.disk.full), "failed_syncs": sum(|report| report.disk.failed_syncs),
        "sectors_lost": sum(|report| report.disk.sectors_lost),
        "sectors_garbage": sum(|report| report.disk.sectors_garbage),
        "acks": sum(|report| report.acks), "wrong": sum(Report::wrong),
    }));
    assert!(cuts >= wanted());
}

/// Cuts within which a control must be caught.
const CONTROL: u64 = 3_000;

#[test]
fn a_good_plain_store_loses_nothing_so_that_controls_differ_by_one_thing() {
    tell("control: FULL and execute", &at_random(CONTROL, || Plain::new("FULL", Write::Execute)));
}

#[test]
fn a_store_that_does_not_sync_its_commits_is_caught() {
    let report = at_random(CONTROL, || Plain::new("NORMAL", Write::Execute));
    assert!(report.lost > 0, "the harness forgives what it must not: {report:?}");
}

#[test]
fn a_write_that_is_read_as_a_query_is_caught() {
    let report = at_random(CONTROL, || Plain::new("FULL", Write::QueryRow));
    assert!(report.lost > 0, "the harness forgives what it must not: {report:?}");
}

#[test]
fn a_store_that_is_opened_anew_before_it_was_settled_is_caught() {
    let report = at_random(CONTROL, OutboxKeeper::that_never_settles);
    assert!(report.lost > 0, "the harness forgives what it must not: {report:?}");
}
