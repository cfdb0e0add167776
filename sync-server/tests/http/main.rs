//! The server as others meet it: real processes, real sockets, the route table.
//!
//! One binary for all of it. `support` makes servers, phones and consoles; each other file is one promise.
#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests, and their tools")]

mod accounts;
mod bad_input;
mod commands;
mod console;
mod demo;
mod doors;
mod matrix;
mod packaging;
mod running;
mod sockets;
mod support;
