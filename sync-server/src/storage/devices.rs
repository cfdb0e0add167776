//! Devices and the one-time codes that let them in.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::Outstanding;

use super::StorageError;

/// What the office allows a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceState {
    /// Enrolled, and not yet compared by the office: reads nothing.
    Unconfirmed,
    /// In use.
    Active,
    /// May upload, into parked, and reads nothing.
    Revoked,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// Its Ed25519 public key.
    pub key: [u8; 32],
    /// Those that it had before, the oldest first.
    pub former: Vec<FormerKey>,
    /// What it may do.
    pub state: DeviceState,
    /// What its owner calls it.
    pub label: String,
    /// Version of its app at enrolment.
    pub app: String,
    /// Prefixes of old-part tags: the first to use, then spares.
    pub prefixes: Vec<String>,
    /// When it was enrolled, or given its present key.
    pub enrolled_at: Timestamp,
    /// When it last called.
    pub seen_at: Option<Timestamp>,
    /// What it then said it holds unsent.
    pub held: Option<Outstanding>,
    /// Its first pull had not ended then.
    pub partial: bool,
    /// When a push last showed another history of it than the one that is held.
    pub forked_at: Option<Timestamp>,
}

/// What a device said when it last called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// What it held unsent.
    pub held: Option<Outstanding>,
    /// Its first pull had not ended.
    pub partial: bool,
}

/// A key that a device had before it lost it: what it signed still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormerKey {
    /// The Ed25519 public key.
    pub key: [u8; 32],
    /// When it came into use.
    pub from: Timestamp,
    /// When another took its place.
    pub until: Timestamp,
}

impl Device {
    /// Every key that it ever had, the newest first.
    pub fn keys(&self) -> impl Iterator<Item = [u8; 32]> + '_ {
        std::iter::once(self.key).chain(self.former.iter().rev().map(|former| former.key))
    }
}

/// A one-time code, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCode {
    /// Its name.
    pub name: String,
    /// SHA-256 of the secret.
    pub key: Digest,
    /// Whom it is for.
    pub user: UserId,
    /// The device that it gives a new key; none lets a new device in.
    pub device: Option<DeviceId>,
    /// When it runs out.
    pub expires: Timestamp,
    /// Wrong secrets so far.
    pub tries: u32,
    /// Who used it, and the HMAC of that request.
    pub used: Option<(DeviceId, String)>,
}

/// Devices and codes.
pub trait Devices {
    /// A device.
    fn device(&self, id: DeviceId) -> Result<Option<Device>, StorageError>;

    /// Makes or overwrites a device.
    fn put_device(&mut self, device: &Device) -> Result<(), StorageError>;

    /// All devices, in the order of their enrolment.
    fn devices(&self) -> Result<Vec<Device>, StorageError>;

    /// Notes when a device called and what it said.
    fn note_seen(&mut self, id: DeviceId, seen: &Seen) -> Result<(), StorageError>;

    /// Notes that a push of a device showed another history than the one that is held.
    fn note_fork(&mut self, id: DeviceId, at: Timestamp) -> Result<(), StorageError>;

    /// A code.
    fn code(&self, name: &str) -> Result<Option<StoredCode>, StorageError>;

    /// Makes or overwrites a code.
    fn put_code(&mut self, code: &StoredCode) -> Result<(), StorageError>;

    /// Marks the code that was made together with this used one, for the same person, purpose and moment, as used by the
    /// same device, with the HMAC of no request.
    fn spend_twin(&mut self, used: &StoredCode) -> Result<(), StorageError>;

    /// Takes `n` numbers for tag prefixes and answers the first.
    fn take_prefixes(&mut self, n: u32) -> Result<u32, StorageError>;
}
