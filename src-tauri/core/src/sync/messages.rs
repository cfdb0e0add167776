//! What goes between the engine and the world: events in, effects out, and the calls it asks for.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, BlobState};
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};

use crate::ports::Ports;
use crate::store::Store;

/// Number of a call, so that a late answer is not taken for the next one's.
pub type CallId = u64;

/// What happened outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Work was saved: it goes when its turn has come.
    Saved,
    /// Somebody asked for a sync, now: no back-off holds it, only what the server asked for.
    Wanted,
    /// The time of a [`Effect::WakeAfter`] has come.
    TimerFired,
    /// The network came, went or changed, as far as the system knows.
    Network {
        /// It is up.
        up: bool,
        /// It costs by what goes over it; none where the system cannot say.
        metered: Option<bool>,
    },
    /// The call has made no progress for as long as its [`Effect::Deadline`] says; its answer is waited for no longer.
    Overdue(CallId),
    /// A call ended.
    Answered(CallId, Result<Answer, ApiError>),
}

/// A call to be made.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    /// `SyncApi::enrol`.
    Enrol(EnrolRequest),
    /// `SyncApi::nonce`.
    Nonce(NonceRequest),
    /// `SyncApi::token`.
    Token(TokenRequest),
    /// `SyncApi::sync` with this token.
    Sync(String, Box<SyncRequest>),
    /// `SyncApi::check` with this token.
    Check(String, CheckRequest),
    /// `SyncApi::blob_put` with this token.
    BlobPut(String, BlobPut),
    /// `SyncApi::blob_state` with this token.
    BlobState(String, Digest),
    /// `SyncApi::blob_complete` with this token.
    BlobComplete(String, Digest),
    /// `SyncApi::blob_get` with this token.
    BlobGet(String, BlobRange),
}

/// What a call brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Call::Enrol`].
    Enrol(EnrolAnswer),
    /// To [`Call::Nonce`].
    Nonce(Nonce),
    /// To [`Call::Token`].
    Token(TokenAnswer),
    /// To [`Call::Sync`].
    Sync(Box<SyncResponse>),
    /// To [`Call::Check`].
    Check(CheckAnswer),
    /// To the three calls about blobs that are sent.
    Blob(BlobState),
    /// To [`Call::BlobGet`].
    Bytes(Vec<u8>),
}

/// What the driver has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Make this call and answer with its number.
    Call(CallId, Call),
    /// When no byte of this call has moved for so many ms, give it up and say so.
    Deadline(CallId, i64),
    /// Fire the timer after so many ms; a later one replaces it.
    WakeAfter(i64),
    /// Records have changed, and what the screens show of these jobs.
    Changed(Vec<RecordId>),
    /// The state of the exchange with the office has changed.
    StateChanged,
}

/// What the engine works on.
pub struct Surroundings<'a> {
    /// The stores.
    pub store: &'a mut Store,
    /// Time, chance, secrets.
    pub ports: &'a mut Ports,
}

impl Surroundings<'_> {
    pub(super) fn now(&self) -> ClockReading {
        self.ports.clock.read()
    }
}
