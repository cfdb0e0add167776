//! The catalogue: what fits this machine, what was used lately, and what was searched for.
//!
//! A part is named by its number, which outlives every version of the catalogue.

use std::collections::BTreeMap;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::record::van_stock::VanStock;
use serde::Serialize;
use ts_rs::TS;

use super::Scene;
use crate::enrolment;
use crate::error::ActionError;
use crate::language::Language;
use crate::store::dataset::{FoundPart, Search};

/// Most rows of an answer.
const MOST: u32 = 200;
/// Part lines that are looked at for what was used lately.
const LINES: u32 = 100;
/// Parts that count as used lately.
const RECENT: usize = 12;

/// One part of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct PartHit {
    /// What a request names it by: its number.
    part: String,
    /// Number.
    number: String,
    /// Name in the language of the app.
    name: String,
    /// Unit: a code of `tables/units.csv`, or what the catalogue says where the list has no such unit.
    unit: String,
    /// It is made for this machine's model.
    fits: bool,
    /// Each piece has a serial number.
    serialised: bool,
    /// Used up by a repair: nothing comes out.
    auxiliary: bool,
    /// How many are in the van; none when the office does not count this part there.
    #[ts(type = "Decimal | null")]
    van_stock: Option<String>,
    /// The newest number, when another took its place.
    superseded_by: Option<String>,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct PartsView {
    /// Used lately, the last first; only while nothing is typed.
    recent: Vec<PartHit>,
    /// What was searched for, the best first; what fits while nothing is typed.
    hits: Vec<PartHit>,
    /// How many there are, counted to ten thousand.
    total: u64,
}

/// Makes the view.
pub(super) fn view(
    scene: &Scene<'_>,
    job: RecordId,
    search: &str,
    limit: u32,
) -> Result<PartsView, ActionError> {
    let store = scene.store;
    let machine = store.cache.job_line(job)?.and_then(|line| line.machine);
    let model = machine.as_ref().map(|machine| machine.model.as_str()).filter(|model| !model.is_empty());
    let mut recent = store.cache.newest_values(PartLine::KIND, "in_part", LINES)?;
    recent.truncate(RECENT);
    let asked = Search { text: search, fits: model, recent: &recent, limit: limit.min(MOST) as usize };
    let (hits, total) = store.datasets.find_parts(&asked)?;
    let used = if search.trim().is_empty() { store.datasets.parts(&recent, model)? } else { Vec::new() };
    let van = van_of(scene)?;
    let english = Language::of_screens(store) == Language::En;
    let rows = |found: Vec<FoundPart>| found.into_iter().map(|one| hit(one, &van, english)).collect();
    Ok(PartsView { recent: rows(used), hits: rows(hits), total })
}

/// Pieces by part number in this person's van.
fn van_of(scene: &Scene<'_>) -> Result<BTreeMap<String, i64>, ActionError> {
    let person = enrolment::owner(scene.store).map(|owner| owner.user);
    let mut van = BTreeMap::new();
    for seen in scene.store.cache.of_kind(VanStock::KIND)?.into_iter().filter(|seen| !seen.state.void) {
        let Ok(stock) = VanStock::from_fields(&seen.state.fields) else { continue };
        if let Some(part) = stock.part.filter(|_| stock.person.is_some() && stock.person == person) {
            *van.entry(part).or_insert(0) += stock.qty;
        }
    }
    Ok(van)
}

fn hit(found: FoundPart, van: &BTreeMap<String, i64>, english: bool) -> PartHit {
    let FoundPart { part, fits, newest } = found;
    PartHit {
        van_stock: van.get(&part.number).map(i64::to_string),
        part: part.number.clone(),
        number: part.number,
        name: if english && !part.name_en.is_empty() { part.name_en } else { part.name_zh },
        unit: part.unit,
        fits,
        serialised: part.serialised,
        auxiliary: part.auxiliary,
        superseded_by: newest,
    }
}
