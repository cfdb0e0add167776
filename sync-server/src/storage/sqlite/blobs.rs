//! What is known of blobs, over SQLite.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::time::Timestamp;
use rusqlite::{Row, params};
use uuid::Uuid;

use super::super::blobs::{BlobPart, BlobRef, Blobs, StoredBlob};
use super::super::{Pk, StorageError};
use super::{SqliteTx, bytes, signed, unsigned};

const SELECT_BLOB: &str = "SELECT sha256, size, media_type, pos, uploader FROM blob WHERE sha256 = ?1";

const SELECT_PART: &str = "SELECT sha256, device, size, media_type, have, at FROM blob_part
WHERE sha256 = ?1 AND device = ?2";

fn device(row: &Row<'_>, at: usize) -> Result<DeviceId, rusqlite::Error> {
    bytes(row, at).map(|id| DeviceId(Uuid::from_bytes(id)))
}

fn blob(row: &Row<'_>) -> Result<StoredBlob, rusqlite::Error> {
    Ok(StoredBlob {
        sha256: Digest(bytes(row, 0)?),
        size: unsigned(row, 1)?,
        media_type: row.get(2)?,
        pos: unsigned(row, 3)?,
        uploader: device(row, 4)?,
    })
}

fn part(row: &Row<'_>) -> Result<BlobPart, rusqlite::Error> {
    Ok(BlobPart {
        sha256: Digest(bytes(row, 0)?),
        by: device(row, 1)?,
        size: unsigned(row, 2)?,
        media_type: row.get(3)?,
        have: row.get(4)?,
        at: Timestamp(row.get(5)?),
    })
}

impl Blobs for SqliteTx<'_> {
    fn blob(&self, sha256: Digest) -> Result<Option<StoredBlob>, StorageError> {
        self.first(SELECT_BLOB, [sha256.0], blob)
    }

    fn put_blob(&mut self, blob: &StoredBlob) -> Result<(), StorageError> {
        let (size, pos) = (signed(blob.size), signed(blob.pos));
        let row = params![blob.sha256.0, size, blob.media_type, pos, blob.uploader.as_bytes()];
        self.run(include_str!("../sql/put_blob.sql"), row).map(drop)
    }

    fn blob_part(&self, sha256: Digest, by: DeviceId) -> Result<Option<BlobPart>, StorageError> {
        self.first(SELECT_PART, params![sha256.0, by.as_bytes()], part)
    }

    fn put_blob_part(&mut self, part: &BlobPart) -> Result<(), StorageError> {
        let row = params![
            part.sha256.0,
            part.by.as_bytes(),
            signed(part.size),
            part.media_type,
            part.have,
            part.at.0
        ];
        self.run(include_str!("../sql/put_blob_part.sql"), row).map(drop)
    }

    fn drop_blob_part(&mut self, sha256: Digest, by: DeviceId) -> Result<(), StorageError> {
        let sql = "DELETE FROM blob_part WHERE sha256 = ?1 AND device = ?2";
        self.run(sql, params![sha256.0, by.as_bytes()]).map(drop)
    }

    fn blob_senders(&self, sha256: Digest) -> Result<Vec<DeviceId>, StorageError> {
        let sql = "SELECT device FROM blob_part WHERE sha256 = ?1 ORDER BY device";
        self.list(sql, [sha256.0], |row| device(row, 0))
    }

    fn stored_blobs(&self) -> Result<Vec<Digest>, StorageError> {
        self.list("SELECT sha256 FROM blob ORDER BY sha256", (), |row| bytes(row, 0).map(Digest))
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
        let sql = include_str!("../sql/select_unnamed_bytes.sql");
        Ok(self.first(sql, params![uploader.as_bytes()], |row| unsigned(row, 0))?.unwrap_or(0))
    }

    fn stale_parts(&self, at: Timestamp) -> Result<Vec<(Digest, DeviceId)>, StorageError> {
        let sql = "SELECT sha256, device FROM blob_part WHERE at < ?1 ORDER BY sha256, device";
        self.list(sql, [at.0], |row| Ok((Digest(bytes(row, 0)?), device(row, 1)?)))
    }
}
