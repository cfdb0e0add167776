//! The server as others meet it: real processes, real sockets, the route table.
//!
//! One binary for all of it. `support` makes servers, phones and consoles, `site` a server with a phone at work; each
//! other file is one promise.
#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests, and their tools")]

mod accounts;
mod bad_host;
mod bad_input;
mod commands;
mod console;
mod demo;
mod doors;
mod matrix;
mod packaging;
mod running;
mod site;
mod sockets;
mod support;
