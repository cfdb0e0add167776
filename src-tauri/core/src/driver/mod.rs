//! The shell side of sync on the device: the network, as it really is.
//!
//! [`http`] is the protocol over HTTP, [`tls`] is whom it trusts. Nothing here decides what to send or what
//! an answer means: that is the engine, which never imports this module.

pub mod http;
pub mod tls;
