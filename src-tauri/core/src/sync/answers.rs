//! What the engine makes of an answer, whatever was asked. That of an exchange is taken apart in `synced`, one that
//! failed in `failures`.
//!
//! No error clears anything, and an answer that proves nothing is no answer.

use fieldcard_schema::wire::blob::BlobState;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::token::{Nonce, TokenRequest};

use super::blobs;
use super::engine::{Engine, identity};
use super::messages::{Answer, Call, Effect, Surroundings};
use super::state::Pending;
use crate::enrolment;
use crate::store::StoreError;

/// What stopped a step: the store, or an answer that is no answer.
pub(super) enum Stop {
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
    pub(super) fn answered(
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
                enrolment::confirmed(around.store, &token.tag_prefixes).map_err(Stop::from)
            }
            (Pending::Sync(exchanging), Ok(Answer::Sync(response))) => {
                self.synced(exchanging, *response, around, effects)
            }
            (Pending::Blob { sha256, sent }, Ok(Answer::Blob(state))) if state.sha256 == sha256 => {
                self.blob_answered(&state, sent, around, effects)
            }
            (Pending::Check { aud }, Ok(Answer::Check(answer))) => {
                self.memory.patience.check.good();
                self.checked(aud, answer, around)
                    .map(|recs| effects.extend((!recs.is_empty()).then_some(Effect::Changed(recs))))
                    .map_err(Stop::from)
            }
            (Pending::Dataset { sha256, from, .. }, Ok(Answer::Bytes(bytes))) => {
                self.dataset_answered(sha256, from, &bytes, around).map_err(Stop::from)
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

    fn blob_answered(
        &mut self,
        state: &BlobState,
        sent: usize,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Stop> {
        if sent > 0 {
            self.memory.budgets.runs.carried(sent);
            self.memory.patience.blobs.good();
        }
        if state.stored {
            self.memory.patience.items.remove(&state.sha256);
            around.store.outbox.blob_stored(state.sha256, state.pos, state.epoch.as_deref())?;
            if let Some(round) = &mut self.memory.round {
                round.pull_after_blobs = true;
            }
            effects.push(Effect::StateChanged);
            return Ok(());
        }
        around.store.outbox.blob_begun(state.sha256)?;
        let step = blobs::after(around.store, state, self.memory.budgets.runs.bytes())?;
        if let (Some(step), Some(token)) = (step, self.memory.token.clone()) {
            self.send_blob(step, token, effects);
        }
        Ok(())
    }
}
