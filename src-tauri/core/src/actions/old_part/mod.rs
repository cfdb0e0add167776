//! The part that came out: its serial number, what it looks like, what becomes of it, its tag.

pub mod retag;
pub mod set_disposition;
pub mod set_note;
pub mod set_serial;
