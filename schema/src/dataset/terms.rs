//! Warranty terms: what is covered, from when, for how long, and by whom. The rule that reads them names the
//! term and its version in its answer.
//!
//! Most specific wins: contract > part > part group > serial range > family, in the version in force on the
//! day the machine started.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::json::Fields;

/// One version of one term.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Term {
    /// Its number, the same in all versions.
    pub id: String,
    /// Version.
    pub version: i64,
    /// In force from this day on, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// To this day, which is in; open when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Code of the brand.
    pub brand: String,
    /// What it is called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name_zh: String,
    /// In English.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name_en: String,
    /// What it is about.
    pub applies_to: Scope,
    /// Where the term begins: `invoice`, `delivery`, `commissioning`, `registration`, `ex_works`,
    /// `part_sale`, `replacement` or `repair`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts: Option<String>,
    /// It begins so many months ex works at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ex_works_months: Option<i64>,
    /// How many months; the end day is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub months: Option<i64>,
    /// How much on which meter; the limit is in. Months or meter, whichever comes first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meters: Vec<MeterLimit>,
    /// What is paid: `parts`, `labour`, `auxiliaries`, `trip`, each with a cap if it has one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<Cover>,
    /// Use classes that it holds for: codes of `tables/use_classes.csv`; none for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub use_classes: Vec<String>,
    /// Days out of service extend it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub extends_by_downtime: bool,
    /// An end on a holiday rolls to the next working day.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub holiday_roll: bool,
    /// What takes a case out of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<Exclusion>,
    /// Who answers for it.
    pub responsible: Responsible,
    /// When the machine changes hands: `allowed`, `registration` or `void`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_transfer: Option<String>,
    /// Term of a part that was replaced: `remainder`, `own`, `longer` or `remainder_but_min`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_part: Option<String>,
    /// The months of `remainder_but_min`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_min_months: Option<i64>,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// What a term is about.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scope {
    /// `contract`, `part`, `part_group`, `serial_range` or `family`.
    pub scope: String,
    /// Codes of contracts, part numbers, part groups or families; a range is `from..to`, both ends in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// For a contract: the serials it was closed for; none when the machine names its contract.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub serials: Vec<String>,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// A limit on one meter.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MeterLimit {
    /// Which: a code of `tables/meters.csv`.
    pub meter: String,
    /// How much, a decimal.
    pub limit: String,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// One thing that is paid.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cover {
    /// `parts`, `labour`, `auxiliaries` or `trip`.
    pub what: String,
    /// At most so much, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<String>,
    /// Of what: `km`, `hours`, `pieces` or `money`, then in major units of the org's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap_unit: Option<String>,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// What takes a case out of a term.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Exclusion {
    /// Code of the reason.
    pub code: String,
    /// Only for this part group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// `out` or `needs_approval`.
    pub effect: String,
    /// What has to be shown: a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// Who answers for a term.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Responsible {
    /// `maker` or `supplier`.
    pub party: String,
    /// Whom to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hotline: Option<String>,
    /// Whether we may open the assembly; absent when nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub may_touch: Option<bool>,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Row for Term {
    const NAME: &'static str = "terms";

    fn key(&self) -> String {
        format!("{} {}", self.id, self.version)
    }
}
