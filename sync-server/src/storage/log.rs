//! The op log and the chains of devices: appended to, never changed.
//!
//! Contract: positions rise without reuse inside the write transaction that takes them; the op at a
//! position is found again byte for byte.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, OpId, RecordId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::OpOutcome;

use super::{Pk, StorageError};

/// The org's own row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrgHead {
    /// The last position given out.
    pub head: u64,
    /// Eight characters; another after each restore.
    pub epoch: String,
    /// Everything up to here is in a good backup.
    pub backup_pos: Option<u64>,
    /// When a good backup was last told of, or since when there is none.
    pub backup_at: Option<Timestamp>,
    /// What this store lost; none while it never was put back.
    pub loss: Option<Loss>,
}

/// That a store went back to an earlier state: by a restore, or with its machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Positions above were given out once and may stand for something else now, or for nothing.
    pub above: u64,
    /// When it was noticed, the last time.
    pub at: Timestamp,
}

/// An op as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOp {
    /// Its identity; none for what is no op of its sender, or whose id stands already.
    pub op_id: Option<OpId>,
    /// SHA-256 of the body.
    pub hash: Digest,
    /// The bytes.
    pub body: Vec<u8>,
    /// The running hash up to and with this op.
    pub running: Digest,
    /// Who sent it and where it stands in a chain; none for the office.
    pub sender: Option<Sender>,
    /// The job it is about.
    pub job: Option<Pk>,
    /// How it ended, and its position.
    pub outcome: OpOutcome,
    /// When it came, by the server's clock, in ms.
    pub at: i64,
}

/// A place in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The device.
    pub device: DeviceId,
    /// The chain.
    pub place: Place,
}

/// A place in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the chain, that is of one incarnation of one device.
    pub chain: Pk,
    /// From 1.
    pub seq: u64,
}

/// One incarnation of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Its number.
    pub chain: Pk,
    /// The last seq held.
    pub last_seq: u64,
    /// The link there.
    pub last_link: Digest,
    /// The link that its first op stands on.
    pub first_prev: Digest,
    /// Where that link stands; none when it names none.
    pub prev: Option<Place>,
}

/// Whether a chain goes on from before the end of another: a store was copied, or put back from a backup.
pub fn is_forked(chains: &[Chain]) -> bool {
    let ends_behind = |at: Place| chains.iter().any(|one| one.chain == at.chain && at.seq < one.last_seq);
    chains.iter().filter_map(|one| one.prev).any(ends_behind)
}

/// One op of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Where.
    pub place: Place,
    /// The link.
    pub link: Digest,
    /// Position of the op.
    pub op: u64,
    /// The op was held already, from another incarnation.
    pub again: bool,
}

/// A parked op that the server takes again by itself: once a record is there, or once it can read the op.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Its position.
    pub pos: u64,
    /// The device that sent it.
    pub device: DeviceId,
    /// The record that it hangs on; none when it was too new to be read.
    pub wants: Option<RecordId>,
    /// The record that it will make: nobody else has to bring that one.
    pub makes: Option<RecordId>,
}

/// Positions, ops and chains.
pub trait Log {
    /// The org's row; none in a new store.
    fn org_head(&self) -> Result<Option<OrgHead>, StorageError>;

    /// Writes the org's row.
    fn set_org_head(&mut self, head: &OrgHead) -> Result<(), StorageError>;

    /// Takes `n` positions and answers the first of them.
    fn take_positions(&mut self, n: u64) -> Result<u64, StorageError>;

    /// Appends an op.
    fn append_op(&mut self, op: &StoredOp) -> Result<(), StorageError>;

    /// The op at `pos`.
    fn op_at(&self, pos: u64) -> Result<Option<StoredOp>, StorageError>;

    /// Position and running hash of the newest op; 0 and zeros before the first.
    fn last_running(&self) -> Result<(u64, Digest), StorageError>;

    /// The running hash at `pos`; none when no op stands there.
    fn running_at(&self, pos: u64) -> Result<Option<Digest>, StorageError>;

    /// Digest of the body and outcome of the op with this id.
    fn op_by_id(&self, id: OpId) -> Result<Option<(Digest, OpOutcome)>, StorageError>;

    /// Whether any op has no id.
    fn has_nameless_ops(&self) -> Result<bool, StorageError>;

    /// Outcome of a nameless op of this device with this digest.
    fn nameless_op(&self, device: DeviceId, hash: Digest) -> Result<Option<OpOutcome>, StorageError>;

    /// The ops about a job, in the order of their positions.
    fn ops_of_job(&self, job: Pk) -> Result<Vec<StoredOp>, StorageError>;

    /// Number of ops.
    fn op_count(&self) -> Result<u64, StorageError>;

    /// SHA-256 of every body, sorted.
    fn op_digests(&self) -> Result<Vec<Digest>, StorageError>;

    /// One incarnation of a device.
    fn chain(&self, device: DeviceId, incarnation: Incarnation) -> Result<Option<Chain>, StorageError>;

    /// The chain with this number.
    fn chain_at(&self, chain: Pk) -> Result<Option<Chain>, StorageError>;

    /// The incarnations of a device, in the order in which they came.
    fn chains(&self, device: DeviceId) -> Result<Vec<Chain>, StorageError>;

    /// Begins a chain that holds nothing yet, and answers its number.
    fn begin_chain(
        &mut self,
        device: DeviceId,
        incarnation: Incarnation,
        first_prev: Digest,
        prev: Option<Place>,
    ) -> Result<Pk, StorageError>;

    /// Moves the head of a chain; `sig` is over `link`.
    fn set_chain_head(&mut self, head: Place, link: Digest, sig: &[u8; 64]) -> Result<(), StorageError>;

    /// Appends to a chain.
    fn append_link(&mut self, link: &Link) -> Result<(), StorageError>;

    /// The links of `chain` from `from` to `to`, both in, by seq, with the outcomes of their ops.
    fn links(&self, chain: Pk, from: u64, to: u64) -> Result<Vec<(Link, OpOutcome)>, StorageError>;

    /// Where a device's link stands. Slow: it looks through all its chains.
    fn find_link(&self, device: DeviceId, link: Digest) -> Result<Option<Place>, StorageError>;

    /// Every place in a chain at which the op at `pos` stands; none for an op of the office.
    fn places_of(&self, pos: u64) -> Result<Vec<Place>, StorageError>;

    /// Notes a parked op that waits.
    fn put_waiting(&mut self, waiting: &Waiting) -> Result<(), StorageError>;

    /// The op waits no longer.
    fn drop_waiting(&mut self, pos: u64) -> Result<(), StorageError>;

    /// The parked ops that wait for a record, or, with none, for a program that reads them; by position.
    fn waiting_for(&self, rec: Option<RecordId>) -> Result<Vec<Waiting>, StorageError>;

    /// Records that ops of a device wait for and that none of the waiting ops makes, by id.
    fn needed(&self, device: DeviceId, limit: usize) -> Result<Vec<RecordId>, StorageError>;
}
