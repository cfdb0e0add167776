//! The hub through its public doors, with a small device of the tests' own.

mod device;
mod outcomes;
mod world;
