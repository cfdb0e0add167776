//! What whole-system tests share: ports that a test controls, a device that talks to any server, an office.
//!
//! Nothing here decides anything: the driver carries effects out and tells the answers, as the app's does.

pub mod day;
pub mod device;
pub mod dying_vfs;
pub mod evidence;
pub mod office;
pub mod path;
pub mod pictures;
pub mod ports;
pub mod proof;
pub mod server;
#[path = "../simulation/mod.rs"]
pub mod simulation;
pub mod verify;
pub mod window;

/// What a test tells when something outside the system under test went wrong.
pub type AnyError = Box<dyn std::error::Error + Send + Sync>;
