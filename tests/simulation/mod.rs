//! The seeded whole-system simulator: devices, office and server in one thread, with every fault we can think of.
//!
//! One *world* is one seed: both real cores over real SQLite on a simulated disk ([`disk`], [`vfs`]), a path
//! that drops, doubles and bends messages ([`network`]), clocks that jump ([`clock`]). A day is worked while
//! faults happen ([`world`]); then they stop, and everything must drain and agree within three rounds. What
//! must hold is judged outside the system under test ([`oracle`]). [`run`] runs many worlds and counts.

pub mod clock;
pub mod device;
pub mod disk;
mod file;
pub mod network;
pub mod oracle;
pub mod run;
pub mod server;
pub mod vfs;
mod work;
pub mod world;
