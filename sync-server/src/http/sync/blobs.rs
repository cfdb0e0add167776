//! The blob calls: a run of units, completion, state, bytes.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, RUN_MAX};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::{BLOB_MEDIA_TYPE, SyncApi};
use serde::Deserialize;

use crate::app::App;
use crate::http::guard::Token;
use crate::http::message;
use crate::http::refusal::Refusal;

/// Longest media type.
const MEDIA_TYPE_MAX: usize = 100;

/// Where a run lies.
#[derive(Debug, Deserialize)]
pub struct Run {
    size: u64,
    unit: u32,
    digest: Digest,
}

fn name(path: &str) -> Result<Digest, ApiError> {
    path.parse().map_err(|_| ErrorCode::NotFound.into())
}

/// `PUT /v1/blobs/{sha256}?size=&unit=&digest=`: stores a run.
pub async fn put(
    State(app): State<App>,
    Extension(Token(token)): Extension<Token>,
    (Path(path), query): (Path<String>, Result<Query<Run>, QueryRejection>),
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let Query(run) = query.map_err(|_| ApiError::about(ErrorCode::InvalidValue, "run"))?;
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type
        .filter(|text| text.len() <= MEDIA_TYPE_MAX)
        .ok_or_else(|| ApiError::about(ErrorCode::InvalidValue, "media_type"))?
        .to_owned();
    let Run { size, unit, digest } = run;
    let put = BlobPut { sha256: name(&path)?, size, media_type, unit, bytes: body.into(), digest };
    put.check()?;
    let state = app.run(move |desk| desk.hub.blob_put(&token, &put)).await??;
    message::answer(&state)
}

/// `POST /v1/blobs/{sha256}/complete`: checks the whole and stores it.
pub async fn complete(
    State(app): State<App>,
    Extension(Token(token)): Extension<Token>,
    Path(path): Path<String>,
) -> Result<Response, Refusal> {
    let sha256 = name(&path)?;
    let state = app.run(move |desk| desk.hub.blob_complete(&token, sha256)).await??;
    message::answer(&state)
}

/// `GET /v1/blobs/{sha256}/state`: what is there of it.
pub async fn state(
    State(app): State<App>,
    Extension(Token(token)): Extension<Token>,
    Path(path): Path<String>,
) -> Result<Response, Refusal> {
    let sha256 = name(&path)?;
    let state = app.run(move |desk| desk.hub.blob_state(&token, sha256)).await??;
    message::answer(&state)
}

/// `GET /v1/blobs/{sha256}`: at most [`RUN_MAX`] bytes from the start that `Range` names.
pub async fn get(
    State(app): State<App>,
    Extension(Token(token)): Extension<Token>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (from, len) = range(&headers).ok_or_else(|| ApiError::about(ErrorCode::InvalidValue, "range"))?;
    let range = BlobRange { sha256: name(&path)?, from, len };
    let bytes = app.run(move |desk| desk.hub.blob_get(&token, &range)).await??;
    let said = format!("bytes {from}-{}/*", from.saturating_add(bytes.len() as u64).saturating_sub(1));
    let mut response = (StatusCode::PARTIAL_CONTENT, bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(BLOB_MEDIA_TYPE));
    if let Ok(value) = HeaderValue::from_str(&said) {
        headers.insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

/// First byte and length of `Range: bytes=a-b` or `bytes=a-`; no header asks for the beginning.
fn range(headers: &HeaderMap) -> Option<(u64, u64)> {
    let Some(value) = headers.get(header::RANGE) else { return Some((0, RUN_MAX)) };
    let (from, last) = value.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
    let from: u64 = from.parse().ok()?;
    let len = match last {
        "" => RUN_MAX,
        last => last.parse::<u64>().ok()?.checked_sub(from)?.saturating_add(1),
    };
    Some((from, len.min(RUN_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_read_strictly() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_str(text).unwrap());
            range(&headers)
        };
        assert_eq!(read("bytes=0-9"), Some((0, 10)));
        assert_eq!(read("bytes=5-"), Some((5, RUN_MAX)));
        assert_eq!(read(&format!("bytes=0-{}", u64::MAX)), Some((0, RUN_MAX)));
        assert_eq!(range(&HeaderMap::new()), Some((0, RUN_MAX)));
        for bad in ["bytes=9-0", "bytes=-5", "bytes=a-b", "units=0-9", "bytes=0-1,3-4", ""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
