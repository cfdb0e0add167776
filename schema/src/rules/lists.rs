//! The lists of words with their names for people, in Chinese and English: `schema/tables/*.csv`.
//!
//! They come with the program; an organisation's own wording and additions are datasets that overlay them.
//! A word that stands in records never leaves its list.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// One word of a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// The word as it stands in records.
    pub code: String,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// For a meter, the unit in which it counts: a code of `units`.
    #[serde(default)]
    pub unit: Option<String>,
}

macro_rules! tables {
    ($($name:literal,)+) => {
        &[$(($name, include_str!(concat!("../../tables/", $name, ".csv"))),)+]
    };
}

/// Name and text of every list.
const TABLES: &[(&str, &str)] = tables![
    "absence_reasons",
    "authorities",
    "cannot_complete_reasons",
    "card_hows",
    "card_labels",
    "charge_codes",
    "contact_roles",
    "customer_kinds",
    "degrees",
    "dispositions",
    "job_states",
    "job_steps",
    "job_types",
    "meter_replacement_reasons",
    "meters",
    "modes",
    "no_meter_reasons",
    "office_acts",
    "one_sided_reasons",
    "part_sources",
    "payers",
    "photo_phases",
    "priorities",
    "reassignment_reasons",
    "refusal_reasons",
    "requirements",
    "roles",
    "units",
    "use_classes",
    "visit_states",
    "visit_steps",
    "waiting_reasons",
];

static LISTS: LazyLock<BTreeMap<&str, Vec<Entry>>> =
    LazyLock::new(|| TABLES.iter().map(|(name, text)| (*name, read(text))).collect());

/// The rows of a table that come as `T`; a test holds that all of ours do.
pub(super) fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Vec<T> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().filter_map(Result::ok).collect()
}

/// The words of list `name` in the order in which people see them; none when there is no such list.
pub fn list(name: &str) -> &'static [Entry] {
    LISTS.get(name).map_or(&[], Vec::as_slice)
}

/// Names of all lists, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::code::Code;
    use crate::rules::{completeness, job_state, old_part, role, visit_state};

    fn codes(name: &str) -> Vec<&'static str> {
        list(name).iter().map(|entry| entry.code.as_str()).collect()
    }

    fn same<C: Code>(name: &str) {
        assert_eq!(codes(name), C::ALL.iter().map(|word| word.code()).collect::<Vec<_>>(), "{name}");
    }

    #[test]
    fn every_enum_has_exactly_its_rows() {
        same::<completeness::Degree>("degrees");
        same::<completeness::JobType>("job_types");
        same::<completeness::Requirement>("requirements");
        same::<job_state::JobState>("job_states");
        same::<job_state::JobStep>("job_steps");
        same::<old_part::Disposition>("dispositions");
        same::<old_part::Payer>("payers");
        same::<role::Role>("roles");
        same::<visit_state::VisitState>("visit_states");
        same::<visit_state::VisitStep>("visit_steps");
    }

    #[test]
    fn every_row_is_read_and_names_its_word_once_in_both_languages() {
        for (name, text) in TABLES {
            let entries = list(name);
            assert_eq!(entries.len(), text.lines().count() - 1, "{name}");
            let mut seen = std::collections::BTreeSet::new();
            for entry in entries {
                assert!(seen.insert(&entry.code), "{name}: {}", entry.code);
                assert!(
                    entry.code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'),
                    "{name}: {}",
                    entry.code
                );
                assert!(entry.en.is_ascii() && !entry.en.is_empty(), "{name}: {}", entry.en);
                let chinese = entry.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                assert!(chinese, "{name}: {}", entry.zh);
                assert!(crate::json::check(&entry.zh.as_str().into()).is_ok(), "{name}: {}", entry.zh);
            }
        }
    }

    #[test]
    fn every_meter_counts_in_a_unit_of_the_list() {
        for meter in list("meters") {
            let unit = meter.unit.as_deref().unwrap();
            assert!(codes("units").contains(&unit), "{unit}");
        }
    }

    #[test]
    fn lists_stand_in_order_and_an_unknown_one_is_empty() {
        assert!(names().is_sorted());
        assert!(list("secrets").is_empty());
    }
}
