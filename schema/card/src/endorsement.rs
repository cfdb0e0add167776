//! Records that name cards: a countersign (a later signature or stamp) and a batch (one signing for many
//! cards).
//!
//! Neither touches a card. A card signed in a batch has no ink of its own; the batch holds it. Sealed by
//! the device like a card ([`mod@crate::seal`]), but outside its chain of cards.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{OrgId, RecordId};
use fieldcard_schema::time::ClockReading;
use serde::{Deserialize, Serialize};

use crate::canonical::{Canonical, FormatError};
use crate::card::{self, Attachment, ClockTrust, Consent, Device, Ink, Signer, Technician};

/// A countersign or a batch, format 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endorsement {
    /// Format version: 1.
    pub v: u64,
    /// Countersign or batch.
    pub kind: EndorsementKind,
    /// Whose.
    pub org: OrgId,
    /// Id of this record.
    pub id: RecordId,
    /// Hashes of the cards it is about, ascending, each once.
    pub cards: Vec<Digest>,
    /// The sentence above the box; its time is null when there is only a stamp.
    pub consent: Consent,
    /// Who signed; empty when there is only a stamp.
    pub signers: Vec<Signer>,
    /// What was drawn; null where a name was typed, or for a stamp.
    pub ink: Option<Ink>,
    /// The stamped paper.
    pub attachments: Vec<Attachment>,
    /// The device it was made on.
    pub device: Device,
    /// Who made it.
    pub technician: Technician,
    /// When.
    pub signed: ClockReading,
    /// What the device knew about its own clock.
    pub trust: ClockTrust,
}

/// What an endorsement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndorsementKind {
    /// A later signature or stamp.
    Countersign,
    /// One signing for two cards or more.
    Batch,
}

impl Canonical for Endorsement {
    const VERSION: u64 = 1;
    const MAX_BYTES: usize = 256 * 1024;

    fn check(&self) -> Result<(), FormatError> {
        rules(self).map_err(FormatError::Contradiction)
    }
}

fn rules(record: &Endorsement) -> Result<(), &'static str> {
    if record.v != 1 {
        return Err("the version is 1");
    }
    if record.cards.is_empty() || record.cards.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err("cards stand in the order of their hashes, each once");
    }
    if record.kind == EndorsementKind::Batch && (record.cards.len() < 2 || record.signers.is_empty()) {
        return Err("a batch is one signing for two cards or more");
    }
    if record.signers.is_empty() && (record.attachments.is_empty() || record.ink.is_some()) {
        return Err("there is a signature or a stamp");
    }
    if record.consent.time.is_some() == record.signers.is_empty() {
        return Err("who signs gives consent, and nobody else");
    }
    card::signers_rule(&record.signers)?;
    card::ink_rule(record.ink.as_ref())?;
    card::attachments_rule(&record.attachments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Card;

    fn batch() -> Endorsement {
        let card = Card::parse(include_bytes!("../fixtures/card-v1.json")).unwrap();
        let mut cards = vec![Digest::of(b"a"), Digest::of(b"b")];
        cards.sort_unstable();
        Endorsement {
            v: 1,
            kind: EndorsementKind::Batch,
            org: card.org.id,
            id: card.visit,
            cards,
            consent: card.consent,
            signers: card.signers.unwrap(),
            ink: card.ink,
            attachments: vec![],
            device: card.device,
            technician: card.technician,
            signed: card.times.prepared,
            trust: ClockTrust::Unchecked,
        }
    }

    fn stamp() -> Endorsement {
        let mut one = batch();
        one.kind = EndorsementKind::Countersign;
        one.cards.truncate(1);
        one.attachments.push(Attachment(
            one.id,
            Digest::of(b"p"),
            1,
            "image/jpeg".into(),
            "stamped_paper".into(),
        ));
        one.signers.clear();
        one.ink = None;
        one.consent.time = None;
        one
    }

    #[test]
    fn batch_and_stamp_read_back_as_written() {
        for one in [batch(), stamp()] {
            assert_eq!(Endorsement::parse(&one.to_bytes().unwrap()), Ok(one));
        }
        assert!(Card::parse(&batch().to_bytes().unwrap()).is_err());
    }

    #[test]
    fn what_contradicts_itself_has_no_bytes() {
        let bend: [fn(&mut Endorsement); 8] = [
            |one| one.cards.reverse(),
            |one| one.cards[1] = one.cards[0],
            |one| one.cards.truncate(1),
            |one| one.cards.clear(),
            |one| one.signers.clear(),
            |one| one.consent.time = None,
            |one| one.signers[0].name.clear(),
            |one| one.ink.as_mut().unwrap().strokes = "A".into(),
        ];
        for (i, bend) in bend.iter().enumerate() {
            let mut one = batch();
            bend(&mut one);
            assert!(matches!(one.to_bytes(), Err(FormatError::Contradiction(_))), "{i}");
        }
    }
}
