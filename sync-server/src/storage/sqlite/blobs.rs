//! What is known of blobs, over SQLite.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::DeviceId;
use rusqlite::{Row, params};
use uuid::Uuid;

use super::super::blobs::{Blobs, StoredBlob};
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

    fn add_blob_ref(&mut self, sha256: Digest, rec: Pk) -> Result<(), StorageError> {
        let sql = "INSERT INTO blob_ref (sha256, rec) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        self.run(sql, params![sha256.0, rec]).map(drop)
    }

    fn blob_refs(&self, sha256: Digest) -> Result<Vec<Pk>, StorageError> {
        self.list("SELECT rec FROM blob_ref WHERE sha256 = ?1 ORDER BY rec", [sha256.0], |row| row.get(0))
    }
}
