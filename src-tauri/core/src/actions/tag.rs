//! Tags of old parts: the device's prefix and a counter that never goes back.
//!
//! The counter is committed with the tag, so that a kill in between repeats nothing. A store that was restored
//! or copied lives on as a new incarnation, whose counter may be behind: it takes a spare prefix.

use fieldcard_schema::rules::tag_code::{self, Prefix, TagCode};

use super::plan::Plan;
use super::scene::Scene;
use super::{ActionError, ErrorCode};

/// Gives the next tag; `plan` keeps what must be remembered with it.
pub(super) fn next(scene: &Scene<'_>, plan: &mut Plan) -> Result<TagCode, ActionError> {
    let text = |name: &str| Ok::<_, ActionError>(scene.store.outbox.ident(name)?.unwrap_or_default());
    let prefixes: Vec<String> = serde_json::from_str(&text("tag_prefixes")?).unwrap_or_default();
    let now = scene.incarnation()?.map(|incarnation| incarnation.to_string()).unwrap_or_default();
    let last = text("tag_incarnation")?;
    let mut at: usize = text("tag_prefix")?.parse().unwrap_or(0);
    let mut counter: u32 = text("tag_counter")?.parse().unwrap_or(0);
    if !last.is_empty() && last != now && at + 1 < prefixes.len() {
        (at, counter) = (at + 1, 0);
    }
    let prefix = prefixes.get(at).and_then(|text| Prefix::read(text).ok()).ok_or(ErrorCode::Internal)?;
    plan.ident.extend([
        ("tag_prefix", at.to_string()),
        ("tag_counter", (counter + 1).to_string()),
        ("tag_incarnation", now),
    ]);
    Ok(tag_code::make(prefix, counter))
}
