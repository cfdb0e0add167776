//! The sync engine: hears events, asks for effects. One call in flight, everything else follows from stores.
//!
//! ```text
//!            want            token?           ops, pull            blobs                       datasets
//!   idle ──────────▶ round ─────────▶ nonce ─▶ token ─▶ sync ⟲ ─────────▶ put ⟲ ─▶ (one more sync) ─▶ get ⟲ ─▶ idle
//!                      ▲                                  │ failed              │ failed
//!                      └───────────── timer ◀─────────────┴─────────────────────┘
//! ```
//!
//! What fails makes its own kind of call wait and no other (`failures`); the server's *not before* holds for all.
//!
//! An HTTP status acknowledges nothing here: only an outcome whose link we computed ourselves, or a stored
//! answer that names the digest. No error clears anything.

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::PROTO;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{Push, SyncRequest};
use fieldcard_schema::wire::token::NonceRequest;

use super::blobs::{self, BlobStep, Choice};
use super::budget::BUDGET_MIN;
use super::datasets::SLICE_PAUSE_MS;
use super::messages::{Call, Effect, Event, Surroundings};
use super::push;
use super::state::{Exchanging, Memory, Pending, Pushed, Round};
use crate::enrolment::{self, Enrolment};
use crate::shut_out;
use crate::store::StoreError;
use crate::store::outbox::PHOTOS_ON_WIFI_ONLY;

/// How often to look for news when nothing else happens, in ms.
const POLL_MS: i64 = 60_000;

/// How long a call may stand still, in ms.
const STILL_MS: i64 = 30_000;

/// What the system takes from us at once may stand in its buffers, unseen, for as long as the slowest path needs:
/// so much longer for each KiB, up to the smallest body.
const STILL_MS_PER_KIB: i64 = 1_000;

/// What a call needs to be let in.
struct Credentials {
    key: SigningKey,
    device: DeviceId,
    token: String,
}

/// The engine.
#[derive(Debug, Default)]
pub struct Engine {
    pub(super) memory: Memory,
}

impl Engine {
    /// Takes one event; what it asks for is to be done before the next one is told.
    pub fn step(&mut self, event: Event, around: &mut Surroundings<'_>) -> Result<Vec<Effect>, StoreError> {
        let mut effects = Vec::new();
        match event {
            Event::TimerFired if self.builds_dataset(around, &mut effects)? => return Ok(effects),
            Event::Saved | Event::TimerFired => self.want(around, &mut effects),
            Event::Wanted => {
                self.memory.patience.hurry();
                self.want(around, &mut effects);
            }
            Event::Network { up, metered } => {
                (self.memory.online, self.memory.metered) = (up, metered);
                effects.push(Effect::StateChanged);
                if up {
                    self.memory.patience.hurry();
                    self.memory.budgets.another_path();
                    self.want(around, &mut effects);
                }
            }
            Event::Overdue(id) => {
                let overdue = Err(ApiError::about(ErrorCode::Unreachable, "timeout"));
                return self.step(Event::Answered(id, overdue), around);
            }
            Event::Answered(id, answer) => match self.memory.pending.take_if(|(awaited, _)| *awaited == id) {
                None => return Ok(effects),
                Some((_, pending)) => self.answered(pending, answer, around, &mut effects)?,
            },
        }
        self.advance(around, &mut effects)?;
        Ok(effects)
    }

    /// Whether any call is in flight.
    pub fn is_calling(&self) -> bool {
        self.memory.pending.is_some()
    }

    /// Whether a call is in flight that carries work.
    pub fn is_sending(&self) -> bool {
        matches!(
            self.memory.pending,
            Some((_, Pending::Sync(Exchanging { pushed: Some(_), .. }) | Pending::Blob { .. }))
        )
    }

    /// The ops that are under way: incarnation, first seq, how many.
    pub fn ops_in_flight(&self) -> Option<(Incarnation, u64, u64)> {
        match self.memory.pending {
            Some((_, Pending::Sync(Exchanging { pushed: Some(p), .. }))) => {
                Some((p.incarnation, p.from_seq, p.count as u64))
            }
            _ => None,
        }
    }

    /// The blob that is under way.
    pub fn blob_in_flight(&self) -> Option<Digest> {
        match self.memory.pending {
            Some((_, Pending::Blob { sha256, .. })) => Some(sha256),
            _ => None,
        }
    }

    /// How many ops and blobs waited when the running exchange began.
    pub fn begun_with(&self) -> Option<u64> {
        self.memory.begun_with
    }

    /// Why the office cannot be had as it should, until a round ends well.
    pub fn last_error(&self) -> Option<ErrorCode> {
        self.memory.last_error
    }

    /// When it tries again after a failure, by the wall clock.
    pub fn next_try(&self) -> Option<Timestamp> {
        self.memory.next_try
    }

    /// Whether the last call reached the office, as far as we know.
    pub fn is_online(&self) -> bool {
        self.memory.online
    }

    /// Whether the server calls this version of the app too old to read.
    pub fn is_too_old(&self) -> bool {
        self.memory.app_old
    }

    /// Whether the network costs by what goes over it; none where nobody can say.
    pub fn is_metered(&self) -> Option<bool> {
        self.memory.metered
    }

    /// Whether the server lets this device read, and there is room for it.
    pub(super) fn pulls(&self) -> bool {
        !self.memory.revoked
            && !self.memory.outdated
            && !self.memory.no_room
            && self.memory.round.as_ref().is_none_or(|round| round.reads)
    }

    /// Begins a round, unless the office is not to be asked yet.
    fn want(&mut self, around: &Surroundings<'_>, effects: &mut Vec<Effect>) {
        if self.memory.round.is_some() {
            self.memory.again = true;
            return;
        }
        let left = self.memory.patience.office.left(around.now());
        if left > 0 {
            effects.push(Effect::WakeAfter(left));
            return;
        }
        self.memory.round = Some(Round::whole());
        self.memory.begun_with = None;
        self.memory.next_try = None;
    }

    pub(super) fn send_blob(&mut self, step: BlobStep, token: String, effects: &mut Vec<Effect>) {
        let (sha256, sent, call) = match step {
            BlobStep::AskState(sha256) => (sha256, 0, Call::BlobState(token, sha256)),
            BlobStep::Complete(sha256) => (sha256, 0, Call::BlobComplete(token, sha256)),
            BlobStep::Put(put) => (put.sha256, put.bytes.len(), Call::BlobPut(token, put)),
        };
        self.call(Pending::Blob { sha256, sent }, call, effects);
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
        self.memory.revoked = shut_out::is_shut_out(around.store);
        self.memory.no_room = around.store.is_short_for_pull();
        match enrolment::state(around.store)? {
            Enrolment::None | Enrolment::KeyLost => {
                self.memory.round = None;
                return Ok(());
            }
            Enrolment::Asking(request) => {
                self.call(Pending::Enrol, Call::Enrol(*request), effects);
                return Ok(());
            }
            Enrolment::Unconfirmed | Enrolment::Active => {}
        }
        let Some((key, device)) = identity(around)? else {
            // Without it nothing can be sent: said on the screens, and waiting for the office.
            self.memory.round = None;
            effects.push(Effect::StateChanged);
            return enrolment::check_key(around.store, around.ports);
        };
        let Some(token) = self.memory.token.clone() else {
            self.call(Pending::Nonce, Call::Nonce(NonceRequest { device }), effects);
            return Ok(());
        };
        self.work(&Credentials { key, device, token }, around, effects)
    }

    fn work(
        &mut self,
        credentials: &Credentials,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        let Some(round) = &mut self.memory.round else { return Ok(()) };
        if round.sync {
            round.sync = false;
            return self.send_sync(credentials, around, effects);
        }
        if round.blobs {
            if let Some(step) = self.next_blob(around)? {
                self.send_blob(step, credentials.token.clone(), effects);
                return Ok(());
            }
            self.memory.round.iter_mut().for_each(|round| round.blobs = false);
        }
        if self.memory.round.as_mut().is_some_and(|round| std::mem::take(&mut round.pull_after_blobs)) {
            return self.send_sync(credentials, around, effects);
        }
        if self.checks(&credentials.token, around, effects)?
            || self.fetches_dataset(&credentials.token, around, effects)?
        {
            return Ok(());
        }
        self.end_round(around, effects)
    }

    /// The first step of the next blob that is due.
    fn next_blob(&self, around: &Surroundings<'_>) -> Result<Option<BlobStep>, StoreError> {
        let (now, patience) = (around.now(), &self.memory.patience);
        if patience.blobs.left(now) > 0 {
            return Ok(None);
        }
        let only_free = around.store.outbox.ident(PHOTOS_ON_WIFI_ONLY) == Some("true");
        let choice = Choice {
            photos: !(only_free && self.memory.metered == Some(true)),
            failures: &|sha256| patience.failures_of(sha256, now),
        };
        blobs::first(around.store, &choice, self.memory.budgets.runs.bytes())
    }

    fn end_round(
        &mut self,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        let Some(round) = self.memory.round.take_if(|round| round.is_over()) else { return Ok(()) };
        let now = around.now();
        if round.stuck {
            self.memory.patience.push.fail(now, around.ports.chance.as_mut(), None);
        }
        if !round.stuck && self.memory.patience.next(now).is_none() {
            self.memory.last_error = None;
        }
        if std::mem::take(&mut self.memory.again) {
            self.want(around, effects);
            return self.advance(around, effects);
        }
        let wait = if around.store.dataset_is_due()? {
            SLICE_PAUSE_MS
        } else {
            self.memory.patience.next(now).map_or(POLL_MS, |left| left.min(POLL_MS))
        };
        effects.push(Effect::WakeAfter(wait));
        Ok(())
    }

    fn send_sync(
        &mut self,
        credentials: &Credentials,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        let found = self.next_push(credentials, around)?;
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
        let sent = found.as_ref().map_or(0, |(_, push)| push.bodies.iter().map(Vec::len).sum());
        let pull = self.pulls().then(|| self.memory.budgets.pull.bytes());
        let outstanding = around.store.outbox.outstanding()?;
        self.memory.begun_with.get_or_insert(outstanding.map_or(0, |o| o.ops + o.blobs));
        let request = SyncRequest {
            proto: PROTO,
            epoch: around.store.last_epoch()?,
            incarnation: pushed.map_or(head.incarnation, |p| p.incarnation),
            cursors: around.store.pull_cache().cursors()?,
            mark: around.store.last_mark()?,
            outstanding,
            own: pushed.is_some(),
            budget: pull.map(|bytes| u32::try_from(bytes).unwrap_or(u32::MAX)),
            push: found.map(|(_, push)| push),
            recovered: self.memory.give_back.next(self.memory.budgets.push.bytes())?,
        };
        self.call(
            Pending::Sync(Exchanging { pushed, sent, pull }),
            Call::Sync(credentials.token.clone(), Box::new(request)),
            effects,
        );
        Ok(())
    }

    /// The ops that go with the next exchange; none while those that the server refuses are not to be tried.
    fn next_push(
        &self,
        credentials: &Credentials,
        around: &Surroundings<'_>,
    ) -> Result<Option<(Incarnation, Push)>, StoreError> {
        if self.memory.patience.push.left(around.now()) > 0 {
            return Ok(None);
        }
        let bytes = self.memory.budgets.push.bytes();
        push::behind(around.store, Some((&credentials.key, credentials.device)), 0, bytes)
    }

    pub(super) fn call(&mut self, pending: Pending, call: Call, effects: &mut Vec<Effect>) {
        self.memory.calls += 1;
        let body = match &pending {
            Pending::Sync(exchanging) => exchanging.sent,
            Pending::Blob { sent, .. } => *sent,
            _ => 0,
        };
        let hidden = i64::try_from(body.min(BUDGET_MIN) >> 10).unwrap_or(0) * STILL_MS_PER_KIB;
        self.memory.pending = Some((self.memory.calls, pending));
        effects.push(Effect::Call(self.memory.calls, call));
        effects.push(Effect::Deadline(self.memory.calls, STILL_MS + hidden));
        effects.push(Effect::StateChanged);
    }
}

pub(super) fn identity(around: &Surroundings<'_>) -> Result<Option<(SigningKey, DeviceId)>, StoreError> {
    enrolment::identity(around.store, around.ports)
}
