//! The frozen text of a card, kept as a draft of its visit so that a killed app comes back to it.
//!
//! ```text
//! open ── prepare ──▶ prepared ── hand_over ──▶ handed over ── confirm ──▶ sealed, still in his hands
//!   ▲                   │ ▲                        │                         │
//!   └──── discard ──────┘ └────── take_back ───────┘                     take_back ──▶ sealed
//! ```
//!
//! The lock outlives the sealing: only the technician's initials end it. Nothing is sealed twice, and a sealing
//! cannot be undone: only a new card amends one. `amend` leads from sealed back to open, and what the old card
//! shows may be struck out until the new one is sealed. The steps themselves are actions (`actions::sign_off`).

use fieldcard_card::card::Way;
use fieldcard_card::{Canonical, FrozenCard};
use fieldcard_schema::id::RecordId;
use pinyin::ToPinyinMulti;

use crate::error::{ActionError, ErrorCode};
use crate::store::Store;

/// Draft of a visit that holds the frozen text, as canonical JSON.
pub const FROZEN: &str = "card.frozen";
/// Draft of a visit that lists the records that the frozen text was written from.
pub const SHOWS: &str = "card.shows";
/// Draft of a visit that says that the device is in the customer's hands, from handing over to the initials.
pub const HANDED_OVER: &str = "card.handed_over";
/// Draft of a visit that says that its sealed card is being amended.
pub const AMENDING: &str = "card.amending";
/// Draft of a visit that says who was to sign when the device was last handed over: a code of [`Way`].
pub const HOW: &str = "card.how";
/// Drafts of a visit that were entered in the name of whoever was to sign.
pub const SIGNING_DRAFTS: &[&str] = &["ink", "words", "satisfaction", "signer", "sign_off"];
/// Drafts of a visit that end with the sealing or with a new text, with the [`SIGNING_DRAFTS`].
pub const CARD_DRAFTS: &[&str] = &[FROZEN, SHOWS, HOW, "ink", "words", "satisfaction", "signer", "sign_off"];

/// The frozen text of a visit's card, if there is one.
pub fn frozen(store: &Store, visit: RecordId) -> Result<Option<FrozenCard>, ActionError> {
    let draft = store.outbox.drafts(visit)?.into_iter().find(|draft| draft.field == FROZEN);
    let parse = |text: &str| FrozenCard::parse(text.as_bytes()).map_err(|_| ErrorCode::NotPrepared.into());
    draft.map(|draft| parse(&draft.value)).transpose()
}

/// The records that the frozen text shows; once it is sealed they are amended, never struck out.
pub fn shows(store: &Store, visit: RecordId) -> Result<Vec<RecordId>, ActionError> {
    let draft = store.outbox.drafts(visit)?.into_iter().find(|draft| draft.field == SHOWS);
    let parse = |text: &str| serde_json::from_str(text).map_err(|_| ErrorCode::NotPrepared.into());
    draft.map_or_else(|| Err(ErrorCode::NotPrepared.into()), |draft| parse(&draft.value))
}

/// Who was to sign when the device was last handed over.
pub fn how(store: &Store, visit: RecordId) -> Result<Option<Way>, ActionError> {
    let draft = store.outbox.drafts(visit)?.into_iter().find(|draft| draft.field == HOW);
    Ok(draft.and_then(|draft| serde_json::from_value(draft.value.into()).ok()))
}

/// Whether the device is in the customer's hands with this visit's card.
pub fn is_handed_over(store: &Store, visit: RecordId) -> Result<bool, ActionError> {
    Ok(store.outbox.drafts(visit)?.iter().any(|draft| draft.field == HANDED_OVER))
}

/// The visit whose card is in the customer's hands, if any: nothing else may be shown.
pub fn handed_over(store: &Store) -> Result<Option<RecordId>, ActionError> {
    Ok(store.outbox.draft_holders(HANDED_OVER)?.into_iter().next())
}

/// Initials of a person's name, as he types them: `张三` is ZS, `Li Ming` is LM.
///
/// A character with several readings has all their initials, one set for each way to read the name
/// (`单晓` is SX, DX, CX); the first is the usual one.
pub fn initials(name: &str) -> Vec<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let letters: Vec<char> = match words.len() {
        0 | 1 => name.trim().chars().collect(),
        _ => words.iter().filter_map(|word| word.chars().next()).collect(),
    };
    letters.into_iter().fold(vec![String::new()], |sets, letter| {
        let readings = readings(letter);
        sets.iter()
            .flat_map(|set| readings.iter().map(move |reading| format!("{set}{reading}")))
            .take(16)
            .collect()
    })
}

/// First letters of every way to read a character; the character itself when it has none.
fn readings(letter: char) -> Vec<char> {
    let multi = letter.to_pinyin_multi();
    let mut found: Vec<char> = Vec::new();
    for reading in multi.into_iter().flatten() {
        let first = reading.plain().chars().next().unwrap_or(letter).to_ascii_uppercase();
        if !found.contains(&first) {
            found.push(first);
        }
    }
    if found.is_empty() { letter.to_uppercase().take(1).collect() } else { found }
}

/// Whether what was typed names the person.
pub fn names_person(name: &str, typed: &str) -> bool {
    let typed = typed.trim().to_uppercase();
    !typed.is_empty() && (initials(name).contains(&typed) || typed == name.trim().to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_known_by_their_initials() {
        assert_eq!((initials("张三"), initials("li ming")), (vec!["ZS".to_owned()], vec!["LM".to_owned()]));
        assert!(names_person("王建国", " wjg ") && names_person("王建国", "王建国"));
        assert!(names_person("Li Ming", "lm") && names_person("Li Ming", "Li ming"));
        assert!(
            !names_person("王建国", "") && !names_person("王建国", "LJG") && !names_person("Li Ming", "L")
        );
    }

    #[test]
    fn a_name_with_several_readings_is_known_by_each() {
        assert!(names_person("单晓", "SX") && names_person("单晓", "DX"));
    }
}
