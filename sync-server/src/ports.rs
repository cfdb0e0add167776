//! What lies outside the hub: time, chance and the bytes of blobs.
//!
//! The hub knows none of them by itself, so that a simulator may put its own in their place. The files of
//! the real blob store are in [`crate::storage::blob_files`].

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::DeviceId;
use fieldcard_schema::time::Timestamp;

/// The wall clock.
pub trait Clock: Send {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// Randomness fit for keys.
pub trait Chance: Send {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// Why blob bytes could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum BlobStoreError {
    /// The disk is full: nothing was kept.
    #[error("the disk is full")]
    Full,
    /// There is no such blob.
    #[error("no such blob")]
    Missing,
    /// Reading or writing failed.
    #[error("blob store: {0}")]
    Broken(String),
}

/// A blob on its way in: what one device sends of it, which nobody else's runs touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The name of the whole.
    pub sha256: Digest,
    /// Who sends it.
    pub by: DeviceId,
}

/// Bytes of blobs, named by their digest. A blob is partial until [`BlobStore::finish`] found it whole.
pub trait BlobStore: Send {
    /// Writes `bytes` at `offset` of the part; begins it when there is none. A power cut may lose them.
    fn write(&mut self, part: Part, offset: u64, bytes: &[u8]) -> Result<(), BlobStoreError>;

    /// Makes a part of `size` bytes whole and durable if its digest fits, and drops it if not. `true`: the blob
    /// is stored, and stays through a power cut. Repeating is harmless. Missing: the part was lost.
    fn finish(&mut self, part: Part, size: u64) -> Result<bool, BlobStoreError>;

    /// Drops a part; harmless when there is none.
    fn discard(&mut self, part: Part) -> Result<(), BlobStoreError>;

    /// At most `len` bytes from `from` of a stored blob.
    fn read(&self, sha256: Digest, from: u64, len: u64) -> Result<Vec<u8>, BlobStoreError>;
}

/// All ports of a hub.
pub struct Ports {
    /// Time.
    pub clock: Box<dyn Clock>,
    /// Chance.
    pub chance: Box<dyn Chance>,
    /// Bytes of blobs.
    pub blobs: Box<dyn BlobStore>,
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "this is the port; no key without chance"
    )]
    fn fill(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives randomness");
    }
}
