//! The protocol between device and server, said once.
//!
//! [`SyncApi`] is implemented by the server's hub and by the device's HTTP client, so that a test may put
//! the two in one process and nothing else changes. Messages: [`sync`] with its [`page`]s, [`enrol`],
//! [`token`], [`blob`], [`check`], [`tls_key`]; [`frame`] is how they become bytes; [`error`] is what a refused call says.
//!
//! Final since version 1: later versions only add members, which older readers pass over.

pub mod blob;
pub mod check;
pub mod enrol;
pub mod error;
pub mod frame;
pub mod page;
pub mod sync;
pub mod tls_key;
pub mod token;

use blob::{BlobPut, BlobRange, BlobState};
use check::{CheckAnswer, CheckRequest};
use enrol::{EnrolAnswer, EnrolRequest};
use error::ApiError;
use sync::{SyncRequest, SyncResponse};
use token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};

use crate::digest::Digest;

/// Version of the protocol that this code speaks.
pub const PROTO: u32 = 1;

/// Revision of that version: raised with every member or message that is added, and pinned then by a hash over its
/// golden bytes. Not sent: a reader passes over what it does not know, and a writer asks for nothing that an older
/// reader must know.
pub const REVISION: u32 = 3;

/// Media type of every message: JSON lines, compressed by zstd.
pub const MEDIA_TYPE: &str = "application/vnd.fieldcard.v1+ndjson";

/// Media type of the plain bytes of a blob.
pub const BLOB_MEDIA_TYPE: &str = "application/vnd.fieldcard.v1.blob";

/// The calls of a device. Synchronous: who waits, and how long, is the caller's business.
pub trait SyncApi {
    /// `POST /v1/enrol`: binds a device's new key to the person whom the one-time code names.
    fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolAnswer, ApiError>;

    /// `POST /v1/nonce`: a challenge for [`SyncApi::token`], good for one use within a minute.
    fn nonce(&mut self, request: &NonceRequest) -> Result<Nonce, ApiError>;

    /// `POST /v1/token`: a token for 24 h against a signed nonce.
    fn token(&mut self, request: &TokenRequest) -> Result<TokenAnswer, ApiError>;

    /// `POST /v1/sync`: pushes ops and pulls pages; either half may be empty, neither waits for the other.
    fn sync(&mut self, token: &str, request: &SyncRequest) -> Result<SyncResponse, ApiError>;

    /// `POST /v1/check`: what differs between what a device holds of an audience and what the server lists.
    fn check(&mut self, token: &str, request: &CheckRequest) -> Result<CheckAnswer, ApiError>;

    /// `PUT /v1/blobs/{sha256}`: stores a run of units; repeating is harmless.
    fn blob_put(&mut self, token: &str, put: &BlobPut) -> Result<BlobState, ApiError>;

    /// `POST /v1/blobs/{sha256}/complete`: checks the whole and stores it.
    fn blob_complete(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError>;

    /// `GET /v1/blobs/{sha256}/state`: what the server has of it.
    fn blob_state(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError>;

    /// `GET /v1/blobs/{sha256}` with `Range`: bytes of a stored blob.
    fn blob_get(&mut self, token: &str, range: &BlobRange) -> Result<Vec<u8>, ApiError>;
}
