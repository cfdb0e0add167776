//! Photo sets: which photos a brand wants, by job type and phase.
//!
//! A brand that says anything about a job type says all of it; else the generic rows (brand `*`) hold.
//! `tables/photo_sets.csv` holds the generic ones; a brand's own are a dataset in the same form.

use serde::Deserialize;

/// One row: so many photos of one phase.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PhotoNeed {
    /// Code of the brand, or `*`.
    pub brand: String,
    /// Job type: a code of `tables/job_types.csv`.
    pub job_type: String,
    /// Phase: a code of `tables/photo_phases.csv`.
    pub phase: String,
    /// How many at least.
    pub count: u32,
    /// What to take, in Chinese.
    pub zh: String,
    /// What to take, in English.
    pub en: String,
}

/// The generic photo sets.
pub fn generic() -> Vec<PhotoNeed> {
    super::lists::read(include_str!("../../tables/photo_sets.csv"))
}

/// The rows of `sets` that hold for a job of `job_type` on a machine of `brand`, in their order.
pub fn choose(sets: &[PhotoNeed], brand: &str, job_type: &str) -> Vec<PhotoNeed> {
    let of = |brand: &str| -> Vec<PhotoNeed> {
        sets.iter().filter(|need| need.brand == brand && need.job_type == job_type).cloned().collect()
    };
    let own = of(brand);
    if own.is_empty() { of("*") } else { own }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::lists::list;

    #[test]
    fn every_generic_row_is_read_and_names_known_words() {
        let rows = generic();
        assert_eq!(rows.len(), include_str!("../../tables/photo_sets.csv").lines().count() - 1);
        let known = |name: &str, code: &str| list(name).iter().any(|entry| entry.code == code);
        for row in &rows {
            assert!(known("job_types", &row.job_type) && known("photo_phases", &row.phase), "{row:?}");
            assert!(row.brand == "*" && row.count > 0 && !row.zh.is_empty() && !row.en.is_empty(), "{row:?}");
        }
        for entry in list("job_types") {
            assert!(!choose(&rows, "", &entry.code).is_empty(), "{}", entry.code);
        }
    }

    #[test]
    fn a_brands_own_set_replaces_the_generic_one_for_that_job_type_only() {
        let mut rows = generic();
        let own = PhotoNeed { brand: "acme".into(), phase: "document".into(), count: 3, ..rows[0].clone() };
        rows.push(own.clone());
        assert_eq!(choose(&rows, "acme", "repair"), [own]);
        assert_eq!(choose(&rows, "acme", "inspection"), choose(&rows, "*", "inspection"));
        assert!(choose(&rows, "acme", "a_type_of_next_year").is_empty());
    }
}
