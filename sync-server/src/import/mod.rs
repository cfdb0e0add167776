//! Import: the department's own lists become the org tree, people, archive, catalogues and history.
//!
//! ```text
//! bytes ─▶ read (lines) ─▶ columns (which table) ─▶ rows (cells, keys) ─▶ plans ─▶ hub (ops), dataset files
//! ```
//! Everything is read and planned before anything is written, so that a check says all that an import would.
//! The same file twice changes nothing the second time: ids are made of natural keys, equal rows make no ops.
//! Records go the office's way (`hub::office`); nothing here writes a table of the hub.

mod archive;
mod catalogues;
mod cells;
mod columns;
mod evidence;
mod jobs;
mod people;
mod plan;
mod read;
mod report;
mod rows;
mod sign_offs;

use fieldcard_schema::id::UserId;
use fieldcard_schema::rules::role::{Role, Roles};
use fieldcard_schema::wire::error::ApiError;

use self::plan::{Plan, Planned};
pub use self::report::{Code, Counts, Problem, Report};
use self::rows::Tables;
use crate::desk::Desk;
use crate::hub::Hub;
use crate::hub::office::{Actor, Wanted};

/// A file to be imported.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name, as problems tell it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What to do about what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Say what is wrong, and write nothing.
    Check,
    /// Write nothing if anything is wrong.
    Strict,
    /// Leave out the rows that are wrong.
    Lenient,
}

/// Rows that one transaction takes.
const BATCH: usize = 500;

/// Imports `sources` on behalf of `by`.
pub fn import(desk: &mut Desk, by: UserId, sources: &[Source], mode: Mode) -> Result<Report, ApiError> {
    let mut tables = Tables::new(desk.hub.config().offset_minutes);
    for source in sources {
        tables.add(&source.name, &source.bytes);
    }
    let known = people::known(desk)?;
    let before = people::before(desk)?;
    let mut plan = Plan::new(&mut desk.hub, &tables, by, known);
    let staff = people::plan(&mut plan, &before)?;
    archive::plan(&mut plan, &staff)?;
    let times = jobs::plan(&mut plan)?;
    let parts = catalogues::parts(plan.hub, &tables)?;
    let known = evidence::Known { times: &times, parts: &parts };
    evidence::plan(&mut plan, &known)?;
    sign_offs::plan(&mut plan, &known)?;
    let Plan { mut rows, problems, .. } = plan;
    // By time; what happened at once stays in the order of the tables, so that a job comes before its visit.
    rows.sort_by_key(|row| row.order);
    let mut report = Report { problems: tables.problems.clone(), ..Report::default() };
    report.problems.extend(problems);
    let refuses = mode == Mode::Strict && report.errors().next().is_some();
    let catalogues = catalogues::gather(&tables)?;
    if mode != Mode::Check && !refuses {
        write_rows(&mut desk.hub, &rows, &mut report)?;
        let units = people::write(desk, staff)?;
        report.tables.entry("org").or_default().changed = units;
        let actor = Actor { user: by, roles: Roles::of(&[Role::InformationAdministrator]) };
        let now = desk.clock.now();
        for catalogue in &catalogues {
            let counts = catalogue.publish(&mut desk.hub, &actor, now)?;
            add(report.tables.entry(catalogue.table).or_default(), counts);
        }
        report.written = true;
    }
    count_rows(&tables, &rows, &mut report);
    report.problems.sort();
    Ok(report)
}

fn add(counts: &mut Counts, more: Counts) {
    counts.created += more.created;
    counts.changed += more.changed;
    counts.same += more.same;
    counts.refused += more.refused;
}

/// How many rows each table had, and how many of them were not planned.
fn count_rows(tables: &Tables, rows: &[Planned], report: &mut Report) {
    for (table, seen) in &tables.seen {
        let planned = if catalogues::TABLES.contains(table) || *table == "org" {
            tables.rows(table).len()
        } else {
            rows.iter().filter(|row| row.table == *table).count()
        };
        let counts = report.tables.entry(table).or_default();
        counts.rows = *seen;
        counts.refused += seen.saturating_sub(planned);
    }
}

fn write_rows(hub: &mut Hub, rows: &[Planned], report: &mut Report) -> Result<(), ApiError> {
    for batch in rows.chunks(BATCH) {
        let records: Vec<Vec<Wanted>> = batch.iter().map(|row| row.records.clone()).collect();
        for (row, done) in batch.iter().zip(hub.import_rows(&records)?) {
            let tell = |code| Problem { file: row.file.clone(), row: row.line, column: String::new(), code };
            let counts = report.tables.entry(row.table).or_default();
            let Ok(done) = done else {
                counts.refused += 1;
                report.problems.push(tell(Code::Refused));
                continue;
            };
            let (created, changed, same) = (done.created, done.changed, done.same);
            add(counts, Counts { created, changed, same, ..Counts::default() });
            if done.left > 0 {
                report.problems.push(tell(Code::ChangedHere));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
