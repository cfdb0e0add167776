//! `POST /v1/check`.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use fieldcard_schema::wire::check::CheckRequest;

use crate::app::App;
use crate::http::guard::Token;
use crate::http::message;
use crate::http::refusal::Refusal;

/// Compares an audience with what a device holds of it.
pub async fn check(
    State(app): State<App>,
    Extension(Token(token)): Extension<Token>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let request: CheckRequest = message::read(&body)?;
    let answer = app.read(move |reader| reader.check(&token, &request)).await?;
    message::answer(&answer)
}
