//! Tags of old parts: the device's prefix and a counter that never goes back.
//!
//! The counter is committed with the tag, so that a kill in between repeats nothing. A store that was restored
//! or copied lives on as a new incarnation, whose counter may be behind: each life of the store has a prefix of
//! its own, and the server grants more with a token. With none left the last one counts on far ahead: a tag is
//! never refused.

use fieldcard_schema::rules::tag_code::{self, Prefix, TagCode};

use super::plan::Plan;
use super::scene::Scene;
use super::{ActionError, ErrorCode};

/// Numbers that each life gets of a prefix that has to serve several.
const SHARE: u32 = 4_096;

/// Gives the next tag; `plan` keeps what must be remembered with it.
pub(super) fn next(scene: &Scene<'_>, plan: &mut Plan) -> Result<TagCode, ActionError> {
    let text = |name: &str| scene.store.outbox.ident(name).unwrap_or_default();
    let prefixes: Vec<String> = serde_json::from_str(text("tag_prefixes")).unwrap_or_default();
    let life = scene.store.outbox.lives().max(1);
    let (place, last) = (life as usize - 1, prefixes.len().saturating_sub(1));
    let at = place.min(last);
    let counter: u32 = match text("tag_life").parse::<u32>() {
        Ok(counted) if life == counted => text("tag_counter").parse().unwrap_or(0),
        _ => SHARE * u32::try_from(place - at).unwrap_or(0),
    };
    let prefix = prefixes.get(at).and_then(|text| Prefix::read(text).ok()).ok_or(ErrorCode::Internal)?;
    plan.ident.extend([
        ("tag_prefix", at.to_string()),
        ("tag_counter", (counter + 1).to_string()),
        ("tag_life", life.to_string()),
    ]);
    Ok(tag_code::make(prefix, counter))
}
