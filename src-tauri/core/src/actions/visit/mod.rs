//! What a person does on a visit.

pub mod step;
