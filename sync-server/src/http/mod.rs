//! HTTP around the hub: sockets, limits, who may call what, and one small handler a call.
//!
//! [`routes`] is the only place where routes are registered; [`guard`] stands before each; [`listen`] owns
//! sockets; [`writer`] is the thread that owns hub and accounts, [`readers`] look at the same store beside it.
//! Handlers read a message, ask the one or the other and answer: no rule and no SQL lives here.

mod caller;
pub mod guard;
pub mod listen;
pub mod message;
pub mod office;
pub mod pages;
pub mod readers;
pub mod refusal;
pub mod routes;
pub mod sync;
pub mod tokens;
pub mod writer;
