//! What is known of each blob; the bytes lie behind the port [`crate::ports::BlobStore`].

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::time::Timestamp;

use super::{Pk, StorageError};

/// A blob that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Its name.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// Position of the op that says it is here.
    pub pos: u64,
    /// The device that sent it.
    pub uploader: DeviceId,
}

/// What one device has sent of a blob that is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobPart {
    /// Name of the whole.
    pub sha256: Digest,
    /// The device.
    pub by: DeviceId,
    /// Size of the whole in bytes, as the device says.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
    /// One bit a unit, the lowest of the first byte first.
    pub have: Vec<u8>,
    /// When its last run came.
    pub at: Timestamp,
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

    /// What a device has sent of a blob.
    fn blob_part(&self, sha256: Digest, by: DeviceId) -> Result<Option<BlobPart>, StorageError>;

    /// Makes or overwrites what a device has sent of a blob.
    fn put_blob_part(&mut self, part: &BlobPart) -> Result<(), StorageError>;

    /// Forgets what a device has sent of a blob; harmless when that is nothing.
    fn drop_blob_part(&mut self, sha256: Digest, by: DeviceId) -> Result<(), StorageError>;

    /// The devices that have sent parts of a blob, by id.
    fn blob_senders(&self, sha256: Digest) -> Result<Vec<DeviceId>, StorageError>;

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

    /// Parts that had no run since `at`, by blob and device.
    fn stale_parts(&self, at: Timestamp) -> Result<Vec<(Digest, DeviceId)>, StorageError>;
}
