//! What is known of each blob; the bytes lie behind the port [`crate::ports::BlobStore`].

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::DeviceId;

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

    /// Notes that a record names a blob; repeating is harmless.
    fn add_blob_ref(&mut self, sha256: Digest, rec: Pk) -> Result<(), StorageError>;

    /// The records that name a blob, by row.
    fn blob_refs(&self, sha256: Digest) -> Result<Vec<Pk>, StorageError>;
}
