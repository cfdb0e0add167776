//! What a view is made from, and the few things that nearly every view needs.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{Incarnation, RecordId, UserId};
use fieldcard_schema::time::{ClockReading, Timestamp};
use fieldcard_schema::wire::error::ErrorCode as WireError;

use super::value::Time;
use crate::enrolment::{self, Owner};
use crate::error::{ActionError, ErrorCode};
use crate::job_file::JobFile;
use crate::ports::Ports;
use crate::store::Store;

/// What a view is made from.
pub struct Scene<'a> {
    /// The stores.
    pub store: &'a Store,
    /// The clock.
    pub ports: &'a Ports,
    /// What the engine is about.
    pub exchange: Exchange,
}

/// What the exchange with the office is about right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// A call that carries work is in flight.
    pub sending: bool,
    /// The last call reached the office, as far as we know.
    pub online: bool,
    /// The ops it carries: incarnation, first seq, how many.
    pub ops: Option<(Incarnation, u64, u64)>,
    /// The blob that it carries a piece of.
    pub blob: Option<Digest>,
    /// How many ops and blobs waited when this exchange began.
    pub begun_with: Option<u64>,
    /// When it tries again after a failure.
    pub next_try: Option<Timestamp>,
    /// Why the last call failed.
    pub last_error: Option<WireError>,
    /// The server no longer reads this version of the app.
    pub app_old: bool,
    /// The network costs by what goes over it; none where the system cannot say.
    pub metered: Option<bool>,
}

impl Scene<'_> {
    /// The clocks now.
    pub fn now(&self) -> ClockReading {
        self.ports.clock.read()
    }

    /// A moment with the zone it is shown in.
    pub fn time(&self, at: Timestamp) -> Time {
        Time { ms: at.0, zone: self.ports.clock.zone() }
    }

    /// When a record came to be: what it says, else what its id says (UUIDv7).
    pub(super) fn when(&self, rec: RecordId, said: Option<Timestamp>) -> Time {
        self.time(said.or(made_at(rec)).unwrap_or_default())
    }

    /// When the office was last heard of.
    pub fn last_exchange(&self) -> Result<Option<Time>, ActionError> {
        let text = self.store.cache.state("last_exchange")?;
        Ok(text.and_then(|ms| ms.parse().ok()).map(|ms| self.time(Timestamp(ms))))
    }

    /// Whose device this is.
    pub(super) fn owner(&self) -> Result<Owner, ActionError> {
        enrolment::owner(self.store).ok_or_else(|| ErrorCode::NotEnrolled.into())
    }

    /// Whose device this is, as a user.
    pub(super) fn me(&self) -> Result<UserId, ActionError> {
        Ok(self.owner()?.user)
    }

    /// A job with all that hangs on it.
    pub(super) fn file(&self, job: RecordId) -> Result<JobFile, ActionError> {
        JobFile::read(self.store, job)?.ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// A setting of this device.
    pub(super) fn setting(&self, name: &str) -> Option<String> {
        self.store.outbox.ident(name).filter(|value| !value.is_empty()).map(str::to_owned)
    }
}

/// When the id of a record was made; `None` for one that is not made of time.
pub(super) fn made_at(rec: RecordId) -> Option<Timestamp> {
    let (seconds, nanos) = rec.0.get_timestamp()?.to_unix();
    let ms = seconds.checked_mul(1_000)?.checked_add(u64::from(nanos / 1_000_000))?;
    i64::try_from(ms).ok().map(Timestamp)
}
