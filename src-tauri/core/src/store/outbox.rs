//! `outbox.db`: ops, drafts, blobs and who this device is. FULL, never rebuilt, never wiped.
//!
//! A user action is one [`Work`], committed whole or not at all. Nothing here deletes an op or a blob that
//! the server has not confirmed.

use fieldcard_schema::chain;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{Incarnation, OpId, RecordId};
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::wire::sync::{OpOutcome, Outstanding};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params, params};

use super::db::{self, Durability, Migrations, Place};
use super::{StoreError, overlay};

const STEPS: Migrations = &[include_str!("../../../../schema/migrations/outbox/0001_first.sql")];

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
    /// Drafts that became ops.
    pub clear_drafts: Vec<(RecordId, String)>,
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

/// A blob without its bytes.
#[derive(Debug, Clone)]
pub struct StoredBlob {
    /// Its name.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// The job it belongs to.
    pub job: Option<RecordId>,
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
}

impl Outbox {
    /// Opens or makes it.
    pub fn open(place: &Place) -> Result<Self, StoreError> {
        Ok(Self { db: db::open(place, "outbox.db", Durability::Full, STEPS)? })
    }

    /// A value of `ident`.
    pub fn ident(&self, name: &str) -> Result<Option<String>, StoreError> {
        let found = self.db.prepare_cached("SELECT value FROM ident WHERE name = ?1")?;
        let mut found = found;
        Ok(found.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Sets values of `ident` together.
    pub fn set_ident(&mut self, values: &[(&str, String)]) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        write_ident(&tx, values)?;
        Ok(tx.commit()?)
    }

    /// Number of the cache file in use.
    pub fn cache_number(&self) -> Result<u32, StoreError> {
        Ok(self.ident("cache")?.and_then(|n| n.parse().ok()).unwrap_or(1))
    }

    /// Points to another cache file.
    pub fn set_cache_number(&mut self, number: u32) -> Result<(), StoreError> {
        self.set_ident(&[("cache", number.to_string())])
    }

    /// Where the chain of the current incarnation ends; `None` before enrolment.
    pub fn chain_head(&self) -> Result<Option<ChainHead>, StoreError> {
        head_of(&self.db)
    }

    /// Opens a new incarnation: ops without an outcome are chained again, no body is touched.
    ///
    /// Its first link stands on the last link that has an outcome here, unless `forget` is set.
    pub fn open_incarnation(&mut self, incarnation: Incarnation, forget: bool) -> Result<(), StoreError> {
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
        let ident = [("incarnation", incarnation.to_string()), ("origin", origin.to_string())];
        write_ident(&tx, &ident)?;
        Ok(tx.commit()?)
    }

    /// Commits a user action: this is saving. Returns the chain's new end.
    pub fn commit(&mut self, work: &Work) -> Result<ChainHead, StoreError> {
        let tx = self.db.transaction()?;
        let mut head = head_of(&tx)?.ok_or(StoreError::Damaged("no incarnation"))?;
        for op in &work.ops {
            head.seq += 1;
            head.link = chain::link(head.link, head.incarnation, head.seq, Digest::of(&op.body));
            insert_op(&tx, op, &head)?;
        }
        for blob in &work.blobs {
            insert_blob(&tx, blob)?;
        }
        for (rec, field) in &work.clear_drafts {
            tx.prepare_cached("DELETE FROM draft WHERE rec = ?1 AND field = ?2")?
                .execute(params![rec.as_bytes(), field])?;
        }
        write_ident(&tx, &work.ident)?;
        tx.commit()?;
        Ok(head)
    }

    /// The next ops to push: of the oldest incarnation that waits, whole groups, about `bytes` of bodies.
    pub fn waiting(&self, bytes: usize, most: usize) -> Result<Vec<StoredOp>, StoreError> {
        let mut select = self.db.prepare_cached(
            "SELECT incarnation, seq, rec, job, body, link, at, outcome, why, pos FROM op WHERE state = 0 ORDER BY pk",
        )?;
        let mut rows = select.query([])?;
        let (mut ops, mut sum): (Vec<StoredOp>, usize) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let op = stored_op(row)?;
            let other =
                ops.last().is_some_and(|last| last.incarnation != op.incarnation || last.seq + 1 != op.seq);
            sum += op.body.len();
            let over = (sum > bytes || ops.len() >= most) && !ops.is_empty();
            if other || (over && !overlay::continues_group(&op.body)) {
                break;
            }
            ops.push(op);
        }
        Ok(ops)
    }

    /// The link before `seq` of an incarnation.
    pub fn link_before(&self, incarnation: Incarnation, seq: u64) -> Result<Digest, StoreError> {
        let mut select = self.db.prepare_cached("SELECT link FROM op WHERE incarnation = ?1 AND seq = ?2")?;
        let found = select.query_row(params![incarnation.0, seq - 1], |row| row.get(0)).optional()?;
        match found {
            Some(link) => Ok(Digest(link)),
            None => origin(&self.db),
        }
    }

    /// The link at `seq` of an incarnation.
    pub fn link_at(&self, incarnation: Incarnation, seq: u64) -> Result<Option<Digest>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT link FROM op WHERE incarnation = ?1 AND seq = ?2")?;
        Ok(select.query_row(params![incarnation.0, seq], |row| row.get(0)).optional()?.map(Digest))
    }

    /// Writes outcomes down. The caller has compared the link.
    pub fn confirm(
        &mut self,
        incarnation: Incarnation,
        from: u64,
        each: &[OpOutcome],
    ) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        for (seq, one) in (from..).zip(each) {
            tx.prepare_cached(
                "UPDATE op SET state = 1, outcome = ?3, why = ?4, pos = ?5
                 WHERE incarnation = ?1 AND seq = ?2 AND state = 0",
            )?
            .execute(params![
                incarnation.0,
                seq,
                word(&one.outcome),
                one.why.map(|w| word(&w)),
                one.pos
            ])?;
        }
        Ok(tx.commit()?)
    }

    /// The server stands at `seq`: what comes after waits again, whatever had been said about it.
    /// Returns whether anything does.
    pub fn rewind(&mut self, incarnation: Incarnation, seq: u64) -> Result<bool, StoreError> {
        let tx = self.db.transaction()?;
        let count = tx
            .prepare_cached(
                "UPDATE op SET state = 0, outcome = NULL, why = NULL, pos = NULL
                 WHERE incarnation = ?1 AND seq > ?2 AND state > 0",
            )?
            .execute(params![incarnation.0, seq])?;
        tx.commit()?;
        Ok(count > 0)
    }

    /// The last seq of an incarnation that has an outcome.
    pub fn confirmed_seq(&self, incarnation: Incarnation) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(seq), 0) FROM op WHERE incarnation = ?1 AND state > 0";
        Ok(self.db.prepare_cached(sql)?.query_row([incarnation.0], |row| row.get(0))?)
    }

    /// Ops that are in the cache now leave the overlay.
    pub fn release(&mut self, ops: &[OpId]) -> Result<(), StoreError> {
        if ops.is_empty() {
            return Ok(());
        }
        let tx = self.db.transaction()?;
        for op in ops {
            tx.prepare_cached("UPDATE op SET state = 2 WHERE op_id = ?1 AND state = 1")?
                .execute([op.as_bytes()])?;
        }
        Ok(tx.commit()?)
    }

    /// Ops with an outcome that still lie over the cache: id, record, position, whether they were parked.
    pub fn confirmed_laid_over(&self) -> Result<Vec<(OpId, RecordId, u64, bool)>, StoreError> {
        let sql = "SELECT op_id, rec, pos, outcome = 'parked' FROM op INDEXED BY op_laid_over WHERE state = 1 ORDER BY pk";
        collect(&mut *self.db.prepare_cached(sql)?, |row| {
            let (op, rec): ([u8; 16], [u8; 16]) = (row.get(0)?, row.get(1)?);
            Ok((
                OpId(uuid::Uuid::from_bytes(op)),
                RecordId(uuid::Uuid::from_bytes(rec)),
                row.get(2)?,
                row.get(3)?,
            ))
        })
    }

    /// Records that have ops over the cache, in the order of their first op.
    pub fn laid_over(&self) -> Result<Vec<RecordId>, StoreError> {
        let sql = "SELECT rec FROM op WHERE state < 2 GROUP BY rec ORDER BY min(pk)";
        collect(&mut *self.db.prepare_cached(sql)?, |row| Ok(RecordId(uuid::Uuid::from_bytes(row.get(0)?))))
    }

    /// Bodies of the ops that lie over one record, in their order.
    pub fn ops_over(&self, rec: RecordId) -> Result<Vec<Vec<u8>>, StoreError> {
        let sql = "SELECT body FROM op WHERE rec = ?1 AND state < 2 ORDER BY pk";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([rec.as_bytes()], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Ops that wait, and those that ended in a way the person should know, newest last.
    pub fn open_ops(&self) -> Result<Vec<StoredOp>, StoreError> {
        let sql = "SELECT incarnation, seq, rec, job, body, link, at, outcome, why, pos FROM op
                   WHERE state = 0 OR outcome IN ('conflict', 'parked') ORDER BY pk";
        collect(&mut *self.db.prepare_cached(sql)?, stored_op)
    }

    /// Whether the office holds all ops and blobs of a job.
    pub fn job_is_held(&self, job: RecordId) -> Result<bool, StoreError> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM op WHERE state = 0 AND (job = ?1 OR rec = ?1))
                      AND NOT EXISTS (SELECT 1 FROM blob WHERE state < 2 AND job = ?1)";
        Ok(self.db.prepare_cached(sql)?.query_row([job.as_bytes()], |row| row.get(0))?)
    }

    /// What the server has not confirmed; `None` when that is nothing.
    pub fn outstanding(&self) -> Result<Option<Outstanding>, StoreError> {
        let sql =
            "SELECT (SELECT count(*) FROM op WHERE state = 0), (SELECT count(*) FROM blob WHERE state < 2),
                          min(coalesce((SELECT min(at) FROM op WHERE state = 0), 9e18),
                              coalesce((SELECT min(at) FROM blob WHERE state < 2), 9e18))";
        let (ops, blobs, oldest): (u64, u64, f64) =
            self.db.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        #[expect(clippy::cast_possible_truncation, reason = "wall clocks in ms are far below 2^53")]
        Ok((ops + blobs > 0).then_some(Outstanding { ops, blobs, oldest: oldest as i64 }))
    }

    /// Every op ever made here: count, and the SHA-256 of each body. For proofs and exports.
    pub fn all_ops(&self) -> Result<Vec<StoredOp>, StoreError> {
        let sql = "SELECT incarnation, seq, rec, job, body, link, at, outcome, why, pos FROM op ORDER BY pk";
        collect(&mut *self.db.prepare_cached(sql)?, stored_op)
    }

    /// Keeps what was typed.
    pub fn save_draft(&mut self, draft: &Draft) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        tx.prepare_cached(
            "INSERT INTO draft(rec, field, value, base, at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (rec, field) DO UPDATE SET value = excluded.value, at = excluded.at",
        )?
        .execute(params![draft.rec.as_bytes(), draft.field, draft.value, draft.base, draft.at])?;
        Ok(tx.commit()?)
    }

    /// Forgets drafts of a record: one field, or all.
    pub fn clear_drafts(&mut self, rec: RecordId, field: Option<&str>) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        tx.prepare_cached("DELETE FROM draft WHERE rec = :rec AND (:field IS NULL OR field = :field)")?
            .execute(named_params! {":rec": rec.as_bytes(), ":field": field})?;
        Ok(tx.commit()?)
    }

    /// Drafts of one record.
    pub fn drafts(&self, rec: RecordId) -> Result<Vec<Draft>, StoreError> {
        let sql = "SELECT field, value, base, at FROM draft WHERE rec = ?1 ORDER BY field";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([rec.as_bytes()], |row| {
            Ok(Draft { rec, field: row.get(0)?, value: row.get(1)?, base: row.get(2)?, at: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Blobs that the server does not store yet, in the order they are sent.
    pub fn waiting_blobs(&self) -> Result<Vec<StoredBlob>, StoreError> {
        let sql = "SELECT sha256, size, media_type, job, rank, state, at FROM blob WHERE state < 2 ORDER BY rank, pk";
        collect(&mut *self.db.prepare_cached(sql)?, stored_blob)
    }

    /// Every blob here.
    pub fn all_blobs(&self) -> Result<Vec<StoredBlob>, StoreError> {
        let sql = "SELECT sha256, size, media_type, job, rank, state, at FROM blob ORDER BY pk";
        collect(&mut *self.db.prepare_cached(sql)?, stored_blob)
    }

    /// Bytes of a blob: `len` from `from`, or to its end.
    pub fn blob_bytes(&self, sha256: Digest, from: u64, len: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT substr(bytes, ?2 + 1, ?3) FROM blob WHERE sha256 = ?1";
        Ok(self
            .db
            .prepare_cached(sql)?
            .query_row(params![sha256.0, from, len], |row| row.get(0))
            .optional()?)
    }

    /// Notes that something of a blob was sent.
    pub fn blob_begun(&mut self, sha256: Digest) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        tx.prepare_cached("UPDATE blob SET state = 1 WHERE sha256 = ?1 AND state = 0")?
            .execute([sha256.0])?;
        Ok(tx.commit()?)
    }

    /// Notes that the server stores every byte of a blob. The bytes stay here.
    pub fn blob_stored(
        &mut self,
        sha256: Digest,
        pos: Option<u64>,
        epoch: Option<&str>,
    ) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        tx.prepare_cached("UPDATE blob SET state = 2, pos = ?2, epoch = ?3 WHERE sha256 = ?1")?
            .execute(params![sha256.0, pos, epoch])?;
        Ok(tx.commit()?)
    }

    /// After the server was restored every blob is asked for again.
    pub fn ask_for_blobs_again(&mut self) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        tx.execute("UPDATE blob SET state = 1, pos = NULL, epoch = NULL WHERE state = 2", [])?;
        Ok(tx.commit()?)
    }
}

fn write_ident(tx: &Transaction<'_>, values: &[(&str, String)]) -> Result<(), StoreError> {
    for (name, value) in values {
        tx.prepare_cached(
            "INSERT INTO ident(name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![name, value])?;
    }
    Ok(())
}

fn insert_op(tx: &Transaction<'_>, op: &NewOp, head: &ChainHead) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO op(incarnation, seq, op_id, rec, job, body, link, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        head.incarnation.0,
        head.seq,
        op.op_id.as_bytes(),
        op.rec.as_bytes(),
        op.job.as_ref().map(RecordId::as_bytes),
        op.body,
        head.link.0,
        op.at
    ])?;
    Ok(())
}

fn insert_blob(tx: &Transaction<'_>, blob: &NewBlob) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO blob(sha256, size, media_type, job, rank, bytes, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (sha256) DO NOTHING",
    )?
    .execute(params![
        blob.sha256.0,
        blob.bytes.len(),
        blob.media_type,
        blob.job.as_ref().map(RecordId::as_bytes),
        blob.rank,
        blob.bytes,
        blob.at
    ])?;
    Ok(())
}

fn origin(db: &Connection) -> Result<Digest, StoreError> {
    let sql = "SELECT value FROM ident WHERE name = 'origin'";
    let found: Option<String> = db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    found.map_or(Ok(Digest::ZERO), |text| text.parse().map_err(|_| StoreError::Damaged("origin")))
}

fn head_of(db: &Connection) -> Result<Option<ChainHead>, StoreError> {
    let sql = "SELECT value FROM ident WHERE name = 'incarnation'";
    let found: Option<String> = db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    let Some(text) = found else { return Ok(None) };
    let incarnation: Incarnation = text.parse().map_err(|_| StoreError::Damaged("incarnation"))?;
    let sql = "SELECT seq, link FROM op WHERE incarnation = ?1 ORDER BY seq DESC LIMIT 1";
    let last = db
        .prepare_cached(sql)?
        .query_row([incarnation.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, link) = match last {
        Some((seq, link)) => (seq, Digest(link)),
        None => (0, origin(db)?),
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

/// The word that serde writes for a plain enum: what stands in the columns.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn read_word<T: for<'de> serde::Deserialize<'de>>(text: String) -> Result<T, StoreError> {
    serde_json::from_value(text.into()).map_err(|_| StoreError::Damaged("outcome"))
}

fn stored_op(row: &Row<'_>) -> Result<StoredOp, StoreError> {
    let outcome = match row.get::<_, Option<String>>(7)? {
        None => None,
        Some(text) => Some(OpOutcome {
            outcome: read_word::<Outcome>(text)?,
            why: row.get::<_, Option<String>>(8)?.map(read_word::<Why>).transpose()?,
            pos: row.get(9)?,
        }),
    };
    Ok(StoredOp {
        incarnation: Incarnation(row.get(0)?),
        seq: row.get(1)?,
        rec: RecordId(uuid::Uuid::from_bytes(row.get(2)?)),
        job: row.get::<_, Option<[u8; 16]>>(3)?.map(|b| RecordId(uuid::Uuid::from_bytes(b))),
        body: row.get(4)?,
        link: Digest(row.get(5)?),
        at: row.get(6)?,
        outcome,
    })
}

fn stored_blob(row: &Row<'_>) -> Result<StoredBlob, StoreError> {
    let state: i64 = row.get(5)?;
    Ok(StoredBlob {
        sha256: Digest(row.get(0)?),
        size: row.get(1)?,
        media_type: row.get(2)?,
        job: row.get::<_, Option<[u8; 16]>>(3)?.map(|b| RecordId(uuid::Uuid::from_bytes(b))),
        rank: row.get(4)?,
        begun: state > 0,
        stored: state == 2,
        at: row.get(6)?,
    })
}
