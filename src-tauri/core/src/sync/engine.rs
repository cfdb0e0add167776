//! The sync engine: hears events, asks for effects. One call in flight, everything else follows from stores.
//!
//! ```text
//!            want            token?           ops, pull            blobs
//!   idle ──────────▶ round ─────────▶ nonce ─▶ token ─▶ sync ⟲ ─────────▶ put ⟲ ─▶ (one more sync) ─▶ idle
//!                      ▲                                  │ failed              │ failed
//!                      └───────────── timer ◀─────────────┴─────────────────────┘
//! ```
//!
//! An HTTP status acknowledges nothing here: only an outcome whose link we computed ourselves, or a stored
//! answer that names the digest. No error clears anything.

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, RecordId};
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::PROTO;
use fieldcard_schema::wire::blob::{BlobPut, BlobState};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{Refused, SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};

use super::blobs::{self, BlobStep};
use super::pull_plan;
use super::push::{self, ChainNews};
use super::state::{BUDGET_MAX, BUDGET_MIN, Memory, Pending, Pushed, Round};
use crate::enrolment::{self, Enrolment};
use crate::ports::Ports;
use crate::store::{Store, StoreError};

/// Number of a call, so that a late answer is not taken for the next one's.
pub type CallId = u64;

/// How long a driver waits for progress before it gives a call up, in ms.
pub const CALL_DEADLINE_MS: i64 = 30_000;

/// How often to look for news when nothing else happens, in ms.
const POLL_MS: i64 = 60_000;

/// How often an unconfirmed device asks whether the office has confirmed it, in ms.
const CONFIRM_POLL_MS: i64 = 3_000;

/// What happened outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Work was saved, or somebody asked for a sync.
    Wanted,
    /// The time of a [`Effect::WakeAt`] has come.
    TimerFired,
    /// The network came or went, as far as the system knows.
    Network {
        /// It is up.
        up: bool,
    },
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
    /// `SyncApi::blob_put` with this token.
    BlobPut(String, BlobPut),
    /// `SyncApi::blob_state` with this token.
    BlobState(String, Digest),
    /// `SyncApi::blob_complete` with this token.
    BlobComplete(String, Digest),
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
    /// To the three calls about blobs.
    Blob(BlobState),
}

/// What the driver has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Make this call and answer with its number; give it up after [`CALL_DEADLINE_MS`] without progress.
    Call(CallId, Call),
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
    fn now(&self) -> ClockReading {
        self.ports.clock.read()
    }
}

/// The engine.
#[derive(Debug, Default)]
pub struct Engine {
    memory: Memory,
}

/// What stopped a step: the store, or an answer that is no answer.
enum Stop {
    Store(StoreError),
    Api(ApiError),
}

impl From<StoreError> for Stop {
    fn from(e: StoreError) -> Self {
        Self::Store(e)
    }
}

impl From<enrolment::Unbelieved> for Stop {
    fn from(e: enrolment::Unbelieved) -> Self {
        match e {
            enrolment::Unbelieved::Store(e) => Self::Store(e),
            enrolment::Unbelieved::Api(e) => Self::Api(e),
        }
    }
}

impl From<ApiError> for Stop {
    fn from(e: ApiError) -> Self {
        Self::Api(e)
    }
}

impl Engine {
    /// Takes one event; what it asks for is to be done before the next one is told.
    pub fn step(&mut self, event: Event, around: &mut Surroundings<'_>) -> Result<Vec<Effect>, StoreError> {
        let mut effects = Vec::new();
        match event {
            Event::Wanted | Event::TimerFired => self.want(),
            Event::Network { up } => {
                self.memory.online = up;
                effects.push(Effect::StateChanged);
                if up {
                    self.memory.backoff.reset();
                    self.want();
                }
            }
            Event::Answered(id, answer) => match self.memory.pending.take_if(|(awaited, _)| *awaited == id) {
                None => return Ok(effects),
                Some((_, pending)) => self.answered(pending, answer, around, &mut effects)?,
            },
        }
        self.advance(around, &mut effects)?;
        Ok(effects)
    }

    /// Whether a call is in flight that carries work.
    pub fn is_sending(&self) -> bool {
        matches!(self.memory.pending, Some((_, Pending::Sync { pushed: Some(_) } | Pending::Blob { .. })))
    }

    /// Whether the last call reached the office, as far as we know.
    pub fn is_online(&self) -> bool {
        self.memory.online
    }

    fn want(&mut self) {
        match &self.memory.round {
            Some(_) => self.memory.again = true,
            None => self.memory.round = Some(Round::whole()),
        }
    }

    fn answered(
        &mut self,
        pending: Pending,
        answer: Result<Answer, ApiError>,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        let taken = match (pending, answer) {
            (pending, Err(error)) => return self.failed(&pending, &error, around, effects),
            (Pending::Enrol, Ok(Answer::Enrol(answer))) => {
                effects.push(Effect::StateChanged);
                enrolment::answered(around.store, around.ports, &answer).map_err(Stop::from)
            }
            (Pending::Nonce, Ok(Answer::Nonce(nonce))) => return self.sign(nonce, around, effects),
            (Pending::Token, Ok(Answer::Token(token))) => {
                self.memory.token = Some(token.token);
                effects.push(Effect::StateChanged);
                enrolment::confirmed(around.store).map_err(Stop::from)
            }
            (Pending::Sync { pushed }, Ok(Answer::Sync(response))) => {
                self.synced(pushed, *response, around, effects)
            }
            (Pending::Blob { sha256 }, Ok(Answer::Blob(state))) if state.sha256 == sha256 => {
                self.blob_answered(&state, around, effects)
            }
            (pending, Ok(_)) => {
                let error = ApiError::from(ErrorCode::Malformed);
                return self.failed(&pending, &error, around, effects);
            }
        };
        match taken {
            Ok(()) => {
                self.memory.online = true;
                Ok(())
            }
            Err(Stop::Store(error)) => Err(error),
            // An answer that proves nothing is no answer: try again later, keep everything.
            Err(Stop::Api(error)) => {
                self.rest(&error, around, effects);
                Ok(())
            }
        }
    }

    fn failed(
        &mut self,
        pending: &Pending,
        error: &ApiError,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        self.memory.online = error.code != ErrorCode::Unreachable;
        effects.push(Effect::StateChanged);
        match (error.code, pending) {
            (ErrorCode::Unconfirmed, _) => {
                self.memory.round = None;
                effects.push(Effect::WakeAfter(CONFIRM_POLL_MS));
                return Ok(());
            }
            (ErrorCode::CodeWrong | ErrorCode::CodeUsed | ErrorCode::CodeExpired, Pending::Enrol) => {
                self.memory.round = None;
                return enrolment::refused(around.store, error.code);
            }
            (ErrorCode::Revoked, _) => self.memory.revoked = true,
            (ErrorCode::Unauthorised, Pending::Sync { .. } | Pending::Blob { .. })
                if self.memory.token.is_some() =>
            {
                // The token has run out: get another and go on. Nothing is cleared.
                self.memory.token = None;
                return Ok(());
            }
            (ErrorCode::TooLarge, _) => self.memory.budget = (self.memory.budget / 2).max(BUDGET_MIN),
            (ErrorCode::Unreachable, _) => self.memory.budget = (self.memory.budget / 2).max(BUDGET_MIN),
            _ => {}
        }
        if let (Pending::Blob { sha256 }, Some(round)) = (pending, &mut self.memory.round)
            && error.code != ErrorCode::Unreachable
        {
            // One bad blob never blocks another.
            round.skipped.push(*sha256);
            return Ok(());
        }
        self.rest(error, around, effects);
        Ok(())
    }

    /// Ends the round and sets the retry timer.
    fn rest(&mut self, error: &ApiError, around: &mut Surroundings<'_>, effects: &mut Vec<Effect>) {
        self.memory.round = None;
        self.memory.again = false;
        self.memory.confirmed_before_pull = None;
        let wait = self.memory.backoff.next_ms(around.ports.chance.as_mut(), error.retry_after);
        effects.push(Effect::WakeAfter(wait));
    }

    fn sign(
        &mut self,
        nonce: Nonce,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        if let Some((key, device)) = identity(around)? {
            let request = TokenRequest::sign(&key, device, nonce);
            self.call(Pending::Token, Call::Token(request), effects);
        }
        Ok(())
    }

    fn synced(
        &mut self,
        pushed: Option<Pushed>,
        response: SyncResponse,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Stop> {
        let news = self.take_push(pushed, &response, around)?;
        if news == ChainNews::Foreign {
            let incarnation = around.ports.incarnation();
            around.store.outbox.open_incarnation(incarnation, false)?;
        }
        self.pushed_well();
        let restored = self.take_epoch(&response, around)?;
        let changed = if restored { Vec::new() } else { take_pages(&response, around)? };
        let ended = !restored && !response.more && response.refused.is_none();
        let confirmed =
            if ended { self.memory.confirmed_before_pull.take().unwrap_or_default() } else { Vec::new() };
        if ended && around.store.next_cache.is_some() {
            around.store.swap_cache()?;
        }
        let mut recs = around.store.release(&confirmed)?;
        recs.extend(changed);
        note_exchange(&response, around)?;
        enrolment::remember_chain(around.store, around.ports)?;
        if let Some(round) = &mut self.memory.round {
            let waiting = !around.store.outbox.waiting(1, 1)?.is_empty();
            let stuck = response.refused.is_some() && news == ChainNews::None;
            round.sync = restored
                || response.more
                || (waiting && !stuck)
                || self.memory.confirmed_before_pull.is_some();
        }
        effects.push(Effect::Changed(recs.into_iter().collect()));
        effects.push(Effect::StateChanged);
        Ok(())
    }

    fn take_push(
        &mut self,
        pushed: Option<Pushed>,
        response: &SyncResponse,
        around: &mut Surroundings<'_>,
    ) -> Result<ChainNews, Stop> {
        let mut news = ChainNews::None;
        if let (Some(pushed), Some(outcomes)) = (pushed, &response.outcomes) {
            news = push::confirm(around.store, pushed, outcomes)?;
            if news == ChainNews::Unproven {
                return Err(ApiError::about(ErrorCode::Malformed, "outcomes").into());
            }
        }
        let current = around.store.outbox.chain_head()?.map(|head| head.incarnation);
        let incarnation = pushed.map(|p| p.incarnation).or(current);
        match (response.refused, incarnation, response.head) {
            (Some(Refused::Fork), _, _) => Ok(ChainNews::Foreign),
            (Some(Refused::Gap), Some(incarnation), Some(head)) => {
                let news = push::compare_head(around.store, incarnation, head)?;
                // The gap cannot be filled from here: a new incarnation that names nothing.
                let unfillable = news == ChainNews::None && pushed.is_some_and(|p| p.from_seq == 1);
                if unfillable {
                    let fresh = around.ports.incarnation();
                    around.store.outbox.open_incarnation(fresh, true)?;
                    return Ok(ChainNews::Rewound);
                }
                Ok(news)
            }
            (None, Some(incarnation), Some(head)) => {
                match push::compare_head(around.store, incarnation, head)? {
                    ChainNews::None => Ok(news),
                    found => Ok(found),
                }
            }
            _ => Ok(news),
        }
    }

    fn pushed_well(&mut self) {
        self.memory.backoff.reset();
        self.memory.budget = (self.memory.budget * 2).min(BUDGET_MAX);
    }

    /// Another epoch than before: the server was restored. Everything is kept, asked for and built anew.
    fn take_epoch(&mut self, response: &SyncResponse, around: &mut Surroundings<'_>) -> Result<bool, Stop> {
        let known = around.store.pull_cache().state("epoch")?;
        match known {
            Some(known) if known != response.epoch => {
                around.store.begin_next_cache()?;
                around.store.pull_cache().set_state("epoch", &response.epoch)?;
                around.store.outbox.ask_for_blobs_again()?;
                self.memory.confirmed_before_pull = None;
                Ok(true)
            }
            Some(_) => Ok(false),
            None => {
                around.store.pull_cache().set_state("epoch", &response.epoch)?;
                Ok(false)
            }
        }
    }

    fn blob_answered(
        &mut self,
        state: &BlobState,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Stop> {
        self.pushed_well();
        if state.stored {
            around.store.outbox.blob_stored(state.sha256, state.pos, state.epoch.as_deref())?;
            if let Some(round) = &mut self.memory.round {
                round.pull_after_blobs = true;
            }
            effects.push(Effect::StateChanged);
            return Ok(());
        }
        around.store.outbox.blob_begun(state.sha256)?;
        let step = blobs::after(around.store, state, self.memory.budget)?;
        match (step, self.memory.token.clone()) {
            (Some(step), Some(token)) => self.send_blob(step, token, effects),
            _ => {}
        }
        Ok(())
    }

    fn send_blob(&mut self, step: BlobStep, token: String, effects: &mut Vec<Effect>) {
        let (sha256, call) = match step {
            BlobStep::AskState(sha256) => (sha256, Call::BlobState(token, sha256)),
            BlobStep::Complete(sha256) => (sha256, Call::BlobComplete(token, sha256)),
            BlobStep::Put(put) => (put.sha256, Call::BlobPut(token, put)),
        };
        self.call(Pending::Blob { sha256 }, call, effects);
    }

    /// Makes the next call, if one is due and none is in flight.
    fn advance(
        &mut self,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        if self.memory.pending.is_some() || self.memory.round.is_none() {
            return Ok(());
        }
        match enrolment::state(around.store)? {
            Enrolment::None => {
                self.memory.round = None;
                return Ok(());
            }
            Enrolment::Asking(request) => {
                self.call(Pending::Enrol, Call::Enrol(*request), effects);
                return Ok(());
            }
            Enrolment::Unconfirmed | Enrolment::Active => {}
        }
        let Some((key, device)) = identity(around)? else { return Ok(()) };
        let Some(token) = self.memory.token.clone() else {
            self.call(Pending::Nonce, Call::Nonce(NonceRequest { device }), effects);
            return Ok(());
        };
        self.work(&key, device, token, around, effects)
    }

    fn work(
        &mut self,
        key: &SigningKey,
        device: DeviceId,
        token: String,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        let Some(round) = &mut self.memory.round else { return Ok(()) };
        if round.sync {
            round.sync = false;
            return self.send_sync(key, device, token, around, effects);
        }
        if round.blobs {
            if let Some(step) = blobs::first(around.store, &round.skipped, self.memory.budget)? {
                self.send_blob(step, token, effects);
                return Ok(());
            }
            round.blobs = false;
            if std::mem::take(&mut round.pull_after_blobs) {
                return self.send_sync(key, device, token, around, effects);
            }
        }
        if round.is_over() {
            let skipped = !round.skipped.is_empty();
            self.memory.round = None;
            if std::mem::take(&mut self.memory.again) {
                self.want();
                return self.advance(around, effects);
            }
            let wait = if skipped {
                self.memory.backoff.next_ms(around.ports.chance.as_mut(), None)
            } else {
                POLL_MS
            };
            effects.push(Effect::WakeAfter(wait));
        }
        Ok(())
    }

    fn send_sync(
        &mut self,
        key: &SigningKey,
        device: DeviceId,
        token: String,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        let found = push::next(around.store, key, device, self.memory.budget)?;
        let head = around.store.outbox.chain_head()?.ok_or(StoreError::Damaged("no incarnation"))?;
        if self.memory.confirmed_before_pull.is_none() {
            let confirmed = around.store.outbox.confirmed_laid_over()?;
            self.memory.confirmed_before_pull = Some(confirmed.into_iter().map(|(op, ..)| op).collect());
        }
        let pushed = found.as_ref().map(|(incarnation, push)| Pushed {
            incarnation: *incarnation,
            from_seq: push.from_seq,
            count: push.bodies.len(),
        });
        let outstanding = around.store.outbox.outstanding()?;
        let cache = around.store.pull_cache();
        let request = SyncRequest {
            proto: PROTO,
            epoch: cache.state("epoch")?,
            incarnation: pushed.map_or(head.incarnation, |p| p.incarnation),
            cursors: cache.cursors()?,
            mark: cache.mark()?,
            outstanding,
            budget: (!self.memory.revoked).then_some(u32::try_from(self.memory.budget).unwrap_or(u32::MAX)),
            push: found.map(|(_, push)| push),
        };
        self.call(Pending::Sync { pushed }, Call::Sync(token, Box::new(request)), effects);
        Ok(())
    }

    fn call(&mut self, pending: Pending, call: Call, effects: &mut Vec<Effect>) {
        self.memory.calls += 1;
        self.memory.pending = Some((self.memory.calls, pending));
        effects.push(Effect::Call(self.memory.calls, call));
        effects.push(Effect::StateChanged);
    }
}

fn take_pages(response: &SyncResponse, around: &mut Surroundings<'_>) -> Result<Vec<RecordId>, Stop> {
    let mut changed = Vec::new();
    for page in response.pages.clone() {
        let plan = pull_plan::plan(page, response.mark, &response.epoch)?;
        changed.extend(around.store.apply_page(&plan)?);
    }
    for audience in &response.gone {
        around.store.forget_audience(*audience)?;
    }
    Ok(changed)
}

fn note_exchange(response: &SyncResponse, around: &mut Surroundings<'_>) -> Result<(), StoreError> {
    let now = around.now();
    around.store.cache.set_state("last_exchange", &now.0.to_string())?;
    around.store.cache.set_state("clock_ahead", &(now.0 - response.server_ms).to_string())
}

fn identity(around: &Surroundings<'_>) -> Result<Option<(SigningKey, DeviceId)>, StoreError> {
    enrolment::identity(around.store, around.ports)
}
