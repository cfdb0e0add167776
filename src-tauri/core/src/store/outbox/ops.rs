//! Ops in the outbox: what waits, how each ended, which still lie over the cache.

use std::collections::BTreeMap;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{Incarnation, OpId, RecordId};
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::Mark;
use fieldcard_schema::wire::sync::{OpOutcome, Outstanding};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::super::{StoreError, overlay};
use super::{ChainHead, NewOp, Outbox, StoredOp, WaitingOp, blobs, collect, head_of, origin};

/// In `ident`: the server's epoch as last told.
const EPOCH: &str = "epoch";
/// In `ident`: the server's mark as it came with the last outcomes.
const MARK: &str = "mark";

impl Outbox {
    /// The next ops to push behind the first `behind` that wait: of one incarnation, the oldest first, whole
    /// groups, about `bytes` of bodies.
    pub fn waiting(&self, behind: usize, bytes: usize, most: usize) -> Result<Vec<StoredOp>, StoreError> {
        let mut select = self.db.prepare_cached(
            "SELECT incarnation, seq, rec, job, body, link, at, outcome, why, pos FROM op WHERE state = 0
             ORDER BY pk LIMIT -1 OFFSET ?1",
        )?;
        let mut rows = select.query([behind])?;
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
            None => origin(&self.ident, incarnation),
        }
    }

    /// The link at `seq` of an incarnation.
    pub fn link_at(&self, incarnation: Incarnation, seq: u64) -> Result<Option<Digest>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT link FROM op WHERE incarnation = ?1 AND seq = ?2")?;
        Ok(select.query_row(params![incarnation.0, seq], |row| row.get(0)).optional()?.map(Digest))
    }

    /// Writes outcomes down, with the mark that came with them. The caller has compared the link.
    pub fn confirm(
        &mut self,
        incarnation: Incarnation,
        from: u64,
        each: &[OpOutcome],
        mark: Mark,
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
        self.ident.commit(tx, &[(MARK, mark.to_string())])
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

    /// The server was restored, and lives in this epoch now. Only of the current incarnation does it tell how far
    /// it stands: all others wait again from their first op, and the server says of each whether it holds it. So
    /// does every blob. Its marks of before are worth nothing.
    pub fn server_restored(&mut self, epoch: &str) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        if let Some(head) = head_of(&tx, &self.ident)? {
            tx.prepare_cached(
                "UPDATE op SET state = 0, outcome = NULL, why = NULL, pos = NULL
                 WHERE incarnation <> ?1 AND state > 0",
            )?
            .execute([head.incarnation.0])?;
        }
        blobs::ask_again(&tx)?;
        self.ident.commit_without(tx, MARK, &[(EPOCH, epoch.to_owned())])
    }

    /// The server's epoch as far as this file knows: as last told, else that of the newest blob that it stored.
    pub fn last_epoch(&self) -> Result<Option<String>, StoreError> {
        if let Some(epoch) = self.ident(EPOCH) {
            return Ok(Some(epoch.to_owned()));
        }
        let sql = "SELECT epoch FROM blob WHERE epoch IS NOT NULL ORDER BY pk DESC LIMIT 1";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?)
    }

    /// Notes the server's epoch, if another one or none is noted.
    pub fn know_epoch(&mut self, epoch: &str) -> Result<(), StoreError> {
        if self.ident(EPOCH) == Some(epoch) {
            return Ok(());
        }
        self.set_ident(&[(EPOCH, epoch.to_owned())])
    }

    /// Notes a mark that covers every blob stored so far, unless a noted one does. What an office told that holds a
    /// blob must not be forgotten with the cache: without it nothing here could tell that its store went back.
    pub fn cover_blobs(&mut self, mark: Mark, epoch: &str) -> Result<(), StoreError> {
        let stored = self.ident.stored_to(epoch);
        if stored <= self.last_mark()?.map_or(0, |noted| noted.pos) || stored > mark.pos {
            return Ok(());
        }
        self.set_ident(&[(MARK, mark.to_string())])
    }

    /// The mark that came with the last outcomes, or one that covers later blobs.
    pub fn last_mark(&self) -> Result<Option<Mark>, StoreError> {
        self.ident(MARK).map(|text| text.parse().map_err(|_| StoreError::Damaged("mark"))).transpose()
    }

    /// Whether ops of other incarnations have an outcome here.
    pub fn has_confirmed_others(&self, incarnation: Incarnation) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM op WHERE incarnation <> ?1 AND state > 0)";
        Ok(self.db.prepare_cached(sql)?.query_row([incarnation.0], |row| row.get(0))?)
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
        let sql =
            "SELECT op_id, rec, pos, outcome = 'parked' FROM op WHERE state < 2 AND state = 1 ORDER BY pk";
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

    /// Records that have ops over the cache, each with the position of the last of these ops: none while one of
    /// them waits.
    pub fn last_over(&self) -> Result<BTreeMap<RecordId, Option<u64>>, StoreError> {
        let sql = "SELECT rec, CASE WHEN count(pos) = count(*) THEN max(pos) END FROM op WHERE state < 2 GROUP BY rec";
        let read = |row: &Row<'_>| Ok((RecordId(uuid::Uuid::from_bytes(row.get(0)?)), row.get(1)?));
        Ok(collect(&mut *self.db.prepare_cached(sql)?, read)?.into_iter().collect())
    }

    /// Bodies of the ops of a push, in their order.
    pub fn bodies(
        &self,
        incarnation: Incarnation,
        from: u64,
        count: u64,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        let sql = "SELECT body FROM op WHERE incarnation = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq";
        let end = from.saturating_add(count).min(i64::MAX.unsigned_abs());
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map(params![incarnation.0, from, end], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
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

    /// Every op that waits, without its bytes, oldest first.
    pub fn waiting_ops(&self) -> Result<Vec<WaitingOp>, StoreError> {
        let sql = "SELECT incarnation, seq, rec, job, length(body) FROM op WHERE state = 0 ORDER BY pk";
        collect(&mut *self.db.prepare_cached(sql)?, |row| {
            Ok(WaitingOp {
                incarnation: Incarnation(row.get(0)?),
                seq: row.get(1)?,
                rec: RecordId(uuid::Uuid::from_bytes(row.get(2)?)),
                job: row.get::<_, Option<[u8; 16]>>(3)?.map(|b| RecordId(uuid::Uuid::from_bytes(b))),
                bytes: row.get(4)?,
            })
        })
    }

    /// Ops that ended in a way the person should know, oldest first.
    pub fn disputed_ops(&self) -> Result<Vec<StoredOp>, StoreError> {
        let sql = "SELECT incarnation, seq, rec, job, body, link, at, outcome, why, pos FROM op
                   WHERE outcome IN ('conflict', 'parked') ORDER BY pk";
        collect(&mut *self.db.prepare_cached(sql)?, stored_op)
    }

    /// Whether the office holds all ops and blobs of a job.
    pub fn job_is_held(&self, job: RecordId) -> Result<bool, StoreError> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM op WHERE state = 0 AND (job = ?1 OR rec = ?1))
                      AND NOT EXISTS (SELECT 1 FROM blob_job JOIN blob USING (sha256) WHERE job = ?1 AND state < 2)";
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

    /// How many ops there are, by state and outcome.
    pub fn ops_counted(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = "SELECT CASE state WHEN 0 THEN 'waiting' WHEN 1 THEN 'laid_over' ELSE 'held' END
                          || coalesce(' ' || outcome, '') || coalesce(' ' || why, ''), count(*)
                   FROM op GROUP BY 1 ORDER BY 1";
        Ok(collect(&mut *self.db.prepare_cached(sql)?, |row| Ok((row.get(0)?, row.get(1)?)))?
            .into_iter()
            .collect())
    }

    /// Every op ever made here: count, and the SHA-256 of each body. For proofs and exports.
    pub fn all_ops(&self) -> Result<Vec<StoredOp>, StoreError> {
        let sql = "SELECT incarnation, seq, rec, job, body, link, at, outcome, why, pos FROM op ORDER BY pk";
        collect(&mut *self.db.prepare_cached(sql)?, stored_op)
    }
}

pub(super) fn insert(tx: &Transaction<'_>, op: &NewOp, head: &ChainHead) -> Result<(), StoreError> {
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
