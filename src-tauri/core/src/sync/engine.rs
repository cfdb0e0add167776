//! The sync engine: hears events, asks for effects. One call in flight, everything else follows from stores.
//!
//! ```text
//!            want            token?           ops, pull            blobs                       datasets
//!   idle ──────────▶ round ─────────▶ nonce ─▶ token ─▶ sync ⟲ ─────────▶ put ⟲ ─▶ (one more sync) ─▶ get ⟲ ─▶ idle
//!                      ▲                                  │ failed              │ failed
//!                      └───────────── timer ◀─────────────┴─────────────────────┘
//! ```
//!
//! An HTTP status acknowledges nothing here: only an outcome whose link we computed ourselves, or a stored
//! answer that names the digest. No error clears anything.

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::PROTO;
use fieldcard_schema::wire::sync::SyncRequest;
use fieldcard_schema::wire::token::NonceRequest;

use super::blobs::{self, BlobStep};
use super::datasets::SLICE_PAUSE_MS;
use super::messages::{Call, Effect, Event, Surroundings};
use super::push;
use super::state::{Memory, Pending, Pushed, Round};
use crate::enrolment::{self, Enrolment};
use crate::shut_out;
use crate::store::StoreError;

/// How often to look for news when nothing else happens, in ms.
const POLL_MS: i64 = 60_000;

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

    /// Whether any call is in flight.
    pub fn is_calling(&self) -> bool {
        self.memory.pending.is_some()
    }

    /// Whether a call is in flight that carries work.
    pub fn is_sending(&self) -> bool {
        matches!(self.memory.pending, Some((_, Pending::Sync { pushed: Some(_) } | Pending::Blob { .. })))
    }

    /// The ops that are under way: incarnation, first seq, how many.
    pub fn ops_in_flight(&self) -> Option<(Incarnation, u64, u64)> {
        match self.memory.pending {
            Some((_, Pending::Sync { pushed: Some(p) })) => Some((p.incarnation, p.from_seq, p.count as u64)),
            _ => None,
        }
    }

    /// The blob that is under way.
    pub fn blob_in_flight(&self) -> Option<Digest> {
        match self.memory.pending {
            Some((_, Pending::Blob { sha256 })) => Some(sha256),
            _ => None,
        }
    }

    /// How many ops and blobs waited when the running exchange began.
    pub fn begun_with(&self) -> Option<u64> {
        self.memory.begun_with
    }

    /// When it tries again after a failure, by the wall clock.
    pub fn next_try(&self) -> Option<Timestamp> {
        self.memory.next_try
    }

    /// Whether the last call reached the office, as far as we know.
    pub fn is_online(&self) -> bool {
        self.memory.online
    }

    /// Whether the server lets this device read.
    pub(super) fn pulls(&self) -> bool {
        !self.memory.revoked && !self.memory.outdated
    }

    pub(super) fn want(&mut self) {
        if self.memory.round.is_some() {
            self.memory.again = true;
            return;
        }
        self.memory.round = Some(Round::whole());
        self.memory.begun_with = None;
        self.memory.next_try = None;
    }

    pub(super) fn send_blob(&mut self, step: BlobStep, token: String, effects: &mut Vec<Effect>) {
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
        self.memory.revoked = shut_out::is_shut_out(around.store)?;
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
            if let Some(step) = blobs::first(around.store, &round.skipped, self.memory.budget)? {
                self.send_blob(step, credentials.token.clone(), effects);
                return Ok(());
            }
            round.blobs = false;
            if std::mem::take(&mut round.pull_after_blobs) {
                return self.send_sync(credentials, around, effects);
            }
        }
        if self.checks(&credentials.token, around, effects)?
            || self.fetches_dataset(&credentials.token, around, effects)?
        {
            return Ok(());
        }
        self.end_round(around, effects)
    }

    fn end_round(
        &mut self,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        let Some(round) = self.memory.round.take_if(|round| round.is_over()) else { return Ok(()) };
        if std::mem::take(&mut self.memory.again) {
            self.want();
            return self.advance(around, effects);
        }
        let wait = if around.store.dataset_is_due()? {
            SLICE_PAUSE_MS
        } else if round.skipped.is_empty() && !round.stuck {
            POLL_MS
        } else {
            self.memory.backoff.next_ms(around.ports.chance.as_mut(), None)
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
        let found =
            push::behind(around.store, Some((&credentials.key, credentials.device)), 0, self.memory.budget)?;
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
        self.memory.begun_with.get_or_insert(outstanding.map_or(0, |o| o.ops + o.blobs));
        let cache = around.store.pull_cache();
        let request = SyncRequest {
            proto: PROTO,
            epoch: cache.state("epoch")?,
            incarnation: pushed.map_or(head.incarnation, |p| p.incarnation),
            cursors: cache.cursors()?,
            mark: cache.mark()?,
            outstanding,
            own: pushed.is_some(),
            budget: self.pulls().then_some(u32::try_from(self.memory.budget).unwrap_or(u32::MAX)),
            push: found.map(|(_, push)| push),
            recovered: self.memory.give_back.next(self.memory.budget)?,
        };
        self.call(
            Pending::Sync { pushed },
            Call::Sync(credentials.token.clone(), Box::new(request)),
            effects,
        );
        Ok(())
    }

    pub(super) fn call(&mut self, pending: Pending, call: Call, effects: &mut Vec<Effect>) {
        self.memory.calls += 1;
        self.memory.pending = Some((self.memory.calls, pending));
        effects.push(Effect::Call(self.memory.calls, call));
        effects.push(Effect::StateChanged);
    }
}

pub(super) fn identity(around: &Surroundings<'_>) -> Result<Option<(SigningKey, DeviceId)>, StoreError> {
    enrolment::identity(around.store, around.ports)
}
