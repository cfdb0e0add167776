//! `POST /v1/nonce` and `POST /v1/token`.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::token::{NonceRequest, TokenRequest};

use crate::app::App;
use crate::http::message;
use crate::http::refusal::Refusal;

/// A challenge for a device.
pub async fn nonce(State(app): State<App>, body: Bytes) -> Result<Response, Refusal> {
    let request: NonceRequest = message::read(&body)?;
    let answer = app.run(move |desk| desk.hub.nonce(&request)).await??;
    message::answer(&answer)
}

/// A token against a signed challenge.
pub async fn token(State(app): State<App>, body: Bytes) -> Result<Response, Refusal> {
    let request: TokenRequest = message::read(&body)?;
    let answer = app.run(move |desk| desk.hub.token(&request)).await??;
    message::answer(&answer)
}
