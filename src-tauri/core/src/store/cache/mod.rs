//! `cache-N.db`: the server's records in scope, and pending work laid over them. NORMAL, replaceable.
//!
//! A page's rows and its cursor commit together. What a person made and the server does not hold yet is in
//! the outbox; losing this file loses nothing.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::Mark;
use fieldcard_schema::wire::page::RowText;
use fieldcard_schema::wire::sync::{Audience, Cursors};
use rusqlite::{Connection, OptionalExtension};

use super::StoreError;
use super::db::{self, Durability, Migrations, Place};
use super::job_list::Concerned;

mod carry;
mod reads;
mod rows;

use rows::{hand_on, is_named, join, leave, put_shadow, put_state, put_view, put_void, shadow_of};
pub(super) use rows::{seen, times_of_job};

const STEPS: Migrations = &[
    include_str!("../../../../../schema/migrations/cache/0001_first.sql"),
    include_str!("../../../../../schema/migrations/cache/0002_exceptions.sql"),
    include_str!("../../../../../schema/migrations/cache/0003_histories.sql"),
    include_str!("../../../../../schema/migrations/cache/0004_one_tree.sql"),
    include_str!("../../../../../schema/migrations/cache/0005_kept.sql"),
    include_str!("../../../../../schema/migrations/cache/0006_whole.sql"),
];

/// The name in `sync_state` of what says that a pull has ended.
const WHOLE: &str = "whole";

/// What the server said about one record.
#[derive(Debug, Clone)]
pub enum Change {
    /// It is so.
    Put(RowText),
    /// It was struck out by the op at this position.
    Void(RecordId, u64),
    /// This audience no longer holds it.
    Leave(RecordId),
    /// A job that left is led by this person now.
    NowWith(RecordId, UserId),
}

/// Rows of one audience and the cursor behind them: applied whole or not at all.
#[derive(Debug, Clone)]
pub struct PagePlan {
    /// The audience.
    pub audience: Audience,
    /// Its cursor afterwards.
    pub cursor: String,
    /// Its first pull has not ended.
    pub partial: bool,
    /// The rows.
    pub changes: Vec<Change>,
    /// The mark they came with.
    pub mark: Mark,
    /// The server's epoch.
    pub epoch: String,
}

/// The outbox as far as a page must know it.
pub struct Over<'a> {
    /// The records under pending ops, and the version that holds them all: none while one waits.
    pub recs: &'a BTreeMap<RecordId, Option<u64>>,
    /// The owner's view of such a record from its new shadow; none when it is the shadow.
    pub derived: &'a dyn Fn(RecordId, Option<RecordState>) -> Result<Option<RecordState>, StoreError>,
    /// Whether what has left must stay for now, by its job.
    pub keep: &'a dyn Fn(Option<RecordId>) -> Result<bool, StoreError>,
}

/// The file.
pub struct Cache {
    /// Its number, part of its name.
    pub number: u32,
    db: Connection,
    /// Values of `sync_state` that are only shown, until something else is written too.
    noted: BTreeMap<&'static str, String>,
}

impl Cache {
    /// Opens or makes cache `number`. What stands in it is read only as it is asked for: see [`Self::is_sound`].
    pub fn open(place: &Place, number: u32) -> Result<Self, StoreError> {
        let db = db::open(place, &file_name(number), Durability::Normal, STEPS)?;
        Ok(Self { number, db, noted: BTreeMap::new() })
    }

    /// Removes the files of cache `number`; a missing file is fine.
    pub fn remove(place: &Place, number: u32) {
        if place.folder.is_some() && place.vfs.is_none() {
            for suffix in ["", "-wal", "-shm"] {
                // Only what can be fetched again is removed here, and a file that stays does no harm.
                let _ = std::fs::remove_file(place.path(&format!("{}{suffix}", file_name(number))));
            }
        }
    }

    /// Reads all of it: whether every page and every record is what was written.
    pub fn is_sound(&self) -> Result<bool, StoreError> {
        let said: String = self.db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok(said == "ok" && self.cursors().is_ok() && self.mark().is_ok() && self.reads_all()?)
    }

    /// Takes everything out of a cache that was begun and not finished.
    pub fn clear(&mut self) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        tx.execute_batch("DELETE FROM rec; DELETE FROM sync_state;")?;
        Ok(tx.commit()?)
    }

    /// A value of `sync_state`.
    pub fn state(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.noted.get(name).map_or_else(|| self.written(name), |noted| Ok(Some(noted.clone())))
    }

    /// The same as the file has it.
    pub(crate) fn written(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT value FROM sync_state WHERE name = ?1")?;
        Ok(select.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Sets a value of `sync_state`.
    pub fn set_state(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        put_state(&tx, name, value)?;
        Ok(tx.commit()?)
    }

    /// Sets values that are only shown: in memory, and in the file when it is `due`. A sync without news
    /// writes nothing.
    pub(crate) fn note(&mut self, values: [(&'static str, String); 3], due: bool) -> Result<(), StoreError> {
        self.noted.extend(values);
        if due {
            let tx = self.db.transaction()?;
            self.noted.iter().try_for_each(|(name, value)| put_state(&tx, name, value))?;
            tx.commit()?;
            self.noted.clear();
        }
        Ok(())
    }

    /// The cursor of each audience.
    pub fn cursors(&self) -> Result<Cursors, StoreError> {
        let sql = "SELECT substr(name, 8), value FROM sync_state WHERE name LIKE 'cursor/%'";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let mut cursors = Cursors::new();
        for row in rows {
            let (name, value) = row?;
            cursors.insert(name.parse().map_err(|_| StoreError::Damaged("cursor"))?, value);
        }
        Ok(cursors)
    }

    /// Whether nothing was pulled into it yet.
    pub fn is_new(&self) -> Result<bool, StoreError> {
        Ok(self.cursors()?.is_empty())
    }

    /// Whether a first pull has not ended: that of the person, or of an audience that came later. What holds it
    /// is one row, which only the end of a pull writes: pages that came before a crash do not pass for all.
    pub fn is_partial(&self) -> Result<bool, StoreError> {
        Ok(self.written(WHOLE)?.is_none())
    }

    /// A pull has ended: everything that the office has for this person is here.
    pub fn set_whole(&mut self) -> Result<(), StoreError> {
        if self.is_partial()? { self.set_state(WHOLE, "1") } else { Ok(()) }
    }

    /// The newest mark of the server.
    pub fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let text = self.state("mark")?;
        text.map(|t| t.parse().map_err(|_| StoreError::Damaged("mark"))).transpose()
    }

    /// Applies a page: rows, cursor and mark in one transaction. Returns the records it touched.
    pub fn apply(&mut self, plan: &PagePlan, over: &Over<'_>) -> Result<BTreeSet<RecordId>, StoreError> {
        let tx = self.db.transaction()?;
        let (mut touched, mut covered) = (BTreeSet::new(), BTreeSet::new());
        let mut jobs = Concerned::default();
        for change in &plan.changes {
            let (rec, reached) = match change {
                Change::Put(row) => {
                    let held = put_shadow(&tx, row)?;
                    join(&tx, plan.audience, held)?;
                    jobs.by(&tx, row.rec, &row.kind, row.job)?;
                    (row.rec, row.ver)
                }
                Change::Void(rec, ver) => {
                    put_void(&tx, *rec, *ver)?;
                    jobs.by_record(&tx, *rec)?;
                    (*rec, 0)
                }
                Change::Leave(rec) => {
                    leave(&tx, plan.audience, *rec, over.keep)?;
                    jobs.by_record(&tx, *rec)?;
                    (*rec, 0)
                }
                Change::NowWith(job, lead) => {
                    hand_on(&tx, *job, *lead)?;
                    (*job, 0)
                }
            };
            // A row that holds all its pending ops needs no laying over it.
            let under = over.recs.get(&rec).filter(|last| last.is_none_or(|last| last > reached));
            covered.extend(under.map(|_| rec));
            touched.insert(rec);
        }
        for rec in &covered {
            let shadow = shadow_of(&tx, *rec)?;
            if let Some(view) = (over.derived)(*rec, shadow)? {
                put_view(&tx, *rec, Some(&view))?;
            }
        }
        jobs.refresh(&tx)?;
        put_state(&tx, &format!("cursor/{}", plan.audience), &plan.cursor)?;
        if plan.partial {
            tx.prepare_cached("DELETE FROM sync_state WHERE name = ?1")?.execute([WHOLE])?;
        }
        put_state(&tx, "mark", &plan.mark.to_string())?;
        put_state(&tx, "epoch", &plan.epoch)?;
        tx.commit()?;
        Ok(touched)
    }

    /// Writes the owner's view of records under pending ops; `None` means that it is the shadow.
    pub fn write_views(&mut self, views: &[(RecordId, Option<RecordState>)]) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        for (rec, view) in views {
            put_view(&tx, *rec, view.as_ref())?;
        }
        let mut jobs = Concerned::default();
        views.iter().try_for_each(|(rec, _)| jobs.by_record(&tx, *rec))?;
        jobs.refresh(&tx)?;
        Ok(tx.commit()?)
    }

    /// The person has left an audience: its records go, by the keep rule.
    pub fn forget_audience(
        &mut self,
        audience: Audience,
        keep: &dyn Fn(Option<RecordId>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        let sql = "SELECT rec.id FROM rec_audience JOIN rec ON rec.pk = rec_audience.rec WHERE audience = ?1";
        let recs: Vec<[u8; 16]> =
            tx.prepare_cached(sql)?.query_map([audience], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let recs: BTreeSet<RecordId> =
            recs.into_iter().map(|b| RecordId(uuid::Uuid::from_bytes(b))).collect();
        for rec in &recs {
            leave(&tx, audience, *rec, keep)?;
        }
        let mut jobs = Concerned::default();
        recs.iter().try_for_each(|rec| jobs.by_record(&tx, *rec))?;
        jobs.refresh(&tx)?;
        let name = format!("cursor/{audience}");
        tx.prepare_cached("DELETE FROM sync_state WHERE name = ?1")?.execute([name])?;
        Ok(tx.commit()?)
    }

    /// Removes kept records whose work the office holds by now. Returns how many went.
    pub fn drop_kept(
        &mut self,
        keep: &dyn Fn(Option<RecordId>) -> Result<bool, StoreError>,
    ) -> Result<usize, StoreError> {
        let tx = self.db.transaction()?;
        // Jobs first: what they name goes after them.
        let sql = "SELECT pk, id, CASE kind WHEN 'job' THEN id ELSE job END AS of_job FROM rec
                   WHERE kept = 1 ORDER BY of_job IS NULL, pk";
        let kept: Vec<(i64, [u8; 16], Option<[u8; 16]>)> = tx
            .prepare_cached(sql)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        let id = |bytes: [u8; 16]| RecordId(uuid::Uuid::from_bytes(bytes));
        let mut gone = 0;
        for (pk, rec, job) in kept {
            if !keep(job.map(id))? && !is_named(&tx, id(rec))? {
                gone += tx.prepare_cached("DELETE FROM rec WHERE pk = ?1")?.execute([pk])?;
            }
        }
        tx.commit()?;
        Ok(gone)
    }
}

fn file_name(number: u32) -> String {
    format!("cache-{number}.db")
}
