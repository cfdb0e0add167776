//! Photos: by phase where they belong, and one of them large or small.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::photo::Photo;
use fieldcard_schema::rules::photo_set::PhotoNeed;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::item_state::ItemStates;
use super::scene::Scene;
use super::value::{DataState, Time};
use crate::error::{ActionError, ErrorCode};
use crate::job_file::{JobFile, as_record};
use crate::language::Language;
use crate::store::Seen;

/// How large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PhotoSize {
    /// For lists.
    Thumb,
    /// As it is kept and sent.
    Full,
}

/// One photo in a list.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct PhotoRow {
    #[ts(type = "Id")]
    photo: RecordId,
    at: Time,
    data: DataState,
}

/// Photos of one phase.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct PhotoSet {
    #[ts(type = "PhotoPhase")]
    pub(super) phase: String,
    /// How many are asked for here.
    pub(super) required: u32,
    /// What the brand wants to see on them, in the language of the screens; empty where it says nothing.
    pub(super) hint: String,
    pub(super) photos: Vec<PhotoRow>,
}

/// One photo.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct PhotoView {
    #[ts(type = "Id")]
    photo: RecordId,
    #[ts(type = "Id")]
    job: RecordId,
    #[ts(type = "PhotoPhase")]
    phase: String,
    at: Time,
    by: String,
    /// A data URL; none when the bytes are on another device.
    url: Option<String>,
    can_remove: bool,
    data: DataState,
}

/// The photos of a job in one phase that `shows` holds for.
pub(super) fn set(
    scene: &Scene<'_>,
    states: &ItemStates,
    photos: &[(&Seen, Photo)],
    phase: &str,
    shows: &dyn Fn(Option<RecordId>) -> bool,
) -> PhotoSet {
    let of_phase =
        photos.iter().filter(|(_, photo)| photo.phase.as_deref() == Some(phase) && shows(photo.of));
    let rows = of_phase.map(|(seen, photo)| row(scene, states, seen, photo)).collect();
    PhotoSet { phase: phase.to_owned(), required: 0, hint: String::new(), photos: rows }
}

fn row(scene: &Scene<'_>, states: &ItemStates, seen: &Seen, photo: &Photo) -> PhotoRow {
    PhotoRow {
        photo: seen.rec,
        at: scene.when(seen.rec, photo.taken_at),
        data: states.with_bytes(seen.rec, photo.sha256),
    }
}

/// These photos of a job.
pub(super) fn rows(
    scene: &Scene<'_>,
    file: &JobFile,
    wanted: &[RecordId],
) -> Result<Vec<PhotoRow>, ActionError> {
    let states = ItemStates::read(scene)?;
    let photos = file.all::<Photo>().into_iter().filter(|(seen, _)| wanted.contains(&seen.rec));
    Ok(photos.map(|(seen, photo)| row(scene, &states, seen, &photo)).collect())
}

/// What the photos of a phase shall show, where the brand says more than the name of the phase.
pub(super) fn hint(scene: &Scene<'_>, wanted: &[PhotoNeed], phase: &str) -> String {
    let Some(need) = wanted.iter().find(|need| need.phase == phase && need.brand != "*") else {
        return String::new();
    };
    let english = Language::of_screens(scene.store) == Language::En;
    if english && !need.en.is_empty() { &need.en } else { &need.zh }.clone()
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, photo: RecordId, size: PhotoSize) -> Result<PhotoView, ActionError> {
    let seen = scene.store.cache.seen(photo)?.filter(|seen| !seen.state.void).ok_or(ErrorCode::NotFound)?;
    let fields = as_record::<Photo>(&seen).ok_or(ErrorCode::NotFound)?;
    let job = seen.state.job.ok_or(ErrorCode::NotFound)?;
    let file = JobFile::read(scene.store, job)?;
    let states = ItemStates::read(scene)?;
    let mine = seen.state.author == scene.me()?;
    let removable = |file: &JobFile| mine && file.can_edit() && !file.is_sealed(photo);
    Ok(PhotoView {
        photo,
        job,
        url: url(scene, &fields, size)?,
        at: scene.when(photo, fields.taken_at),
        by: scene.name_of(seen.state.author)?,
        can_remove: file.as_ref().is_some_and(removable),
        data: states.with_bytes(photo, fields.sha256),
        phase: fields.phase.unwrap_or_default(),
    })
}

fn url(scene: &Scene<'_>, photo: &Photo, size: PhotoSize) -> Result<Option<String>, ActionError> {
    let Some(sha256) = photo.sha256 else { return Ok(None) };
    let outbox = &scene.store.outbox;
    let bytes = match size {
        PhotoSize::Thumb => outbox.thumb(sha256)?,
        PhotoSize::Full => outbox.blob_bytes(sha256, 0, i64::MAX as u64)?,
    };
    Ok(bytes.map(|bytes| format!("data:image/jpeg;base64,{}", STANDARD.encode(bytes))))
}
