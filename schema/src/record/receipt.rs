//! The receipt of a job (接收回执): the office holds all of it, and says so under its signature.
//!
//! Issued by the server when the final card and every blob of the job are stored; late work issues `n` + 1.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::digest::Digest;
use crate::id::{OrgId, RecordId};
use crate::json::Fields;
use crate::time::Timestamp;

/// One receipt of one job.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Receipt {
    /// The job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<RecordId>,
    /// 1 for the first receipt of the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<i64>,
    /// SHA-256 over the sorted digests of the job's device ops and of the blobs they name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// First 40 bits of the digest in base 32, as shown: `5F3K-9QXV`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When the server issued it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub org: Option<OrgId>,
    /// The server's epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// Ed25519 signature of the organisation, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sig: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Receipt {
    const KIND: &'static str = "receipt";
}
