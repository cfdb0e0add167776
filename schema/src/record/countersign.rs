//! A countersign (补签 / 盖章): a later signature or stamp on a sealed card.
//!
//! It names the card's digest, so that it holds for exactly those bytes.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::digest::Digest;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::Timestamp;

/// One later signature or stamp.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Countersign {
    /// The card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<RecordId>,
    /// Digest of the card's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_sha256: Option<Digest>,
    /// `late_signature` (补签) or `stamp` (盖章).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// Who signed or stamped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// His role: a code of `tables/contact_roles.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Photo of the signed or stamped paper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo: Option<RecordId>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Digest of the sealed endorsement's bytes, where a device made one: then they prove it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Their size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// The seal over them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Countersign {
    const KIND: &'static str = "countersign";
}
