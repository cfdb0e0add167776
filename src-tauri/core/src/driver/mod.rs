//! The shell side of the device: what the ports and the network are in a real app.
//!
//! [`http`] is the protocol over HTTP, [`tls`] is whom it trusts, [`images`] turns what a camera makes into
//! what is kept, [`system`] is clocks, chance and secrets, [`unsent_file`] the file for where no network is,
//! [`runner`] the thread that does it all. Nothing here decides what to send or keep, or what an answer means: that is
//! the engine and the actions, which never import this module.

pub mod http;
pub mod images;
pub mod runner;
pub mod system;
pub mod tls;
pub mod unsent_file;
