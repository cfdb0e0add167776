//! The server as others meet it: real processes, real sockets, the route table.
//!
//! One binary for all of it. `support` makes servers, phones and consoles; each other file is one promise.

mod accounts;
mod commands;
mod process;
mod sockets;
mod support;
