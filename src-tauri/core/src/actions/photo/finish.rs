//! All pieces are here: the original is shrunk, and photo and bytes are saved together.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::photo::Photo;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode, Session};
use crate::ports::{ImageError, ORIGINAL_PIXELS};
use crate::store::outbox::NewBlob;

/// Photos are sent after cards.
const RANK: u8 = 1;

/// Keeps a photo.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
#[ts(rename = "PhotoFinish")]
pub struct Finish {
    /// What `photo.begin` answered.
    #[ts(type = "Id")]
    pub photo: RecordId,
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// A code of `tables/photo_phases.csv`.
    #[ts(type = "PhotoPhase")]
    pub phase: String,
    /// The record that it shows: a part line, an old part.
    #[serde(default)]
    #[ts(optional, type = "Id")]
    pub of: Option<RecordId>,
}

impl Finish {
    pub(in crate::actions) fn plan(
        self,
        scene: &mut Scene<'_>,
        session: &mut Session,
    ) -> Result<Plan, ActionError> {
        let original = session.uploads.take(self.photo).ok_or(ErrorCode::NotFound)?;
        scene.check_word("photo_phases", &self.phase, "phase")?;
        let file = scene.job_file(Some(self.job))?;
        if let Some(of) = self.of {
            let shown = scene.record(of)?;
            if shown.state.job != Some(self.job) {
                return Err(ErrorCode::NotFound.into());
            }
        }
        let shrunk = scene.images().shrink(&original).map_err(refused)?;
        let sha256 = Digest::of(&shrunk.jpeg);
        let now = scene.now.wall();
        let photo = Photo {
            sha256: Some(sha256),
            size: i64::try_from(shrunk.jpeg.len()).ok(),
            media_type: Some("image/jpeg".into()),
            width: Some(shrunk.width.into()),
            height: Some(shrunk.height.into()),
            phase: Some(self.phase),
            of: self.of,
            visit: file.work_visit().map(|visit| visit.visit),
            taken_at: Some(now),
            ..Photo::default()
        };
        let mut op = scene.create(Some(self.job), &photo);
        op.rec = self.photo;
        let blob = NewBlob {
            sha256,
            media_type: "image/jpeg".into(),
            job: Some(self.job),
            rank: RANK,
            bytes: shrunk.jpeg,
            at: now.0,
        };
        let thumbs = vec![(sha256, shrunk.thumb)];
        Ok(Plan { blobs: vec![blob], thumbs, ..Plan::of(vec![op]) }.making())
    }
}

fn refused(error: ImageError) -> ActionError {
    match error {
        ImageError::Unreadable => ErrorCode::PhotoUnreadable.into(),
        ImageError::TooManyPixels(pixels) => ActionError::facts(
            ErrorCode::PhotoTooLarge,
            [("megapixels", pixels.div_ceil(1_000_000)), ("limit", ORIGINAL_PIXELS / 1_000_000)],
        ),
    }
}
