//! Blobs in the outbox: photo and card bytes, kept until the server stores every byte, and after.

use std::collections::BTreeMap;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::super::StoreError;
use super::ident::Ident;
use super::{NewBlob, Outbox, StoredBlob, collect};

/// In `ident`: the highest position of a stored blob, and the server's epoch then.
const STORED_TO: &str = "stored_to";

impl Outbox {
    /// Blobs that the server does not store yet, in the order they are sent.
    pub fn waiting_blobs(&self) -> Result<Vec<StoredBlob>, StoreError> {
        let sql = "SELECT sha256, size, media_type, rank, state, at, job FROM blob LEFT JOIN blob_job USING (sha256)
                   WHERE state < 2 ORDER BY rank, pk, job";
        Ok(gathered(collect(&mut *self.db.prepare_cached(sql)?, stored_blob)?))
    }

    /// How many blobs there are, by state.
    pub fn blobs_counted(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = "SELECT CASE state WHEN 0 THEN 'waiting' WHEN 1 THEN 'begun' ELSE 'stored' END, count(*)
                   FROM blob GROUP BY 1 ORDER BY 1";
        Ok(collect(&mut *self.db.prepare_cached(sql)?, |row| Ok((row.get(0)?, row.get(1)?)))?
            .into_iter()
            .collect())
    }

    /// Every blob here.
    pub fn all_blobs(&self) -> Result<Vec<StoredBlob>, StoreError> {
        let sql = "SELECT sha256, size, media_type, rank, state, at, job FROM blob LEFT JOIN blob_job USING (sha256)
                   ORDER BY pk, job";
        Ok(gathered(collect(&mut *self.db.prepare_cached(sql)?, stored_blob)?))
    }

    /// Bytes of a blob: `len` from `from`, or to its end; none once the office alone has them.
    pub fn blob_bytes(&self, sha256: Digest, from: u64, len: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT substr(bytes, ?2 + 1, ?3) FROM blob WHERE sha256 = ?1 AND state < 3";
        Ok(self
            .db
            .prepare_cached(sql)?
            .query_row(params![sha256.0, from, len], |row| row.get(0))
            .optional()?)
    }

    /// The small picture of a photo.
    pub fn thumb(&self, sha256: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT bytes FROM thumb WHERE sha256 = ?1";
        Ok(self.db.prepare_cached(sql)?.query_row([sha256.0], |row| row.get(0)).optional()?)
    }

    /// Bytes of all blobs here, and of this file as a whole.
    pub fn sizes(&self) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT (SELECT coalesce(sum(size), 0) FROM blob WHERE state < 3), page_count * page_size
                   FROM pragma_page_count(), pragma_page_size()";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
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
        let stored = pos.zip(epoch).map(|(pos, epoch)| (pos.max(self.ident.stored_to(epoch)), epoch));
        let stored = stored.map(|(pos, epoch)| (STORED_TO, format!("{pos} {epoch}")));
        self.ident.commit(tx, stored.as_slice())
    }
}

impl Ident {
    /// The highest position at which a blob of here was stored in this life of the office's store; 0 for none.
    pub(super) fn stored_to(&self, epoch: &str) -> u64 {
        let said = self.get(STORED_TO).and_then(|said| said.split_once(' '));
        said.filter(|(_, of)| *of == epoch).and_then(|(pos, _)| pos.parse().ok()).unwrap_or(0)
    }
}

/// After the server was restored every blob is asked for again.
pub(super) fn ask_again(tx: &Transaction<'_>) -> Result<(), StoreError> {
    tx.execute("UPDATE blob SET state = 1, pos = NULL, epoch = NULL WHERE state = 2", [])?;
    Ok(())
}

pub(super) fn insert(tx: &Transaction<'_>, blob: &NewBlob) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO blob(sha256, size, media_type, rank, bytes, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (sha256) DO NOTHING",
    )?
    .execute(params![
        blob.sha256.0,
        blob.bytes.len(),
        blob.media_type,
        blob.rank,
        blob.bytes,
        blob.at
    ])?;
    if let Some(job) = blob.job {
        tx.prepare_cached("INSERT INTO blob_job(sha256, job) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![blob.sha256.0, job.as_bytes()])?;
    }
    Ok(())
}

pub(super) fn insert_thumb(tx: &Transaction<'_>, sha256: Digest, bytes: &[u8]) -> Result<(), StoreError> {
    tx.prepare_cached("INSERT INTO thumb(sha256, bytes) VALUES (?1, ?2) ON CONFLICT (sha256) DO NOTHING")?
        .execute(params![sha256.0, bytes])?;
    Ok(())
}

/// One row for each job of a blob; rows of one blob stand together.
fn stored_blob(row: &Row<'_>) -> Result<StoredBlob, StoreError> {
    let (state, job): (i64, Option<[u8; 16]>) = (row.get(4)?, row.get(6)?);
    Ok(StoredBlob {
        sha256: Digest(row.get(0)?),
        size: row.get(1)?,
        media_type: row.get(2)?,
        rank: row.get(3)?,
        begun: state > 0,
        stored: state >= 2,
        at: row.get(5)?,
        jobs: job.map(|bytes| RecordId(uuid::Uuid::from_bytes(bytes))).into_iter().collect(),
    })
}

fn gathered(rows: Vec<StoredBlob>) -> Vec<StoredBlob> {
    let mut blobs: Vec<StoredBlob> = Vec::new();
    for row in rows {
        match blobs.last_mut() {
            Some(last) if last.sha256 == row.sha256 => last.jobs.extend(row.jobs),
            _ => blobs.push(row),
        }
    }
    blobs
}
