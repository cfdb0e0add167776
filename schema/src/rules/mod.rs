//! What device and server must judge alike: state machines, tag codes, completeness, old parts.
//!
//! One rule a file. A rule is a pure function of records and lists; it answers with codes and facts, never
//! with prose, and never looks anything up. The tables in `schema/tables` are written by hand and are what
//! the tests expect: no code is made from them, and they are not made from code.

pub mod code;
pub mod fold;
pub mod job_state;
pub mod role;
pub mod tag_code;
pub mod visit_state;

#[cfg(test)]
mod transitions;
