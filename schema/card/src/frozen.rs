//! A card between hand-over and Confirm: its text is fixed, its sign-off is open.
//!
//! The screen draws from these bytes while the customer reads; [`FrozenCard::seal`] fills the sign-off and
//! touches nothing else. A frozen text whose place in the chain was taken meanwhile, or that was prepared
//! before the text changed, is thrown away and frozen anew; it proves nothing and is never sealed twice.

use fieldcard_schema::time::ClockReading;
use serde::{Deserialize, Serialize};

use crate::canonical::{Canonical, FormatError};
use crate::card::{self, Attachment, Card, How, Ink, Signer, Way};

/// The frozen text of a card: every member stands, those of the sign-off are null.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FrozenCard(Card);

/// What Confirm adds to a frozen text, and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignOff {
    /// How it ended.
    pub how: How,
    /// Who signed; empty when nobody did.
    pub signers: Vec<Signer>,
    /// The customer's own words.
    pub words: Option<String>,
    /// The customer's satisfaction, 1 to 5.
    pub satisfaction: Option<u8>,
    /// What was drawn; none where a name was typed and the box ticked, or nobody signed.
    pub ink: Option<Ink>,
    /// When Confirm was tapped; also the time of consent when somebody signed.
    pub signed: ClockReading,
}

impl FrozenCard {
    /// Freezes `card`, whose members of the sign-off must all be null.
    pub fn freeze(card: Card) -> Result<Self, FormatError> {
        let frozen = Self(card);
        frozen.check()?;
        Ok(frozen)
    }

    /// The text, to draw from.
    pub fn text(&self) -> &Card {
        &self.0
    }

    /// The same text with more attachments: what was photographed because nobody signed. Frozen anew before
    /// the sealing, and nothing else of it changes.
    pub fn with_attachments(self, more: Vec<Attachment>) -> Result<Self, FormatError> {
        let mut card = self.0;
        card.attachments.extend(more);
        Self::freeze(card)
    }

    /// The card as signed. Its bytes are then made once, by [`Canonical::to_bytes`], sealed and stored.
    pub fn seal(self, sign_off: SignOff) -> Result<Card, FormatError> {
        let mut card = self.0;
        let consents = matches!(sign_off.how.way, Way::Signed | Way::Proxy);
        card.consent.time = consents.then_some(sign_off.signed);
        card.times.signed = Some(sign_off.signed);
        card.how = Some(sign_off.how);
        card.signers = Some(sign_off.signers);
        card.words = sign_off.words;
        card.satisfaction = sign_off.satisfaction;
        card.ink = sign_off.ink;
        card.check()?;
        Ok(card)
    }
}

impl Canonical for FrozenCard {
    const VERSION: u64 = Card::VERSION;
    const MAX_BYTES: usize = Card::MAX_BYTES;

    fn check(&self) -> Result<(), FormatError> {
        card::frozen_rules(&self.0).map_err(FormatError::Contradiction)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::card::{Authority, Card};

    /// The golden card with its sign-off taken out again.
    fn opened() -> (Card, SignOff) {
        let mut card = Card::parse(include_bytes!("../fixtures/card-v1.json")).unwrap();
        let sign_off = SignOff {
            how: card.how.take().unwrap(),
            signers: card.signers.take().unwrap(),
            words: card.words.take(),
            satisfaction: card.satisfaction.take(),
            ink: card.ink.take(),
            signed: card.times.signed.take().unwrap(),
        };
        card.consent.time = None;
        (card, sign_off)
    }

    fn refused() -> SignOff {
        let how = How { way: Way::Refused, reason: Some("嫌贵".into()), witness: Some("李工".into()) };
        SignOff {
            how,
            signers: vec![],
            words: None,
            satisfaction: None,
            ink: None,
            signed: opened().1.signed,
        }
    }

    #[test]
    fn sealing_fills_the_sign_off_and_nothing_else() {
        for sign_off in [opened().1, refused()] {
            let frozen = FrozenCard::freeze(opened().0).unwrap();
            let mut before: Value = serde_json::from_slice(&frozen.to_bytes().unwrap()).unwrap();
            let card = frozen.seal(sign_off).unwrap();
            let after: Value = serde_json::from_slice(&card.to_bytes().unwrap()).unwrap();
            for open in
                ["/how", "/signers", "/words", "/satisfaction", "/ink", "/times/signed", "/consent/time"]
            {
                let slot = before.pointer_mut(open).unwrap();
                assert!(slot.is_null(), "{open}");
                *slot = after.pointer(open).unwrap().clone();
            }
            assert_eq!(before, after);
        }
    }

    #[test]
    fn a_frozen_text_is_kept_as_bytes_and_is_no_card() {
        let frozen = FrozenCard::freeze(opened().0).unwrap();
        let bytes = frozen.to_bytes().unwrap();
        assert_eq!(FrozenCard::parse(&bytes), Ok(frozen));
        assert!(matches!(Card::parse(&bytes), Err(FormatError::Contradiction(_))));
    }

    #[test]
    fn a_card_with_any_part_of_a_sign_off_cannot_be_frozen() {
        let given = opened().1;
        let fill: [fn(&mut Card, SignOff); 7] = [
            |card, given| card.how = Some(given.how),
            |card, given| card.signers = Some(given.signers),
            |card, given| card.words = given.words,
            |card, given| card.satisfaction = given.satisfaction,
            |card, given| card.ink = given.ink,
            |card, given| card.times.signed = Some(given.signed),
            |card, given| card.consent.time = Some(given.signed),
        ];
        for (i, fill) in fill.iter().enumerate() {
            let (mut card, _) = opened();
            fill(&mut card, given.clone());
            assert!(FrozenCard::freeze(card).is_err(), "{i}");
        }
    }

    #[test]
    fn a_sign_off_that_contradicts_itself_is_refused() {
        let bend: [fn(&mut SignOff); 8] = [
            |off| off.signers.clear(),
            |off| off.how.way = Way::Refused,
            |off| off.how.way = Way::Absent,
            |off| off.how.way = Way::Proxy,
            |off| off.satisfaction = Some(6),
            |off| off.signers[0].name.clear(),
            |off| off.ink.as_mut().unwrap().strokes.push('A'),
            |off| off.signed.1 = 0,
        ];
        for (i, bend) in bend.iter().enumerate() {
            let (card, mut sign_off) = opened();
            bend(&mut sign_off);
            let sealed = FrozenCard::freeze(card).unwrap().seal(sign_off);
            assert!(matches!(sealed, Err(FormatError::Contradiction(_))), "{i}: {sealed:?}");
        }
    }

    #[test]
    fn a_proxy_signs_by_listed_or_presumed_authority() {
        let (card, mut sign_off) = opened();
        sign_off.how.way = Way::Proxy;
        sign_off.signers[0].authority = Authority::Presumed;
        assert!(FrozenCard::freeze(card).unwrap().seal(sign_off).is_ok());
    }
}
