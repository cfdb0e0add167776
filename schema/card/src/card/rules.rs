//! What the members of a card must say together.
//!
//! Each rule is about the card alone: no key, no other card, no clock of today. A broken rule means that
//! no honest app wrote the card. The same rules, in prose: docs/service-card.md.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::time::ClockReading;

use super::{Attachment, Authority, Card, How, Ink, Place, Row, Signer, Way};
use crate::strokes;

type Broken = Result<(), &'static str>;

/// A card as it stands when it is sealed.
pub(super) fn sealed(card: &Card) -> Broken {
    text(card)?;
    let (Some(how), Some(signers), Some(signed)) = (&card.how, &card.signers, card.times.signed) else {
        return Err("how, signers and the time of signing stand in a sealed card");
    };
    ordered(card.times.prepared, signed, "signed before it was prepared")?;
    if card.satisfaction.is_some_and(|stars| !(1..=5).contains(&stars)) {
        return Err("satisfaction is 1 to 5");
    }
    if let Some(given) = card.consent.time {
        ordered(card.times.prepared, given, "consent was given before the text was prepared")?;
        ordered(given, signed, "consent was given after the signing")?;
    }
    sign_off(how, signers, card.ink.as_ref())?;
    match (how.way, card.consent.time) {
        (Way::Signed | Way::Proxy, None) => Err("who signs gives consent"),
        (Way::Refused | Way::Absent, Some(_)) => Err("who does not sign gives no consent"),
        _ => Ok(()),
    }
}

/// A card as it stands between hand-over and Confirm.
pub(crate) fn frozen(card: &Card) -> Broken {
    text(card)?;
    let open = card.how.is_none()
        && card.signers.is_none()
        && card.words.is_none()
        && card.satisfaction.is_none()
        && card.ink.is_none()
        && card.times.signed.is_none()
        && card.consent.time.is_none();
    if open { Ok(()) } else { Err("a frozen text holds nothing of the sign-off") }
}

/// Who signed, how, and with what ink.
fn sign_off(how: &How, signers: &[Signer], ink: Option<&Ink>) -> Broken {
    let own = signers.iter().any(|signer| signer.authority == Authority::Own);
    match how.way {
        Way::Signed | Way::Proxy if signers.is_empty() => return Err("somebody signed"),
        Way::Proxy if own => return Err("a proxy does not sign by his own right"),
        Way::Refused | Way::Absent if !signers.is_empty() || ink.is_some() => {
            return Err("refused and absent leave no signature");
        }
        Way::Refused | Way::Absent if how.reason.as_deref().is_none_or(str::is_empty) => {
            return Err("refused and absent have a reason");
        }
        _ => {}
    }
    signers_rule(signers)?;
    ink_rule(ink)
}

/// Every signer has a name.
pub(crate) fn signers_rule(signers: &[Signer]) -> Broken {
    let nameless = signers.iter().any(|signer| signer.name.is_empty());
    if nameless { Err("a signer has a name") } else { Ok(()) }
}

/// Ink that can be drawn.
pub(crate) fn ink_rule(ink: Option<&Ink>) -> Broken {
    match ink {
        Some(Ink { pad: (0, _) | (_, 0), .. }) => Err("the pad has a size"),
        Some(ink) => strokes::decode(&ink.strokes).map(drop).map_err(|_| "the strokes are not ink"),
        None => Ok(()),
    }
}

/// What is fixed at hand-over.
fn text(card: &Card) -> Broken {
    if card.v != 1 {
        return Err("the version is 1");
    }
    if card.chain.card_seq == 0 || (card.chain.card_seq == 1) != (card.chain.prev == Digest::ZERO) {
        return Err("the first card of a chain, and only that, stands on zeros");
    }
    let named = [&card.org.name, &card.language, &card.zone, &card.device.app, &card.technician.name];
    if named.iter().any(|name| name.is_empty()) || card.consent.text.is_empty() {
        return Err("names, language, zone and consent are not empty");
    }
    if card.content.is_empty() || rows(card).any(|row| row.0.is_empty()) {
        return Err("a card has content, and each row a field");
    }
    attachments_rule(&card.attachments)?;
    for agreed in &card.charges.agreed {
        ordered(agreed.time, card.times.prepared, "a price was agreed after the text was prepared")?;
    }
    match &card.place {
        Place::At(at) if at.lat_e7.abs() > 900_000_000 || at.lon_e7.abs() > 1_800_000_000 => {
            Err("the place is on the globe")
        }
        Place::None(why) if why.is_empty() => Err("no place has a reason"),
        _ => Ok(()),
    }
}

fn rows(card: &Card) -> impl Iterator<Item = &Row> {
    let lines = card.parts.iter().chain(&card.old_parts).flat_map(|line| &line.rows);
    card.content.iter().chain(&card.charges.rows).chain(lines)
}

/// No attachment twice.
pub(crate) fn attachments_rule(list: &[Attachment]) -> Broken {
    let twice = |i: usize| list[..i].iter().any(|other| other.0 == list[i].0);
    if (0..list.len()).any(twice) { Err("an attachment stands twice") } else { Ok(()) }
}

/// Within one boot the monotonic clock decides; across boots nothing is known.
fn ordered(earlier: ClockReading, later: ClockReading, broken: &'static str) -> Broken {
    match later.since(earlier) {
        Some(passed) if passed < 0 => Err(broken),
        _ => Ok(()),
    }
}
