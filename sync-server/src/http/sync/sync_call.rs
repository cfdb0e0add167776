//! `POST /v1/sync`.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use fieldcard_schema::wire::sync::SyncRequest;

use crate::app::App;
use crate::http::guard::Token;
use crate::http::message;
use crate::http::refusal::Refusal;

/// Carries work both ways.
pub async fn sync(
    State(app): State<App>,
    Extension(Token(token)): Extension<Token>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let request = SyncRequest::decode(&body)?;
    let answer = app.writer.sync(token, request).await?;
    Ok(message::packed(answer.encode()?))
}
