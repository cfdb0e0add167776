//! What a refused call says: a code, never prose. Screens own the sentences.
//!
//! A refused call stored nothing, and a smaller or later one succeeds; nobody may delete work over one.

use serde::{Deserialize, Serialize};

use super::sync::Limits;

/// Why a call was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The bytes are not the message they should be.
    Malformed,
    /// Over a limit; `limits` tells them.
    TooLarge,
    /// The server no longer speaks this version of the protocol. Uploads go on.
    ProtoTooOld,
    /// This server does not know so new a version yet.
    ProtoTooNew,
    /// No token, a wrong one, or one that has run out.
    Unauthorised,
    /// The office has not confirmed the device yet.
    Unconfirmed,
    /// The office has revoked the device.
    Revoked,
    /// The caller may not do this.
    Forbidden,
    /// There is no such thing, or none that the caller may see.
    NotFound,
    /// No enrolment code of that name, or its secret is wrong.
    CodeWrong,
    /// The enrolment code was used already.
    CodeUsed,
    /// The enrolment code has run out.
    CodeExpired,
    /// A nonce that is unknown, used or too old.
    NonceStale,
    /// A signature that does not fit.
    BadSignature,
    /// Bytes that do not have the digest they were sent under.
    BadDigest,
    /// A value that no rule allows; `detail` names the field.
    InvalidValue,
    /// The record was changed since it was read; read it again.
    Stale,
    /// Name or password is wrong.
    WrongPassword,
    /// Too many calls; `retry_after` tells when.
    RateLimited,
    /// The server is busy; `retry_after` tells when.
    Busy,
    /// The server's disk is full. Nothing was stored.
    DiskFull,
    /// The server failed. Nothing was stored.
    Internal,
    /// Nobody answered, or the path failed. Said by the device's side of a call; never sent.
    Unreachable,
}

impl ErrorCode {
    /// The status line that carries this code.
    pub fn http_status(self) -> u16 {
        match self {
            Self::Malformed | Self::InvalidValue | Self::BadDigest | Self::ProtoTooNew => 400,
            Self::Unauthorised | Self::NonceStale | Self::BadSignature | Self::WrongPassword => 401,
            Self::Unconfirmed | Self::Revoked | Self::Forbidden | Self::CodeWrong => 403,
            Self::NotFound => 404,
            Self::Stale => 409,
            Self::CodeUsed | Self::CodeExpired => 410,
            Self::TooLarge => 413,
            Self::ProtoTooOld => 426,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Busy | Self::Unreachable => 503,
            Self::DiskFull => 507,
        }
    }
}

/// A refused call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code:?}")]
pub struct ApiError {
    /// Why.
    pub code: ErrorCode,
    /// The field or limit it is about: a name, never a value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
    /// Seconds after which to try again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<u32>,
    /// The limits in force, when one was in the way.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limits: Option<Limits>,
}

impl From<ErrorCode> for ApiError {
    fn from(code: ErrorCode) -> Self {
        Self { code, detail: None, retry_after: None, limits: None }
    }
}

impl ApiError {
    /// A refusal that names the field or limit it is about.
    pub fn about(code: ErrorCode, detail: &str) -> Self {
        Self { detail: Some(detail.to_owned()), ..code.into() }
    }
}
