//! The device as its screens use it: requests in, views out, an office in memory on the other side.
//!
//! Records come in as in a real pull, answers as from a real server; nothing reaches into the core. The
//! office is in [`office`], the device with its ports in [`device`]; the rest is one file a topic.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails there")]
#![expect(clippy::needless_pass_by_value, reason = "requests are written where they are made")]

mod device;
mod drafts;
mod enrolment;
mod faults;
mod jobs;
mod lists;
mod missing;
mod office;
mod parts;
mod photos;
mod readings;
mod sealed;
mod sign_off;
mod states;
mod steps;
