//! What happens to one op, whoever sent it: told again, parked, or merged, written, logged and announced.
//!
//! ```text
//! same op_id, same body ........ the stored outcome, nothing else
//! same op_id, another body ..... parked, op_id_taken
//! not an op, or too new ........ parked
//! not of this device and user,
//! or unsigned .................. parked, not_yours
//! never in a person's audience,
//! or imposed on others ......... parked, not_yours
//! changes a sealed card, strikes
//! out what one shows ........... parked, impossible
//! else ......................... schema::merge decides; late and impossible are told with it
//! ```

use std::rc::Rc;

use fieldcard_schema::chain;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::OpId;
use fieldcard_schema::merge::{Outcome, RecordState, Verdict, Why, merge};
use fieldcard_schema::op::{Act, Op, OpError, Origin};
use fieldcard_schema::wire::sync::OpOutcome;

use super::audiences::{Right, imposes};
use super::groups::Groups;
use super::histories;
use super::ledger::Ledger;
use crate::storage::devices::{Device, DeviceState};
use crate::storage::log::{Place, Sender, StoredOp};
use crate::storage::records::StoredRecord;
use crate::storage::{Pk, StorageError};

/// Where an op comes from.
pub(super) enum From<'a> {
    /// A device, at a place in its chain.
    Device(&'a Device, Place),
    /// Somebody says that it is of this device, and no key proves it.
    Unproven(&'a Device, Place),
    /// The office: built here, and right by construction.
    Office,
    /// An op that was parked, taken again by the server in the name of the device that sent it.
    Again(&'a Device, Place),
}

impl From<'_> {
    /// The device whose rights and whose chain count.
    pub(super) fn device(&self) -> Option<(&Device, Place)> {
        match self {
            Self::Device(device, place) | Self::Unproven(device, place) | Self::Again(device, place) => {
                Some((device, *place))
            }
            Self::Office => None,
        }
    }
}

/// How an op ended, and whether it had been held already.
pub(super) struct Taken {
    pub(super) outcome: OpOutcome,
    pub(super) again: bool,
}

/// What is known of an op before it is judged.
pub(super) struct Incoming<'a> {
    pub(super) from: &'a From<'a>,
    pub(super) body: &'a [u8],
    pub(super) hash: Digest,
    /// The id that the log shall know it by.
    pub(super) op_id: Option<OpId>,
    /// Whether the ops of its group came with it.
    pub(super) whole: bool,
}

fn is_senders(op: &Op, from: &From<'_>) -> bool {
    match from {
        From::Office => op.device == Origin::Server,
        From::Device(device, _) | From::Unproven(device, _) | From::Again(device, _) => {
            op.device == Origin::Device(device.id) && op.user == device.user
        }
    }
}

impl Ledger<'_> {
    /// Takes one op in.
    pub(super) fn take_op(
        &mut self,
        from: &From<'_>,
        body: &[u8],
        groups: &Groups,
    ) -> Result<Taken, StorageError> {
        let hash = Digest::of(body);
        let parsed = Op::parse_as(body, self.config.versions);
        let own = parsed.as_ref().ok().filter(|op| is_senders(op, from));
        let named = own.map(|op| self.tx.op_by_id(op.op_id)).transpose()?.flatten();
        if let Some((_, outcome)) = named.filter(|(held, _)| *held == hash) {
            return Ok(Taken { outcome, again: true });
        }
        if let From::Device(device, _) | From::Unproven(device, _) = from
            && let Some(outcome) = self.nameless_op(device.id, hash)?
        {
            return Ok(Taken { outcome, again: true });
        }
        let op_id = own.filter(|_| named.is_none()).map(|op| op.op_id);
        let whole = own.is_some_and(|op| groups.is_whole(op));
        let incoming = Incoming { from, body, hash, op_id, whole };
        let refusal = match (&parsed, own) {
            _ if is_revoked(from) => Some(Why::Revoked),
            (Err(OpError::TooNew(_)), _) => Some(Why::TooNew),
            (Err(_), _) => Some(Why::Invalid),
            (Ok(_), None) => Some(Why::NotYours),
            _ if matches!(from, From::Unproven(..)) => Some(Why::NotYours),
            (Ok(_), Some(_)) => named.map(|_| Why::OpIdTaken),
        };
        let outcome = match (refusal, parsed) {
            (None, Ok(op)) => self.judge(&incoming, &op)?,
            (Some(why), parsed) => self.park(&incoming, parsed.ok().as_ref(), why)?,
            (None, Err(_)) => self.park(&incoming, None, Why::Invalid)?,
        };
        Ok(Taken { outcome, again: false })
    }

    /// Stores what no rule may apply, with its bytes.
    fn park(
        &mut self,
        incoming: &Incoming<'_>,
        op: Option<&Op>,
        why: Why,
    ) -> Result<OpOutcome, StorageError> {
        let pos = self.position()?;
        let before = op.map(|op| self.tx.record(op.rec)).transpose()?.flatten();
        let job = self.job_of(op, before.as_ref())?.map(|job| job.pk);
        let job = self.reached(incoming.from, job)?;
        let outcome = OpOutcome { outcome: Outcome::Parked, why: Some(why), pos };
        // What it names belongs to the job, although no record names it.
        if let (Some(op), Some(job)) = (op, job) {
            self.name_blobs(incoming.from, op, job)?;
        }
        self.log_op(incoming, job, outcome)?;
        self.await_record(incoming.from, op, outcome)?;
        self.raise_parked(incoming.from, op, before.as_ref(), outcome)?;
        Ok(outcome)
    }

    /// The job that an op is about, as far as it is in the store.
    fn job_of(
        &mut self,
        op: Option<&Op>,
        before: Option<&StoredRecord>,
    ) -> Result<Option<Rc<StoredRecord>>, StorageError> {
        let job = match before {
            Some(before) if before.state.kind == "job" => Some(before.rec),
            Some(before) => before.state.job,
            None => op.and_then(|op| op.job),
        };
        Ok(job.map(|job| self.job_record(job)).transpose()?.flatten())
    }

    /// Judges an op of its sender's own.
    pub(super) fn judge(&mut self, incoming: &Incoming<'_>, op: &Op) -> Result<OpOutcome, StorageError> {
        let before = self.tx.record(op.rec)?;
        let job = self.job_of(Some(op), before.as_ref())?;
        let (right, refusal) = self.standing(incoming.from, op, before.as_ref(), job.as_deref())?;
        let refusal = refusal
            .map_or_else(|| self.seal_refuses(op, before.as_ref(), job.as_deref()), |why| Ok(Some(why)));
        if let Some(why) = refusal? {
            return self.park(incoming, Some(op), why);
        }
        let pos = self.position()?;
        let verdict = self.merged(incoming.from, op, before.as_ref(), pos)?;
        let late = right == Right::Once || self.comes_late(incoming.from, op, job.as_deref())?;
        let after = match &verdict.after {
            Some(state) => {
                let record = self.write_state(incoming.from, op, before.as_ref(), state)?;
                self.note_listed(&record, job.as_ref().map(|job| job.pk))?;
                Some(record)
            }
            None => None,
        };
        let mut outcome = OpOutcome { outcome: verdict.outcome, why: verdict.why, pos };
        if outcome.outcome == Outcome::Applied {
            outcome.why = self.remark(op, after.as_ref(), late, incoming.whole)?;
        }
        // The job that this very op makes is the job it is about.
        let made = after.as_ref().filter(|record| record.state.kind == "job");
        let about = job.as_deref().or(made).map(|job| job.pk);
        self.log_op(incoming, about, outcome)?;
        if let Some(after) = &after {
            self.announce(op, (before.as_ref(), after), job.as_deref())?;
            if before.is_none() && after.state.kind == "job" && incoming.from.device().is_some() {
                self.walked_up.push(after.rec);
            }
            self.worked.extend(about.filter(|_| histories::tells(&op.kind)));
        }
        self.raise_flag(op, job.as_deref().or(after.as_ref()), outcome)?;
        if verdict.outcome == Outcome::Parked && verdict.disputes.is_empty() {
            self.await_record(incoming.from, Some(op), outcome)?;
            self.raise_parked(incoming.from, Some(op), before.as_ref(), outcome)?;
        }
        self.withdraw(op, job.as_deref(), pos)?;
        if let Some(before) = &before {
            self.raise_disputes(op, before, &verdict, outcome)?;
            self.settle(op, before, &verdict, pos)?;
        }
        Ok(outcome)
    }

    /// What the sender may do here, or why the op is parked before any merge.
    fn standing(
        &self,
        from: &From<'_>,
        op: &Op,
        before: Option<&StoredRecord>,
        job: Option<&StoredRecord>,
    ) -> Result<(Right, Option<Why>), StorageError> {
        let creates = op.act == Act::Create && before.is_none();
        if creates && imposes(op) {
            return Ok((Right::Never, Some(Why::NotYours)));
        }
        if creates && op.kind == "job" && op.job.is_some() {
            return Ok((Right::Now, Some(Why::Invalid)));
        }
        if creates && op.job.is_some() && job.is_none() {
            return Ok((Right::Now, Some(Why::UnknownRecord)));
        }
        let target = if creates { job } else { before };
        let right = match (from.device(), target) {
            (None, _) | (_, None) => Right::Now,
            // What hangs on a job is his as long as the job ever was, also when he made it after it had left him.
            (Some((device, _)), Some(target)) => {
                let on_job = job.map_or(Ok(Right::Never), |job| self.right(device.user, job.pk))?;
                match job {
                    Some(job) if job.pk == target.pk => on_job,
                    _ => on_job.max(self.right(device.user, target.pk)?),
                }
            }
        };
        Ok((right, (right == Right::Never).then_some(Why::NotYours)))
    }

    fn merged(
        &self,
        from: &From<'_>,
        op: &Op,
        before: Option<&StoredRecord>,
        pos: u64,
    ) -> Result<Verdict, StorageError> {
        let seen = self.seen_up_to(op)?;
        let place = from.device().map(|(_, place)| place);
        // The closure cannot answer an error: it is kept, and the verdict dropped.
        let failure = std::cell::RefCell::new(None);
        let is_current = |at: u64| {
            let own = || place.map_or(Ok(false), |place| self.precedes(at, place));
            at <= seen
                || own().unwrap_or_else(|error| {
                    failure.replace(Some(error));
                    false
                })
        };
        let op = self.as_change(op, before)?;
        let verdict = merge(before.map(|before| &before.state), &op, pos, &is_current);
        match failure.into_inner() {
            Some(error) => Err(error),
            None => Ok(verdict),
        }
    }

    /// The highest position that the author of `op` had provably seen of its record.
    pub(super) fn seen_up_to(&self, op: &Op) -> Result<u64, StorageError> {
        match op.base {
            // A version above its own mark proves nothing.
            Some(base) if base.0 <= base.1.pos && self.holds(base.1)? => Ok(base.0),
            _ => Ok(0),
        }
    }

    /// Whether the op at `pos` stands before `place` in the same chain, older incarnations included.
    fn precedes(&self, pos: u64, place: Place) -> Result<bool, StorageError> {
        let earlier = self.tx.places_of(pos)?;
        let mut limit = place;
        loop {
            if earlier.iter().any(|one| one.chain == limit.chain && one.seq < limit.seq) {
                return Ok(true);
            }
            let prev = self.tx.chain_at(limit.chain)?.and_then(|chain| chain.prev);
            match prev {
                // Older chains have lower numbers: this ends.
                Some(prev) if prev.chain < limit.chain => {
                    limit = Place { chain: prev.chain, seq: prev.seq + 1 };
                }
                _ => return Ok(false),
            }
        }
    }

    /// Whether the job was over before this op; the steps that end or go on with it are its own business.
    fn comes_late(
        &mut self,
        from: &From<'_>,
        op: &Op,
        job: Option<&StoredRecord>,
    ) -> Result<bool, StorageError> {
        match (from.device(), job) {
            (Some(_), Some(job)) if op.kind != "step" => self.is_over(job),
            _ => Ok(false),
        }
    }

    /// Why an op that was applied is still told with a remark.
    fn remark(
        &self,
        op: &Op,
        after: Option<&StoredRecord>,
        late: bool,
        whole: bool,
    ) -> Result<Option<Why>, StorageError> {
        if late {
            return Ok(Some(Why::Late));
        }
        let step = after.filter(|record| record.state.kind == "step" && op.act == Act::Create);
        let impossible = step.map(|step| self.step_why(step)).transpose()?.flatten();
        Ok(impossible.or((!whole).then_some(Why::IncompleteGroup)))
    }

    fn write_state(
        &mut self,
        from: &From<'_>,
        op: &Op,
        before: Option<&StoredRecord>,
        state: &RecordState,
    ) -> Result<StoredRecord, StorageError> {
        if matches!(op.kind.as_str(), "step" | "visit") {
            self.over.clear();
        }
        let pk = match before {
            Some(before) => {
                self.tx.update_record(before.pk, state)?;
                before.pk
            }
            None => self.insert_record(op.rec, state)?,
        };
        self.name_blobs(from, op, pk)?;
        let record = StoredRecord { pk, rec: op.rec, state: state.clone() };
        if record.state.kind == "job" {
            self.job = Some(Rc::new(record.clone()));
        }
        Ok(record)
    }

    fn announce(
        &mut self,
        op: &Op,
        (before, after): (Option<&StoredRecord>, &StoredRecord),
        job: Option<&StoredRecord>,
    ) -> Result<(), StorageError> {
        match before {
            None => self.place(after, op, job),
            Some(before) => self.follow(before, after),
        }
    }

    pub(super) fn log_op(
        &mut self,
        incoming: &Incoming<'_>,
        job: Option<Pk>,
        outcome: OpOutcome,
    ) -> Result<(), StorageError> {
        if let (From::Device(..) | From::Unproven(..), Some(job)) = (incoming.from, job) {
            self.touch(job);
        }
        let before = match self.running {
            Some(running) => running,
            None => self.tx.last_running()?.1,
        };
        let running = chain::running_hash(before, outcome.pos, incoming.hash);
        self.running = Some(running);
        self.append_op(&StoredOp {
            op_id: incoming.op_id,
            hash: incoming.hash,
            body: incoming.body.to_vec(),
            running,
            sender: match incoming.from {
                From::Device(device, place) | From::Unproven(device, place) => {
                    Some(Sender { device: device.id, place: *place })
                }
                From::Office | From::Again(..) => None,
            },
            job,
            outcome,
            at: self.now.0,
        })
    }
}

fn is_revoked(from: &From<'_>) -> bool {
    from.device().is_some_and(|(device, _)| device.state == DeviceState::Revoked)
}
