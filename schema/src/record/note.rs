//! A note: words that are only ever appended.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::Timestamp;

/// One note of one person; the op says who and when.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// The words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The visit that they belong to, if to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<RecordId>,
    /// When it was written, where the record's id does not tell (an imported one).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Note {
    const KIND: &'static str = "note";
}
