//! What one cache hands to the next: jobs that the new one does not hold and that must stay for now.
//!
//! They go over as the server last told them, marked as kept. What is pending on them is laid over anew.

use fieldcard_schema::id::RecordId;
use rusqlite::params;

use super::super::StoreError;
use super::super::job_list::Concerned;
use super::{Cache, rows};

/// A record as the server told it, without its audiences.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    rec: RecordId,
    kind: String,
    job: Option<[u8; 16]>,
    ver: u64,
    shadow: String,
}

impl Cache {
    /// The jobs that the server told of.
    pub(crate) fn told_jobs(&self) -> Result<Vec<RecordId>, StoreError> {
        rows::ids(&self.db, "SELECT id FROM rec WHERE kind = 'job' AND shadow IS NOT NULL ORDER BY pk")
    }

    /// A job with all that hangs on it, and the machine and customer that it cannot be read without.
    pub(crate) fn told_with(&self, job: RecordId) -> Result<Vec<Told>, StoreError> {
        let sql = "SELECT id, kind, job, ver, shadow FROM rec WHERE shadow IS NOT NULL AND
                     (id = ?1 OR job = ?1
                      OR id IN (SELECT machine FROM job_list JOIN rec ON rec.pk = job_list.rec WHERE id = ?1)
                      OR id IN (SELECT customer FROM job_list JOIN rec ON rec.pk = job_list.rec WHERE id = ?1))
                   ORDER BY pk";
        let mut select = self.db.prepare_cached(sql)?;
        let told = select.query_map([job.as_bytes()], |row| {
            let rec = RecordId(uuid::Uuid::from_bytes(row.get(0)?));
            Ok(Told { rec, kind: row.get(1)?, job: row.get(2)?, ver: row.get(3)?, shadow: row.get(4)? })
        })?;
        Ok(told.collect::<Result<_, _>>()?)
    }

    /// Takes over what an older cache was told, as far as the server has not told it here.
    pub(crate) fn keep(&mut self, told: &[Told]) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        let mut jobs = Concerned::default();
        for one in told {
            let sql = "INSERT INTO rec(id, kind, job, ver, shadow, kept) VALUES (?1, ?2, ?3, ?4, ?5, 1)
                       ON CONFLICT (id) DO UPDATE SET ver = excluded.ver, shadow = excluded.shadow, kept = 1
                       WHERE rec.shadow IS NULL";
            let row = params![one.rec.as_bytes(), one.kind, one.job, one.ver, one.shadow];
            tx.prepare_cached(sql)?.execute(row)?;
            jobs.by_record(&tx, one.rec)?;
        }
        jobs.refresh(&tx)?;
        Ok(tx.commit()?)
    }
}
