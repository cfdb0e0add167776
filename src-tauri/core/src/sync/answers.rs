//! What the engine makes of an answer: outcomes into the outbox, pages into the cache, errors into patience.
//!
//! No error clears anything, and an answer that proves nothing is no answer.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::wire::blob::BlobState;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::page::Page;
use fieldcard_schema::wire::sync::{Refused, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, TokenRequest};

use super::engine::{Engine, identity};
use super::give_back::GiveBack;
use super::messages::{Answer, Call, Effect, Surroundings};
use super::push::{self, ChainNews};
use super::state::{BUDGET_MAX, BUDGET_MIN, Pending, Pushed};
use super::{blobs, prune, pull_plan};
use crate::enrolment;
use crate::shut_out;
use crate::store::StoreError;
use crate::witness;

/// How often an unconfirmed device asks whether the office has confirmed it, in ms.
const CONFIRM_POLL_MS: i64 = 3_000;

/// How old the written time of the last exchange may grow while nothing else is written, in ms.
const NOTE_AFTER_MS: u64 = 600_000;

/// The notice of a server whose log does not hold the mark that it once gave.
const MARK_UNKNOWN: &str = "mark_unknown";

/// The notice of an office that has shut this device out.
const REVOKED: &str = "revoked";

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
            (Pending::Sync { pushed }, Ok(Answer::Sync(response))) => {
                self.synced(pushed, *response, around, effects)
            }
            (Pending::Blob { sha256 }, Ok(Answer::Blob(state))) if state.sha256 == sha256 => {
                self.blob_answered(&state, around, effects)
            }
            (Pending::Check { aud }, Ok(Answer::Check(answer))) => {
                self.pushed_well();
                self.checked(aud, answer, around)
                    .map(|recs| effects.extend((!recs.is_empty()).then_some(Effect::Changed(recs))))
                    .map_err(Stop::from)
            }
            (Pending::Dataset { sha256, from }, Ok(Answer::Bytes(bytes))) => {
                self.pushed_well();
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
            // Of an enrolment a bad signature means that somebody stands in between: no use to ask again.
            (
                ErrorCode::CodeWrong | ErrorCode::CodeUsed | ErrorCode::CodeExpired | ErrorCode::BadSignature,
                Pending::Enrol,
            ) => {
                self.memory.round = None;
                return enrolment::refused(around.store, around.ports, error.code);
            }
            (ErrorCode::Revoked, pending) if *pending != Pending::Enrol => {
                shut_out::heard(around.store, around.ports)?;
            }
            (ErrorCode::ProtoTooOld, Pending::Sync { .. }) => {
                let first = !std::mem::replace(&mut self.memory.outdated, true);
                self.memory.round.iter_mut().for_each(|round| round.without_pull(first));
                return Ok(());
            }
            (
                ErrorCode::Unauthorised,
                Pending::Sync { .. } | Pending::Blob { .. } | Pending::Dataset { .. } | Pending::Check { .. },
            ) if self.memory.token.is_some() => {
                // The token has run out: get another and go on. Nothing is cleared.
                self.memory.token = None;
                return Ok(());
            }
            (ErrorCode::TooLarge | ErrorCode::Unreachable, _) => {
                self.memory.budget = (self.memory.budget / 2).max(BUDGET_MIN);
            }
            _ => {}
        }
        if matches!(pending, Pending::Check { .. }) && error.code != ErrorCode::Unreachable {
            return self.check_failed(around);
        }
        if let (Pending::Blob { sha256 } | Pending::Dataset { sha256, .. }, Some(round)) =
            (pending, &mut self.memory.round)
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
        self.memory.next_try = Some(around.now().wall().plus(wait));
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
        mut response: SyncResponse,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Stop> {
        let pages = std::mem::take(&mut response.pages);
        let response = &response;
        let news = take_push(pushed, response, around)?;
        if news == ChainNews::Foreign {
            let incarnation = around.ports.incarnation();
            around.store.outbox.open_incarnation(incarnation, false)?;
        }
        self.pushed_well();
        if response.notices.iter().any(|code| code == REVOKED) {
            shut_out::heard(around.store, around.ports)?;
        }
        self.memory.give_back.taken();
        let restored = self.take_restore(news, response, around)?;
        self.memory.give_back.ask(&response.need, around.store)?;
        let changed = if restored { Vec::new() } else { take_pages(pages, pushed, response, around)? };
        let ended = !restored && !response.more && response.refused.is_none();
        let confirmed =
            if ended { self.memory.confirmed_before_pull.take().unwrap_or_default() } else { Vec::new() };
        let waiting = !around.store.outbox.waiting(0, 1, 1)?.is_empty();
        // A push refused for a reason that nothing here mends: blobs go on, and later it is tried again.
        let stuck = response.refused.is_some() && news == ChainNews::None;
        // The old cache answers what the server asks for; it may ask as long as ops go to it.
        let asked = self.memory.give_back.is_due() || (waiting && !stuck);
        if ended && !asked && around.store.next_cache.is_some() {
            around.store.swap_cache()?;
        }
        let mut recs = around.store.release(&confirmed)?;
        recs.extend(changed);
        note_exchange(response, around, !recs.is_empty())?;
        if ended {
            prune::after(around.store, response)?;
        }
        if pushed.is_some() || news != ChainNews::None {
            witness::remember(around.store, around.ports)?;
        }
        if let Some(round) = &mut self.memory.round {
            round.stuck = stuck;
            round.sync = restored
                || response.more
                || asked
                || (!round.stuck && (waiting || self.memory.confirmed_before_pull.is_some()));
        }
        effects.push(Effect::Changed(recs.into_iter().collect()));
        effects.push(Effect::StateChanged);
        Ok(())
    }

    pub(super) fn pushed_well(&mut self) {
        self.memory.backoff.reset();
        self.memory.budget = (self.memory.budget * 2).min(BUDGET_MAX);
    }

    /// The restore flow: another epoch than before, a mark that the server does not know, or fewer ops than it
    /// had acknowledged. Everything is kept, asked for and built anew.
    fn take_restore(
        &mut self,
        news: ChainNews,
        response: &SyncResponse,
        around: &mut Surroundings<'_>,
    ) -> Result<bool, Stop> {
        let known = around.store.pull_cache().state("epoch")?;
        let rolled_back =
            news == ChainNews::Rewound || response.notices.iter().any(|code| code == MARK_UNKNOWN);
        if known.as_ref().is_none_or(|known| *known == response.epoch) && !rolled_back {
            if known.is_none() {
                around.store.pull_cache().set_state("epoch", &response.epoch)?;
            }
            return Ok(false);
        }
        around.store.begin_next_cache()?;
        around.store.pull_cache().set_state("epoch", &response.epoch)?;
        around.store.outbox.ask_for_blobs_again()?;
        if let Some(head) = around.store.outbox.chain_head()? {
            around.store.outbox.rewind_others(head.incarnation)?;
        }
        self.memory.confirmed_before_pull = None;
        self.memory.give_back = GiveBack::default();
        Ok(true)
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
        if let (Some(step), Some(token)) = (step, self.memory.token.clone()) {
            self.send_blob(step, token, effects);
        }
        Ok(())
    }
}

fn take_push(
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
            let first = around.store.outbox.pruned(incarnation)? + 1;
            let unfillable = news == ChainNews::None && pushed.is_some_and(|p| p.from_seq == first);
            if unfillable {
                let fresh = around.ports.incarnation();
                around.store.outbox.open_incarnation(fresh, true)?;
                return Ok(ChainNews::Rewound);
            }
            Ok(news)
        }
        (None, Some(incarnation), Some(head)) => match push::compare_head(around.store, incarnation, head)? {
            ChainNews::None => Ok(news),
            found => Ok(found),
        },
        _ => Ok(news),
    }
}

fn take_pages(
    pages: Vec<Page>,
    pushed: Option<Pushed>,
    response: &SyncResponse,
    around: &mut Surroundings<'_>,
) -> Result<Vec<RecordId>, Stop> {
    let mut changed = Vec::new();
    for page in pages {
        let own = push::own_rows(around.store, pushed, response.outcomes.as_ref(), &page.own)?;
        let own = own.ok_or_else(|| ApiError::about(ErrorCode::Malformed, "own"))?;
        let plan = pull_plan::plan(page, own, response.mark, &response.epoch)?;
        changed.extend(around.store.apply_page(&plan)?);
    }
    for audience in &response.gone {
        around.store.forget_audience(*audience)?;
    }
    Ok(changed)
}

/// Notes when the office was heard, and by how much the clocks differ. What was noted in memory alone is lost
/// with the process, so after a while it is written although nothing else is.
fn note_exchange(
    response: &SyncResponse,
    around: &mut Surroundings<'_>,
    changed: bool,
) -> Result<(), StoreError> {
    let now = around.now();
    let values = [
        ("last_exchange", now.0.to_string()),
        ("clock_boot", now.2.to_string()),
        ("clock_ahead", (now.0 - response.server_ms).to_string()),
    ];
    let written = around.store.cache.written("last_exchange")?.and_then(|ms| ms.parse::<i64>().ok());
    let due = written.is_none_or(|ms| now.0.abs_diff(ms) >= NOTE_AFTER_MS);
    around.store.cache.note(values, changed || due)
}
