//! Messages of the protocol in HTTP bodies: one line of JSON under zstd, or the bytes of a blob.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::{MEDIA_TYPE, frame};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;

/// Largest message of one line, after decompression.
const LINE_MAX: usize = 64 * 1024;

/// The message in a body.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let lines = frame::unpack(body, LINE_MAX)?;
    match lines.as_slice() {
        [line] => serde_json::from_slice(line).map_err(|_| ApiError::about(ErrorCode::Malformed, "line")),
        _ => Err(ApiError::about(ErrorCode::Malformed, "lines")),
    }
}

/// An answer of one line.
pub fn answer<T: Serialize>(message: &T) -> Result<Response, Refusal> {
    let line = serde_json::to_vec(message).map_err(|_| ApiError::from(ErrorCode::Internal))?;
    Ok(packed(frame::pack(&[line])))
}

/// An answer that is packed already.
pub fn packed(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], bytes).into_response()
}
