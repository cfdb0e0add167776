//! What a person does with a job as a whole.

pub mod create;
pub mod propose;
pub mod step;
pub mod withdraw;
