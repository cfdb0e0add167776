//! The hub through its public doors, with a small device of the tests' own.

mod again;
mod blobs;
mod brought;
mod chains;
mod convergence;
mod decisions;
mod device;
mod enrolment;
mod histories;
mod office;
mod outcomes;
mod pages;
mod receipts;
mod scope;
mod world;
