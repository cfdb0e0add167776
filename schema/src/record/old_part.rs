//! The old part (旧件): what came out, with its tag.
//!
//! This is the record of its removal, which is evidence. Where it goes from there is the office's ledger.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::Timestamp;

/// One lot of one part that came out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OldPart {
    /// The part line that it came out of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part_line: Option<RecordId>,
    /// Its tag code, without spaces (`rules::tag_code`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The lost tag that this one stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces_tag: Option<String>,
    /// Part number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// How many, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qty: Option<String>,
    /// What becomes of it: a code of `tables/dispositions.csv` that its payer allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<String>,
    /// Day by which it has to be where its disposition sends it, `YYYY-MM-DD`; what the office says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<String>,
    /// The maker has given up its claim to it in writing: only then may the customer keep a part that he
    /// did not pay for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waiver: bool,
    /// What it looks like: the checklist of a returned part, in his own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed_at: Option<Timestamp>,
    /// State in its life when recorded: a code, `removed` or `tagged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for OldPart {
    const KIND: &'static str = "old_part";
}
