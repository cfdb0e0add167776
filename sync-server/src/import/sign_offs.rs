//! What customers said to past jobs, as the department wrote it down: records marked as such, never cards.

use fieldcard_schema::record::Record;
use fieldcard_schema::record::sign_off::SignOff;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;

use super::evidence::{Known, on, push};
use super::plan::{Plan, Stop, row_by_row};
use super::report::Code;
use super::rows::Row;

/// The words of the column 卡别.
const CARD_KINDS: [&str; 2] = ["interim", "final"];

/// Plans the table.
pub(super) fn plan(plan: &mut Plan<'_>, known: &Known<'_>) -> Result<(), ApiError> {
    let tables = plan.tables;
    row_by_row(tables.rows("signoffs"), |row| sign_off(plan, row, known))
}

fn sign_off(plan: &mut Plan<'_>, row: &Row, known: &Known<'_>) -> Result<(), Stop> {
    let on = on(plan, row, known)?;
    let card_kind = row.own("card");
    if !card_kind.as_deref().is_some_and(|kind| CARD_KINDS.contains(&kind)) {
        plan.tell(row, "卡别", Code::UnknownWord);
        return Err(Stop::Row);
    }
    let sign_off = SignOff {
        visit: on.visit,
        card_kind,
        how: row.own("outcome"),
        signed_at: row.time("at").map(Timestamp),
        signer: row.own("signer"),
        signer_role: row.own("signer_role"),
        signer_phone: row.own("signer_phone"),
        reason: row.own("reason"),
        witness: row.own("witness"),
        satisfaction: row.int("satisfaction"),
        words: row.own("customer_words"),
        batch: row.own("batch"),
        countersign: row.own("countersign"),
        countersigned_at: row.time("countersigned_at").map(Timestamp),
        countersigned_by: row.own("countersigned_by"),
        paper_number: row.own("paper_number"),
        ..SignOff::default()
    };
    let wanted = plan.wanted(SignOff::KIND, &row.key("signoffs"), sign_off.to_fields());
    push(plan, "signoffs", row, &on, wanted)
}
