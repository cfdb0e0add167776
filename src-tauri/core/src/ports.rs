//! All that is outside: time, chance, the place for secrets. The core knows the world only through these.
//!
//! Network calls are not a port: the engine asks for them as effects and hears of them as events.

use fieldcard_schema::id::{DeviceId, GroupId, Incarnation, OpId, RecordId};
use fieldcard_schema::time::ClockReading;
use uuid::{Builder, Uuid};

/// The device's clocks.
pub trait Clock: Send {
    /// All clocks at once.
    fn read(&self) -> ClockReading;
    /// Zone of the wall clock: an IANA name or an offset such as `+08:00`.
    fn zone(&self) -> String;
    /// Minutes that the zone is east of UTC now.
    fn offset_minutes(&self) -> i32;
}

/// Unpredictable bytes.
pub trait Chance: Send {
    /// Fills `bytes`.
    fn fill(&mut self, bytes: &mut [u8]);
}

/// A place for secrets beside the store, which a copy of the store does not bring along.
pub trait Keystore: Send {
    /// A value; `None` when there is none.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, KeystoreError>;
    /// Sets a value, durably.
    fn put(&mut self, name: &str, value: &[u8]) -> Result<(), KeystoreError>;
    /// Forgets a value, durably; nothing happens when there is none.
    fn remove(&mut self, name: &str) -> Result<(), KeystoreError>;
    /// Whether the system guards it. What is only a file says no, and the screens say so.
    fn is_guarded(&self) -> bool {
        true
    }
}

/// The keystore did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("keystore: {0}")]
pub struct KeystoreError(pub String);

/// What pictures become here: small, upright and without a trace of where they were taken.
pub trait Images: Send {
    /// Decodes an original within limits, turns it as its EXIF says, strips it and shrinks it.
    fn shrink(&self, original: &[u8]) -> Result<Shrunk, ImageError>;
}

/// A photo as it is kept and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shrunk {
    /// JPEG, at most [`PHOTO_SIDE`] pixels a side.
    pub jpeg: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// A small JPEG of it for lists, at most [`THUMB_SIDE`] pixels a side.
    pub thumb: Vec<u8>,
}

/// Longest side of a photo that is kept, in pixels.
pub const PHOTO_SIDE: u32 = 2048;
/// Longest side of its small picture, in pixels.
pub const THUMB_SIDE: u32 = 320;
/// Most pixels of an original.
pub const ORIGINAL_PIXELS: u64 = 40_000_000;

/// Why an original was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Not a picture of a kind that is read here, or a damaged one.
    #[error("not a picture")]
    Unreadable,
    /// More than [`ORIGINAL_PIXELS`]; so many.
    #[error("{0} pixels")]
    TooManyPixels(u64),
}

/// The ports of one core.
pub struct Ports {
    /// Time.
    pub clock: Box<dyn Clock>,
    /// Chance.
    pub chance: Box<dyn Chance>,
    /// Secrets.
    pub keystore: Box<dyn Keystore>,
    /// Pictures.
    pub images: Box<dyn Images>,
}

impl Ports {
    /// A UUIDv7 of now.
    fn uuid(&mut self) -> Uuid {
        let mut random = [0; 10];
        self.chance.fill(&mut random);
        let millis = u64::try_from(self.clock.read().0).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// A new record's id.
    pub fn record_id(&mut self) -> RecordId {
        RecordId(self.uuid())
    }

    /// A new op's id.
    pub fn op_id(&mut self) -> OpId {
        OpId(self.uuid())
    }

    /// A new group's id.
    pub fn group_id(&mut self) -> GroupId {
        GroupId(self.uuid())
    }

    /// A new device's id.
    pub fn device_id(&mut self) -> DeviceId {
        DeviceId(self.uuid())
    }

    /// A new incarnation.
    pub fn incarnation(&mut self) -> Incarnation {
        let mut random = [0; 8];
        self.chance.fill(&mut random);
        Incarnation(random)
    }
}
