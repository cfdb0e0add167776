//! The technician's texts: what he found, what was wrong, why, and what he did.
//!
//! Findings and action belong to the job, since a service without a fault has them too; phenomenon, place,
//! cause and codes to a fault. The main fault is made by the first text that it needs.

pub mod add;
pub mod dtc;
pub mod set;
pub mod set_main;
pub mod take;
pub mod void;
