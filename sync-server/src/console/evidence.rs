//! What can be taken away from a job: bytes of its photos, its cards as files that anybody can verify.
//!
//! A blob is answered only through a job in reach that names it. How it goes out is up to `http`.

use fieldcard_card::b64;
use fieldcard_card::bundle::{Bundle, Inline};
use fieldcard_card::{Canonical, Card};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::card::Card as CardRecord;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::card_check::bundle;
use super::scene::Scene;
use crate::storage::blobs::BlobRef;

/// Most bytes of attachments that travel inside a card's file; what is over it stays out, and is missed.
const INLINE_MAX: usize = 32 << 20;

/// The bytes of a blob that a job in reach names.
pub fn bytes(scene: &Scene<'_>, job: RecordId, sha256: Digest) -> Result<Vec<u8>, ApiError> {
    let job = scene.job(job)?;
    let mut named = false;
    for BlobRef { rec, .. } in scene.tx.blob_refs(sha256)? {
        let record = scene.tx.record_at(rec)?;
        named |= rec == job.pk || record.is_some_and(|record| record.state.job == Some(job.rec));
    }
    let bytes = if named { scene.bytes(sha256)? } else { None };
    bytes.ok_or_else(|| ErrorCode::NotFound.into())
}

/// The file that anybody can verify: the card, its proofs, and the attachments that it names.
pub fn card_file(scene: &Scene<'_>, job: RecordId, card: RecordId) -> Result<Vec<u8>, ApiError> {
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
