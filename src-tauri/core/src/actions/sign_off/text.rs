//! What the customer reads, row by row, in his language: made once here, frozen, and drawn from ever after.
//!
//! Labels and the names of codes come from lists with zh and en; free text passes as it was typed.

use fieldcard_card::card::{Agreement, Kind, Line, Row};
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::charge::Charge;
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::fault::Fault;
use fieldcard_schema::record::old_part::OldPart;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::record::reading::Reading;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::record::visit::Visit;
use fieldcard_schema::rules::lists;
use fieldcard_schema::rules::tag_code;
use fieldcard_schema::time::Timestamp;

use crate::actions::ActionError;
use crate::cost::{self, money};
use crate::job_file::{JobFile, as_record};
use crate::language::Language;
use crate::store::Store;

/// What a card is written from.
pub(super) struct Text<'a> {
    pub(super) file: &'a JobFile,
    pub(super) language: Language,
    pub(super) offset_minutes: i32,
    pub(super) visit: RecordId,
    pub(super) kind: Kind,
}

/// The rows of a card.
pub(super) struct Shown {
    pub(super) content: Vec<Row>,
    pub(super) charges: Vec<Row>,
    pub(super) parts: Vec<Line>,
    pub(super) old_parts: Vec<Line>,
    /// The records that the rows were written from.
    pub(super) from: Vec<RecordId>,
}

/// Rows, and the records that they were written from: what has a row cannot be left out of the other.
#[derive(Default)]
struct Written {
    rows: Vec<Row>,
    from: Vec<RecordId>,
}

impl FromIterator<(RecordId, Vec<Row>)> for Written {
    fn from_iter<I: IntoIterator<Item = (RecordId, Vec<Row>)>>(each: I) -> Self {
        let mut written = Self::default();
        for (rec, rows) in each {
            written.from.push(rec);
            written.rows.extend(rows);
        }
        written
    }
}

impl Text<'_> {
    /// All rows.
    pub(super) fn write(&self, store: &Store) -> Result<Shown, ActionError> {
        let (readings, faults, times, costs) = (self.readings(), self.faults(), self.times(), self.costs());
        let (parts, old_parts) = (self.parts(), self.old_parts());
        let mut content = self.head();
        content.extend(self.machine(store)?);
        content.extend(readings.rows);
        content.extend(self.report());
        content.extend(faults.rows);
        content.extend(self.done());
        content.extend(times.rows);
        content.extend(self.row("people.technician", self.people(store)?));
        let charges = costs.rows.into_iter().chain(self.total()).collect();
        let lines = parts.iter().chain(&old_parts).map(|line| line.id);
        let from = [readings.from, faults.from, times.from, costs.from].concat();
        Ok(Shown { content, charges, from: lines.chain(from).collect(), parts, old_parts })
    }

    /// The sentence above the box.
    pub(super) fn consent(&self) -> String {
        self.label("consent")
    }

    fn label(&self, field: &str) -> String {
        self.language.name("card_labels", &field.replace('.', "_"))
    }

    fn row(&self, field: &str, value: Option<String>) -> Option<Row> {
        let value = value.filter(|value| !value.trim().is_empty())?;
        Some(Row(field.to_owned(), self.label(field), value))
    }

    fn when(&self, at: Option<Timestamp>) -> Option<String> {
        let local = at?.plus(i64::from(self.offset_minutes) * 60_000);
        Some(chrono::DateTime::from_timestamp_millis(local.0)?.format("%Y-%m-%d %H:%M").to_string())
    }

    fn head(&self) -> Vec<Row> {
        let job = &self.file.fields;
        let visit = self.file.status.visits.iter().find(|v| v.visit == self.visit);
        let number = visit.and_then(|v| v.fields.number).map(|n| n.to_string());
        let kind = if self.kind == Kind::Final { "head.final" } else { "head.interim" };
        let rows = [
            self.row("head.kind", Some(self.label(kind))),
            self.row("head.number", job.number.clone()),
            self.row("head.type", job.job_type.as_deref().map(|code| self.language.name("job_types", code))),
            self.row("head.visit", number),
        ];
        rows.into_iter().flatten().collect()
    }

    fn machine(&self, store: &Store) -> Result<Vec<Row>, ActionError> {
        let job = &self.file.fields;
        let customer = match job.customer {
            Some(customer) => store.cache.seen(customer)?.and_then(|seen| as_record::<Customer>(&seen)),
            None => None,
        };
        let machine = self.file.machine.as_ref();
        let rows = [
            self.row("machine.customer", customer.and_then(|c| c.name).or(job.customer_name.clone())),
            self.row("machine.model", machine.and_then(|m| m.model.clone()).or(job.machine_model.clone())),
            self.row("machine.serial", machine.and_then(|m| m.serial.clone()).or(job.machine_serial.clone())),
            self.row("machine.site", job.site.clone()),
        ];
        Ok(rows.into_iter().flatten().collect())
    }

    fn readings(&self) -> Written {
        let readings =
            self.file.all::<Reading>().into_iter().filter(|(_, reading)| self.shows(reading.visit));
        readings.map(|(seen, reading)| (seen.rec, self.reading(&reading))).collect()
    }

    fn reading(&self, reading: &Reading) -> Vec<Row> {
        let code = reading.meter.as_deref().unwrap_or_default();
        let meter = self.language.name("meters", code);
        let unit = lists::list("meters").iter().find(|m| m.code == code).and_then(|m| m.unit.clone());
        let unit = unit.map(|unit| self.language.name("units", &unit)).unwrap_or_default();
        let value = |value: &Option<String>| value.as_ref().map(|v| format!("{meter} {v} {unit}"));
        let reason = reading.reason.as_deref().map(|code| self.language.name("no_meter_reasons", code));
        let rows = [
            self.row("machine.meter_replaced", value(&reading.old_value)),
            self.row("machine.meter", value(&reading.value)),
            self.row("machine.no_meter", reason),
        ];
        rows.into_iter().flatten().collect()
    }

    fn report(&self) -> Vec<Row> {
        let job = &self.file.fields;
        let rows =
            [self.row("report.at", self.when(job.reported_at)), self.row("report.text", job.report.clone())];
        rows.into_iter().flatten().collect()
    }

    fn faults(&self) -> Written {
        self.file.all::<Fault>().into_iter().map(|(seen, fault)| (seen.rec, self.fault(fault))).collect()
    }

    fn fault(&self, fault: Fault) -> Vec<Row> {
        let codes: Vec<String> = fault.codes.iter().map(code_text).collect();
        let rows = [
            self.row("done.phenomenon", fault.phenomenon),
            self.row("done.place", fault.place),
            self.row("done.cause", fault.cause),
            self.row("done.codes", Some(codes.join(" · "))),
            self.row("done.action", fault.action),
        ];
        rows.into_iter().flatten().collect()
    }

    fn done(&self) -> Vec<Row> {
        let job = &self.file.fields;
        let own = [
            self.row("done.findings", job.findings.clone()),
            self.row("done.cause", job.cause.clone()),
            self.row("done.action", job.action.clone()),
        ];
        own.into_iter().flatten().collect()
    }

    /// Every step that counts, also those without a row: the times stand on them.
    fn times(&self) -> Written {
        let steps = self.file.all::<Step>();
        let accepted =
            self.file.status.visits.iter().find(|v| v.visit == self.visit).map(|v| &v.fold.accepted);
        let row = |rec: RecordId| {
            let (_, step) = steps.iter().find(|(seen, _)| seen.rec == rec)?;
            let field = match step.step.as_deref()? {
                "departed" => "times.departed",
                "arrived" => "times.arrived",
                "working" => "times.working",
                "left" => "times.left",
                _ => return None,
            };
            let late = if step.late { format!(" ({})", self.label("times.late")) } else { String::new() };
            self.row(field, self.when(step.at).map(|at| at + &late))
        };
        accepted.into_iter().flatten().map(|rec| (*rec, row(*rec).into_iter().collect())).collect()
    }

    fn people(&self, store: &Store) -> Result<Option<String>, ActionError> {
        let visit = self.file.status.visits.iter().find(|v| v.visit == self.visit);
        let Visit { lead, crew, .. } = visit.map(|v| v.fields.clone()).unwrap_or_default();
        let mut names = Vec::new();
        for person in lead.into_iter().chain(crew) {
            let seen = store.cache.seen(RecordId(person.0))?;
            names.extend(
                seen.and_then(|seen| as_record::<fieldcard_schema::record::person::Person>(&seen)?.name),
            );
        }
        if names.is_empty() {
            names.extend(store.outbox.ident("user_name").map(str::to_owned));
        }
        Ok(Some(self.language.list(&names)))
    }

    /// A final card shows all that was done on the job, an interim one what was done on its visit.
    pub(super) fn shows(&self, visit: Option<RecordId>) -> bool {
        self.kind == Kind::Final || visit.is_none_or(|visit| visit == self.visit)
    }

    fn parts(&self) -> Vec<Line> {
        let lines = self.file.all::<PartLine>().into_iter().filter(|(_, line)| self.shows(line.visit));
        lines
            .filter(|(_, line)| line.in_part.is_some() || line.in_name.is_some())
            .map(|(seen, line)| Line { id: seen.rec, rows: self.part_rows(&line) })
            .collect()
    }

    fn part_rows(&self, line: &PartLine) -> Vec<Row> {
        let name = [line.in_name.as_deref(), line.in_part.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ");
        let unit = line.unit.as_deref().map(|unit| self.language.name("units", unit)).unwrap_or_default();
        let price = line.price.map(|price| money(price, line.currency.as_deref()));
        let rows = [
            self.row("parts.name", Some(name)),
            self.row(
                "parts.quantity",
                line.in_qty.as_ref().map(|qty| format!("{qty} {unit}").trim().to_owned()),
            ),
            self.row("parts.serial", line.in_serial.clone()),
            self.row(
                "parts.source",
                line.source.as_deref().map(|code| self.language.name("part_sources", code)),
            ),
            self.row("parts.payer", line.payer.as_deref().map(|code| self.language.name("payers", code))),
            self.row("parts.price", price.filter(|_| line.payer.as_deref() == Some("customer"))),
        ];
        rows.into_iter().flatten().collect()
    }

    fn old_parts(&self) -> Vec<Line> {
        let lines = self.file.all::<PartLine>();
        let shown = |old: &OldPart| {
            let line = lines.iter().find(|(seen, _)| Some(seen.rec) == old.part_line);
            line.is_none_or(|(_, line)| self.shows(line.visit))
        };
        let old = self.file.all::<OldPart>().into_iter().filter(|(_, old)| shown(old));
        old.map(|(seen, old)| Line { id: seen.rec, rows: self.old_part_rows(&old) }).collect()
    }

    fn old_part_rows(&self, old: &OldPart) -> Vec<Row> {
        let name =
            [old.name.as_deref(), old.part.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let tag = old
            .tag
            .as_deref()
            .map(|tag| tag_code::parse(tag).map_or_else(|_| tag.to_owned(), |t| t.to_string()));
        let rows = [
            self.row("old_parts.name", Some(name)),
            self.row("old_parts.tag", tag),
            self.row("old_parts.serial", old.serial.clone()),
            self.row(
                "old_parts.disposition",
                old.disposition.as_deref().map(|code| self.language.name("dispositions", code)),
            ),
        ];
        rows.into_iter().flatten().collect()
    }

    /// Every charge with its payer, where that is not the customer.
    fn costs(&self) -> Written {
        let row = |charge: &Charge| {
            let amount = money(charge.amount.unwrap_or(0), charge.currency.as_deref());
            Row("cost.line".into(), self.charge_label(charge), amount)
        };
        self.charges().map(|(rec, charge)| (rec, vec![row(&charge)])).collect()
    }

    fn charges(&self) -> impl Iterator<Item = (RecordId, Charge)> {
        let charges = self.file.all::<Charge>().into_iter().filter(|(_, charge)| self.shows(charge.visit));
        charges.map(|(seen, charge)| (seen.rec, charge))
    }

    /// What the customer pays for what the card shows.
    fn total(&self) -> Option<Row> {
        let share = cost::customers_share(self.file, |visit| self.shows(visit));
        let (field, value) = match share.minor {
            0 => ("cost.none", "—".to_owned()),
            minor => ("cost.total", money(minor, share.currency.as_deref())),
        };
        self.row(field, Some(value))
    }

    fn charge_label(&self, charge: &Charge) -> String {
        let code = || self.language.name("charge_codes", charge.code.as_deref().unwrap_or_default());
        // In one text with a payer, and with an amount that somebody agrees to.
        let label = charge.label.as_deref().map_or_else(code, without_turns);
        match charge.payer.as_deref().filter(|payer| !cost::is_customers(Some(payer))) {
            Some(payer) => format!("{label} ({})", self.language.name("payers", payer)),
            None => label,
        }
    }

    /// What was agreed to, the earliest first: the quote, then each extra cost.
    pub(super) fn agreed(&self) -> Vec<Agreement> {
        let charges = self.charges().map(|(_, charge)| charge);
        let agreement = |charge: Charge| {
            let amount = money(charge.amount.unwrap_or(0), charge.currency.as_deref());
            Some(Agreement {
                text: format!("{} {amount}", self.charge_label(&charge)),
                language: self.language.tag().to_owned(),
                name: charge.agreed_by.clone()?,
                time: charge.agreed_clock?,
            })
        };
        let mut agreed: Vec<Agreement> =
            charges.filter(|charge| charge.agreed).filter_map(agreement).collect();
        agreed.sort_by_key(|agreement| agreement.time.0);
        agreed
    }
}

/// A text that stands in one line with others. What turns the reading direction of all that follows is shown for what it
/// is, or a label could turn the digits of the amount behind it.
fn without_turns(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let shown = |c: char| if turns(c) { format!("〔U+{:04X}〕", u32::from(c)) } else { c.to_string() };
    text.chars().map(shown).collect()
}

fn code_text(code: &fieldcard_schema::record::fault::Dtc) -> String {
    let number = |name: &str, n: Option<i64>| n.map(|n| format!("{name} {n}"));
    let parts = [number("SPN", code.spn), number("FMI", code.fmi), code.text.clone()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_does_not_turn_the_amount_behind_it() {
        assert_eq!(without_turns("清洗\u{202e}\u{2067}油箱"), "清洗〔U+202E〕〔U+2067〕油箱");
        assert_eq!(
            without_turns("مرحبا\u{200f} 12 Öl"),
            "مرحبا\u{200f} 12 Öl",
            "a mark that turns nothing behind it stays"
        );
    }
}
