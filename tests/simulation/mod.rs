//! The seeded whole-system simulator: devices, office and server in one thread, with every fault we can think of.
//!
//! One *world* is one seed: both real cores over real SQLite on a simulated disk ([`disk`], [`vfs`]), a path
//! that drops, doubles and bends messages ([`network`]), clocks that jump ([`clock`]), one queue of all that happens
//! ([`world`]). Days are worked ([`work`], [`office`]) while faults strike ([`fault`], [`days`]); then they stop, and
//! everything must drain and agree within three rounds. What must hold is judged outside the system under test
//! ([`oracle`], [`judge`], [`look`], [`model`]). [`run`] runs many worlds and counts, [`shrink`] makes a failing plan
//! small, [`control`] breaks the system to see that it is seen.

mod broken;
pub mod clock;
pub mod control;
pub mod days;
pub mod device;
pub mod disk;
pub mod fault;
mod file;
pub mod judge;
pub mod look;
pub mod model;
pub mod network;
mod office;
pub mod oracle;
pub mod run;
pub mod server;
pub mod shrink;
mod typed;
pub mod vfs;
mod work;
pub mod world;
