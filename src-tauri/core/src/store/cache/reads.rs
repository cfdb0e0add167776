//! What can be asked of the cache: records as their owner sees them and as the server told them, and the job list.
//!
//! Writes nothing: pages and views are written in [`super`].

use std::collections::BTreeSet;
use std::ops::Range;

use fieldcard_schema::id::{OpId, RecordId};
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::wire::sync::Audience;
use rusqlite::{OptionalExtension, params};

use super::super::{Seen, StoreError, db, job_list};
use super::Cache;
use super::rows::{self, read_all, seen_of_job, shadow_of};

impl Cache {
    /// A record as its owner sees it.
    pub fn seen(&self, rec: RecordId) -> Result<Option<Seen>, StoreError> {
        rows::seen(&self.db, rec)
    }

    /// Whether every record can be read.
    pub(super) fn reads_all(&self) -> Result<bool, StoreError> {
        let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec";
        let mut select = self.db.prepare_cached(sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            if rows::read_seen(row).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
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

    /// The exceptions that this device knows, settled ones too.
    pub fn exceptions(&self) -> Result<Vec<Seen>, StoreError> {
        let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec
                   WHERE kind = 'exception' ORDER BY pk";
        read_all(&self.db, sql, [])
    }

    /// The ops about which the office has decided.
    pub(crate) fn decided_ops(&self) -> Result<BTreeSet<OpId>, StoreError> {
        let sql = "SELECT json_extract(coalesce(view, shadow), '$.f.op_id') FROM rec
                   WHERE kind = 'exception' AND json_extract(coalesce(view, shadow), '$.f.state') = 'resolved'";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([], |row| row.get::<_, Option<String>>(0))?;
        let ids = rows.collect::<Result<Vec<_>, _>>()?;
        Ok(ids.into_iter().flatten().filter_map(|id| id.parse().ok().map(OpId)).collect())
    }

    /// The job that a record hangs on.
    pub(crate) fn job_of(&self, rec: RecordId) -> Result<Option<RecordId>, StoreError> {
        let sql = "SELECT job FROM rec WHERE id = ?1";
        let job = self.db.prepare_cached(sql)?.query_row([rec.as_bytes()], |row| row.get(0)).optional()?;
        Ok(job.flatten().map(|bytes| RecordId(uuid::Uuid::from_bytes(bytes))))
    }

    /// Whether anything is here that has left this person's scope.
    pub(crate) fn has_kept(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM rec WHERE kept = 1)";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// What the office derived of a machine's past.
    pub fn histories_of(&self, machine: RecordId) -> Result<Vec<Seen>, StoreError> {
        let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec
                   WHERE kind = 'machine_history'
                     AND json_extract(coalesce(view, shadow), '$.f.machine') = ?1 ORDER BY pk";
        read_all(&self.db, sql, params![machine.to_string()])
    }

    /// The readings of a machine, on whatever job they were made.
    pub fn readings_of(&self, machine: RecordId) -> Result<Vec<Seen>, StoreError> {
        let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec
                   WHERE kind = 'reading' AND job IN
                     (SELECT rec.id FROM job_list JOIN rec ON rec.pk = job_list.rec WHERE machine = ?1)
                   ORDER BY pk";
        read_all(&self.db, sql, params![machine.as_bytes()])
    }

    /// Version of this file.
    pub fn version(&self) -> Result<u32, StoreError> {
        db::steps_of(&self.db)
    }

    /// Bytes of this file.
    pub fn size(&self) -> Result<u64, StoreError> {
        let sql = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Rows of the job list that are not done and planned before `before`, or not planned.
    pub fn jobs_planned(&self, before: i64, most: u32) -> Result<Vec<job_list::JobLine>, StoreError> {
        job_list::planned(&self.db, before, most)
    }

    /// Rows of the job list that were done in a span of time, the last first.
    pub fn jobs_done(&self, span: Range<i64>, most: u32) -> Result<Vec<job_list::JobLine>, StoreError> {
        job_list::done(&self.db, span, most)
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

    /// The values of one text field of a kind's newest records, the newest first, each once.
    pub fn newest_values(&self, kind: &str, field: &str, most: u32) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT json_extract(coalesce(view, shadow), '$.f.' || ?2) FROM rec
                   WHERE kind = ?1 ORDER BY pk DESC LIMIT ?3";
        let mut select = self.db.prepare_cached(sql)?;
        let mut rows = select.query(params![kind, field, most])?;
        let mut values: Vec<String> = Vec::new();
        while let Some(row) = rows.next()? {
            let value: Option<String> = row.get(0)?;
            values.extend(value.filter(|value| !values.contains(value)));
        }
        Ok(values)
    }

    /// Ids of the records that show something else than the server said.
    pub fn viewed(&self) -> Result<Vec<RecordId>, StoreError> {
        rows::ids(&self.db, "SELECT id FROM rec WHERE view IS NOT NULL ORDER BY pk")
    }

    /// Ids of all records, struck-out ones left out.
    pub fn ids(&self) -> Result<Vec<RecordId>, StoreError> {
        rows::ids(&self.db, "SELECT id FROM rec WHERE coalesce(view, shadow) ->> '$.v' IS NULL ORDER BY pk")
    }

    /// What an audience holds here as the server told it, struck-out records left out: ids and versions.
    pub fn listed(&self, audience: Audience) -> Result<Vec<(RecordId, u64)>, StoreError> {
        let sql = "SELECT rec.id, rec.ver FROM rec_audience JOIN rec ON rec.pk = rec_audience.rec
                   WHERE audience = ?1 AND shadow IS NOT NULL AND shadow ->> '$.v' IS NULL";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([audience], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get(1)?)))?;
        rows.map(|row| {
            row.map(|(id, ver)| (RecordId(uuid::Uuid::from_bytes(id)), ver)).map_err(StoreError::from)
        })
        .collect()
    }

    /// Number of records, struck-out ones left out.
    pub fn count(&self) -> Result<u64, StoreError> {
        Ok(self
            .db
            .prepare_cached("SELECT count(*) FROM rec WHERE coalesce(view, shadow) ->> '$.v' IS NULL")?
            .query_row([], |row| row.get(0))?)
    }
}
