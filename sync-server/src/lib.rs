//! The server: the protocol's rules over one store.
//!
//! Map: [`hub`] holds the rules and implements the protocol's trait, [`storage`] keeps what the hub says and
//! decides nothing, [`ports`] are time, chance and blob bytes. HTTP stands on top and never queries.

pub mod hub;
pub mod ports;
pub mod storage;
