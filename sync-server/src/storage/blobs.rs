//! What is known of each blob; the bytes lie behind the port [`crate::ports::BlobStore`].

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::time::Timestamp;

use super::{Pk, StorageError};

/// A blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Its name.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// One bit a unit, the lowest of the first byte first; empty once stored.
    pub have: Vec<u8>,
    /// The head when it was stored; none before.
    pub pos: Option<u64>,
    /// The device that began it.
    pub uploader: DeviceId,
}

/// A record that names a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobRef {
    /// The record.
    pub rec: Pk,
    /// Who says so; none is the office.
    pub by: Option<UserId>,
}

/// Blobs and which records name them.
pub trait Blobs {
    /// A blob.
    fn blob(&self, sha256: Digest) -> Result<Option<StoredBlob>, StorageError>;

    /// Makes or overwrites a blob's row.
    fn put_blob(&mut self, blob: &StoredBlob) -> Result<(), StorageError>;

    /// Removes the row of a blob that was not what it said.
    fn remove_blob(&mut self, sha256: Digest) -> Result<(), StorageError>;

    /// Digests of all stored blobs, in their order.
    fn stored_blobs(&self) -> Result<Vec<Digest>, StorageError>;

    /// Notes that a record names a blob, and who says so: none is the office. Repeating is harmless, and the
    /// first who said it stays.
    fn add_blob_ref(&mut self, sha256: Digest, rec: Pk, by: Option<UserId>) -> Result<(), StorageError>;

    /// The records that name a blob, by row, with who says so.
    fn blob_refs(&self, sha256: Digest) -> Result<Vec<BlobRef>, StorageError>;

    /// Notes that a person had the bytes of a blob in hand; repeating is harmless.
    fn add_blob_holder(&mut self, sha256: Digest, user: UserId) -> Result<(), StorageError>;

    /// Whether a person had the bytes of a blob in hand.
    fn is_blob_holder(&self, sha256: Digest, user: UserId) -> Result<bool, StorageError>;

    /// Bytes of the blobs of a device, whole or not, that no record names.
    fn unnamed_bytes(&self, uploader: DeviceId) -> Result<u64, StorageError>;

    /// Notes when the last run of a blob came.
    fn set_blob_time(&mut self, sha256: Digest, at: Timestamp) -> Result<(), StorageError>;

    /// Blobs that are not whole and had no run since `at`.
    fn stale_blobs(&self, at: Timestamp) -> Result<Vec<Digest>, StorageError>;
}
