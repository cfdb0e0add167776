//! The sync engine: events in, effects out; no socket, no clock, no thread.
//!
//! [`engine`] is the state machine, [`answers`] what it makes of answers, [`synced`] of those to an exchange,
//! [`failures`] of calls that failed, [`messages`] its events and effects, [`pull_plan`] turns an answer's pages
//! into plans (pure), [`pull_apply`] writes them, [`blobs`] picks the next run to send, [`datasets`] fetches and
//! builds reference data, [`check`] compares with the server's lists, [`give_back`] sends what a restored server
//! has lost, [`prune`] makes the outbox smaller, [`trace`] makes a line of each event and effect, [`unsent`] gathers
//! what a file shall carry, [`budget`] says how much goes at once, [`report`] how it all stands, [`patience`] when to
//! try again. The driver in the shell carries effects out and holds no logic.

mod answers;
mod blobs;
mod budget;
pub mod check;
mod datasets;
pub mod engine;
mod failures;
mod give_back;
mod messages;
pub mod patience;
mod perform;
mod prune;
mod pull_apply;
mod pull_plan;
mod push;
pub mod report;
mod state;
mod synced;
pub mod trace;
pub mod unsent;

pub use engine::Engine;
pub use messages::{Answer, Call, CallId, Effect, Event, Surroundings};
pub use perform::perform;
