//! What may leave the outbox, and only then: what the office holds *and* a good backup of the office covers.
//!
//! Ops go as the prefix of a chain, so that what stays is still one chain: the last link that went stands in
//! `ident`, where the first op that stayed is pushed from. The bytes of a blob go alone; that the blob was here, and
//! where the office put it, stays. Nothing that the office has not stored is ever touched.

use std::collections::BTreeMap;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{Incarnation, RecordId};
use rusqlite::{Row, params};

use super::super::StoreError;
use super::{Outbox, collect, origin_name};

/// Most ops of one pass: nobody waits for it.
const OPS_A_PASS: usize = 1_000;
/// Most pages that one pass gives back to the disk.
const PAGES_A_PASS: u32 = 2_000;

/// Under which `ident` counts the blobs whose bytes went uncovered.
const UNCOVERED: &str = "dropped_uncovered";

/// What a good backup of the office covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Everything up to here.
    pub pos: u64,
    /// In this life of the office's store.
    pub epoch: String,
}

/// An op of the oldest, as pruning sees it.
struct Oldest {
    pk: i64,
    incarnation: Incarnation,
    seq: u64,
    link: Digest,
    rec: RecordId,
    /// It has an outcome, is in the cache, old and covered.
    over: bool,
    disputed: bool,
    /// The end of its chain: what comes next stands on it.
    newest: bool,
}

impl Oldest {
    fn read(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            pk: row.get(0)?,
            incarnation: Incarnation(row.get(1)?),
            seq: row.get(2)?,
            link: Digest(row.get(3)?),
            rec: RecordId(uuid::Uuid::from_bytes(row.get(4)?)),
            over: row.get::<_, Option<bool>>(5)?.unwrap_or(false),
            disputed: row.get::<_, Option<bool>>(6)?.unwrap_or(false),
            newest: row.get(7)?,
        })
    }
}

impl Outbox {
    /// The last seq of an incarnation that was pruned; 0 for none.
    pub fn pruned(&self, incarnation: Incarnation) -> u64 {
        self.ident(&pruned_name(incarnation)).and_then(|seq| seq.parse().ok()).unwrap_or(0)
    }

    /// The newest row of an op that has an outcome; 0 for none.
    pub fn newest_held(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(pk), 0) FROM op WHERE state > 0";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Removes the oldest ops up to the row `last`, as far as `covered` goes; where nobody ever made a backup their
    /// age is enough. One that ended as a question stays, and all behind it, while `shown` says that its record is
    /// still here. Returns how many went.
    pub fn prune_ops(
        &mut self,
        last: i64,
        covered: Option<&Covered>,
        shown: &dyn Fn(RecordId) -> Result<bool, StoreError>,
    ) -> Result<usize, StoreError> {
        let going = self.going(last, covered.map(|covered| covered.pos), shown)?;
        if going.is_empty() {
            return Ok(0);
        }
        let tx = self.db.transaction()?;
        let mut ends = BTreeMap::new();
        for op in &going {
            tx.prepare_cached("DELETE FROM op WHERE pk = ?1")?.execute([op.pk])?;
            ends.insert(origin_name(op.incarnation), op.link.to_string());
            ends.insert(pruned_name(op.incarnation), op.seq.to_string());
        }
        let ends: Vec<_> = ends.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        self.ident.commit(tx, &ends)?;
        Ok(going.len())
    }

    /// The oldest ops that may go. Read one by one: as a rule the first one stays, and it is asked after every answer.
    fn going(
        &self,
        last: i64,
        covered: Option<u64>,
        shown: &dyn Fn(RecordId) -> Result<bool, StoreError>,
    ) -> Result<Vec<Oldest>, StoreError> {
        let sql =
            "SELECT pk, incarnation, seq, link, rec, state = 2 AND pk <= ?1 AND (?2 IS NULL OR pos <= ?2),
                          outcome IN ('conflict', 'parked'),
                          NOT EXISTS (SELECT 1 FROM op AS later
                                      WHERE later.incarnation = op.incarnation AND later.seq > op.seq)
                   FROM op ORDER BY pk LIMIT ?3";
        let mut select = self.db.prepare_cached(sql)?;
        let mut rows = select.query(params![last, covered, OPS_A_PASS])?;
        let mut going = Vec::new();
        while let Some(row) = rows.next()? {
            let op = Oldest::read(row)?;
            if !op.over || (op.disputed && shown(op.rec)?) {
                break;
            }
            going.extend(Some(op).filter(|op| !op.newest));
        }
        Ok(going)
    }

    /// Drops the bytes of blobs made before `before` that the office stores and `covered` covers.
    pub fn prune_blobs(&mut self, before: i64, covered: &Covered) -> Result<usize, StoreError> {
        let tx = self.db.transaction()?;
        let gone = tx
            .prepare_cached(
                "UPDATE blob SET state = 3, bytes = x''
                 WHERE state = 2 AND at < ?1 AND epoch = ?2 AND pos <= ?3",
            )?
            .execute(params![before, covered.epoch, covered.pos])?;
        tx.commit()?;
        Ok(gone)
    }

    /// Drops the bytes of the oldest blobs made before `before` that the office stores, though no backup is known to
    /// cover them, until about `bytes` are free. Returns how many went; all that ever did are counted.
    pub fn drop_stored_blobs(&mut self, before: i64, bytes: u64) -> Result<usize, StoreError> {
        let sql = "SELECT pk, size FROM blob WHERE state = 2 AND at < ?1 ORDER BY at, pk";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([before], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, u64>(1)?)))?;
        let stored: Vec<(i64, u64)> = rows.collect::<Result<_, _>>()?;
        drop(select);
        let dropped = self.dropped_uncovered();
        let (mut count, mut freed) = (0, 0);
        let tx = self.db.transaction()?;
        for (pk, size) in stored {
            if freed >= bytes {
                break;
            }
            tx.prepare_cached("UPDATE blob SET state = 3, bytes = x'' WHERE pk = ?1")?.execute([pk])?;
            (count, freed) = (count + 1, freed + size);
        }
        let told = (count > 0).then(|| (UNCOVERED, (dropped + count as u64).to_string()));
        self.ident.commit(tx, told.as_slice())?;
        Ok(count)
    }

    /// How many blobs' bytes ever went although no backup was known to cover them.
    pub fn dropped_uncovered(&self) -> u64 {
        self.ident(UNCOVERED).and_then(|count| count.parse().ok()).unwrap_or(0)
    }

    /// Gives pages that nothing uses any more back to the disk, a slice at a time.
    pub fn shrink(&mut self) -> Result<(), StoreError> {
        let mut vacuum = self.db.prepare(&format!("PRAGMA incremental_vacuum({PAGES_A_PASS})"))?;
        // A page is given back with each row that is asked for.
        collect(&mut vacuum, |_| Ok(())).map(drop)
    }
}

fn pruned_name(incarnation: Incarnation) -> String {
    format!("pruned/{incarnation}")
}
