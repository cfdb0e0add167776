//! What a person does on a visit.

pub mod ask_reassign;
pub mod open;
pub mod void_step;

mod step;

pub use step::StepAt;
pub(in crate::actions) use step::{StepReason, code, take};
