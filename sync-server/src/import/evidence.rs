//! What was found and done: readings, faults, part lines, old parts, charges, notes. Each hangs on its job
//! and is dated by its row, else by the end of its visit.

use std::collections::BTreeMap;

use fieldcard_schema::dataset::parts::Part;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::charge::Charge;
use fieldcard_schema::record::fault::{Dtc, Fault};
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::record::note::Note;
use fieldcard_schema::record::old_part::OldPart;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::record::reading::Reading;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;

use super::cells::code_of;
use super::jobs::{Times, visit_id};
use super::plan::{Plan, Stop, also, row_by_row};
use super::report::Code;
use super::rows::Row;
use crate::hub::office::Wanted;

/// What rows of evidence look things up in.
pub(super) struct Known<'a> {
    pub(super) times: &'a Times,
    /// The catalogue, by number.
    pub(super) parts: &'a BTreeMap<String, Part>,
}

/// Money of all imports: columns are in yuan.
const CURRENCY: &str = "CNY";

/// Plans the six tables.
pub(super) fn plan(plan: &mut Plan<'_>, known: &Known<'_>) -> Result<(), ApiError> {
    let tables = plan.tables;
    row_by_row(tables.rows("readings"), |row| reading(plan, row, known))?;
    row_by_row(tables.rows("job_faults"), |row| fault(plan, row, known))?;
    row_by_row(tables.rows("part_lines"), |row| part_line(plan, row, known))?;
    row_by_row(tables.rows("old_parts"), |row| old_part(plan, row, known))?;
    row_by_row(tables.rows("charges"), |row| charge(plan, row, known))?;
    let mut same: BTreeMap<String, u32> = BTreeMap::new();
    row_by_row(tables.rows("notes"), |row| note(plan, row, known, &mut same))
}

/// The job of a row, and its visit if it names one.
pub(super) struct On {
    job: RecordId,
    number: String,
    /// Its visit, if the row names one.
    pub(super) visit: Option<RecordId>,
    at: i64,
}

pub(super) fn on(plan: &mut Plan<'_>, row: &Row, known: &Known<'_>) -> Result<On, Stop> {
    let Some(job) = plan.reference(row, ("job_number", "服务单号"), Job::KIND)? else {
        plan.tell(row, "服务单号", Code::CellMissing);
        return Err(Stop::Row);
    };
    let number = row.or_empty("job_number");
    let visit = row.text("visit_number").map(|visit| visit_id(plan, visit, &number));
    if let Some(visit) = visit
        && plan.fields(visit)?.is_none()
    {
        plan.tell(row, "外出编号", Code::UnknownReference);
        return Err(Stop::Row);
    }
    let at = row.time("at").unwrap_or_else(|| known.times.done(&number, row.text("visit_number")));
    let at = known.times.order(&number, at);
    Ok(On { job, number, visit, at })
}

/// Plans a row as one record whose author led its visit, or is named by it.
pub(super) fn push(
    plan: &mut Plan<'_>,
    table: &'static str,
    row: &Row,
    on: &On,
    wanted: Wanted,
) -> Result<(), Stop> {
    let lead = match on.visit {
        Some(visit) => plan.fields(visit)?.and_then(|fields| fields.get("lead")?.as_str()?.parse().ok()),
        None => None,
    };
    let user = plan.person(row, ("by", "记录人"))?.or(lead).unwrap_or(plan.by);
    let wanted = Wanted { job: Some(on.job), user, at: Some(Timestamp(on.at)), ..wanted };
    plan.push(table, row, on.at, vec![wanted]);
    Ok(())
}

fn reading(plan: &mut Plan<'_>, row: &Row, known: &Known<'_>) -> Result<(), Stop> {
    let on = on(plan, row, known)?;
    let machine = plan.reference(row, ("serial", "出厂编号"), Machine::KIND)?;
    let event = row.or_empty("event");
    let mut set = Reading {
        machine,
        visit: on.visit,
        meter: row.own("meter"),
        value: row.own("value"),
        replaced: event == "fitted",
        ..Reading::default()
    }
    .to_fields();
    also(
        &mut set,
        [
            ("at", row.time("at").map(Into::into)),
            ("event", (event != "read").then(|| event.clone().into())),
            ("note", row.text("note").map(Into::into)),
        ],
    );
    let key = format!("{} {} {event} {}", on.number, row.or_empty("meter"), on.at);
    let wanted = plan.wanted(Reading::KIND, &key, set);
    push(plan, "readings", row, &on, wanted)
}

fn fault(plan: &mut Plan<'_>, row: &Row, known: &Known<'_>) -> Result<(), Stop> {
    let on = on(plan, row, known)?;
    let (spn, fmi) = (row.int("spn"), row.int("fmi"));
    let code = Dtc { spn, fmi, text: None, rest: Fields::new() };
    let mut set = Fault {
        phenomenon: row.own("phenomenon"),
        place: row.own("place"),
        cause: row.own("cause"),
        action: row.own("action"),
        codes: if code == Dtc::default() { vec![] } else { vec![code] },
        catalogue: row.own("fault_code"),
        main: row.flag("main"),
        ..Fault::default()
    }
    .to_fields();
    let consequential = row.list("consequential_parts");
    also(
        &mut set,
        [
            ("main_part", row.text("main_part").map(Into::into)),
            ("consequential_parts", (!consequential.is_empty()).then(|| consequential.into())),
        ],
    );
    let wanted = plan.wanted(Fault::KIND, &row.key("job_faults"), set);
    push(plan, "job_faults", row, &on, wanted)
}

fn quantity(row: &Row, field: &str) -> Option<String> {
    row.int(field).filter(|n| *n != 0).map(|n| n.to_string())
}

fn part_line(plan: &mut Plan<'_>, row: &Row, known: &Known<'_>) -> Result<(), Stop> {
    let on = on(plan, row, known)?;
    let part = |field: &str| row.text(field).and_then(|number| known.parts.get(number));
    let unit = part("new_part").or_else(|| part("old_part")).map(|part| part.unit.clone());
    let mended = plan.id(Fault::KIND, &format!("{} 1", on.number));
    let fault = plan.fields(mended)?;
    let main = fault.as_ref().and_then(|fault| fault.get("main_part")?.as_str().map(str::to_owned));
    let mut set = PartLine {
        visit: on.visit,
        fault: fault.is_some().then_some(mended),
        out_part: row.own("old_part"),
        out_name: part("old_part").map(|part| part.name_zh.clone()),
        out_serial: row.own("old_serial"),
        out_qty: quantity(row, "quantity_out"),
        in_part: row.own("new_part"),
        in_name: part("new_part").map(|part| part.name_zh.clone()),
        in_serial: row.own("new_serial"),
        in_qty: quantity(row, "quantity_in"),
        unit: unit.filter(|unit| code_of("units", unit).is_some()),
        source: row.own("source"),
        payer: row.own("payer"),
        main_part: main.is_some() && row.own("new_part") == main,
        auxiliary: row.flag("auxiliary"),
        price: row.int("unit_price"),
        currency: Some(CURRENCY.to_owned()),
        ..PartLine::default()
    }
    .to_fields();
    also(
        &mut set,
        [("agreed_at", row.time("consent_at").map(Into::into)), ("note", row.text("note").map(Into::into))],
    );
    let wanted = plan.wanted(PartLine::KIND, &row.key("part_lines"), set);
    push(plan, "part_lines", row, &on, wanted)
}

fn old_part(plan: &mut Plan<'_>, row: &Row, known: &Known<'_>) -> Result<(), Stop> {
    let mut on = on(plan, row, known)?;
    let line = plan.id(PartLine::KIND, &format!("{} {}", on.number, row.int("line").unwrap_or(0)));
    let Some(fields) = plan.fields(line)? else {
        plan.tell(row, "行号", Code::UnknownReference);
        return Err(Stop::Row);
    };
    // It came out on the visit of its line.
    on.visit = fields.get("visit").and_then(|visit| visit.as_str()?.parse().ok());
    let holder = plan.person(row, ("holder", "保管人"))?;
    let part = row.text("part_number").and_then(|number| known.parts.get(number));
    let mut set = OldPart {
        part_line: Some(line),
        tag: row.own("tag").map(|tag| tag.replace(['-', ' '], "")),
        part: row.own("part_number"),
        name: part.map(|part| part.name_zh.clone()),
        serial: row.own("part_serial"),
        qty: quantity(row, "quantity"),
        disposition: row.own("disposition"),
        due_on: row.own("due_on"),
        removed_at: Some(Timestamp(on.at)),
        state: Some("tagged".to_owned()),
        ..OldPart::default()
    }
    .to_fields();
    also(
        &mut set,
        [
            ("ledger_state", row.text("state").map(Into::into)),
            ("holder", holder.map(|holder| holder.to_string().into())),
            ("place", row.text("place").map(Into::into)),
            ("note", row.text("note").map(Into::into)),
        ],
    );
    let wanted = plan.wanted(OldPart::KIND, &row.key("old_parts"), set);
    push(plan, "old_parts", row, &on, wanted)
}

fn charge(plan: &mut Plan<'_>, row: &Row, known: &Known<'_>) -> Result<(), Stop> {
    let on = on(plan, row, known)?;
    let kind = row.or_empty("kind");
    let agreed_at = row.time("consent_at").map(Timestamp);
    let mut set = Charge {
        visit: on.visit,
        code: Some(code_of("charge_codes", &kind).unwrap_or_else(|| "other".to_owned())),
        label: row.own("description"),
        qty: row.own("quantity"),
        unit_price: row.int("unit_price"),
        amount: row.int("amount"),
        currency: Some(CURRENCY.to_owned()),
        payer: row.own("payer"),
        agreed: agreed_at.is_some(),
        agreed_at,
        ..Charge::default()
    }
    .to_fields();
    also(
        &mut set,
        [
            ("charge_kind", Some(kind.into())),
            ("operation", row.text("operation").map(Into::into)),
            ("unit", row.text("unit").map(Into::into)),
        ],
    );
    let wanted = plan.wanted(Charge::KIND, &row.key("charges"), set);
    push(plan, "charges", row, &on, wanted)
}

fn note(
    plan: &mut Plan<'_>,
    row: &Row,
    known: &Known<'_>,
    same: &mut BTreeMap<String, u32>,
) -> Result<(), Stop> {
    let on = on(plan, row, known)?;
    let key = format!("{} {} {}", on.number, row.or_empty("by"), row.time("at").unwrap_or(0));
    let again = same.entry(key.clone()).or_default();
    *again += 1;
    let mut set = Note { text: row.own("text"), visit: on.visit, ..Note::default() }.to_fields();
    also(&mut set, [("note_kind", row.text("kind").map(Into::into)), ("at", row.time("at").map(Into::into))]);
    let wanted = plan.wanted(Note::KIND, &format!("{key} {again}"), set);
    push(plan, "notes", row, &on, wanted)
}
