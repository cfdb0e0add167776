//! Evidence of a job in the console: bytes of its photos, its cards as the customer saw them.
//!
//! Bytes go out under a type that this file found in them, from a list of two; all else is a download. A
//! blob is answered only through a job in reach that names it.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::error::ErrorCode;

use super::jobs::{READ, record_id};
use crate::accounts::Caller;
use crate::app::App;
use crate::console::card::{self, CardView};
use crate::console::evidence;
use crate::console::scene::Scene;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("GET", "/office/v1/jobs/{job}/blobs/{sha256}", Who::Office(READ), blob),
        route("GET", "/office/v1/jobs/{job}/cards/{card}", Who::Office(READ), one_card),
        route("GET", "/office/v1/jobs/{job}/cards/{card}/file", Who::Office(READ), card_file),
    ]
}

/// The media type of a picture that browsers draw; none for anything else, whatever it was called.
fn picture_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        _ => None,
    }
}

fn download(bytes: Vec<u8>, media_type: &'static str, name: Option<&str>) -> Response {
    let mut response = ([(header::CONTENT_TYPE, media_type)], bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600"));
    let disposition = name.map(|name| format!("attachment; filename=\"{name}\""));
    if let Some(value) = disposition.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

async fn blob(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path((job, sha256)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let job = record_id(&job)?;
    let sha256: Digest = sha256.parse().map_err(|_| ErrorCode::NotFound)?;
    let bytes =
        app.read(move |reader| evidence::bytes(&Scene::new(reader, &caller, READ)?, job, sha256)).await?;
    Ok(match picture_type(&bytes) {
        Some(media_type) => download(bytes, media_type, None),
        None => download(bytes, "application/octet-stream", Some(&sha256.to_string())),
    })
}

async fn one_card(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path((job, card)): Path<(String, String)>,
) -> Result<Json<CardView>, Refusal> {
    let (job, card) = (record_id(&job)?, record_id(&card)?);
    let view = app.read(move |reader| card::view(&Scene::new(reader, &caller, READ)?, job, card));
    Ok(Json(view.await?))
}

async fn card_file(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path((job, card)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (job, card) = (record_id(&job)?, record_id(&card)?);
    let file =
        app.read(move |reader| evidence::card_file(&Scene::new(reader, &caller, READ)?, job, card)).await?;
    Ok(download(file, "application/octet-stream", Some(&format!("{card}.fieldcard"))))
}
