//! Evidence of a job in the console: bytes of its photos, its cards as the customer saw them.
//!
//! Bytes go out under a type that this file found in them, from a list of two; all else is a download. A
//! blob is answered only through a job in reach that names it.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use fieldcard_card::b64;
use fieldcard_card::bundle::{Bundle, Inline};
use fieldcard_card::{Canonical, Card};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::card::Card as CardRecord;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::jobs::{READ, record_id};
use crate::accounts::Caller;
use crate::app::App;
use crate::console::card::{self, CardView};
use crate::console::card_check::bundle;
use crate::console::scene::Scene;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};
use crate::storage::blobs::BlobRef;

/// Most bytes of attachments that travel inside a card's file; what is over it stays out, and is missed.
const INLINE_MAX: usize = 32 << 20;

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
    let bytes = app.read(move |reader| blob_of(&Scene::new(reader, &caller, READ)?, job, sha256)).await?;
    Ok(match picture_type(&bytes) {
        Some(media_type) => download(bytes, media_type, None),
        None => download(bytes, "application/octet-stream", Some(&sha256.to_string())),
    })
}

fn blob_of(scene: &Scene<'_>, job: RecordId, sha256: Digest) -> Result<Vec<u8>, ApiError> {
    let job = scene.job(job)?;
    let mut named = false;
    for BlobRef { rec, .. } in scene.tx.blob_refs(sha256)? {
        let record = scene.tx.record_at(rec)?;
        named |= rec == job.pk || record.is_some_and(|record| record.state.job == Some(job.rec));
    }
    let bytes = if named { scene.bytes(sha256)? } else { None };
    bytes.ok_or_else(|| ErrorCode::NotFound.into())
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
    let file = app.read(move |reader| file_of(&Scene::new(reader, &caller, READ)?, job, card)).await?;
    Ok(download(file, "application/octet-stream", Some(&format!("{card}.fieldcard"))))
}

/// The file that anybody can verify: the card, its proofs, and the attachments that it names.
fn file_of(scene: &Scene<'_>, job: RecordId, card: RecordId) -> Result<Vec<u8>, ApiError> {
    let file = scene.file(job)?;
    let found = file.all::<CardRecord>().into_iter().find(|(record, _)| record.rec == card);
    let (_, record) = found.ok_or(ErrorCode::NotFound)?;
    let (bytes, mut bundle) = bundle(scene, &file, &record)?.ok_or(ErrorCode::NotFound)?;
    if let Ok(card) = Card::parse(&bytes) {
        inline(scene, &card, &mut bundle)?;
    }
    bundle.to_bytes().map_err(|_| ErrorCode::Internal.into())
}

fn inline(scene: &Scene<'_>, card: &Card, bundle: &mut Bundle) -> Result<(), ApiError> {
    let mut room = INLINE_MAX;
    for attachment in &card.attachments {
        let bytes = scene.bytes(attachment.1)?.filter(|bytes| bytes.len() <= room);
        let Some(bytes) = bytes else { continue };
        room -= bytes.len();
        bundle.attachments.push(Inline { sha256: attachment.1, bytes: b64::encode(&bytes) });
    }
    Ok(())
}
