//! A sign-off of the past (用户确认), as the department's own list tells it.
//!
//! Imported by the office, and never a card: nobody sealed it, so nothing can be verified. Cards of this system
//! are `card` records.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::Timestamp;

/// How one visit of a past job was signed off.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SignOff {
    /// The visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<RecordId>,
    /// `interim` (阶段卡) or `final` (完工卡).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_kind: Option<String>,
    /// How it ended: a code of `tables/card_hows.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Who signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// His role: a code of `tables/contact_roles.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer_role: Option<String>,
    /// His phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer_phone: Option<String>,
    /// Why it was refused or nobody was there, in the list's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<String>,
    /// The customer's satisfaction, 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<i64>,
    /// The customer's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// One signing for several jobs: what they share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<String>,
    /// Signed or stamped later: how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countersign: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countersigned_at: Option<Timestamp>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countersigned_by: Option<String>,
    /// Number of the paper form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper_number: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for SignOff {
    const KIND: &'static str = "sign_off";
}
