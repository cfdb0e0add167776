//! The sync engine: events in, effects out; no socket, no clock, no thread.
//!
//! [`engine`] is the state machine, [`pull_plan`] turns an answer's pages into plans (pure), [`pull_apply`]
//! writes them, [`blobs`] picks the next run to send, [`backoff`] says when to try again. The driver in the
//! shell carries effects out and holds no logic.

pub mod backoff;
mod blobs;
pub mod engine;
mod pull_apply;
mod pull_plan;
mod push;
mod state;

pub use engine::{Answer, Call, CallId, Effect, Engine, Event, Surroundings};
