//! Adds a line of cost: a final figure, not a formula.

use fieldcard_schema::decimal::Decimal;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::charge::Charge;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, some_text};
use crate::actions::{ActionError, ErrorCode};

/// Most that one line comes to, in minor units: ten thousand million.
const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// Adds a charge.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
pub struct AddCharge {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// A code of `tables/charge_codes.csv`.
    #[ts(type = "ChargeCode")]
    pub code: String,
    /// What it is for.
    #[serde(default)]
    #[ts(optional, type = "string")]
    pub label: String,
    /// How many, a decimal.
    #[serde(default)]
    #[ts(optional, type = "Decimal")]
    pub quantity: Option<String>,
    /// What it comes to, in minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// A code of `tables/payers.csv`.
    #[ts(type = "Payer")]
    pub payer: String,
}

impl AddCharge {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let refused = |field| ActionError::field(ErrorCode::InvalidValue, field);
        scene.check_word("charge_codes", &self.code, "code")?;
        scene.check_word("payers", &self.payer, "payer")?;
        if !(0..=AMOUNT_MAX).contains(&self.amount) {
            return Err(refused("amount"));
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(refused("currency"));
        }
        let qty = self.quantity.map(|typed| typed.trim().parse::<Decimal>()).transpose();
        let qty = qty.map_err(|_| refused("quantity"))?.map(|qty| qty.to_string());
        let file = scene.job_file(Some(self.job))?;
        let charge = Charge {
            visit: file.work_visit().map(|visit| visit.visit),
            code: Some(self.code),
            label: some_text(self.label),
            qty,
            amount: Some(self.amount),
            currency: Some(self.currency),
            payer: Some(self.payer),
            ..Charge::default()
        };
        Ok(Plan::of(vec![scene.create(Some(self.job), &charge)]).making())
    }
}
