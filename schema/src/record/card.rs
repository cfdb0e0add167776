//! The service card (服务卡): what the customer signed, as a sealed blob.
//!
//! The record names the bytes; it never holds them. A card is amended by a new card, never edited, never
//! deleted.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::digest::Digest;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::Timestamp;

/// One sealed card.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// The visit that it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<RecordId>,
    /// `interim` (阶段卡) or `final` (完工卡).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_kind: Option<String>,
    /// How it was signed off: a code of `tables/card_hows.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<String>,
    /// Digest of the card's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// The device's seal: a detached JWS over the bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seal: Option<String>,
    /// Number in the device's own chain of cards, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card_seq: Option<i64>,
    /// Digest of the device's previous card; absent on its first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prev: Option<Digest>,
    /// The card that this one amends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amends: Option<RecordId>,
    /// When it was signed off, by the device's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// The records that its text was written from: from the sealing on, these are only amended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shows: Vec<RecordId>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Card {
    /// Whether it shows the record, or is about it: then nobody strikes that out any more.
    pub fn holds_fast(&self, rec: RecordId) -> bool {
        self.visit == Some(rec) || self.shows.contains(&rec)
    }
}

impl Record for Card {
    const KIND: &'static str = "card";
}
