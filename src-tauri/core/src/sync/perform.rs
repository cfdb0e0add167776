//! Carries one call out over the protocol, whoever implements it: HTTP in the app, the hub itself in tests.

use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::error::ApiError;

use super::messages::{Answer, Call};

/// Makes the call and waits for its answer.
pub fn perform(api: &mut dyn SyncApi, call: &Call) -> Result<Answer, ApiError> {
    match call {
        Call::Enrol(request) => api.enrol(request).map(Answer::Enrol),
        Call::Nonce(request) => api.nonce(request).map(Answer::Nonce),
        Call::Token(request) => api.token(request).map(Answer::Token),
        Call::Sync(token, request) => api.sync(token, request).map(|r| Answer::Sync(Box::new(r))),
        Call::Check(token, request) => api.check(token, request).map(Answer::Check),
        Call::BlobPut(token, put) => api.blob_put(token, put).map(Answer::Blob),
        Call::BlobState(token, sha256) => api.blob_state(token, *sha256).map(Answer::Blob),
        Call::BlobComplete(token, sha256) => api.blob_complete(token, *sha256).map(Answer::Blob),
        Call::BlobGet(token, range) => api.blob_get(token, range).map(Answer::Bytes),
    }
}
