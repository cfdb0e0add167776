//! What the customer is asked to pay for a job: his charges, and the parts of lines that he pays.
//!
//! One sum for the screen before the work, for the card and for the quote. Never a price of its own: amounts
//! are as recorded.

use fieldcard_schema::decimal::Decimal;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::charge::Charge;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::old_part::Payer;

use crate::job_file::JobFile;

/// A sum in minor units; the currency is that of the first line that names one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) minor: i64,
    pub(crate) currency: Option<String>,
}

/// Whether the customer pays for what has this payer.
pub(crate) fn is_customers(payer: Option<&str>) -> bool {
    payer == Some(Payer::Customer.code())
}

/// What the customer pays for the visits that count; zero when that is nothing.
pub(crate) fn customers_share(file: &JobFile, counts: impl Fn(Option<RecordId>) -> bool) -> Sum {
    let charges = file.all::<Charge>().into_iter().map(|(_, charge)| charge);
    let charges = charges.filter(|charge| is_customers(charge.payer.as_deref()) && counts(charge.visit));
    let charges = charges.map(|charge| (charge.amount.unwrap_or(0), charge.currency));
    let lines = file.all::<PartLine>().into_iter().map(|(_, line)| line);
    let lines = lines.filter(|line| is_customers(line.payer.as_deref()) && counts(line.visit));
    let lines = lines.map(|line| (of_line(&line), line.currency));
    charges.chain(lines).fold(Sum::default(), |sum, (minor, currency)| Sum {
        minor: sum.minor.saturating_add(minor),
        currency: sum.currency.or(currency),
    })
}

/// Price times quantity, rounded half up; 0 when either is unknown.
fn of_line(line: &PartLine) -> i64 {
    let qty = line.in_qty.as_deref().and_then(|qty| qty.parse::<Decimal>().ok());
    qty.and_then(|qty| qty.times_minor(line.price.unwrap_or(0))).unwrap_or(0)
}

/// An amount as people read it.
pub(crate) fn money(minor: i64, currency: Option<&str>) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, cents) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    match currency {
        None | Some("CNY") => format!("{sign}¥{whole}.{cents:02}"),
        Some(other) => format!("{sign}{whole}.{cents:02} {other}"),
    }
}
