//! What a job costs, line by line, and the payer's consent before the work.

pub mod add;
pub mod agree;
pub mod void;
