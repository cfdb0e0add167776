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

#[cfg(test)]
mod tests {
    use super::super::Degree::{BlocksClaim, LikelyRefused, LookAgain};
    use super::super::tests::{JOB, LINE, OLD, after, one, rec, some};
    use super::*;

    #[test]
    fn a_serialised_part_wants_both_numbers() {
        let lacking = after(|facts| facts.part_lines[0].1.in_serial = None);
        assert_eq!(lacking, one(Requirement::SerialIn, BlocksClaim, LINE, "in_serial"));
        let lacking = after(|facts| facts.part_lines[0].1.out_serial = some("  "));
        assert_eq!(lacking, one(Requirement::SerialOut, BlocksClaim, LINE, "out_serial"));
        assert_eq!(
            after(|facts| {
                facts.serialised.clear();
                facts.part_lines[0].1.in_serial = None;
            }),
            []
        );
    }

    #[test]
    fn quantities_out_and_in_agree_or_are_explained() {
        let differ = |facts: &mut JobFacts| facts.part_lines[0].1.in_qty = some("2");
        assert_eq!(after(differ), one(Requirement::Quantity, LikelyRefused, LINE, "in_qty"));
        let explained = after(|facts| {
            differ(facts);
            facts.part_lines[0].1.reason_one_sided = some("added");
        });
        assert_eq!(explained, []);
        for nothing in [None, some("0"), some("one")] {
            let lacking = after(|facts| facts.part_lines[0].1.out_qty = nothing);
            assert_eq!(lacking, one(Requirement::Quantity, LikelyRefused, LINE, "out_qty"));
        }
    }

    #[test]
    fn a_one_sided_line_says_why_unless_it_is_used_up() {
        let one_sided = |facts: &mut JobFacts| {
            facts.part_lines[0].1.out_part = None;
            facts.old_parts.clear();
        };
        assert_eq!(
            after(one_sided),
            one(Requirement::OneSidedReason, LikelyRefused, LINE, "reason_one_sided")
        );
        let oil = PartLine {
            auxiliary: true,
            in_name: some("液压油"),
            in_qty: some("20"),
            payer: some("maker"),
            ..PartLine::default()
        };
        assert_eq!(after(|facts| facts.part_lines.push((rec(40), oil))), []);
    }

    #[test]
    fn an_old_part_wants_a_sound_tag_and_an_end_that_its_payer_allows() {
        let lacking = after(|facts| facts.old_parts.clear());
        let both = [
            one(Requirement::OldPartTag, BlocksClaim, LINE, "tag"),
            one(Requirement::Disposition, BlocksClaim, LINE, "disposition"),
        ];
        assert_eq!(lacking, both.concat());
        let misread = after(|facts| facts.old_parts[0].1.tag = some("0007 0019"));
        assert_eq!(misread, one(Requirement::OldPartTag, BlocksClaim, OLD, "tag"));
        let kept = |facts: &mut JobFacts| facts.old_parts[0].1.disposition = some("customer_keeps");
        assert_eq!(after(kept), one(Requirement::Disposition, BlocksClaim, OLD, "disposition"));
        assert_eq!(
            after(|facts| {
                kept(facts);
                facts.old_parts[0].1.waiver = true;
            }),
            []
        );
    }

    #[test]
    fn what_is_used_up_leaves_no_old_part_and_is_never_the_main_one() {
        let filter = PartLine {
            auxiliary: true,
            out_name: some("滤芯"),
            out_qty: some("1"),
            in_name: some("滤芯"),
            in_qty: some("2"),
            payer: some("maker"),
            ..PartLine::default()
        };
        assert_eq!(after(|facts| facts.part_lines.push((rec(40), filter.clone()))), []);
        let alone = after(|facts| {
            facts.part_lines = vec![(rec(40), filter)];
            facts.old_parts.clear();
        });
        assert_eq!(alone, []);
    }

    #[test]
    fn an_empty_line_is_told_and_each_line_wants_its_own_old_part() {
        let empty = PartLine { payer: some("maker"), ..PartLine::default() };
        let lacking = after(|facts| facts.part_lines.push((rec(40), empty)));
        assert_eq!(lacking, one(Requirement::OneSidedReason, LikelyRefused, 40, "reason_one_sided"));
        let lacking = after(|facts| facts.part_lines.push((rec(40), facts.part_lines[0].1.clone())));
        let both = [
            one(Requirement::OldPartTag, BlocksClaim, 40, "tag"),
            one(Requirement::Disposition, BlocksClaim, 40, "disposition"),
        ];
        assert_eq!(lacking, both.concat());
    }

    #[test]
    fn what_the_customer_pays_for_makes_no_claim() {
        let lacking = after(|facts| {
            facts.part_lines[0].1 = PartLine {
                payer: some(Payer::Customer.code()),
                in_serial: None,
                main_part: false,
                ..facts.part_lines[0].1.clone()
            };
            facts.old_parts[0].1.disposition = some("customer_leaves");
        });
        assert_eq!(lacking, one(Requirement::SerialIn, LookAgain, LINE, "in_serial"));
    }

    #[test]
    fn somebody_pays_and_one_part_is_the_main_one() {
        assert_eq!(
            after(|facts| facts.part_lines[0].1.payer = None),
            one(Requirement::Payer, BlocksClaim, LINE, "payer")
        );
        let lacking = after(|facts| facts.part_lines[0].1.main_part = false);
        assert_eq!(lacking, one(Requirement::MainPart, LikelyRefused, JOB, "main_part"));
    }
}
