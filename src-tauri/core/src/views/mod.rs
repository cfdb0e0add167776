//! Read models: what each screen shows, as codes and facts. Labels and sentences belong to the screens.
//!
//! One screen a file. A view reads the stores and the engine's state, and changes nothing. The list of all
//! queries is [`queries`].

pub mod queries;
pub mod value;

mod campaigns;
mod charges;
mod data_state;
mod drafts;
mod enrolment;
mod fault;
mod faults;
mod issues;
mod item_state;
mod job_page;
mod jobs;
mod machine;
mod missing;
mod part_line;
mod parts;
mod people;
mod photo;
mod proposals;
mod readings;
mod scene;
pub(crate) mod shut_out;
mod sign_off;
mod start;
mod sync_screen;
mod today;
mod visits;

pub use queries::Query;
pub(crate) use queries::answer;
pub use scene::{Exchange, Scene};
