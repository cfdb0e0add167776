//! What is known of blobs, over SQLite.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::time::Timestamp;
use rusqlite::{Row, params};
use uuid::Uuid;

use super::super::blobs::{BlobRef, Blobs, StoredBlob};
use super::super::{Pk, StorageError};
use super::{SqliteTx, bytes, maybe_unsigned, signed, unsigned};

const SELECT_BLOB: &str = "SELECT sha256, size, media_type, have, pos, uploader FROM blob WHERE sha256 = ?1";

fn blob(row: &Row<'_>) -> Result<StoredBlob, rusqlite::Error> {
    let have: Option<Vec<u8>> = row.get(3)?;
    Ok(StoredBlob {
        sha256: Digest(bytes(row, 0)?),
        size: unsigned(row, 1)?,
        media_type: row.get(2)?,
        have: have.unwrap_or_default(),
        pos: maybe_unsigned(row, 4)?,
        uploader: DeviceId(Uuid::from_bytes(bytes(row, 5)?)),
    })
}

impl Blobs for SqliteTx<'_> {
    fn blob(&self, sha256: Digest) -> Result<Option<StoredBlob>, StorageError> {
        self.first(SELECT_BLOB, [sha256.0], blob)
    }

    fn put_blob(&mut self, blob: &StoredBlob) -> Result<(), StorageError> {
        let have = (!blob.have.is_empty()).then_some(&blob.have);
        let row = params![
            blob.sha256.0,
            signed(blob.size),
            blob.media_type,
            have,
            blob.pos.map(signed),
            blob.uploader.as_bytes(),
        ];
        self.run(include_str!("../sql/put_blob.sql"), row).map(drop)
    }

    fn remove_blob(&mut self, sha256: Digest) -> Result<(), StorageError> {
        self.run("DELETE FROM blob WHERE sha256 = ?1", [sha256.0]).map(drop)
    }

    fn stored_blobs(&self) -> Result<Vec<Digest>, StorageError> {
        let sql = "SELECT sha256 FROM blob WHERE pos IS NOT NULL ORDER BY sha256";
        self.list(sql, (), |row| bytes(row, 0).map(Digest))
    }

    fn add_blob_ref(&mut self, sha256: Digest, rec: Pk, by: Option<UserId>) -> Result<(), StorageError> {
        let sql = "INSERT INTO blob_ref (sha256, rec, user) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
        self.run(sql, params![sha256.0, rec, by.as_ref().map(UserId::as_bytes)]).map(drop)
    }

    fn blob_refs(&self, sha256: Digest) -> Result<Vec<BlobRef>, StorageError> {
        let sql = "SELECT rec, user FROM blob_ref WHERE sha256 = ?1 ORDER BY rec";
        self.list(sql, [sha256.0], |row| {
            let by: Option<[u8; 16]> = row.get(1)?;
            Ok(BlobRef { rec: row.get(0)?, by: by.map(|id| UserId(Uuid::from_bytes(id))) })
        })
    }

    fn add_blob_holder(&mut self, sha256: Digest, user: UserId) -> Result<(), StorageError> {
        let sql = "INSERT INTO blob_holder (sha256, user) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.run(sql, params![sha256.0, user.as_bytes()]).map(drop)
    }

    fn is_blob_holder(&self, sha256: Digest, user: UserId) -> Result<bool, StorageError> {
        let sql = "SELECT 1 FROM blob_holder WHERE sha256 = ?1 AND user = ?2";
        Ok(self.first(sql, params![sha256.0, user.as_bytes()], |_| Ok(()))?.is_some())
    }

    fn unnamed_bytes(&self, uploader: DeviceId) -> Result<u64, StorageError> {
        let sql = "SELECT coalesce(sum(size), 0) FROM blob WHERE uploader = ?1
                   AND NOT EXISTS (SELECT 1 FROM blob_ref WHERE blob_ref.sha256 = blob.sha256)";
        Ok(self.first(sql, params![uploader.as_bytes()], |row| unsigned(row, 0))?.unwrap_or(0))
    }

    fn set_blob_time(&mut self, sha256: Digest, at: Timestamp) -> Result<(), StorageError> {
        self.run("UPDATE blob SET at = ?2 WHERE sha256 = ?1", params![sha256.0, at.0]).map(drop)
    }

    fn stale_blobs(&self, at: Timestamp) -> Result<Vec<Digest>, StorageError> {
        let sql = "SELECT sha256 FROM blob WHERE pos IS NULL AND at < ?1 ORDER BY sha256";
        self.list(sql, [at.0], |row| bytes(row, 0).map(Digest))
    }
}
