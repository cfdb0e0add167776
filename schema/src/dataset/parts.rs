//! The parts catalogue: one row a part number, superseded numbers too.
//!
//! Prices are what the price list says, in minor units; what a customer pays is an office matter.

use serde::{Deserialize, Serialize};

use super::Row;
use crate::json::Fields;

/// One part.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that a catalogue states one by one")]
pub struct Part {
    /// Number as the maker writes it.
    pub number: String,
    /// Name in Chinese.
    pub name_zh: String,
    /// Name in English.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name_en: String,
    /// First letters of the name's pinyin, in small letters; one for each way to read it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub initials: Vec<String>,
    /// The name's pinyin, in small letters, a blank between syllables.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pinyin: String,
    /// What tells it from parts of the same name: size, standard, grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specification: Option<String>,
    /// Unit: a code of `tables/units.csv`, or what the catalogue says where the list has no such unit.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Part group, by which terms and faults speak of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Models it is made for; none for standard parts, which fit by their size.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fits: Vec<String>,
    /// Numbers that it takes the place of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supersedes: Vec<String>,
    /// The number that takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// Each piece has a serial number.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub serialised: bool,
    /// It wears by use (易损件).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub wear_part: bool,
    /// It needs a licensed disposer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hazardous: bool,
    /// Used up by a repair (辅料).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub auxiliary: bool,
    /// List price of one unit, in minor units of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// ISO 4217 code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Code of the supplier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supplier: Option<String>,
    /// What the maker wants back: a code of `tables/dispositions.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_policy: Option<String>,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Row for Part {
    const NAME: &'static str = "parts";

    fn key(&self) -> String {
        self.number.clone()
    }
}
