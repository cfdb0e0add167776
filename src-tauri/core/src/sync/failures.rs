//! What a call that failed leads to: smaller bodies, another token, patience. No error clears anything.
//!
//! Each kind of call waits for its own failures and goes round those of the others: a photo that does not get
//! through holds up neither another photo nor what is read. What the server asks for holds up everything.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::budget::BUDGET_MIN;
use super::engine::Engine;
use super::messages::{Effect, Surroundings};
use super::state::{Exchanging, Pending};
use crate::enrolment;
use crate::shut_out;
use crate::store::StoreError;

/// How often an unconfirmed device asks whether the office has confirmed it, in ms.
const CONFIRM_POLL_MS: i64 = 3_000;

/// How many codes are remembered for a report.
const CODES_MAX: usize = 20;

/// Whether a smaller body may get through where this one did not. A page of somebody on the way (a proxy's 413 or
/// 502) and an answer that was cut off are `Malformed`.
fn may_be_its_size(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::TooLarge | ErrorCode::Unreachable | ErrorCode::Malformed)
}

impl Engine {
    pub(super) fn failed(
        &mut self,
        pending: &Pending,
        error: &ApiError,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), StoreError> {
        self.note_failure(pending, error);
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
            (ErrorCode::ProtoTooOld, Pending::Sync(_)) => {
                (self.memory.outdated, self.memory.app_old) = (true, true);
            }
            (ErrorCode::Unauthorised, _) if self.wants_another_token(pending) => return Ok(()),
            _ => {}
        }
        let asks =
            error.retry_after.is_some() || matches!(error.code, ErrorCode::RateLimited | ErrorCode::Busy);
        match pending {
            _ if asks => self.rest(error, around, effects),
            Pending::Sync(exchanging)
                if matches!(error.code, ErrorCode::Revoked | ErrorCode::ProtoTooOld) =>
            {
                self.goes_on_without_pull(*exchanging);
            }
            Pending::Sync(exchanging) if self.goes_on_without_push(*exchanging, around) => {}
            Pending::Blob { sha256, sent } => self.blob_failed(*sha256, *sent, error.code, around),
            Pending::Dataset { sha256, len, .. } => self.dataset_failed(*sha256, *len, error.code, around),
            Pending::Check { aud } => return self.check_failed(*aud, error.code, around),
            _ => self.rest(error, around, effects),
        }
        Ok(())
    }

    fn note_failure(&mut self, pending: &Pending, error: &ApiError) {
        self.memory.online = error.code != ErrorCode::Unreachable;
        self.memory.codes.push(error.code);
        self.memory.last_error = Some(error.code);
        let over = self.memory.codes.len().saturating_sub(CODES_MAX);
        self.memory.codes.drain(..over);
        if !may_be_its_size(error.code) {
            return;
        }
        let budgets = &mut self.memory.budgets;
        match pending {
            // Nobody can tell which way it was lost.
            Pending::Sync(exchanging) => {
                budgets.push.lost(exchanging.sent);
                budgets.pull.lost(exchanging.pull.unwrap_or(0));
            }
            Pending::Blob { sent, .. } => budgets.runs.lost(*sent),
            Pending::Dataset { len, .. } => budgets.pull.lost(*len),
            Pending::Check { .. } => budgets.pull.lost(budgets.pull.bytes()),
            Pending::Enrol | Pending::Nonce | Pending::Token => {}
        }
    }

    /// The server takes no sync call as it was: once more without a pull, and else what does not need one.
    fn goes_on_without_pull(&mut self, exchanging: Exchanging) {
        if let Some(round) = &mut self.memory.round {
            let again = exchanging.pull.is_some();
            (round.reads, round.sync, round.stuck) = (false, again, !again);
            (round.checks, round.datasets) = (false, false);
        }
    }

    /// It failed twice with work in it: once more without, for whatever is wrong with what goes up is no reason not to
    /// hear what comes down. Where that fails too it was not the work, and nothing is held against it.
    fn goes_on_without_push(&mut self, exchanging: Exchanging, around: &mut Surroundings<'_>) -> bool {
        let patience = &mut self.memory.patience;
        if exchanging.pushed.is_none() {
            patience.push.good();
            return false;
        }
        let Some(round) = self.memory.round.as_mut().filter(|_| exchanging.pull.is_some()) else {
            return false;
        };
        if patience.office.failures() == 0 {
            return false;
        }
        patience.push.fail(around.now(), around.ports.chance.as_mut(), None);
        round.sync = true;
        true
    }

    /// The token has run out: another one, and on with the same call. Nothing is cleared.
    fn wants_another_token(&mut self, pending: &Pending) -> bool {
        let with_token = !matches!(pending, Pending::Enrol | Pending::Nonce | Pending::Token);
        let Some(round) = self.memory.round.as_mut().filter(|round| with_token && !round.renewed) else {
            return false;
        };
        round.renewed = true;
        round.sync |= matches!(pending, Pending::Sync(_));
        self.memory.token = None;
        true
    }

    fn blob_failed(&mut self, sha256: Digest, sent: usize, code: ErrorCode, around: &mut Surroundings<'_>) {
        if code != ErrorCode::Unreachable && may_be_its_size(code) && sent > BUDGET_MIN {
            return;
        }
        self.set_aside(sha256, around);
        if code == ErrorCode::Unreachable {
            let now = around.now();
            self.memory.patience.blobs.fail(now, around.ports.chance.as_mut(), None);
            self.memory.round.iter_mut().for_each(|round| round.blobs = false);
        }
    }

    fn dataset_failed(&mut self, sha256: Digest, len: usize, code: ErrorCode, around: &mut Surroundings<'_>) {
        if code != ErrorCode::Unreachable && may_be_its_size(code) && len > BUDGET_MIN {
            return;
        }
        self.set_aside(sha256, around);
        if code == ErrorCode::Unreachable {
            let now = around.now();
            self.memory.patience.datasets.fail(now, around.ports.chance.as_mut(), None);
            self.memory.round.iter_mut().for_each(|round| round.datasets = false);
        }
    }

    /// A blob or file that failed lets the others go first.
    pub(super) fn set_aside(&mut self, sha256: Digest, around: &mut Surroundings<'_>) {
        let now = around.now();
        let patience = self.memory.patience.items.entry(sha256).or_default();
        patience.fail(now, around.ports.chance.as_mut(), None);
    }

    /// Ends the round and sets the retry timer.
    pub(super) fn rest(
        &mut self,
        error: &ApiError,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let now = around.now();
        let chance = around.ports.chance.as_mut();
        let wait = self.memory.patience.office.fail(now, chance, error.retry_after);
        self.rest_for(wait, around, effects);
    }

    /// Ends the round; the next one begins after so many ms.
    pub(super) fn rest_for(&mut self, wait: i64, around: &Surroundings<'_>, effects: &mut Vec<Effect>) {
        self.memory.round = None;
        self.memory.again = false;
        self.memory.confirmed_before_pull = None;
        self.memory.next_try = Some(around.now().wall().plus(wait));
        effects.push(Effect::WakeAfter(wait));
    }
}
