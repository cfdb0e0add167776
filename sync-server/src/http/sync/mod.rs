//! The calls of devices: read the message, ask the hub, answer.

pub mod blobs;
pub mod check;
pub mod enrol;
pub mod health;
pub mod sync_call;
pub mod token;
