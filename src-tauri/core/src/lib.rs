//! The device: local store and sync engine.

pub mod driver;
