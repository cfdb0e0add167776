//! The hub through its public doors, with a small device of the tests' own.

mod blobs;
mod chains;
mod convergence;
mod device;
mod enrolment;
mod office;
mod outcomes;
mod pages;
mod receipts;
mod world;
