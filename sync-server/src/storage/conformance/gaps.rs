//! Two write while a third reads along a cursor: nothing committed may ever lie behind it unseen. On a file each has
//! an opening of its own; a store in memory has one, which they take in turns.
//!
//! The same with positions from a counter beside the transaction must miss rows, else the check is blind.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fieldcard_schema::digest::Digest;

use super::super::feed::{FeedRow, FeedState};
use super::{Store, begin, file, memory};

/// An opening of a store, for whoever holds it longest.
type Opening = Arc<Mutex<Store>>;

/// Where the writers of the gap test take their positions.
enum Positions<'a> {
    /// Inside the transaction, as the contract says.
    Inside,
    /// From a counter beside the store: the mistake.
    Beside(&'a AtomicU64),
}

const WRITERS: u64 = 2;
const ROUNDS: u64 = 60;

/// Writes rows to one feed; every commit and every step before it takes its own odd time.
fn write_along(store: &Opening, writer: u64, positions: &Positions<'_>) {
    for round in 0..ROUNDS {
        let delay = |salt: u64| {
            let odd = Digest::of_parts(&[&writer.to_be_bytes(), &round.to_be_bytes(), &salt.to_be_bytes()]);
            std::thread::sleep(Duration::from_micros(u64::from(odd.0[0]) * 8));
        };
        let beside = match positions {
            Positions::Beside(counter) => Some(counter.fetch_add(1, Ordering::SeqCst) + 1),
            Positions::Inside => None,
        };
        delay(1);
        let mut store = store.lock().unwrap();
        let mut tx = store.begin().unwrap();
        let pos = beside.unwrap_or_else(|| tx.take_positions(1).unwrap());
        let rec = i64::try_from(writer * ROUNDS + round).unwrap();
        tx.move_feed(1, FeedRow { pos, rec, state: FeedState::Put }).unwrap();
        delay(2);
        tx.commit().unwrap();
    }
}

/// Follows the feed until `done`, then once more, a page of one row at a time: whatever is committed behind a
/// row that was told is missed. Answers every record that was told.
fn read_along(store: &Opening, done: &AtomicBool) -> BTreeSet<i64> {
    let (mut cursor, mut told) = (0, BTreeSet::new());
    loop {
        let last = done.load(Ordering::SeqCst);
        let page = store.lock().unwrap().read().unwrap().feed_after(1, cursor, 1).unwrap();
        if last && page.is_empty() {
            return told;
        }
        if page.is_empty() {
            // A lock is not fair to those who wait for it.
            std::thread::sleep(Duration::from_micros(50));
        }
        for row in page {
            cursor = row.pos;
            told.insert(row.rec);
        }
    }
}

/// How many committed rows a reader with a cursor never saw.
fn missed(open: &dyn Fn() -> Opening, positions: &Positions<'_>) -> usize {
    begin(open().lock().unwrap().as_mut()).commit().unwrap();
    let done = &AtomicBool::new(false);
    std::thread::scope(|scope| {
        let store = open();
        let reader = scope.spawn(move || read_along(&store, done));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = open();
                scope.spawn(move || write_along(&store, writer, positions))
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::SeqCst);
        usize::try_from(WRITERS * ROUNDS).unwrap() - reader.join().unwrap().len()
    })
}

/// The same on a file, then in memory.
fn missed_on_each(positions: &Positions<'_>) -> [usize; 2] {
    let folder = tempfile::tempdir().unwrap();
    let shared: Opening = Arc::new(Mutex::new(Box::new(memory())));
    let on_file = || -> Opening { Arc::new(Mutex::new(Box::new(file(folder.path())))) };
    let in_memory = || Arc::clone(&shared);
    [missed(&on_file, positions), missed(&in_memory, positions)]
}

#[test]
fn a_feed_has_no_gaps_while_two_write() {
    assert_eq!(missed_on_each(&Positions::Inside), [0, 0]);
}

#[test]
fn positions_from_beside_the_transaction_are_caught() {
    let counter = AtomicU64::new(0);
    let missed = missed_on_each(&Positions::Beside(&counter));
    assert!(missed.iter().all(|rows| *rows > 0), "the check for gaps is blind: {missed:?}");
}
