//! An open transaction, and the few things every rule asks of it.
//!
//! Positions are taken here and nowhere else: one for each op, one for each feed row that moves.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use fieldcard_schema::digest::{Digest, to_hex};
use fieldcard_schema::id::{DeviceId, RecordId, UserId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::{Audience, OpOutcome};
use uuid::Uuid;

use super::listing::Stale;
use super::{Config, HubError};
use crate::ports::Chance;
use crate::storage::feed::{AudienceKind, FeedRow, FeedState, Holding, Membership};
use crate::storage::log::{OrgHead, StoredOp};
use crate::storage::records::StoredRecord;
use crate::storage::{Pk, StorageError, Tx};

/// An open transaction with time, chance and configuration beside it.
pub(super) struct Ledger<'h> {
    pub(super) tx: Box<dyn Tx + 'h>,
    pub(super) chance: &'h mut dyn Chance,
    pub(super) now: Timestamp,
    pub(super) config: &'h Config,
    /// Jobs of which it is known whether they are over.
    pub(super) over: BTreeMap<Pk, bool>,
    /// Jobs that may be complete now.
    pub(super) touched: BTreeSet<Pk>,
    /// Jobs of which the lists say what is no longer right.
    pub(super) relisted: BTreeMap<Pk, Stale>,
    /// Running hash of the newest op, once one was logged here.
    pub(super) running: Option<Digest>,
    /// The job that was looked up last: what hangs on it comes one by one.
    pub(super) job: Option<Rc<StoredRecord>>,
    /// Jobs of which the history of their machine may tell something else now.
    pub(super) worked: BTreeSet<Pk>,
    /// Machines that a job was taken off.
    pub(super) bereft: BTreeSet<RecordId>,
    /// Records that were made here: a parked op may be waiting for one.
    pub(super) came: Vec<RecordId>,
    /// Jobs that technicians made by themselves: the office numbers them.
    pub(super) walked_up: Vec<RecordId>,
    /// The last number of the day that was given here: the lists hear of it at the end. One that was undone since is
    /// left out.
    pub(super) last_number: Option<u64>,
    /// What was looked up before and comes again with each op of a push.
    known: RefCell<Known>,
}

/// What does not change while ops of one device on one job come one after the other.
#[derive(Default)]
struct Known {
    members: Option<(UserId, Rc<Vec<Membership>>)>,
    holdings: Option<(Pk, Rc<Vec<Holding>>)>,
    /// Whether the log holds any op without an id.
    nameless: Option<bool>,
}

impl<'h> Ledger<'h> {
    /// Over a transaction that was just begun.
    pub(super) fn new(
        tx: Box<dyn Tx + 'h>,
        chance: &'h mut dyn Chance,
        now: Timestamp,
        config: &'h Config,
    ) -> Self {
        let (over, touched) = (BTreeMap::new(), BTreeSet::new());
        let (worked, bereft, relisted) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        let (running, job, known, last_number) = (None, None, RefCell::default(), None);
        let (came, walked_up) = (Vec::new(), Vec::new());
        Self {
            tx,
            chance,
            now,
            config,
            over,
            touched,
            relisted,
            running,
            job,
            worked,
            bereft,
            came,
            walked_up,
            last_number,
            known,
        }
    }
}

impl Ledger<'_> {
    /// Forgets what was noted of work that is undone.
    pub(super) fn forget_notes(&mut self) {
        self.touched.clear();
        self.worked.clear();
        self.bereft.clear();
        self.came.clear();
        self.walked_up.clear();
    }

    /// Days since 1970 as `YYYY-MM-DD`, where the org is.
    pub(super) fn date_of(&self, at: Timestamp) -> String {
        let day = chrono::NaiveDate::default() + chrono::Duration::days(at.day(self.config.offset_minutes));
        day.format("%Y-%m-%d").to_string()
    }

    /// The next position.
    pub(super) fn position(&mut self) -> Result<u64, StorageError> {
        self.tx.take_positions(1)
    }

    /// Goes back to the savepoint, also in what was looked up since.
    pub(super) fn undo(&mut self) -> Result<(), StorageError> {
        self.over.clear();
        (self.running, self.job) = (None, None);
        self.known.take();
        self.tx.undo()
    }

    /// The audiences of a person.
    pub(super) fn memberships(&self, user: UserId) -> Result<Rc<Vec<Membership>>, StorageError> {
        if let Some((known, members)) = &self.known.borrow().members
            && *known == user
        {
            return Ok(members.clone());
        }
        let members = Rc::new(self.tx.memberships(user)?);
        self.known.borrow_mut().members = Some((user, members.clone()));
        Ok(members)
    }

    /// The audiences that hold a record, or once held it.
    pub(super) fn holdings(&self, rec: Pk) -> Result<Rc<Vec<Holding>>, StorageError> {
        if let Some((known, holdings)) = &self.known.borrow().holdings
            && *known == rec
        {
            return Ok(holdings.clone());
        }
        let holdings = Rc::new(self.tx.holdings(rec)?);
        self.known.borrow_mut().holdings = Some((rec, holdings.clone()));
        Ok(holdings)
    }

    /// Writes who holds a record.
    pub(super) fn put_holding(&mut self, holding: &Holding) -> Result<(), StorageError> {
        self.known.borrow_mut().holdings.take_if(|(known, _)| *known == holding.rec);
        self.tx.put_holding(holding)
    }

    /// How the same bytes ended that this device sent before, and that have no op id.
    pub(super) fn nameless_op(
        &self,
        device: DeviceId,
        hash: Digest,
    ) -> Result<Option<OpOutcome>, StorageError> {
        let known = self.known.borrow().nameless;
        let any = known.map_or_else(|| self.tx.has_nameless_ops(), Ok)?;
        self.known.borrow_mut().nameless = Some(any);
        if any { self.tx.nameless_op(device, hash) } else { Ok(None) }
    }

    /// Writes an op into the log.
    pub(super) fn append_op(&mut self, op: &StoredOp) -> Result<(), StorageError> {
        if op.op_id.is_none() {
            self.known.borrow_mut().nameless = Some(true);
        }
        self.tx.append_op(op)
    }

    /// The record of a job, which stays at hand for what comes next.
    pub(super) fn job_record(&mut self, rec: RecordId) -> Result<Option<Rc<StoredRecord>>, StorageError> {
        if self.job.as_ref().is_none_or(|job| job.rec != rec) {
            self.job = self.tx.record(rec)?.filter(|record| record.state.kind == "job").map(Rc::new);
        }
        Ok(self.job.clone())
    }

    /// The org's row.
    pub(super) fn org_head(&self) -> Result<OrgHead, StorageError> {
        self.tx.org_head()?.ok_or(StorageError::Damaged("org_head"))
    }

    /// A new id: UUIDv7.
    pub(super) fn new_uuid(&mut self) -> Uuid {
        let mut random = [0; 10];
        self.chance.fill(&mut random);
        let ms = u64::try_from(self.now.0).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
    }

    /// A new record's id.
    pub(super) fn new_record_id(&mut self) -> RecordId {
        RecordId(self.new_uuid())
    }

    /// A new epoch: eight characters.
    pub(super) fn new_epoch(&mut self) -> String {
        let mut random = [0; 4];
        self.chance.fill(&mut random);
        to_hex(&random)
    }

    /// Days since 1970 where the org is.
    pub(super) fn today(&self) -> i64 {
        self.now.day(self.config.offset_minutes)
    }

    /// The org's own audience.
    pub(super) fn org_audience(&self) -> Result<Audience, StorageError> {
        self.tx.audience_of(self.config.org.0)?.ok_or(StorageError::Damaged("audience"))
    }

    /// A person's own audience; makes it, and the person a member of it and of the org, the first time.
    pub(super) fn audience_of(&mut self, user: UserId) -> Result<Audience, StorageError> {
        if let Some(audience) = self.tx.audience_of(user.0)? {
            return Ok(audience);
        }
        let audience = self.tx.insert_audience(AudienceKind::Person, user.0)?;
        for audience in [audience, self.org_audience()?] {
            self.put_membership(user, Membership { audience, until: None })?;
        }
        Ok(audience)
    }

    /// Writes whether a person is in an audience.
    pub(super) fn put_membership(&mut self, user: UserId, one: Membership) -> Result<(), StorageError> {
        self.known.borrow_mut().members = None;
        self.tx.put_membership(user, one)
    }

    /// Tells an audience of a record, at a new position.
    pub(super) fn tell(&mut self, audience: Audience, rec: Pk, state: FeedState) -> Result<(), StorageError> {
        let pos = self.position()?;
        self.tx.move_feed(audience, FeedRow { pos, rec, state })
    }

    /// Refuses what nobody wrote on purpose.
    pub(super) fn record_or_not_found(&self, rec: RecordId) -> Result<StoredRecord, HubError> {
        let found = self.tx.record(rec)?;
        found.ok_or_else(|| fieldcard_schema::wire::error::ErrorCode::NotFound.into())
    }
}
