//! What whole-system tests share: ports that a test controls, and a device that talks to any server.
//!
//! Nothing here decides anything: the driver carries effects out and tells the answers, as the app's does.

pub mod device;
pub mod ports;
