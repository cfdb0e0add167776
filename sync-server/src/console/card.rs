//! A service card as the customer saw it, and what the check of its seal found.
//!
//! Drawn from the stored bytes alone; bytes that do not parse are told as such, never guessed at.

use std::collections::BTreeMap;

use fieldcard_card::verify;
use fieldcard_schema::id::{DeviceId, RecordId};
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use ts_rs::TS;

use super::value::{BlobRef, PersonRef};

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
