//! `cache-N.db`: the server's records in scope, and pending work laid over them. NORMAL, replaceable.
//!
//! A page's rows and its cursor commit together. What a person made and the server does not hold yet is in
//! the outbox; losing this file loses nothing.

use std::collections::BTreeSet;

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::Mark;
use fieldcard_schema::wire::sync::{Audience, Cursors};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::db::{self, Durability, Migrations, Place};
use super::{Seen, StoreError, job_list};

const STEPS: Migrations = &[include_str!("../../../../schema/migrations/cache/0001_first.sql")];

/// A record's state without what stands in columns of its own.
#[derive(Serialize, Deserialize)]
struct Stored {
    f: Fields,
    b: u64,
    a: UserId,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    v: bool,
}

/// What the server said about one record.
#[derive(Debug, Clone)]
pub enum Change {
    /// It is so.
    Put(RecordId, RecordState),
    /// It was struck out by the op at this position.
    Void(RecordId, u64),
    /// This audience no longer holds it.
    Leave(RecordId),
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

/// The file.
pub struct Cache {
    /// Its number, part of its name.
    pub number: u32,
    db: Connection,
}

impl Cache {
    /// Opens or makes cache `number`.
    pub fn open(place: &Place, number: u32) -> Result<Self, StoreError> {
        let db = db::open(place, &file_name(number), Durability::Normal, STEPS)?;
        Ok(Self { number, db })
    }

    /// Opens it, or puts an empty one in the place of one that is damaged or of another version.
    pub fn open_or_replace(place: &Place, number: u32) -> Result<Self, StoreError> {
        match Self::open(place, number) {
            Err(e) if !e.is_full() && !e.is_busy() => {
                Self::remove(place, number);
                Self::open(place, number)
            }
            opened => opened,
        }
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

    /// A value of `sync_state`.
    pub fn state(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT value FROM sync_state WHERE name = ?1")?;
        Ok(select.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Sets a value of `sync_state`.
    pub fn set_state(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        put_state(&tx, name, value)?;
        Ok(tx.commit()?)
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

    /// Whether some audience's first pull has not ended.
    pub fn is_partial(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sync_state WHERE name LIKE 'partial/%')";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// The newest mark of the server.
    pub fn mark(&self) -> Result<Option<Mark>, StoreError> {
        let text = self.state("mark")?;
        text.map(|t| t.parse().map_err(|_| StoreError::Damaged("mark"))).transpose()
    }

    /// A record as its owner sees it.
    pub fn seen(&self, rec: RecordId) -> Result<Option<Seen>, StoreError> {
        let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec WHERE id = ?1";
        self.db
            .prepare_cached(sql)?
            .query_row([rec.as_bytes()], |row| Ok(read_seen(row)))
            .optional()?
            .transpose()
    }

    /// What the server said about a record.
    pub fn shadow(&self, rec: RecordId) -> Result<Option<RecordState>, StoreError> {
        shadow_of(&self.db, rec)
    }

    /// All records that hang on a job, struck-out ones too, as they were made.
    pub fn of_job(&self, job: RecordId) -> Result<Vec<Seen>, StoreError> {
        seen_of_job(&self.db, job)
    }

    /// All records of a kind that hang on no job.
    pub fn of_kind(&self, kind: &str) -> Result<Vec<Seen>, StoreError> {
        let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec
                   WHERE kind = ?1 AND job IS NULL ORDER BY pk";
        read_all(&self.db, sql, params![kind])
    }

    /// Rows of the job list: those in `buckets` planned before `before`.
    pub fn jobs_planned(
        &self,
        buckets: [i64; 2],
        before: i64,
        most: u32,
    ) -> Result<Vec<job_list::JobLine>, StoreError> {
        job_list::planned(&self.db, buckets, before, most)
    }

    /// Rows of the job list whose words hold all of `words`, and how many there are.
    pub fn jobs_found(
        &self,
        words: &[String],
        most: u32,
    ) -> Result<(Vec<job_list::JobLine>, u64), StoreError> {
        job_list::found(&self.db, words, most)
    }

    /// The row of one job.
    pub fn job_line(&self, job: RecordId) -> Result<Option<job_list::JobLine>, StoreError> {
        job_list::of_job(&self.db, job)
    }

    /// Number of records.
    pub fn count(&self) -> Result<u64, StoreError> {
        Ok(self.db.prepare_cached("SELECT count(*) FROM rec")?.query_row([], |row| row.get(0))?)
    }

    /// Applies a page: rows, cursor and mark in one transaction. Returns the records it touched.
    ///
    /// `derived` gives the owner's view of a record from its new shadow, for records under pending ops.
    pub fn apply(
        &mut self,
        plan: &PagePlan,
        derived: &dyn Fn(RecordId, Option<RecordState>) -> Result<Option<RecordState>, StoreError>,
        keep: &dyn Fn(Option<RecordId>) -> Result<bool, StoreError>,
    ) -> Result<BTreeSet<RecordId>, StoreError> {
        let tx = self.db.transaction()?;
        let mut touched = BTreeSet::new();
        for change in &plan.changes {
            let rec = match change {
                Change::Put(rec, state) => {
                    put_shadow(&tx, *rec, state)?;
                    join(&tx, plan.audience, *rec)?;
                    *rec
                }
                Change::Void(rec, ver) => {
                    if let Some(shadow) = shadow_of(&tx, *rec)? {
                        put_shadow(&tx, *rec, &RecordState { void: true, ver: *ver, ..shadow })?;
                    }
                    *rec
                }
                Change::Leave(rec) => {
                    leave(&tx, plan.audience, *rec, keep)?;
                    *rec
                }
            };
            touched.insert(rec);
        }
        for rec in &touched {
            let shadow = shadow_of(&tx, *rec)?;
            if let Some(view) = derived(*rec, shadow)? {
                put_view(&tx, *rec, Some(&view))?;
            }
        }
        job_list::refresh(&tx, &touched)?;
        put_state(&tx, &format!("cursor/{}", plan.audience), &plan.cursor)?;
        let partial = format!("partial/{}", plan.audience);
        if plan.partial {
            put_state(&tx, &partial, "1")?;
        } else {
            tx.prepare_cached("DELETE FROM sync_state WHERE name = ?1")?.execute([&partial])?;
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
        job_list::refresh(&tx, &views.iter().map(|(rec, _)| *rec).collect())?;
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
        job_list::refresh(&tx, &recs)?;
        let names = [format!("cursor/{audience}"), format!("partial/{audience}")];
        tx.prepare_cached("DELETE FROM sync_state WHERE name IN (?1, ?2)")?.execute(names)?;
        Ok(tx.commit()?)
    }

    /// Removes kept records whose work the office holds by now. Returns how many went.
    pub fn drop_kept(
        &mut self,
        keep: &dyn Fn(Option<RecordId>) -> Result<bool, StoreError>,
    ) -> Result<usize, StoreError> {
        let tx = self.db.transaction()?;
        let sql = "SELECT pk, CASE kind WHEN 'job' THEN id ELSE job END FROM rec WHERE kept = 1";
        let kept: Vec<(i64, Option<[u8; 16]>)> = tx
            .prepare_cached(sql)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut gone = 0;
        for (pk, job) in kept {
            if !keep(job.map(|b| RecordId(uuid::Uuid::from_bytes(b))))? {
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

fn put_state(tx: &Transaction<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO sync_state(name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute([name, value])?;
    Ok(())
}

fn to_text(state: &RecordState) -> Result<String, StoreError> {
    let stored = Stored { f: state.fields.clone(), b: state.born, a: state.author, v: state.void };
    serde_json::to_string(&stored).map_err(|_| StoreError::Damaged("record"))
}

fn read_state(kind: String, job: Option<[u8; 16]>, ver: u64, text: &str) -> Result<RecordState, StoreError> {
    let stored: Stored = serde_json::from_str(text).map_err(|_| StoreError::Damaged("record"))?;
    Ok(RecordState {
        kind,
        job: job.map(|b| RecordId(uuid::Uuid::from_bytes(b))),
        fields: stored.f,
        ver,
        born: stored.b,
        author: stored.a,
        void: stored.v,
        field_vers: std::collections::BTreeMap::new(),
    })
}

fn read_seen(row: &Row<'_>) -> Result<Seen, StoreError> {
    let text: Option<String> = row.get(5)?;
    Ok(Seen {
        rec: RecordId(uuid::Uuid::from_bytes(row.get(1)?)),
        pk: row.get(0)?,
        state: read_state(
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            &text.ok_or(StoreError::Damaged("record"))?,
        )?,
        kept: row.get(6)?,
    })
}

fn read_all(db: &Connection, sql: &str, with: impl rusqlite::Params) -> Result<Vec<Seen>, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(with)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_seen(row)?);
    }
    Ok(found)
}

pub(super) fn seen_of_job(db: &Connection, job: RecordId) -> Result<Vec<Seen>, StoreError> {
    let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec WHERE job = ?1 ORDER BY kind, pk";
    let mut found = read_all(db, sql, params![job.as_bytes()])?;
    found.sort_by_key(Seen::order);
    Ok(found)
}

fn shadow_of(db: &Connection, rec: RecordId) -> Result<Option<RecordState>, StoreError> {
    let sql = "SELECT kind, job, ver, shadow FROM rec WHERE id = ?1 AND shadow IS NOT NULL";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?));
    match db.prepare_cached(sql)?.query_row([rec.as_bytes()], read).optional()? {
        Some((kind, job, ver, text)) => read_state(kind, job, ver, &text).map(Some),
        None => Ok(None),
    }
}

fn put_shadow(tx: &Transaction<'_>, rec: RecordId, state: &RecordState) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO rec(id, kind, job, ver, shadow) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET
            kind = excluded.kind, job = excluded.job, ver = excluded.ver, shadow = excluded.shadow, view = NULL",
    )?
    .execute(params![
        rec.as_bytes(),
        state.kind,
        state.job.as_ref().map(RecordId::as_bytes),
        state.ver,
        to_text(state)?
    ])?;
    Ok(())
}

fn put_view(tx: &Transaction<'_>, rec: RecordId, view: Option<&RecordState>) -> Result<(), StoreError> {
    let Some(view) = view else {
        // A record that only pending ops had made, and none is left: there is nothing to show.
        tx.prepare_cached("DELETE FROM rec WHERE id = ?1 AND shadow IS NULL")?.execute([rec.as_bytes()])?;
        tx.prepare_cached("UPDATE rec SET view = NULL WHERE id = ?1")?.execute([rec.as_bytes()])?;
        return Ok(());
    };
    tx.prepare_cached(
        "INSERT INTO rec(id, kind, job, ver, view) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET view = excluded.view",
    )?
    .execute(params![
        rec.as_bytes(),
        view.kind,
        view.job.as_ref().map(RecordId::as_bytes),
        view.ver,
        to_text(view)?
    ])?;
    Ok(())
}

fn join(tx: &Transaction<'_>, audience: Audience, rec: RecordId) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO rec_audience(audience, rec) SELECT ?1, pk FROM rec WHERE id = ?2 ON CONFLICT DO NOTHING",
    )?
    .execute(params![audience, rec.as_bytes()])?;
    tx.prepare_cached("UPDATE rec SET kept = 0 WHERE id = ?1 AND kept = 1")?.execute([rec.as_bytes()])?;
    Ok(())
}

fn leave(
    tx: &Transaction<'_>,
    audience: Audience,
    rec: RecordId,
    keep: &dyn Fn(Option<RecordId>) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT pk, CASE kind WHEN 'job' THEN id ELSE job END FROM rec WHERE id = ?1";
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<[u8; 16]>>(1)?));
    let Some((pk, job)) = tx.prepare_cached(sql)?.query_row([rec.as_bytes()], read).optional()? else {
        return Ok(());
    };
    tx.prepare_cached("DELETE FROM rec_audience WHERE rec = ?1 AND audience = ?2")?
        .execute(params![pk, audience])?;
    let sql = "SELECT EXISTS (SELECT 1 FROM rec_audience WHERE rec = ?1)";
    let held_by_another: bool = tx.prepare_cached(sql)?.query_row([pk], |row| row.get(0))?;
    if held_by_another {
        return Ok(());
    }
    let sql = if keep(job.map(|b| RecordId(uuid::Uuid::from_bytes(b))))? {
        "UPDATE rec SET kept = 1 WHERE pk = ?1"
    } else {
        "DELETE FROM rec WHERE pk = ?1"
    };
    tx.prepare_cached(sql)?.execute([pk])?;
    Ok(())
}
