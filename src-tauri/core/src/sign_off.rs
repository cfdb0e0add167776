//! The frozen text of a card, kept as a draft of its visit so that a killed app comes back to it.
//!
//! ```text
//! open ── prepare ──▶ prepared ── hand_over ──▶ handed over ── confirm ──▶ sealed
//!   ▲                   │ ▲                        │
//!   └──── discard ──────┘ └────── take_back ───────┘
//! ```
//!
//! Nothing is sealed twice, and a sealing cannot be undone: only a new card amends one. The steps
//! themselves are actions (`actions::sign_off`).

use fieldcard_card::{Canonical, FrozenCard};
use fieldcard_schema::id::RecordId;

use crate::error::{ActionError, ErrorCode};
use crate::store::Store;

/// Draft of a visit that holds the frozen text, as canonical JSON.
pub const FROZEN: &str = "card.frozen";
/// Draft of a visit that says that its card is in the customer's hands.
pub const HANDED_OVER: &str = "card.handed_over";
/// Drafts of a visit that end with the sealing or with a new text.
pub const CARD_DRAFTS: &[&str] = &[FROZEN, HANDED_OVER, "ink", "words", "satisfaction", "signer", "sign_off"];

/// The frozen text of a visit's card, if there is one.
pub fn frozen(store: &Store, visit: RecordId) -> Result<Option<FrozenCard>, ActionError> {
    let draft = store.outbox.drafts(visit)?.into_iter().find(|draft| draft.field == FROZEN);
    let parse = |text: &str| FrozenCard::parse(text.as_bytes()).map_err(|_| ErrorCode::NotPrepared.into());
    draft.map(|draft| parse(&draft.value)).transpose()
}

/// Whether a visit's card is in the customer's hands.
pub fn is_handed_over(store: &Store, visit: RecordId) -> Result<bool, ActionError> {
    Ok(store.outbox.drafts(visit)?.iter().any(|draft| draft.field == HANDED_OVER))
}

/// The visit whose card is in the customer's hands, if any: nothing else may be shown.
pub fn handed_over(store: &Store) -> Result<Option<RecordId>, ActionError> {
    Ok(store.outbox.draft_holder(HANDED_OVER)?)
}

/// Initials of a person's name, as he types them: the name itself, or its first letters.
///
/// `王建国` is known by `王建国` or `王`; `Li Ming` by `LM`.
pub fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    if words.len() > 1 {
        words.iter().filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).collect()
    } else {
        name.chars().take(1).collect()
    }
}

/// Whether what was typed names the person.
pub fn names_person(name: &str, typed: &str) -> bool {
    let typed = typed.trim().to_uppercase();
    !typed.is_empty() && (typed == initials(name).to_uppercase() || typed == name.trim().to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_known_by_their_initials() {
        assert_eq!((initials("王建国").as_str(), initials("li ming").as_str()), ("王", "LM"));
        assert!(
            names_person("王建国", " 王 ")
                && names_person("Li Ming", "lm")
                && names_person("Li Ming", "Li ming")
        );
        assert!(
            !names_person("王建国", "") && !names_person("王建国", "李") && !names_person("Li Ming", "L")
        );
    }
}
