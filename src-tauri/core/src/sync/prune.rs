//! When the outbox is made smaller: after an answer, by the office's clock and what its backups cover.
//!
//! ```text
//! ops ......... held for 90 days, and in a good backup; if nobody ever made one, 90 days
//! bytes ....... 30 days old, stored, and in a good backup
//! short of room, or no good backup for 30 days, heard on 7 of them:
//!               stored bytes, the oldest first; the Sync screen says that they went
//! ```
//!
//! The device's clock decides nothing here but the age of bytes that the office stores: an op made under a wrong clock
//! goes no earlier than any other.

use std::collections::BTreeMap;

use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::SyncResponse;

use crate::store::outbox::Covered;
use crate::store::{Store, StoreError};

/// How many days the office has held an op before it may go.
const OP_DAYS: i64 = 90;
/// How old a blob's bytes are before they may go: as long as its job is on the screens, in ms.
const BLOB_MS: i64 = 30 * Timestamp::DAY;
/// How long the office may be without a new good backup, in ms.
const BACKUP_MS: i64 = 30 * Timestamp::DAY;
/// And on how many days it must have been heard to be without one.
const BACKUP_DAYS: i64 = 7;

/// Under which `ident` says up to which row of the outbox the office held everything, by the day of its clock.
const HELD: &str = "held_by_day";
/// Under which `ident` says what the last good backup covers: position, epoch, when it was first told, when last, and on
/// how many days.
const BACKUP: &str = "backup";

/// Notes what the office's backups cover, and lets go what may go.
pub(super) fn after(store: &mut Store, response: &SyncResponse) -> Result<(), StoreError> {
    let (covered, since) = note(store, response)?;
    let now = response.server_ms;
    let room = store.short_of_blob_room();
    let mut gone = prune_ops(store, now, covered.as_ref())?;
    if let Some(covered) = &covered {
        let before = if room.is_some() { i64::MAX } else { now - BLOB_MS };
        gone += store.outbox.prune_blobs(before, covered)?;
    }
    gone += match room {
        // What is covered may have made room enough; the next answer looks again.
        Some(short) if gone == 0 => store.outbox.drop_stored_blobs(i64::MAX, short)?,
        None if since.is_too_long(now) => store.outbox.drop_stored_blobs(now - BLOB_MS, u64::MAX)?,
        _ => 0,
    };
    store.outbox.keep_reserve();
    if gone > 0 { store.outbox.shrink() } else { Ok(()) }
}

fn prune_ops(store: &mut Store, now: i64, covered: Option<&Covered>) -> Result<usize, StoreError> {
    let last = held_long(store, now.div_euclid(Timestamp::DAY))?;
    let cache = &store.cache;
    store.outbox.prune_ops(last, covered, &|rec| Ok(cache.seen(rec)?.is_some()))
}

/// The last row of what the office has held for [`OP_DAYS`], and the note of what it holds today.
fn held_long(store: &mut Store, today: i64) -> Result<i64, StoreError> {
    let text = store.outbox.ident(HELD).unwrap_or_default();
    let mut days: BTreeMap<i64, i64> = serde_json::from_str(text).unwrap_or_default();
    let newest = store.outbox.newest_held()?;
    let long = days.range(..today - OP_DAYS).next_back().map(|(day, last)| (*day, *last));
    if days.values().next_back().is_none_or(|last| *last < newest) {
        // What is older than the newest that counts says nothing any more.
        days.retain(|day, _| long.is_none_or(|(known, _)| *day >= known));
        days.insert(today, newest);
        let text = serde_json::to_string(&days).map_err(|_| StoreError::Damaged("held"))?;
        store.outbox.set_ident(&[(HELD, text)])?;
    }
    Ok(long.map_or(0, |(_, last)| last))
}

/// What is covered, and how long the office has said so.
fn note(store: &mut Store, response: &SyncResponse) -> Result<(Option<Covered>, Since), StoreError> {
    let told = response.backup_pos.map_or(String::new(), |pos| pos.to_string());
    let said = format!("{told} {}", response.epoch);
    let noted = store.outbox.ident(BACKUP).unwrap_or_default();
    let now = response.server_ms;
    let mut since =
        noted.strip_prefix(&said).and_then(Since::read).unwrap_or(Since { first: now, day: 0, days: 0 });
    let today = now.div_euclid(Timestamp::DAY);
    if since.day != today {
        since = Since { day: today, days: since.days + 1, ..since };
        let Since { first, day, days } = since;
        store.outbox.set_ident(&[(BACKUP, format!("{said} {first} {day} {days}"))])?;
    }
    let covered = response.backup_pos.map(|pos| Covered { pos, epoch: response.epoch.clone() });
    Ok((covered, since))
}

/// How long the office has named the same backup, or none: since when by its clock, and on how many days it was heard
/// to. One clock that is wrong for a day or two is no month without a backup.
#[derive(Clone, Copy)]
struct Since {
    first: i64,
    /// The last day on which it was heard.
    day: i64,
    days: i64,
}

impl Since {
    /// What earlier versions wrote is the time alone.
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace().map(|word| word.parse().ok());
        let first = words.next()??;
        let mut next = || words.next().flatten().unwrap_or(0);
        Some(Self { first, day: next(), days: next() })
    }

    fn is_too_long(self, now: i64) -> bool {
        now - self.first > BACKUP_MS && self.days >= BACKUP_DAYS
    }
}
