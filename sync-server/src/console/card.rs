//! A service card as the customer saw it, and what the check of its seal found.
//!
//! Drawn from the stored bytes alone; bytes that do not parse are told as such, never guessed at. The check
//! itself: [`super::card_check`].

use std::collections::BTreeMap;

use fieldcard_card::verify;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::card::Card as CardRecord;
use fieldcard_schema::record::countersign::Countersign;
use fieldcard_schema::record::photo::Photo;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde::Serialize;
use ts_rs::TS;

use super::card_check::{Checked, check, check_countersign};
use super::card_text::{CardDocument, document};
use super::scene::{JobFile, Scene, said};
use super::value::{BlobRef, PersonRef};
use crate::storage::records::StoredRecord;

/// What became of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CardVerdict {
    /// Unchanged since it was sealed, and all is there that it names.
    Valid,
    /// Not what was sealed, or not by whom it says.
    Changed,
    /// Nothing is changed, but something that the card names is not here.
    Missing,
    /// Its own bytes are not here yet: nothing to check.
    Awaited,
    /// Made by a later version: this server cannot judge it.
    TooNew,
}

/// One card in a list.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CardLine {
    /// Its record.
    #[ts(type = "Id")]
    pub card: RecordId,
    /// The visit that it covers.
    #[ts(type = "Id | null")]
    pub visit: Option<RecordId>,
    /// Interim or final.
    #[ts(type = "CardKind | null")]
    pub kind: Option<String>,
    /// How it was signed off.
    #[ts(type = "SignHow | null")]
    pub how: Option<String>,
    /// Name of who signed, as the card says it; empty when nobody did.
    pub signer: String,
    /// When, by the device's clock.
    #[ts(type = "Ms | null")]
    pub signed_at: Option<Timestamp>,
    /// Who made it.
    pub by: PersonRef,
    /// Its bytes; null when the record names none.
    pub blob: Option<BlobRef>,
    /// The card that it amends.
    #[ts(type = "Id | null")]
    pub amends: Option<RecordId>,
    /// Later signatures and stamps.
    pub countersigns: Vec<CountersignView>,
    /// What the check found, in one word.
    pub verdict: CardVerdict,
}

/// A later signature or stamp.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CountersignView {
    /// Its record.
    #[ts(type = "Id")]
    pub countersign: RecordId,
    /// `late_signature` or `stamp`.
    #[ts(type = "\"late_signature\" | \"stamp\" | null")]
    pub how: Option<String>,
    /// Who.
    pub name: String,
    /// When.
    #[ts(type = "Ms | null")]
    pub at: Option<Timestamp>,
    /// Picture of the paper.
    pub photo: Option<BlobRef>,
    /// What became of its own check.
    pub verdict: CardVerdict,
}

/// One card, whole.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CardView {
    /// As in the list.
    pub line: CardLine,
    /// Number of its job.
    pub number: Option<String>,
    /// What the customer saw; null when the bytes are not here or no card.
    pub document: Option<CardDocument>,
    /// Check by check.
    pub findings: Vec<Finding>,
    /// Not older: by the server's clock; null = open.
    #[ts(type = "Ms | null")]
    pub not_before: Option<Timestamp>,
    /// Not younger.
    #[ts(type = "Ms | null")]
    pub not_after: Option<Timestamp>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Finding {
    /// What it is about.
    #[ts(type = "FindingCode")]
    pub code: verify::Code,
    /// How it went.
    #[ts(type = "FindingOutcome")]
    pub outcome: verify::Outcome,
    /// What was found: codes, hashes, numbers or milliseconds by name.
    #[ts(type = "Facts")]
    pub facts: BTreeMap<&'static str, String>,
}

/// The cards of a job, the newest first, each with its seal checked.
pub fn lines(scene: &Scene<'_>, file: &JobFile) -> Result<Vec<CardLine>, ApiError> {
    let cards = file.all::<CardRecord>();
    cards.into_iter().rev().map(|(record, card)| Ok(line(scene, file, record, card)?.0)).collect()
}

/// One card of a job in reach.
pub fn view(scene: &Scene<'_>, job: RecordId, card: RecordId) -> Result<CardView, ApiError> {
    let file = scene.file(job)?;
    let found = file.all::<CardRecord>().into_iter().find(|(record, _)| record.rec == card);
    let (record, fields) = found.ok_or(ErrorCode::NotFound)?;
    let (line, checked) = line(scene, &file, record, fields)?;
    let document = checked.card.as_ref().map(|card| document(scene, card)).transpose()?;
    let (mut findings, mut window) = (Vec::new(), verify::Window::default());
    if let Some(report) = checked.report {
        window = report.window;
        findings.extend(report.checks.into_iter().map(|check| Finding {
            code: check.code,
            outcome: check.outcome,
            facts: check.facts,
        }));
    }
    let (not_before, not_after) = (window.not_before, window.not_after);
    Ok(CardView { line, number: file.fields.number, document, findings, not_before, not_after })
}

fn line(
    scene: &Scene<'_>,
    file: &JobFile,
    record: &StoredRecord,
    card: CardRecord,
) -> Result<(CardLine, Checked), ApiError> {
    let checked = check(scene, file, &card)?;
    let size = |size: Option<i64>| size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
    let signers = checked.card.as_ref().and_then(|card| card.signers.as_ref());
    let photos = file.all::<Photo>();
    let picture = |of: Option<RecordId>| {
        let photo = photos.iter().find(|(record, _)| Some(record.rec) == of).map(|(_, photo)| photo);
        let named = photo.and_then(|photo| Some((photo.sha256?, size(photo.size))));
        named.map(|(sha256, size)| scene.blob(sha256, size)).transpose()
    };
    let countersigns = file
        .all::<Countersign>()
        .into_iter()
        .filter(|(one, countersign)| !one.state.void && countersign.card == Some(record.rec));
    let countersigns = countersigns.map(|(one, countersign)| {
        let photo = picture(countersign.photo)?;
        Ok(CountersignView {
            verdict: check_countersign(scene, &card, &countersign, photo.as_ref())?,
            countersign: one.rec,
            how: countersign.how,
            name: said(countersign.name),
            at: countersign.at,
            photo,
        })
    });
    let countersigns = countersigns.collect::<Result<_, ApiError>>()?;
    let line = CardLine {
        card: record.rec,
        visit: card.visit,
        kind: card.card_kind,
        how: card.how,
        signer: signers.and_then(|all| all.first()).map(|one| one.name.clone()).unwrap_or_default(),
        signed_at: card.signed_at,
        by: scene.person(record.state.author),
        blob: card.sha256.map(|sha256| scene.blob(sha256, size(card.size))).transpose()?,
        amends: card.amends,
        countersigns,
        verdict: checked.verdict,
    };
    Ok((line, checked))
}
