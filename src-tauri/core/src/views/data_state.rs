//! The global pill: a query on the outbox, never a remembered flag.

use serde::Serialize;

use super::{Scene, Time};
use crate::error::ActionError;
use fieldcard_schema::merge::Outcome;

/// Waiting longer than this turns red, in ms.
const LATE_MS: i64 = 24 * 3_600_000;

/// What the pill says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PillState {
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
}

/// The pill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DataState {
    /// What it says.
    pub state: PillState,
    /// Ops and blobs that the office does not hold.
    pub waiting: u64,
    /// Ops that ended in a way the person should know.
    pub needs_you: u64,
    /// The oldest waits longer than 24 h.
    pub late: bool,
    /// The office was last heard of then.
    pub last_exchange: Option<Time>,
    /// The first pull has not ended.
    pub partial: bool,
}

/// Makes the view.
pub fn view(scene: &Scene<'_>) -> Result<DataState, ActionError> {
    let outstanding = scene.store.outbox.outstanding()?;
    let waiting = outstanding.map_or(0, |o| o.ops + o.blobs);
    let open = scene.store.outbox.open_ops()?;
    let needs_you =
        open.iter().filter(|op| op.outcome.is_some_and(|o| o.outcome >= Outcome::Conflict)).count() as u64;
    let late = outstanding.is_some_and(|o| scene.now().0 - o.oldest > LATE_MS);
    let state = match () {
        () if needs_you > 0 => PillState::NeedsYou,
        () if scene.exchange.sending => PillState::Sending,
        () if !scene.exchange.online => PillState::Offline,
        () if waiting > 0 => PillState::Waiting,
        () => PillState::UpToDate,
    };
    let partial = scene.store.cache.is_partial()?;
    Ok(DataState { state, waiting, needs_you, late, last_exchange: scene.last_exchange()?, partial })
}
