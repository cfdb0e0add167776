//! The global pill: a query on the outbox, never a remembered flag.

use serde::Serialize;
use ts_rs::TS;

use super::issues;
use super::scene::Scene;
use super::value::Time;
use crate::enrolment::{self, Enrolment};
use crate::error::ActionError;

/// Waiting longer than this turns red, in ms.
const LATE_MS: i64 = 24 * 3_600_000;

/// What the pill says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PillState {
    /// The office holds everything.
    UpToDate,
    /// Something waits.
    Waiting,
    /// Something is under way.
    Sending,
    /// A person has to act.
    NeedsYou,
    /// No network, as far as we know.
    Offline,
    /// The office's server no longer reads this version of the app: work goes up, nothing comes down.
    AppOld,
}

/// The pill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct DataStateView {
    state: PillState,
    /// Ops and blobs that the office does not hold.
    waiting: u64,
    /// Of those that waited when this exchange began, how many the office holds by now.
    sent: u64,
    /// How many waited then; 0 when nothing is under way.
    sending: u64,
    /// What a person has to decide.
    needs_you: u64,
    /// The oldest waits longer than 24 h.
    late: bool,
    /// The office was last heard of then.
    last_exchange: Option<Time>,
    /// The first pull has not ended: not everything of the office is here yet.
    partial: bool,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>) -> Result<DataStateView, ActionError> {
    let outstanding = scene.store.outbox.outstanding()?;
    let waiting = outstanding.map_or(0, |o| o.ops + o.blobs);
    // A lost key is his to bring before the office, and above all else: nothing is sent without it.
    let key_lost =
        u64::from(enrolment::is_in_use(scene.store)? && enrolment::state(scene.store)? != Enrolment::Active);
    let needs_you = issues::subjects(scene)?.len() as u64 + key_lost;
    let late = outstanding.is_some_and(|o| scene.now().0 - o.oldest > LATE_MS);
    let state = match () {
        () if needs_you > 0 => PillState::NeedsYou,
        () if scene.exchange.sending => PillState::Sending,
        () if !scene.exchange.online => PillState::Offline,
        () if scene.exchange.app_old => PillState::AppOld,
        () if waiting > 0 => PillState::Waiting,
        () => PillState::UpToDate,
    };
    let sending = match scene.exchange.begun_with {
        Some(begun_with) if scene.exchange.sending => begun_with.max(waiting),
        _ => 0,
    };
    Ok(DataStateView {
        state,
        waiting,
        sent: sending.saturating_sub(waiting),
        sending,
        needs_you,
        late,
        last_exchange: scene.last_exchange()?,
        partial: scene.store.cache.is_partial()?,
    })
}
