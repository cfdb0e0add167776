//! `POST /v1/enrol`.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use crate::app::App;
use crate::desk::Desk;
use crate::http::message;
use crate::http::refusal::Refusal;

/// Takes a device in, unconfirmed.
pub async fn enrol(State(app): State<App>, body: Bytes) -> Result<Response, Refusal> {
    let request: EnrolRequest = message::read(&body)?;
    let answer = app.run(move |desk| take_in(desk, &request)).await??;
    message::answer(&answer)
}

/// A device that saw another TLS key than ours has somebody in between. Its code is not used up by that.
fn take_in(desk: &mut Desk, request: &EnrolRequest) -> Result<EnrolAnswer, ApiError> {
    if request.tls_key != desk.hub.config().tls_key {
        return Err(ApiError::about(ErrorCode::BadSignature, "tls_key"));
    }
    desk.hub.enrol(request)
}
