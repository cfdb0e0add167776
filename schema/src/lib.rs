//! The domain of Fieldcard: values, formats and rules, the same on device and server.
//!
//! Map: [`id`], [`time`], [`decimal`], [`digest`] and [`json`] are the plain values; [`op`] is one user
//! action as bytes, [`chain`] links ops, [`merge`] decides what an op does to a record, [`record`] names the
//! kinds and their fields, [`dataset`] is reference data as files, [`rules`] holds what both sides must judge alike,
//! [`wire`] is the protocol, [`unsent`] the file that carries work where no network does.
//!
//! The one rule of this crate: nothing in it knows the time, chance, a file, a socket or a database.

pub mod chain;
pub mod dataset;
pub mod decimal;
pub mod digest;
pub mod id;
pub mod json;
pub mod merge;
pub mod op;
pub mod record;
pub mod rules;
pub mod time;
pub mod unsent;
pub mod wire;
