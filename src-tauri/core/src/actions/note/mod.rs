//! Notes are appended, never changed.

pub mod add;
pub mod void;
