//! A withdrawal (撤回): its author takes back an op that waits for the office, a proposal.
//!
//! Evidence like any other: the op itself stays in the log, and so does that it was taken back, and when. It
//! comes too late for what the office has decided.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::OpId;
use crate::json::Fields;

/// One op that is taken back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Withdrawal {
    /// The op.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<OpId>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Withdrawal {
    const KIND: &'static str = "withdrawal";
}
