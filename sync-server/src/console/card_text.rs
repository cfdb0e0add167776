//! What stands on a service card, laid out for drawing: rows, strokes, signers, from its bytes alone.
//!
//! Never a word of its own: labels and values are those that were shown and signed. Foreign text throughout.

use fieldcard_card::card::{Attachment, Card, Line, Place, Row};
use fieldcard_card::strokes;
use fieldcard_schema::id::DeviceId;
use fieldcard_schema::time::{ClockReading, Timestamp};
use fieldcard_schema::wire::error::ApiError;
use serde::Serialize;
use ts_rs::TS;

use super::scene::Scene;
use super::value::BlobRef;

/// One row as the customer saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CardRow {
    /// Field code.
    pub field: String,
    /// Label as shown.
    pub label: String,
    /// Value as shown.
    pub value: String,
}

/// The text and the strokes of a card. Foreign text: drawn as text, never as markup.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CardDocument {
    /// Name of the organisation as shown.
    pub org: String,
    /// Interim or final.
    #[ts(type = "CardKind")]
    pub kind: fieldcard_card::card::Kind,
    /// Number of the job as shown.
    pub number: Option<String>,
    /// Language of the screen (BCP 47).
    pub language: String,
    /// Zone of the wall clock.
    pub zone: String,
    /// What was done.
    pub content: Vec<CardRow>,
    /// Part lines.
    pub parts: Vec<Vec<CardRow>>,
    /// Old parts with where they go.
    pub old_parts: Vec<Vec<CardRow>>,
    /// Costs, sums included.
    pub charges: Vec<CardRow>,
    /// What was agreed before the work.
    pub agreed: Vec<AgreementView>,
    /// Photos and papers that it names.
    pub attachments: Vec<AttachmentView>,
    /// The sentence above the box.
    pub consent: String,
    /// When it was agreed to; null when it was not.
    #[ts(type = "Ms | null")]
    pub consent_at: Option<Timestamp>,
    /// How it ended; null on one that was never confirmed.
    #[ts(type = "SignHow | null")]
    pub how: Option<fieldcard_card::card::Way>,
    /// Why, where that needs saying.
    pub reason: Option<String>,
    /// Who saw it.
    pub witness: Option<String>,
    /// Who signed.
    pub signers: Vec<SignerView>,
    /// The customer's own words.
    pub words: Option<String>,
    /// 1 to 5.
    pub satisfaction: Option<u8>,
    /// What was drawn; null where a name was typed or nobody signed.
    pub ink: Option<InkView>,
    /// Who made it, as shown.
    pub technician: String,
    /// On which device.
    #[ts(type = "Id")]
    pub device: DeviceId,
    /// With which version.
    pub app: String,
    /// Its number in the device's chain.
    pub card_seq: u64,
    /// When the text was frozen, by the device's clock.
    #[ts(type = "Ms")]
    pub prepared_at: Timestamp,
    /// When it was confirmed, by the device's clock.
    #[ts(type = "Ms | null")]
    pub signed_at: Option<Timestamp>,
    /// What the device knew about that clock.
    #[ts(type = "\"checked\" | \"moved\" | \"unchecked\"")]
    pub clock: fieldcard_card::card::ClockTrust,
    /// Where: degrees × 10⁷ north and east, and metres of uncertainty; null for none.
    pub place: Option<[i64; 3]>,
    /// Why there is no place.
    pub no_place: Option<String>,
}

/// A price agreed before the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AgreementView {
    /// What, as shown.
    pub text: String,
    /// Who.
    pub name: String,
    /// When, by the device's clock.
    #[ts(type = "Ms")]
    pub at: Timestamp,
}

/// A photo or paper that a card names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AttachmentView {
    /// What it shows: a photo phase, `stamped_paper`, `payment_proof`, …
    pub role: String,
    /// Its media type, as the card says.
    pub media_type: String,
    /// The file.
    pub blob: BlobRef,
}

/// Somebody who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SignerView {
    /// Name as typed.
    pub name: String,
    /// Role as shown.
    pub role: String,
    /// By what right.
    #[ts(type = "Authority")]
    pub authority: fieldcard_card::card::Authority,
    /// How the technician knew who it was.
    pub identified: String,
}

/// What was drawn in the box, in tenths of a CSS pixel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct InkView {
    /// Width of the pad.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// Each stroke as x, y pairs from the pad's top left.
    #[ts(type = "Array<Array<[number, number]>>")]
    pub strokes: Vec<Vec<[i32; 2]>>,
}

fn rows(rows: &[Row]) -> Vec<CardRow> {
    let row = |Row(field, label, value): &Row| CardRow {
        field: field.clone(),
        label: label.clone(),
        value: value.clone(),
    };
    rows.iter().map(row).collect()
}

/// What the customer saw.
pub fn document(scene: &Scene<'_>, card: &Card) -> Result<CardDocument, ApiError> {
    let tables = |lines: &[Line]| lines.iter().map(|line| rows(&line.rows)).collect();
    let wall = |time: Option<ClockReading>| time.map(ClockReading::wall);
    let attachment = |Attachment(_, sha256, size, media_type, role): &Attachment| {
        let blob = scene.blob(*sha256, *size)?;
        Ok(AttachmentView { role: role.clone(), media_type: media_type.clone(), blob })
    };
    let (place, no_place) = match &card.place {
        Place::At(at) => (Some([at.lat_e7, at.lon_e7, i64::from(at.radius_m)]), None),
        Place::None(why) => (None, Some(why.clone())),
    };
    Ok(CardDocument {
        org: card.org.name.clone(),
        kind: card.kind,
        number: card.job.number.clone(),
        language: card.language.clone(),
        zone: card.zone.clone(),
        content: rows(&card.content),
        parts: tables(&card.parts),
        old_parts: tables(&card.old_parts),
        charges: rows(&card.charges.rows),
        agreed: agreed(card),
        attachments: card.attachments.iter().map(attachment).collect::<Result<_, ApiError>>()?,
        consent: card.consent.text.clone(),
        consent_at: wall(card.consent.time),
        how: card.how.as_ref().map(|how| how.way),
        reason: card.how.as_ref().and_then(|how| how.reason.clone()),
        witness: card.how.as_ref().and_then(|how| how.witness.clone()),
        signers: signers(card),
        words: card.words.clone(),
        satisfaction: card.satisfaction,
        ink: ink(card),
        technician: card.technician.name.clone(),
        device: card.device.id,
        app: card.device.app.clone(),
        card_seq: card.chain.card_seq,
        prepared_at: card.times.prepared.wall(),
        signed_at: wall(card.times.signed),
        clock: card.times.trust,
        place,
        no_place,
    })
}

fn agreed(card: &Card) -> Vec<AgreementView> {
    let view = |one: &fieldcard_card::card::Agreement| AgreementView {
        text: one.text.clone(),
        name: one.name.clone(),
        at: one.time.wall(),
    };
    card.charges.agreed.iter().map(view).collect()
}

fn signers(card: &Card) -> Vec<SignerView> {
    let view = |one: &fieldcard_card::card::Signer| SignerView {
        name: one.name.clone(),
        role: one.role.clone(),
        authority: one.authority,
        identified: one.identified.clone(),
    };
    card.signers.iter().flatten().map(view).collect()
}

fn ink(card: &Card) -> Option<InkView> {
    let ink = card.ink.as_ref()?;
    let drawn = strokes::decode(&ink.strokes).unwrap_or_default();
    let stroke = |points: Vec<strokes::Point>| points.iter().map(|point| [point.x, point.y]).collect();
    Some(InkView { width: ink.pad.0, height: ink.pad.1, strokes: drawn.into_iter().map(stroke).collect() })
}
