//! A store that is broken on purpose, between the hub and the real one: everything goes through but one thing.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, OpId, RecordId, UserId};
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::{Audience, OpOutcome};
use fieldcard_server::storage::blobs::{BlobPart, BlobRef, Blobs, StoredBlob};
use fieldcard_server::storage::devices::{Device, Devices, Seen, StoredCode};
use fieldcard_server::storage::feed::{AudienceKind, FeedRow, Feeds, Holding, Membership, RankRun};
use fieldcard_server::storage::lists::{JobFilter, JobOrder, JobPlace, JobRow, Lists};
use fieldcard_server::storage::log::{Chain, Link, Log, OrgHead, Place, StoredOp, Waiting};
use fieldcard_server::storage::records::{Records, StoredException, StoredRecord, ToldRecord};
use fieldcard_server::storage::sqlite::SqliteStorage;
use fieldcard_server::storage::{Pk, Storage, StorageError, Tx};
use uuid::Uuid;

use super::control::{Control, expected};

/// The store.
pub(super) struct Broken {
    pub(super) store: SqliteStorage,
    pub(super) control: Control,
}

/// One of its transactions.
struct BrokenTx<'a> {
    tx: Box<dyn Tx + 'a>,
    control: Control,
}

impl Storage for Broken {
    fn begin(&mut self) -> Result<Box<dyn Tx + '_>, StorageError> {
        Ok(Box::new(BrokenTx { tx: self.store.begin()?, control: self.control }))
    }

    fn read(&mut self) -> Result<Box<dyn Tx + '_>, StorageError> {
        Ok(Box::new(BrokenTx { tx: self.store.read()?, control: self.control }))
    }
}

impl Tx for BrokenTx<'_> {
    fn commit(self: Box<Self>) -> Result<(), StorageError> {
        self.tx.commit()
    }

    fn savepoint(&mut self) -> Result<(), StorageError> {
        self.tx.savepoint()
    }

    fn keep(&mut self) -> Result<(), StorageError> {
        self.tx.keep()
    }

    fn undo(&mut self) -> Result<(), StorageError> {
        self.tx.undo()
    }
}

macro_rules! through {
    (fn $name:ident(&self $(, $arg:ident: $ty:ty)*) -> $ret:ty) => {
        fn $name(&self $(, $arg: $ty)*) -> $ret { self.tx.$name($($arg),*) }
    };
    (fn $name:ident(&mut self $(, $arg:ident: $ty:ty)*) -> $ret:ty) => {
        fn $name(&mut self $(, $arg: $ty)*) -> $ret { self.tx.$name($($arg),*) }
    };
}

impl Log for BrokenTx<'_> {
    through!(fn org_head(&self) -> Result<Option<OrgHead>, StorageError>);
    through!(fn set_org_head(&mut self, head: &OrgHead) -> Result<(), StorageError>);
    through!(fn take_positions(&mut self, n: u64) -> Result<u64, StorageError>);
    through!(fn append_op(&mut self, op: &StoredOp) -> Result<(), StorageError>);
    through!(fn op_at(&self, pos: u64) -> Result<Option<StoredOp>, StorageError>);
    through!(fn last_running(&self) -> Result<(u64, Digest), StorageError>);
    through!(fn running_at(&self, pos: u64) -> Result<Option<Digest>, StorageError>);
    through!(fn has_nameless_ops(&self) -> Result<bool, StorageError>);
    through!(fn ops_of_job(&self, job: Pk) -> Result<Vec<StoredOp>, StorageError>);
    through!(fn op_count(&self) -> Result<u64, StorageError>);
    through!(fn op_digests(&self) -> Result<Vec<Digest>, StorageError>);
    through!(fn chain_at(&self, chain: Pk) -> Result<Option<Chain>, StorageError>);
    through!(fn chains(&self, device: DeviceId) -> Result<Vec<Chain>, StorageError>);
    through!(fn begin_chain(&mut self, device: DeviceId, incarnation: Incarnation, first_prev: Digest, prev: Option<Place>) -> Result<Pk, StorageError>);
    through!(fn set_chain_head(&mut self, head: Place, link: Digest, sig: &[u8; 64]) -> Result<(), StorageError>);
    through!(fn find_link(&self, device: DeviceId, link: Digest) -> Result<Option<Place>, StorageError>);
    through!(fn places_of(&self, pos: u64) -> Result<Vec<Place>, StorageError>);
    through!(fn put_waiting(&mut self, waiting: &Waiting) -> Result<(), StorageError>);
    through!(fn drop_waiting(&mut self, pos: u64) -> Result<(), StorageError>);
    through!(fn waiting_for(&self, rec: Option<RecordId>) -> Result<Vec<Waiting>, StorageError>);
    through!(fn needed(&self, device: DeviceId, limit: usize) -> Result<Vec<RecordId>, StorageError>);

    fn op_by_id(&self, id: OpId) -> Result<Option<(Digest, OpOutcome)>, StorageError> {
        if self.control == Control::DedupOff { Ok(None) } else { self.tx.op_by_id(id) }
    }

    fn nameless_op(&self, device: DeviceId, hash: Digest) -> Result<Option<OpOutcome>, StorageError> {
        if self.control == Control::DedupOff { Ok(None) } else { self.tx.nameless_op(device, hash) }
    }

    fn append_link(&mut self, link: &Link) -> Result<(), StorageError> {
        let place = link.place;
        let held = self.tx.links(place.chain, place.seq, place.seq)?;
        if self.control == Control::DedupOff && !held.is_empty() { Ok(()) } else { self.tx.append_link(link) }
    }

    fn chain(&self, device: DeviceId, incarnation: Incarnation) -> Result<Option<Chain>, StorageError> {
        let chain = self.tx.chain(device, incarnation)?;
        let push = expected();
        let skips = |chain: &Chain| push.from_seq > chain.last_seq + 1;
        Ok(chain.map(|chain| match self.control {
            Control::ChainCheckOff if skips(&chain) => {
                Chain { last_seq: push.from_seq - 1, last_link: push.prev, ..chain }
            }
            _ => chain,
        }))
    }

    fn links(&self, chain: Pk, from: u64, to: u64) -> Result<Vec<(Link, OpOutcome)>, StorageError> {
        let push = expected();
        let mut links = self.tx.links(chain, from, to)?;
        match self.control {
            Control::DedupOff if from == push.from_seq => links.clear(),
            Control::ChainCheckOff => {
                for (link, _) in &mut links {
                    let at =
                        link.place.seq.checked_sub(push.from_seq).and_then(|at| usize::try_from(at).ok());
                    let pushed = at.and_then(|at| push.links.get(at));
                    let before = (link.place.seq + 1 == push.from_seq).then_some(&push.prev);
                    link.link = *pushed.or(before).unwrap_or(&link.link);
                }
            }
            _ => {}
        }
        Ok(links)
    }
}

impl Records for BrokenTx<'_> {
    through!(fn record(&self, rec: RecordId) -> Result<Option<StoredRecord>, StorageError>);
    through!(fn record_at(&self, pk: Pk) -> Result<Option<StoredRecord>, StorageError>);
    through!(fn told_at(&self, pk: Pk) -> Result<Option<ToldRecord>, StorageError>);
    through!(fn insert_record(&mut self, rec: RecordId, state: &RecordState) -> Result<Pk, StorageError>);
    through!(fn update_record(&mut self, pk: Pk, state: &RecordState) -> Result<(), StorageError>);
    through!(fn records_of_job(&self, job: Pk) -> Result<Vec<StoredRecord>, StorageError>);
    through!(fn kind_of_job(&self, job: Pk, kind: &str) -> Result<Vec<StoredRecord>, StorageError>);
    through!(fn free_records(&self, kind: &str, after: Pk, limit: usize) -> Result<Vec<StoredRecord>, StorageError>);
    through!(fn jobs_naming(&self, field: &str, rec: RecordId) -> Result<Vec<StoredRecord>, StorageError>);
    through!(fn histories_of(&self, machine: RecordId) -> Result<Vec<StoredRecord>, StorageError>);
    through!(fn open_exception(&mut self, exception: &StoredException) -> Result<(), StorageError>);
    through!(fn close_exception(&mut self, record: Pk) -> Result<(), StorageError>);
    through!(fn exceptions_about(&self, about: Pk) -> Result<Vec<StoredException>, StorageError>);
    through!(fn exceptions_of(&self, about: Pk) -> Result<Vec<Pk>, StorageError>);
    through!(fn open_exceptions(&self) -> Result<Vec<StoredException>, StorageError>);
}

impl Feeds for BrokenTx<'_> {
    through!(fn audience_of(&self, owner: Uuid) -> Result<Option<Audience>, StorageError>);
    through!(fn insert_audience(&mut self, kind: AudienceKind, owner: Uuid) -> Result<Audience, StorageError>);
    through!(fn regions(&self) -> Result<Vec<(Audience, Uuid)>, StorageError>);
    through!(fn people_within(&self, unit: Uuid) -> Result<Vec<UserId>, StorageError>);
    through!(fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StorageError>);
    through!(fn put_membership(&mut self, user: UserId, membership: Membership) -> Result<(), StorageError>);
    through!(fn holdings(&self, rec: Pk) -> Result<Vec<Holding>, StorageError>);
    through!(fn put_holding(&mut self, holding: &Holding) -> Result<(), StorageError>);
    through!(fn move_feed(&mut self, audience: Audience, row: FeedRow) -> Result<(), StorageError>);
    through!(fn floor_of(&self, audience: Audience) -> Result<u64, StorageError>);
    through!(fn forget_closures(&mut self, pos: u64) -> Result<usize, StorageError>);
    through!(fn note_head(&mut self, at: Timestamp, head: u64) -> Result<(), StorageError>);
    through!(fn head_at(&self, at: Timestamp) -> Result<Option<u64>, StorageError>);
    through!(fn listed(&self, audience: Audience) -> Result<Vec<(RecordId, u64)>, StorageError>);
    through!(fn ranked(&self, audience: Audience, run: RankRun, limit: usize) -> Result<Vec<(i64, Pk)>, StorageError>);

    fn feed_after(&self, audience: Audience, after: u64, limit: usize) -> Result<Vec<FeedRow>, StorageError> {
        let mut rows = self.tx.feed_after(audience, after, limit)?;
        if self.control == Control::SharedPosition {
            for row in &mut rows {
                row.pos |= 1;
            }
        }
        Ok(rows)
    }
}

impl Devices for BrokenTx<'_> {
    through!(fn device(&self, id: DeviceId) -> Result<Option<Device>, StorageError>);
    through!(fn put_device(&mut self, device: &Device) -> Result<(), StorageError>);
    through!(fn devices(&self) -> Result<Vec<Device>, StorageError>);
    through!(fn note_seen(&mut self, id: DeviceId, seen: &Seen) -> Result<(), StorageError>);
    through!(fn note_fork(&mut self, id: DeviceId, at: Timestamp) -> Result<(), StorageError>);
    through!(fn code(&self, name: &str) -> Result<Option<StoredCode>, StorageError>);
    through!(fn put_code(&mut self, code: &StoredCode) -> Result<(), StorageError>);
    through!(fn spend_twin(&mut self, used: &StoredCode) -> Result<(), StorageError>);
    through!(fn take_prefixes(&mut self, n: u32) -> Result<u32, StorageError>);
}

impl Blobs for BrokenTx<'_> {
    through!(fn blob(&self, sha256: Digest) -> Result<Option<StoredBlob>, StorageError>);
    through!(fn put_blob(&mut self, blob: &StoredBlob) -> Result<(), StorageError>);
    through!(fn blob_part(&self, sha256: Digest, by: DeviceId) -> Result<Option<BlobPart>, StorageError>);
    through!(fn put_blob_part(&mut self, part: &BlobPart) -> Result<(), StorageError>);
    through!(fn drop_blob_part(&mut self, sha256: Digest, by: DeviceId) -> Result<(), StorageError>);
    through!(fn blob_senders(&self, sha256: Digest) -> Result<Vec<DeviceId>, StorageError>);
    through!(fn stored_blobs(&self) -> Result<Vec<Digest>, StorageError>);
    through!(fn add_blob_ref(&mut self, sha256: Digest, rec: Pk, by: Option<UserId>) -> Result<(), StorageError>);
    through!(fn blob_refs(&self, sha256: Digest) -> Result<Vec<BlobRef>, StorageError>);
    through!(fn add_blob_holder(&mut self, sha256: Digest, user: UserId) -> Result<(), StorageError>);
    through!(fn is_blob_holder(&self, sha256: Digest, user: UserId) -> Result<bool, StorageError>);
    through!(fn unnamed_bytes(&self, uploader: DeviceId) -> Result<u64, StorageError>);
    through!(fn stale_parts(&self, at: Timestamp) -> Result<Vec<(Digest, DeviceId)>, StorageError>);
}

impl Lists for BrokenTx<'_> {
    through!(fn put_job_row(&mut self, job: Pk, row: &JobRow) -> Result<(), StorageError>);
    through!(fn drop_job_row(&mut self, job: Pk) -> Result<(), StorageError>);
    through!(fn job_row(&self, job: Pk) -> Result<Option<JobRow>, StorageError>);
    through!(fn put_pairs(&mut self, rec: Pk, pairs: &str) -> Result<(), StorageError>);
    through!(fn unlisted(&self, limit: usize) -> Result<Vec<Pk>, StorageError>);
    through!(fn jobs_listed(&self, filter: &JobFilter, order: JobOrder, after: Option<JobPlace>, limit: usize) -> Result<Vec<JobPlace>, StorageError>);
    through!(fn jobs_counted(&self, filter: &JobFilter, most: usize) -> Result<u64, StorageError>);
    through!(fn worded(&self, kind: &str, phrases: &[String], limit: usize) -> Result<Vec<Pk>, StorageError>);
    through!(fn machines_of(&self, customer: &str, limit: usize) -> Result<Vec<Pk>, StorageError>);
    through!(fn jobs_over(&self, states: &[&str], since: i64, limit: usize) -> Result<Vec<Pk>, StorageError>);
    through!(fn highest_number(&self, prefix: &str) -> Result<u64, StorageError>);
    through!(fn exceptions_on(&self, job: Pk) -> Result<u64, StorageError>);
}
