//! What the office console sees: one read model a file, each a plain value that crosses as JSON.
//!
//! Like the device's `views`: built by [`scene`] from the store for one caller, shown and never sent back.
//! Nothing here writes, and nothing here knows HTTP. [`scope`] is whom a caller reaches; [`bindings`] writes
//! these shapes for TypeScript.

pub mod acts;
pub mod bindings;
pub mod card;
pub mod card_check;
pub mod card_text;
pub mod devices;
pub mod earlier;
pub mod evidence;
pub mod exceptions;
pub mod history;
pub mod intake;
pub mod job;
pub mod job_list;
pub mod machines;
pub mod parts;
pub mod people;
pub mod reach;
pub mod scene;
pub mod scope;
pub mod session;
pub mod value;
pub mod visits;
pub mod work;
