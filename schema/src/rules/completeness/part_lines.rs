//! Whether part lines and their old parts are complete.
//!
//! A line that the customer pays makes no claim: what would block one is only worth another look there.

use super::super::code::Code;
use super::super::old_part::{self, Disposition, Payer};
use super::super::tag_code;
use super::{Degree, JobFacts, Missing, Requirement, blank};
use crate::decimal::Decimal;
use crate::id::RecordId;
use crate::record::old_part::OldPart;
use crate::record::part_line::PartLine;

/// Whether the line names a part that came out.
pub(super) fn comes_out(line: &PartLine) -> bool {
    !blank(line.out_part.as_deref()) || !blank(line.out_name.as_deref())
}

/// Whether the line names a part that went in.
pub(super) fn goes_in(line: &PartLine) -> bool {
    !blank(line.in_part.as_deref()) || !blank(line.in_name.as_deref())
}

fn payer(line: &PartLine) -> Option<Payer> {
    line.payer.as_deref().and_then(Payer::from_code)
}

/// What the lines lack, each and together.
pub(super) fn of_part_lines(facts: &JobFacts) -> Vec<Missing> {
    let each = facts.part_lines.iter().flat_map(|(id, line)| {
        let rows = of_line(facts, *id, line).into_iter().chain(of_old_parts(facts, *id, line));
        rows.map(|row| if payer(line) == Some(Payer::Customer) { without_claim(row) } else { row })
    });
    let mut list: Vec<Missing> = each.collect();
    let claimed = |line: &PartLine| !line.auxiliary && payer(line) != Some(Payer::Customer);
    let mut claimed = facts.part_lines.iter().map(|(_, line)| line).filter(|line| claimed(line)).peekable();
    if claimed.peek().is_some() && !claimed.any(|line| line.main_part) {
        list.extend(facts.lacks(Requirement::MainPart, facts.id, "main_part"));
    }
    list
}

fn without_claim(row: Missing) -> Missing {
    Missing { degree: row.degree.max(Degree::LookAgain), ..row }
}

fn of_line(facts: &JobFacts, id: RecordId, line: &PartLine) -> Vec<Missing> {
    let serialised =
        |part: &Option<String>| part.as_ref().is_some_and(|part| facts.serialised.contains(part));
    let no_serial = |part, serial: &Option<String>| serialised(part) && blank(serial.as_deref());
    let one_sided = comes_out(line) != goes_in(line) || !comes_out(line);
    let explained = line.auxiliary || !blank(line.reason_one_sided.as_deref());
    let fields = [
        (Requirement::Payer, "payer", blank(line.payer.as_deref())),
        (Requirement::SerialOut, "out_serial", no_serial(&line.out_part, &line.out_serial)),
        (Requirement::SerialIn, "in_serial", no_serial(&line.in_part, &line.in_serial)),
        (Requirement::OneSidedReason, "reason_one_sided", one_sided && !explained),
    ];
    let lacking = fields.into_iter().filter(|(.., lacking)| *lacking);
    let rows = lacking.filter_map(|(requirement, field, _)| facts.lacks(requirement, id, field));
    let quantity = wrong_quantity(line).and_then(|field| facts.lacks(Requirement::Quantity, id, field));
    rows.chain(quantity).collect()
}

/// The field of a quantity that is missing, not above zero, or differs from the other side's unexplained.
fn wrong_quantity(line: &PartLine) -> Option<&'static str> {
    let read =
        |text: &Option<String>| text.as_ref()?.parse::<Decimal>().ok().filter(|qty| *qty > Decimal::ZERO);
    let (out_qty, in_qty) = (read(&line.out_qty), read(&line.in_qty));
    if comes_out(line) && out_qty.is_none() {
        Some("out_qty")
    } else if goes_in(line) && in_qty.is_none() {
        Some("in_qty")
    } else {
        let differ = comes_out(line) && goes_in(line) && out_qty != in_qty;
        (differ && !line.auxiliary && blank(line.reason_one_sided.as_deref())).then_some("in_qty")
    }
}

fn of_old_parts(facts: &JobFacts, id: RecordId, line: &PartLine) -> Vec<Missing> {
    if line.auxiliary || !comes_out(line) {
        return Vec::new();
    }
    let lots: Vec<_> = facts.old_parts.iter().filter(|(_, old)| old.part_line == Some(id)).collect();
    if lots.is_empty() {
        let rows = [(Requirement::OldPartTag, "tag"), (Requirement::Disposition, "disposition")];
        return rows
            .into_iter()
            .filter_map(|(requirement, field)| facts.lacks(requirement, id, field))
            .collect();
    }
    let rows = lots.into_iter().flat_map(|(lot, old)| {
        let tagged = old.tag.as_deref().is_some_and(|tag| tag_code::parse(tag).is_ok());
        let tag = (!tagged).then(|| facts.lacks(Requirement::OldPartTag, *lot, "tag"));
        let settled = disposed(payer(line), old);
        let disposition = (!settled).then(|| facts.lacks(Requirement::Disposition, *lot, "disposition"));
        [tag, disposition]
    });
    rows.flatten().flatten().collect()
}

/// Whether it is said what becomes of the part, and the payer allows that, as far as both words are known.
fn disposed(payer: Option<Payer>, old: &OldPart) -> bool {
    let known = old.disposition.as_deref().and_then(Disposition::from_code);
    match (payer, known) {
        (Some(payer), Some(disposition)) => old_part::allows(payer, disposition, old.waiver),
        _ => !blank(old.disposition.as_deref()),
    }
}
