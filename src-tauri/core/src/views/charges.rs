//! What a job costs, line by line.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::charge::Charge;
use serde::Serialize;
use ts_rs::TS;

use super::item_state::ItemStates;
use super::value::{DataState, Money};
use crate::cost::customers_share;
use crate::job_file::JobFile;

/// One line of cost.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct ChargeRow {
    #[ts(type = "Id")]
    charge: RecordId,
    #[ts(type = "ChargeCode")]
    code: String,
    label: Option<String>,
    #[ts(type = "Decimal | null")]
    quantity: Option<String>,
    amount: Money,
    #[ts(type = "Payer | null")]
    payer: Option<String>,
    agreed: bool,
    agreed_by: Option<String>,
    data: DataState,
}

/// The charges of a job.
pub(super) fn rows(states: &ItemStates, file: &JobFile) -> Vec<ChargeRow> {
    let charges = file.all::<Charge>().into_iter();
    let row = |(seen, charge): (&crate::store::Seen, Charge)| ChargeRow {
        charge: seen.rec,
        code: charge.code.unwrap_or_default(),
        label: charge.label,
        quantity: charge.qty,
        amount: Money {
            minor: charge.amount.unwrap_or_default(),
            currency: charge.currency.unwrap_or_default(),
        },
        payer: charge.payer,
        agreed: charge.agreed,
        agreed_by: charge.agreed_by,
        data: states.of(seen.rec),
    };
    charges.map(row).collect()
}

/// What the customer pays in all; none when that is nothing.
pub(super) fn customer_pays(file: &JobFile) -> Option<Money> {
    let share = customers_share(file, |_| true);
    let currency = share.currency.unwrap_or_else(|| "CNY".to_owned());
    (share.minor != 0).then_some(Money { minor: share.minor, currency })
}
