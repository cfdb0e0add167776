//! A photo: what it shows and which bytes it is.
//!
//! The bytes travel on their own as a blob named by `sha256`; a photo taken wrongly is voided, not replaced.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::digest::Digest;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::Timestamp;

/// One photo.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Photo {
    /// Digest of the bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// `image/jpeg` or `image/png`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    /// When in the work: a code of `tables/photo_phases.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The record that it shows: fault, part line, old part, reading, machine, ….
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<RecordId>,
    /// The visit on which it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<RecordId>,
    /// When, by the device's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// What there is to see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Photo {
    const KIND: &'static str = "photo";
}
