//! A charge: one line of what a job costs, and whether the payer agreed to it before the work.
//!
//! Amounts are final figures, not formulas; labour and trip rules make them.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::{ClockReading, Timestamp};

/// One line of cost.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Charge {
    /// The visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit: Option<RecordId>,
    /// A code of `tables/charge_codes.csv`: labour, parts, trip, other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it is for, as the card shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How many, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qty: Option<String>,
    /// Price of one, in minor units of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<i64>,
    /// What it comes to, in minor units of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// ISO 4217 code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Who pays: a code of `tables/payers.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer: Option<String>,
    /// Agreed to before the work was done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub agreed: bool,
    /// Name of the one who agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_by: Option<String>,
    /// When he agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_at: Option<Timestamp>,
    /// What the device's clocks said when he did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreed_clock: Option<ClockReading>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Charge {
    const KIND: &'static str = "charge";
}
