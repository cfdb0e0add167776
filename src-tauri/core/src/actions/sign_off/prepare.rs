//! Freezes the text of a visit's card. Only times, work done and meter (or a reason) can hold it up.

use fieldcard_card::card::{
    Attachment, Card, Charges, ClockTrust, Consent, Device, JobRef, Kind, Link, Org, Place, Technician, Times,
};
use fieldcard_card::{Canonical, FormatError, FrozenCard};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::photo::Photo;
use fieldcard_schema::rules::completeness::Degree;
use fieldcard_schema::time::ClockReading;
use serde::Deserialize;
use ts_rs::TS;

use super::text::Text;
use crate::actions::{ActionError, ErrorCode, Plan, Scene};
use crate::job_file::JobFile;
use crate::language::Language;
use crate::sign_off::{CARD_DRAFTS, FROZEN, SHOWS, is_handed_over};
use crate::store::Store;
use crate::store::outbox::Draft;

/// Freezes the text of a card.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct Prepare {
    /// The visit.
    #[ts(type = "Id")]
    pub visit: RecordId,
    /// Interim or final.
    #[ts(type = "CardKind")]
    pub kind: Kind,
    /// The language that the customer reads.
    pub language: Language,
}

/// The two clocks may differ by this much before the device's counts as moved, in ms.
const CLOCK_TOLERANCE_MS: i64 = 120_000;

impl Prepare {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        if is_handed_over(scene.store, self.visit)? {
            return Err(ErrorCode::HandedOver.into());
        }
        let visit = scene.record(self.visit)?;
        let file = scene.job_file(visit.state.job)?;
        let held_up = file.missing().into_iter().find(|missing| missing.degree == Degree::HoldsSignOff);
        if let Some(missing) = held_up {
            return Err(ActionError::field(ErrorCode::MissingBeforeSignOff, &missing.field));
        }
        let (card, records) = self.card(scene, &file)?;
        let frozen = FrozenCard::freeze(card).map_err(|_| ErrorCode::InvalidValue)?;
        let bytes = frozen.to_bytes().map_err(|error| refused(&error))?;
        let value = String::from_utf8(bytes).map_err(|_| ErrorCode::Internal)?;
        let records = serde_json::to_string(&records).map_err(|_| ErrorCode::Internal)?;
        let draft = |field: &str, value| Draft {
            rec: self.visit,
            field: field.into(),
            value,
            base: None,
            at: scene.now.0,
        };
        let save_drafts = vec![draft(FROZEN, value), draft(SHOWS, records)];
        let clear_drafts = CARD_DRAFTS.iter().map(|field| (self.visit, (*field).to_owned())).collect();
        Ok(Plan { clear_drafts, save_drafts, lasting: true, ..Plan::default() })
    }

    /// The card, and the records that it shows.
    fn card(&self, scene: &mut Scene<'_>, file: &JobFile) -> Result<(Card, Vec<RecordId>), ActionError> {
        let incarnation = scene.incarnation()?.ok_or(ErrorCode::NotEnrolled)?;
        let text = Text {
            file,
            language: self.language,
            offset_minutes: scene.offset_minutes(),
            visit: self.visit,
            kind: self.kind,
        };
        let shown = text.write(scene.store)?;
        let attachments = attachments(&text);
        let records = shown.from.into_iter().chain(attachments.iter().map(|one| one.0)).collect();
        let owner = scene.owner.clone();
        let card = Card {
            v: 1,
            kind: self.kind,
            org: Org { id: owner.org, name: owner.org_name },
            card: scene.new_id(),
            amends: file.card_of(self.visit).and_then(|(_, card)| card.sha256),
            job: JobRef { id: file.job(), number: file.fields.number.clone() },
            visit: self.visit,
            language: self.language.tag().to_owned(),
            zone: scene.zone(),
            content: shown.content,
            charges: Charges { rows: shown.charges, agreed: text.agreed() },
            parts: shown.parts,
            old_parts: shown.old_parts,
            attachments,
            consent: Consent { text: text.consent(), language: self.language.tag().to_owned(), time: None },
            how: None,
            signers: None,
            words: None,
            satisfaction: None,
            ink: None,
            device: Device { id: owner.device, incarnation, app: crate::APP_VERSION.to_owned() },
            technician: Technician { id: owner.user, name: owner.user_name },
            times: Times { prepared: scene.now, signed: None, trust: trust(scene.store, scene.now)? },
            place: Place::None("not_asked".into()),
            chain: next_link(scene.store),
            checkpoint: None,
        };
        Ok((card, records))
    }
}

/// Where the next card of this device stands in its chain.
pub(super) fn next_link(store: &Store) -> Link {
    let seq: u64 = store.outbox.ident("card_seq").and_then(|n| n.parse().ok()).unwrap_or(0);
    let prev = store.outbox.ident("card_prev").and_then(|hash| hash.parse().ok()).unwrap_or(Digest::ZERO);
    Link { card_seq: seq + 1, prev }
}

/// The photos of what the card shows, each by its phase.
fn attachments(text: &Text<'_>) -> Vec<Attachment> {
    let photos = text.file.all::<Photo>().into_iter().filter(|(_, photo)| text.shows(photo.visit));
    photos
        .filter_map(|(seen, photo)| {
            let role = photo.phase.clone()?;
            attachment(seen.rec, photo, role)
        })
        .collect()
}

/// A photo as a card names it; none while its bytes are not known.
pub(super) fn attachment(rec: RecordId, photo: Photo, role: String) -> Option<Attachment> {
    let size = u64::try_from(photo.size?).ok()?;
    Some(Attachment(rec, photo.sha256?, size, photo.media_type?, role))
}

/// What this device knows about its own clock since it was started.
fn trust(store: &Store, now: ClockReading) -> Result<ClockTrust, ActionError> {
    let number = |text: Option<String>| text.and_then(|n| n.parse::<i64>().ok());
    let boot = number(store.cache.state("clock_boot")?);
    let ahead = number(store.cache.state("clock_ahead")?);
    Ok(match ahead.filter(|_| boot == Some(now.2)) {
        None => ClockTrust::Unchecked,
        Some(ms) if ms.abs() > CLOCK_TOLERANCE_MS => ClockTrust::Moved,
        Some(_) => ClockTrust::Checked,
    })
}

/// What the technician hears of a card that cannot be written.
pub(super) fn refused(error: &FormatError) -> ActionError {
    match error {
        FormatError::TooLarge(bytes) => ActionError::too_large(*bytes, Card::MAX_BYTES),
        _ => ErrorCode::InvalidValue.into(),
    }
}
