//! The sign-off screen: the frozen card as it will be sealed, drawn from its bytes and from nothing else.

use fieldcard_card::card::{Authority, Card, Kind, Row, Way};
use fieldcard_card::{Canonical, FrozenCard};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::card::Card as CardRecord;
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::rules::completeness::Degree;
use fieldcard_schema::rules::job_state::JobState;
use serde::Serialize;
use ts_rs::TS;

use super::photo::{self, PhotoRow};
use super::scene::Scene;
use super::value::Time;
use crate::error::{ActionError, ErrorCode};
use crate::job_file::{JobFile, as_record};
use crate::language::Language;
use crate::sign_off;
use crate::store::Seen;

/// How far a visit's sign-off has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignOffState {
    /// No text is frozen.
    Open,
    /// The text is frozen, the technician holds the device.
    Prepared,
    /// The customer holds it.
    HandedOver,
    /// Done.
    Sealed,
}

/// One row of the card: field, label, value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct CardLine {
    /// Its part before the first dot names the group: head, machine, report, done, parts, old_parts, cost, …
    field: String,
    /// Label as shown.
    label: String,
    /// Value as shown.
    value: String,
}

/// Somebody whom the office listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct ListedSigner {
    /// Name.
    name: String,
    /// Role.
    #[ts(type = "ContactRole")]
    role: String,
    /// `listed`, or `self` for the owner.
    #[ts(type = "Authority")]
    authority: &'static str,
}

/// A card that was sealed.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct SealedCard {
    /// The card's record.
    #[ts(type = "Id")]
    card: RecordId,
    /// How it ended.
    #[ts(type = "SignHow")]
    how: String,
    /// Who signed.
    signer: Option<String>,
    /// When.
    at: Option<Time>,
    /// SHA-256 of its bytes.
    #[ts(type = "string")]
    digest: Option<Digest>,
    /// Its number among the cards of this device.
    #[ts(type = "number | null")]
    card_seq: Option<i64>,
    /// What its bytes say beside the rows; none where they are not on this device.
    stamp: Option<Stamp>,
}

/// What stands under the rows of a sealed card, from its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct Stamp {
    /// The ink as a request gives it, `WxH.strokes`; none where nobody drew.
    ink: Option<String>,
    /// The role as shown, and by what right he signed.
    role: Option<String>,
    #[ts(type = "Authority | null")]
    authority: Option<Authority>,
    /// Why there is no signature.
    reason: Option<String>,
    /// Who saw it.
    witness: Option<String>,
    /// The customer's own words.
    words: Option<String>,
    /// His satisfaction, 1 to 5.
    satisfaction: Option<u8>,
    /// Photos sealed with it because nobody signed.
    photos: Vec<PhotoRow>,
    /// The device that sealed it, and its app.
    device: String,
    app: String,
}

/// The screen.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct SignOffView {
    /// The visit.
    #[ts(type = "Id")]
    visit: RecordId,
    /// The job.
    #[ts(type = "Id")]
    job: RecordId,
    /// Its number.
    number: Option<String>,
    /// How far it has come.
    state: SignOffState,
    /// Interim or final; the frozen card's own, else what the state of the job suggests: whoever waits for
    /// something has not finished.
    #[ts(type = "CardKind")]
    kind: Kind,
    /// Language of the frozen card.
    language: Option<String>,
    /// The card's rows; empty while open.
    lines: Vec<CardLine>,
    /// The sentence above the box.
    consent: Option<String>,
    /// People whom the office listed.
    signers: Vec<ListedSigner>,
    /// Who is to sign, while the device is handed over.
    #[ts(type = "SignHow | null")]
    how: Option<Way>,
    /// The text in the making, or made, amends the sealed card.
    amending: bool,
    /// A sealed card that a new one may amend.
    can_amend: bool,
    /// What still holds the signature up.
    missing_required: usize,
    /// The newest sealed card of this visit.
    sealed: Option<SealedCard>,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, visit: RecordId) -> Result<SignOffView, ActionError> {
    let seen = scene.store.cache.seen(visit)?.ok_or(ErrorCode::NotFound)?;
    let job = seen.state.job.ok_or(ErrorCode::NotFound)?;
    let file = JobFile::read(scene.store, job)?.ok_or(ErrorCode::NotFound)?;
    let frozen = sign_off::frozen(scene.store, visit)?;
    let sealed = file.card_of(visit);
    let amending = file.amends(visit) || sealed.is_some() && frozen.is_some();
    let state = match (&frozen, &sealed) {
        (Some(_), _) if sign_off::is_handed_over(scene.store, visit)? => SignOffState::HandedOver,
        (Some(_), _) => SignOffState::Prepared,
        (None, Some(_)) if !amending => SignOffState::Sealed,
        (None, _) => SignOffState::Open,
    };
    let sealed_text = match &sealed {
        Some((_, card)) if state == SignOffState::Sealed => read_sealed(scene, card)?,
        _ => None,
    };
    let text = frozen.as_ref().map(FrozenCard::text).or(sealed_text.as_ref());
    let held_up = file.missing().into_iter().filter(|m| m.degree == Degree::HoldsSignOff).count();
    Ok(SignOffView {
        visit,
        job,
        number: file.fields.number.clone(),
        state,
        kind: text.map_or_else(|| suggested(&file), |card| card.kind),
        language: text.map(|card| card.language.clone()),
        lines: text.map(lines).unwrap_or_default(),
        consent: text.map(|card| card.consent.text.clone()),
        signers: signers(scene, &file)?,
        how: sign_off::how(scene.store, visit)?,
        amending,
        can_amend: sealed.is_some() && file.can_edit(),
        missing_required: held_up,
        sealed: sealed.map(|card| sealed_card(scene, &file, card, sealed_text.as_ref())).transpose()?,
    })
}

/// A job that waits is not finished.
fn suggested(file: &JobFile) -> Kind {
    if file.status.job.state == JobState::Waiting { Kind::Interim } else { Kind::Final }
}

/// The sealed card, from the very bytes that were sealed; none where they are not on this device.
fn read_sealed(scene: &Scene<'_>, card: &CardRecord) -> Result<Option<Card>, ActionError> {
    let Some(sha256) = card.sha256 else { return Ok(None) };
    let bytes = scene.store.outbox.blob_bytes(sha256, 0, Card::MAX_BYTES as u64)?;
    Ok(bytes.and_then(|bytes| Card::parse(&bytes).ok()))
}

/// All rows of a card in the order in which they are read.
fn lines(card: &Card) -> Vec<CardLine> {
    let parts = card.parts.iter().chain(&card.old_parts).flat_map(|line| &line.rows);
    let rows = card.content.iter().chain(parts).chain(&card.charges.rows);
    let line = |Row(field, label, value): &Row| CardLine {
        field: field.clone(),
        label: label.clone(),
        value: value.clone(),
    };
    let language = Language::of_tag(&card.language);
    let agreed = card.charges.agreed.iter().map(|agreement| CardLine {
        field: "cost.agreed".to_owned(),
        label: language.name("card_labels", "cost_agreed"),
        value: format!("{} · {}", agreement.text, agreement.name),
    });
    rows.map(line).chain(agreed).collect()
}

fn signers(scene: &Scene<'_>, file: &JobFile) -> Result<Vec<ListedSigner>, ActionError> {
    let customer = match file.fields.customer {
        Some(customer) => scene.store.cache.seen(customer)?.and_then(|seen| as_record::<Customer>(&seen)),
        None => None,
    };
    let listed = customer.into_iter().flat_map(|customer| customer.contacts);
    let signer = |contact: fieldcard_schema::record::customer::Contact| {
        let role = contact.role.unwrap_or_else(|| "other".into());
        let authority = if role == "owner" { "self" } else { "listed" };
        contact.name.map(|name| ListedSigner { name, role, authority })
    };
    Ok(listed.filter_map(signer).collect())
}

fn sealed_card(
    scene: &Scene<'_>,
    file: &JobFile,
    (seen, card): (&Seen, CardRecord),
    text: Option<&Card>,
) -> Result<SealedCard, ActionError> {
    Ok(SealedCard {
        card: seen.rec,
        how: card.how.unwrap_or_default(),
        signer: card.rest.get("signer").and_then(|s| s.as_str()).map(str::to_owned),
        at: card.signed_at.map(|at| scene.time(at)),
        digest: card.sha256,
        card_seq: card.card_seq,
        stamp: text.map(|text| stamp(scene, file, text)).transpose()?,
    })
}

fn stamp(scene: &Scene<'_>, file: &JobFile, card: &Card) -> Result<Stamp, ActionError> {
    let signer = card.signers.iter().flatten().next();
    let how = card.how.clone();
    let taken_then = |role: &str| matches!(role, "refused" | "absent");
    let sealed: Vec<RecordId> =
        card.attachments.iter().filter(|one| taken_then(&one.4)).map(|one| one.0).collect();
    Ok(Stamp {
        ink: card.ink.as_ref().map(|ink| format!("{}x{}.{}", ink.pad.0, ink.pad.1, ink.strokes)),
        role: signer.map(|signer| signer.role.clone()),
        authority: signer.map(|signer| signer.authority),
        reason: how.as_ref().and_then(|how| how.reason.clone()),
        witness: how.and_then(|how| how.witness),
        words: card.words.clone(),
        satisfaction: card.satisfaction,
        photos: photo::rows(scene, file, &sealed)?,
        device: card.device.id.to_string(),
        app: card.device.app.clone(),
    })
}
