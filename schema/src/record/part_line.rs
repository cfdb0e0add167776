//! The part line (换件): old part(s) out, new part(s) in.
//!
//! May be one-sided, with a reason. What becomes of the old part is an `old_part` record.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::RecordId;
use crate::json::Fields;

/// One replacement.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PartLine {
    /// The visit on which it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<RecordId>,
    /// The fault that it mends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<RecordId>,
    /// Number of the part that came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_part: Option<String>,
    /// Its name, as the card shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_name: Option<String>,
    /// Its serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_serial: Option<String>,
    /// How many came out, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_qty: Option<String>,
    /// Number of the part that went in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_part: Option<String>,
    /// Its name, as the card shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_name: Option<String>,
    /// Its serial number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_serial: Option<String>,
    /// How many went in, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_qty: Option<String>,
    /// Unit of both quantities: a code of `tables/units.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Where the new part came from: a code of `tables/part_sources.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Who pays: a code of `tables/payers.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    /// The main fault part (主损件); the others are consequential (关联件).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub main_part: bool,
    /// Its id in the catalogue from which it was chosen; absent for one that was typed by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
    /// Each piece bears a serial number, by the catalogue.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub serialised: bool,
    /// Used up by the repair (辅料): oil, seals, consumables; nothing comes out.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub auxiliary: bool,
    /// Price of one unit, in minor units of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<i64>,
    /// ISO 4217 code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Why one side is empty: a code of `tables/one_sided_reasons.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason_one_sided: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for PartLine {
    const KIND: &'static str = "part_line";
}
