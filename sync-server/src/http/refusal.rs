//! A refused call as an HTTP answer: always the JSON of [`ApiError`], never prose.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

/// What handlers answer when they refuse.
#[derive(Debug)]
pub struct Refusal(pub ApiError);

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl From<ErrorCode> for Refusal {
    fn from(code: ErrorCode) -> Self {
        Self(code.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.code.http_status());
        let mut response =
            (status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), Json(&self.0)).into_response();
        if let Some(seconds) = self.0.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What no route took.
pub async fn not_found() -> Refusal {
    ErrorCode::NotFound.into()
}

/// A path that exists, called by another method.
pub async fn wrong_method() -> Response {
    let mut response = Refusal::from(ErrorCode::NotFound).into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
