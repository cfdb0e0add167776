//! What an action may look at while it plans: the store, the clock, who is acting.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::{Act, Base};
use fieldcard_schema::record::Record;
use fieldcard_schema::rules::status::JobStatus;
use fieldcard_schema::time::{ClockReading, Timestamp};

use super::plan::PlannedOp;
use super::{ActionError, ErrorCode};
use crate::enrolment::Owner;
use crate::ports::Ports;
use crate::store::{Seen, Store, job_list};

/// The view an action has of the device.
pub struct Scene<'a> {
    /// The stores; an action reads only.
    pub store: &'a Store,
    ports: &'a mut Ports,
    /// Who acts.
    pub owner: Owner,
    /// The clocks when it began.
    pub now: ClockReading,
}

impl<'a> Scene<'a> {
    pub(super) fn new(store: &'a Store, ports: &'a mut Ports, owner: Owner) -> Self {
        let now = ports.clock.read();
        Self { store, ports, owner, now }
    }

    /// An id for a new record.
    pub fn new_id(&mut self) -> RecordId {
        self.ports.record_id()
    }

    /// A record that is there and not struck out.
    pub fn record(&self, rec: RecordId) -> Result<Seen, ActionError> {
        self.store.cache.seen(rec)?.filter(|seen| !seen.state.void).ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// A record as its struct.
    pub fn read<T: Record>(&self, rec: RecordId) -> Result<(Seen, T), ActionError> {
        let seen = self.record(rec)?;
        let fields = (seen.state.kind == T::KIND).then(|| T::from_fields(&seen.state.fields));
        match fields {
            Some(Ok(fields)) => Ok((seen, fields)),
            _ => Err(ErrorCode::NotFound.into()),
        }
    }

    /// The job that a record hangs on, if it may be worked on from here.
    pub fn open_job(&self, job: Option<RecordId>) -> Result<RecordId, ActionError> {
        let job = job.ok_or(ErrorCode::NotFound)?;
        let seen = self.record(job)?;
        if seen.state.kind != "job" {
            return Err(ErrorCode::NotFound.into());
        }
        if seen.kept { Err(ErrorCode::NotAssigned.into()) } else { Ok(job) }
    }

    /// Where a job stands.
    pub fn status(&self, job: RecordId) -> Result<JobStatus, ActionError> {
        Ok(job_list::status_of(job, &self.store.cache.of_job(job)?))
    }

    /// What the author has before his eyes: the server's version of the record and the mark it came with.
    /// `None` before the first pull.
    pub fn base(&self, state: &RecordState) -> Result<Option<Base>, ActionError> {
        Ok(self.store.cache.mark()?.map(|mark| Base(state.ver, mark)))
    }

    /// A time that a person entered: it may not lie in the future.
    pub fn past(&self, at: Option<i64>) -> Result<Option<Timestamp>, ActionError> {
        match at {
            // A minute of grace: the picker shows whole minutes.
            Some(at) if at > self.now.0 + 60_000 => Err(ErrorCode::TimeInFuture.into()),
            at => Ok(at.map(Timestamp)),
        }
    }

    /// An op that makes a record.
    pub fn create<T: Record>(&mut self, job: Option<RecordId>, record: &T) -> PlannedOp {
        PlannedOp {
            kind: T::KIND.into(),
            rec: self.new_id(),
            job,
            act: Act::Create,
            set: record.to_fields(),
            base: None,
            before: None,
        }
    }

    /// An op that sets fields of a record, or amends evidence.
    pub fn change(&self, seen: &Seen, act: Act, set: Fields) -> Result<PlannedOp, ActionError> {
        Ok(PlannedOp {
            kind: seen.state.kind.clone(),
            rec: seen.rec,
            job: seen.state.job,
            act,
            set,
            base: self.base(&seen.state)?,
            before: Some(seen.state.clone()),
        })
    }
}
