//! What device and server must judge alike: state machines, tag codes, completeness, old parts.
//!
//! One rule a file. A rule is a pure function of records and lists; it answers with codes and facts, never
//! with prose, and never looks anything up. The tables in `schema/tables` are written by hand: [`lists`] and
//! photo sets are data, the others are what the tests expect. No code is made from them, nor they from code.

pub mod code;
pub mod completeness;
pub mod fold;
pub mod job_state;
pub mod lists;
pub mod meter;
pub mod old_part;
pub mod photo_set;
pub mod role;
pub mod status;
pub mod tag_code;
pub mod visit_state;

#[cfg(test)]
mod transitions;
