//! The device: local store and sync engine.
