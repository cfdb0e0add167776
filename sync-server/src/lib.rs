//! The server: the protocol's rules over one store.
//!
//! Map: [`hub`] holds the rules and implements the protocol's trait, [`storage`] keeps what the hub says and
//! decides nothing, [`ports`] are time, chance and blob bytes. [`accounts`] knows the people of the office,
//! [`desk`] is hub and accounts over one [`folder`]; [`console`] what the office sees of them; [`http`] and [`tls`]
//! bring calls in, with [`app`] in their hands; [`import`] reads the department's lists, [`unsent`] a phone's file;
//! [`config`] and [`cli`] are the program around it. HTTP never queries the store.

pub mod accounts;
pub mod app;
pub mod cli;
pub mod config;
pub mod console;
pub mod desk;
pub mod folder;
pub mod http;
pub mod hub;
pub mod import;
pub mod ports;
pub mod storage;
pub mod tls;
pub mod unsent;
