//! `outbox.db`: ops, drafts, blobs and who this device is. FULL, never rebuilt, never wiped.
//!
//! A user action is one [`Work`], committed whole or not at all. Nothing here deletes an op or a blob that
//! the server has not confirmed.

use fieldcard_schema::chain;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{Incarnation, OpId, RecordId};
use fieldcard_schema::wire::sync::OpOutcome;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::StoreError;
use super::db::{self, Durability, Migrations, Place};
use super::reserve::Reserve;

mod blobs;
mod drafts;
mod ident;
mod ops;
mod prune;

pub use drafts::draft_key;
use ident::Ident;
pub use prune::Covered;

const STEPS: Migrations = &[
    include_str!("../../../../../schema/migrations/outbox/0001_first.sql"),
    include_str!("../../../../../schema/migrations/outbox/0002_thumb.sql"),
    include_str!("../../../../../schema/migrations/outbox/0003_blob_job.sql"),
];

/// Name of the file.
const FILE: &str = "outbox.db";

/// In `ident`: the person's wish that photos wait for a network that costs nothing.
pub const PHOTOS_ON_WIFI_ONLY: &str = "photos_on_wifi_only";

/// In `ident`: how often the file was settled; it only has to be written.
const SETTLED: &str = "settled";

/// An op about to be stored.
#[derive(Debug, Clone)]
pub struct NewOp {
    /// Its identity.
    pub op_id: OpId,
    /// Its record.
    pub rec: RecordId,
    /// The job of its record; the record itself for a job.
    pub job: Option<RecordId>,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Wall clock, ms.
    pub at: i64,
}

/// A blob about to be stored. Cards are sent before photos.
#[derive(Debug, Clone)]
pub struct NewBlob {
    /// Its name.
    pub sha256: Digest,
    /// Its media type.
    pub media_type: String,
    /// The job it belongs to.
    pub job: Option<RecordId>,
    /// Lower is sent first: 0 cards, 1 photos.
    pub rank: u8,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Wall clock, ms.
    pub at: i64,
}

/// One user action's worth of writing.
#[derive(Debug, Clone, Default)]
pub struct Work {
    /// Ops, in their order.
    pub ops: Vec<NewOp>,
    /// Blobs that the ops name.
    pub blobs: Vec<NewBlob>,
    /// Small pictures of photos among the blobs.
    pub thumbs: Vec<(Digest, Vec<u8>)>,
    /// Drafts that became ops.
    pub clear_drafts: Vec<(RecordId, String)>,
    /// Drafts that it leaves.
    pub save_drafts: Vec<Draft>,
    /// `ident` values that change with it.
    pub ident: Vec<(&'static str, String)>,
}

/// What was typed and is no op yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The record.
    pub rec: RecordId,
    /// The field.
    pub field: String,
    /// The text, or ink as text.
    pub value: String,
    /// The base it was begun on, as JSON.
    pub base: Option<String>,
    /// Wall clock, ms.
    pub at: i64,
}

/// An op as it stands in the outbox.
#[derive(Debug, Clone)]
pub struct StoredOp {
    /// Its incarnation.
    pub incarnation: Incarnation,
    /// Its place in the chain.
    pub seq: u64,
    /// Its record.
    pub rec: RecordId,
    /// The job of its record.
    pub job: Option<RecordId>,
    /// Its bytes.
    pub body: Vec<u8>,
    /// Its link.
    pub link: Digest,
    /// Wall clock, ms.
    pub at: i64,
    /// How it ended, once the server has said so.
    pub outcome: Option<OpOutcome>,
}

/// An op that waits, without its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingOp {
    /// Its incarnation.
    pub incarnation: Incarnation,
    /// Its place in the chain.
    pub seq: u64,
    /// Its record.
    pub rec: RecordId,
    /// The job of its record.
    pub job: Option<RecordId>,
    /// Size of its body.
    pub bytes: u64,
}

/// A blob without its bytes.
#[derive(Debug, Clone)]
pub struct StoredBlob {
    /// Its name.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// The jobs it belongs to: the same picture may stand on several.
    pub jobs: Vec<RecordId>,
    /// 0 cards, 1 photos.
    pub rank: u8,
    /// Something of it was sent before.
    pub begun: bool,
    /// The server stores every byte.
    pub stored: bool,
    /// Wall clock, ms.
    pub at: i64,
}

/// Where a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// The incarnation.
    pub incarnation: Incarnation,
    /// The last seq, 0 for none.
    pub seq: u64,
    /// The link there, or the one the incarnation begins on.
    pub link: Digest,
}

/// The file.
pub struct Outbox {
    db: Connection,
    ident: Ident,
    reserve: Reserve,
}

impl Outbox {
    /// Opens or makes it.
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        let db = db::open(place, FILE, Durability::Full, STEPS)?;
        let outbox = Self { ident: Ident::read(&db)?, db, reserve: Reserve::of(place) };
        outbox.reserve.fill();
        Ok(outbox)
    }

    /// Removes the file of a device that was shut out and has handed everything in; a missing one is fine.
    pub(super) fn remove(place: &Place) -> Result<(), StoreError> {
        if place.vfs.is_some() {
            // Another file system's own: its tables are emptied where they are.
            return Self::open(place)?.empty();
        }
        // The log last: beside a file that is not there SQLite throws it away.
        for suffix in ["", "-wal", "-shm"] {
            match std::fs::remove_file(place.path(&format!("{FILE}{suffix}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    fn empty(&mut self) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        tx.execute_batch(
            "DELETE FROM op; DELETE FROM draft; DELETE FROM blob; DELETE FROM blob_job; DELETE FROM thumb;
             DELETE FROM ident;",
        )?;
        tx.commit()?;
        self.ident = Ident::read(&self.db)?;
        Ok(())
    }

    /// A value of `ident`.
    pub fn ident(&self, name: &str) -> Option<&str> {
        self.ident.get(name)
    }

    /// The values of `ident` whose names begin with `prefix`, by what follows it.
    pub(super) fn ident_under(&self, prefix: &str) -> Vec<(String, String)> {
        self.ident.under(prefix)
    }

    /// Sets values of `ident` together.
    pub fn set_ident(&mut self, values: &[(&str, String)]) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        self.ident.commit(tx, values)
    }

    /// Number of the cache file in use.
    pub fn cache_number(&self) -> u32 {
        self.ident("cache").and_then(|n| n.parse().ok()).unwrap_or(1)
    }

    /// Points to another cache file.
    pub fn set_cache_number(&mut self, number: u32) -> Result<(), StoreError> {
        self.set_ident(&[("cache", number.to_string())])
    }

    /// Where the chain of the current incarnation ends; `None` before enrolment.
    pub fn chain_head(&self) -> Result<Option<ChainHead>, StoreError> {
        head_of(&self.db, &self.ident)
    }

    /// Opens a new incarnation: ops without an outcome are chained again, no body is touched.
    ///
    /// Its first link stands on the last link that has an outcome here, unless `forget` is set.
    pub fn open_incarnation(&mut self, incarnation: Incarnation, forget: bool) -> Result<(), StoreError> {
        let lives = self.lives() + 1;
        let tx = self.db.transaction()?;
        let named = if forget { None } else { last_confirmed_link(&tx)? };
        let origin = named.unwrap_or(Digest::ZERO);
        let waiting: Vec<(i64, Vec<u8>)> = collect(
            &mut *tx.prepare_cached("SELECT pk, body FROM op WHERE state = 0 ORDER BY pk")?,
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut link = origin;
        for (seq, (pk, body)) in (1_u64..).zip(waiting) {
            link = chain::link(link, incarnation, seq, Digest::of(&body));
            tx.prepare_cached("UPDATE op SET incarnation = ?2, seq = ?3, link = ?4 WHERE pk = ?1")?
                .execute(params![pk, incarnation.0, seq, link.0])?;
        }
        let own = origin_name(incarnation);
        let ident = [
            ("incarnation", incarnation.to_string()),
            (own.as_str(), origin.to_string()),
            ("lives", lives.to_string()),
        ];
        self.ident.commit(tx, &ident)
    }

    /// Version of this file.
    pub fn version(&self) -> Result<u32, StoreError> {
        db::steps_of(&self.db)
    }

    /// How many incarnations there have been, this one counted.
    pub fn lives(&self) -> u32 {
        self.ident("lives").and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    /// Commits a user action: this is saving. Returns the chain's new end. On a full disk the reserve is what it
    /// is saved into.
    pub fn commit(&mut self, work: &Work) -> Result<ChainHead, StoreError> {
        match self.try_commit(work) {
            Err(error) if error.is_full() && self.reserve.release() => self.try_commit(work),
            done => done,
        }
    }

    /// Makes all that can be read here durable before the file is opened anew. What an fsync failed to write is read
    /// from the system's memory as if it stood on the disk, and no later fsync writes it; opened anew, the file would
    /// take it for committed, and with the power every commit behind it would go. One more commit by this very
    /// connection takes its place, since for it the failed one never was.
    pub fn settle(&mut self) -> Result<(), StoreError> {
        let times: u64 = self.ident(SETTLED).and_then(|times| times.parse().ok()).unwrap_or(0);
        self.set_ident(&[(SETTLED, (times + 1).to_string())])
    }

    /// Takes room for the next full disk, if there is some now.
    pub fn keep_reserve(&self) {
        self.reserve.fill();
    }

    fn try_commit(&mut self, work: &Work) -> Result<ChainHead, StoreError> {
        let tx = self.db.transaction()?;
        let mut head = head_of(&tx, &self.ident)?.ok_or(StoreError::Damaged("no incarnation"))?;
        for op in &work.ops {
            head.seq += 1;
            head.link = chain::link(head.link, head.incarnation, head.seq, Digest::of(&op.body));
            ops::insert(&tx, op, &head)?;
        }
        for blob in &work.blobs {
            blobs::insert(&tx, blob)?;
        }
        for (sha256, bytes) in &work.thumbs {
            blobs::insert_thumb(&tx, *sha256, bytes)?;
        }
        for (rec, field) in &work.clear_drafts {
            tx.prepare_cached("DELETE FROM draft WHERE rec = ?1 AND field = ?2")?
                .execute(params![rec.as_bytes(), field])?;
        }
        for draft in &work.save_drafts {
            drafts::put(&tx, draft)?;
        }
        self.ident.commit(tx, &work.ident)?;
        Ok(head)
    }
}

fn origin_name(incarnation: Incarnation) -> String {
    format!("origin/{incarnation}")
}

/// The link that an incarnation begins on. After a restore of the server also an old one is pushed from its
/// first op; stores of the first version kept that of the newest only.
fn origin(ident: &Ident, incarnation: Incarnation) -> Result<Digest, StoreError> {
    let found = ident.get(&origin_name(incarnation)).or_else(|| ident.get("origin"));
    found.map_or(Ok(Digest::ZERO), |text| text.parse().map_err(|_| StoreError::Damaged("origin")))
}

fn head_of(db: &Connection, ident: &Ident) -> Result<Option<ChainHead>, StoreError> {
    let Some(text) = ident.get("incarnation") else { return Ok(None) };
    let incarnation: Incarnation = text.parse().map_err(|_| StoreError::Damaged("incarnation"))?;
    let sql = "SELECT seq, link FROM op WHERE incarnation = ?1 ORDER BY seq DESC LIMIT 1";
    let last = db
        .prepare_cached(sql)?
        .query_row([incarnation.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, link) = match last {
        Some((seq, link)) => (seq, Digest(link)),
        None => (0, origin(ident, incarnation)?),
    };
    Ok(Some(ChainHead { incarnation, seq, link }))
}

fn last_confirmed_link(tx: &Transaction<'_>) -> Result<Option<Digest>, StoreError> {
    let sql = "SELECT link FROM op WHERE state > 0 ORDER BY pk DESC LIMIT 1";
    Ok(tx.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.map(Digest))
}

fn collect<T>(
    select: &mut rusqlite::Statement<'_>,
    mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut rows = select.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}
