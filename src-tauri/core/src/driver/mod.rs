//! The shell side of the device: what the ports and the network are in a real app.
//!
//! [`http`] is the protocol over HTTP, [`tls`] is whom it trusts, [`images`] turns what a camera makes into
//! what is kept, [`system`] is clocks, chance and secrets, [`unsent_file`] the file for where no network is,
//! [`diagnostics_file`] the file for whoever helps, [`runner`] is what the screens speak to, [`rounds`] the thread
//! that exchanges, [`progress`] and [`trace`] what it watches and says. Nothing here decides what to send or keep, or what an answer means: that is
//! the engine and the actions, which never import this module.

mod diagnostics_file;
pub mod http;
pub mod images;
pub mod progress;
mod rounds;
pub mod runner;
pub mod system;
pub mod tls;
mod trace;
pub mod unsent_file;
