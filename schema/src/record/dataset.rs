//! The dataset: which version of a dataset file is current. Written by the server, for everybody in the org.
//!
//! The record names the bytes (`crate::dataset`), which travel as a blob; no row of a catalogue is a record.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::digest::Digest;
use crate::json::Fields;

/// The current version of one dataset.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dataset {
    /// Its name: `parts`, `faults`, `terms`, `labour`, `photo_sets`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version; rises.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Digest of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<Digest>,
    /// Bytes of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Rows in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Shorter ways to it from versions before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deltas: Vec<Delta>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// A shorter way to the current version, for who has the file `base`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Digest of the file that it starts from.
    pub base: Digest,
    /// Digest of the delta, a blob (`crate::dataset::delta`).
    pub sha256: Digest,
    /// Bytes of the delta.
    pub size: u64,
}

impl Record for Dataset {
    const KIND: &'static str = "dataset";
}
