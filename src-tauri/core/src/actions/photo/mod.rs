//! Photos: the original comes in pieces, is shrunk, and its bytes commit with the record that names them.

pub mod finish;
pub mod upload;
pub mod void;

pub(super) use upload::Uploads;
