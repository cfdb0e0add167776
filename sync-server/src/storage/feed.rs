//! Audiences, who is in them, which records they hold, and the feed that tells each what changed.
//!
//! Contract: a feed row exists once an audience and record, and `move_feed` puts it at its new position, so
//! that reading behind a cursor in the order of positions misses nothing and repeats nothing.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::Audience;
use uuid::Uuid;

use super::{Pk, StorageError};

/// Day of a record that has none: it comes last.
pub const NO_DAY: i64 = i64::MIN;

/// Kind of an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AudienceKind {
    /// Everybody.
    Org,
    /// A part of the org.
    Region,
    /// One person.
    Person,
}

/// A person in an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The audience.
    pub audience: Audience,
    /// Position at which it ended.
    pub until: Option<u64>,
}

/// A record in an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// The record.
    pub rec: Pk,
    /// The audience.
    pub audience: Audience,
    /// The record that brings it in: its job, or itself.
    pub via: Pk,
    /// Position at which that ended.
    pub until: Option<u64>,
    /// Days since 1970, or [`NO_DAY`].
    pub day: i64,
}

/// What a feed row tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedState {
    /// The record is as the record table says.
    Put,
    /// The audience holds it no longer.
    Leave,
    /// It is struck out.
    Void,
}

/// A feed row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedRow {
    /// Where.
    pub pos: u64,
    /// The record.
    pub rec: Pk,
    /// What.
    pub state: FeedState,
}

/// A run of the first pull: days from `from` to `to`, behind the row `after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankRun {
    /// First day.
    pub from: i64,
    /// Last day.
    pub to: i64,
    /// Newest days first.
    pub backward: bool,
    /// The last row that was sent: its day and record.
    pub after: Option<(i64, Pk)>,
}

/// Audiences and feeds.
pub trait Feeds {
    /// The audience that belongs to `owner`: a person, a region or the org.
    fn audience_of(&self, owner: Uuid) -> Result<Option<Audience>, StorageError>;

    /// Makes an audience.
    fn insert_audience(&mut self, kind: AudienceKind, owner: Uuid) -> Result<Audience, StorageError>;

    /// The audiences of parts of the org and whose each is, by number.
    fn regions(&self) -> Result<Vec<(Audience, Uuid)>, StorageError>;

    /// The people in a part of the org tree and below it, by id.
    fn people_within(&self, unit: Uuid) -> Result<Vec<UserId>, StorageError>;

    /// The audiences a person is or was in, by number.
    fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StorageError>;

    /// Writes one membership.
    fn put_membership(&mut self, user: UserId, membership: Membership) -> Result<(), StorageError>;

    /// Every audience that holds or held a record, by audience and via.
    fn holdings(&self, rec: Pk) -> Result<Vec<Holding>, StorageError>;

    /// Writes one holding.
    fn put_holding(&mut self, holding: &Holding) -> Result<(), StorageError>;

    /// Puts the row of this audience and record at its new position.
    fn move_feed(&mut self, audience: Audience, row: FeedRow) -> Result<(), StorageError>;

    /// At most `limit` rows of an audience behind `after`, by position.
    fn feed_after(&self, audience: Audience, after: u64, limit: usize) -> Result<Vec<FeedRow>, StorageError>;

    /// The position up to which an audience's feed has forgotten what left; 0 for none.
    fn floor_of(&self, audience: Audience) -> Result<u64, StorageError>;

    /// Forgets the rows up to `pos` that tell of a record that left or is struck out, and raises each floor to the
    /// highest of its own. Answers how many rows went.
    fn forget_closures(&mut self, pos: u64) -> Result<usize, StorageError>;

    /// Notes the head as it stands at `at`.
    fn note_head(&mut self, at: Timestamp, head: u64) -> Result<(), StorageError>;

    /// The newest head that was noted at `at` or before.
    fn head_at(&self, at: Timestamp) -> Result<Option<u64>, StorageError>;

    /// Every record that an audience holds now and that is not struck out, with its version.
    fn listed(&self, audience: Audience) -> Result<Vec<(RecordId, u64)>, StorageError>;

    /// At most `limit` records an audience holds now, with their days, in the order of the run.
    fn ranked(&self, audience: Audience, run: RankRun, limit: usize) -> Result<Vec<(i64, Pk)>, StorageError>;
}
