//! Originals on their way in: pieces in memory, in order, never more than fit.
//!
//! Nothing is saved here; an original that never ends is forgotten when room is needed or the app closes.

use std::collections::VecDeque;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode, Session};

/// Bytes of all originals on their way together, and so of one.
const ORIGINALS_MAX: u64 = 40 << 20;
/// Bytes of one piece.
const CHUNK_MAX: usize = 256 << 10;

/// A photo of so many bytes is coming; answers with the id that it will have.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "PhotoBegin")]
pub struct Begin {
    /// Bytes of the original.
    pub size: u64,
    /// Its type, as the picker says; the bytes decide.
    pub media_type: String,
}

/// The next piece.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "PhotoChunk")]
pub struct Chunk {
    /// What [`Begin`] answered.
    #[ts(type = "Id")]
    pub photo: RecordId,
    /// Its place, from 0.
    pub index: u32,
    /// At most 256 KiB.
    pub base64: String,
}

/// Originals on their way, the oldest first.
#[derive(Debug, Default)]
pub struct Uploads(VecDeque<Upload>);

#[derive(Debug)]
struct Upload {
    photo: RecordId,
    size: u64,
    chunks: u32,
    bytes: Vec<u8>,
}

impl Uploads {
    fn begin(&mut self, photo: RecordId, size: u64) {
        while self.0.iter().map(|upload| upload.size).sum::<u64>() + size > ORIGINALS_MAX {
            self.0.pop_front();
        }
        self.0.push_back(Upload { photo, size, chunks: 0, bytes: Vec::new() });
    }

    /// Takes an original out; `None` when it never began or was forgotten.
    pub(super) fn take(&mut self, photo: RecordId) -> Option<Vec<u8>> {
        let at = self.0.iter().position(|upload| upload.photo == photo)?;
        self.0.remove(at).filter(|upload| upload.bytes.len() as u64 == upload.size).map(|upload| upload.bytes)
    }
}

impl Begin {
    pub(in crate::actions) fn plan(
        self,
        scene: &mut Scene<'_>,
        session: &mut Session,
    ) -> Result<Plan, ActionError> {
        if self.size == 0 {
            return Err(ErrorCode::PhotoUnreadable.into());
        }
        if self.size > ORIGINALS_MAX {
            let facts = [("mb", self.size.div_ceil(1 << 20)), ("limit", ORIGINALS_MAX >> 20)];
            return Err(ActionError::facts(ErrorCode::PhotoTooLarge, facts));
        }
        if let Some(room) = scene.store.short_of_room() {
            let facts = [("mb", room >> 20)];
            return Err(ActionError::facts(ErrorCode::DiskNearlyFull, facts));
        }
        let photo = scene.new_id();
        session.uploads.begin(photo, self.size);
        Ok(Plan { made: Some(photo), lasting: true, ..Plan::default() })
    }
}

impl Chunk {
    pub(in crate::actions) fn plan(
        self,
        _: &mut Scene<'_>,
        session: &mut Session,
    ) -> Result<Plan, ActionError> {
        let upload = session.uploads.0.iter_mut().find(|upload| upload.photo == self.photo);
        let upload = upload.ok_or(ErrorCode::NotFound)?;
        let refused = |field| ActionError::field(ErrorCode::InvalidValue, field);
        if self.index != upload.chunks {
            return Err(refused("index"));
        }
        let bytes = STANDARD.decode(&self.base64).map_err(|_| refused("base64"))?;
        let fits = bytes.len() <= CHUNK_MAX && (upload.bytes.len() + bytes.len()) as u64 <= upload.size;
        if !fits || bytes.is_empty() {
            return Err(refused("base64"));
        }
        upload.bytes.extend(bytes);
        upload.chunks += 1;
        Ok(Plan { lasting: true, ..Plan::default() })
    }
}
