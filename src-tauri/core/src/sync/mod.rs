//! The sync engine: events in, effects out; no socket, no clock, no thread.
//!
//! [`engine`] is the state machine, [`answers`] what it makes of answers, [`messages`] its events and effects,
//! [`pull_plan`] turns an answer's pages into plans (pure), [`pull_apply`] writes them, [`blobs`] picks the next
//! run to send, [`datasets`] fetches and builds reference data, [`check`] compares with the server's lists, [`give_back`] sends what a restored server has lost,
//! [`unsent`] gathers what a file shall carry, [`prune`] makes the outbox smaller, [`backoff`] says when to try again. The driver
//! in the shell carries effects out and holds no logic.

mod answers;
pub mod backoff;
mod blobs;
pub mod check;
mod datasets;
pub mod engine;
mod give_back;
mod messages;
mod perform;
mod prune;
mod pull_apply;
mod pull_plan;
mod push;
mod state;
pub mod unsent;

pub use engine::Engine;
pub use messages::{Answer, CALL_DEADLINE_MS, Call, CallId, Effect, Event, Surroundings};
pub use perform::perform;
