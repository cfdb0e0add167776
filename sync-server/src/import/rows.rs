//! Rows of known tables: cells by field, keys once each. A bad row is told and left out; the others stay.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{self, Cell};
use super::columns::{self, Header};
use super::read::{self, Line};
use super::report::{Code, Problem};

/// One row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The file it stands in.
    pub(super) file: String,
    /// Its line there.
    pub(super) line: u64,
    cells: BTreeMap<&'static str, Cell>,
}

impl Row {
    /// Text, a code, a day or a decimal.
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        if let Some(Cell::Text(text)) = self.cells.get(field) { Some(text) } else { None }
    }

    /// The same, as a string of its own.
    pub(super) fn own(&self, field: &str) -> Option<String> {
        self.text(field).map(str::to_owned)
    }

    /// The same, empty when the cell is.
    pub(super) fn or_empty(&self, field: &str) -> String {
        self.own(field).unwrap_or_default()
    }

    /// Words.
    pub(super) fn list(&self, field: &str) -> Vec<String> {
        if let Some(Cell::List(words)) = self.cells.get(field) { words.clone() } else { Vec::new() }
    }

    /// A whole number, or money in minor units.
    pub(super) fn int(&self, field: &str) -> Option<i64> {
        if let Some(Cell::Int(number)) = self.cells.get(field) { Some(*number) } else { None }
    }

    /// Yes; an empty cell is no.
    pub(super) fn flag(&self, field: &str) -> bool {
        self.cells.get(field) == Some(&Cell::Flag(true))
    }

    /// A moment, in ms since 1970.
    pub(super) fn time(&self, field: &str) -> Option<i64> {
        if let Some(Cell::Time(at)) = self.cells.get(field) { Some(*at) } else { None }
    }

    /// The row's key: its key cells, one blank between.
    pub(super) fn key(&self, table: &str) -> String {
        let parts = key_fields(table).iter().map(|field| match self.cells.get(field) {
            Some(Cell::Text(text)) => text.clone(),
            Some(Cell::Int(number) | Cell::Time(number)) => number.to_string(),
            Some(Cell::List(words)) => words.join(";"),
            Some(Cell::Flag(flag)) => flag.to_string(),
            None => String::new(),
        });
        parts.collect::<Vec<_>>().join(" ")
    }
}

/// The fields that tell a row of a table from all others; none where the same may come twice.
fn key_fields(table: &str) -> &'static [&'static str] {
    match table {
        "org" => &["code"],
        "people" => &["login"],
        "customers" => &["customer_code"],
        "machines" => &["serial"],
        "parts" => &["part_number"],
        "faults" => &["fault_code"],
        "labour" => &["operation"],
        "warranty_terms" => &["term", "version"],
        "photo_sets" => &["brand", "job_type", "phase"],
        "campaigns" => &["campaign"],
        "jobs" => &["job_number"],
        "visits" => &["visit_number"],
        "job_faults" | "part_lines" | "charges" => &["job_number", "line"],
        "old_parts" => &["tag"],
        "signoffs" => &["job_number", "visit_number", "card"],
        _ => &[],
    }
}

/// What all files together say.
#[derive(Debug, Default)]
pub(super) struct Tables {
    rows: BTreeMap<&'static str, Vec<Row>>,
    /// How many rows a table had, bad ones too.
    pub(super) seen: BTreeMap<&'static str, usize>,
    keys: BTreeSet<(&'static str, String)>,
    pub(super) problems: Vec<Problem>,
    /// Minutes that the office is east of UTC.
    offset: i32,
}

impl Tables {
    /// The rows of a table, in the order of files and lines.
    pub(super) fn rows(&self, table: &str) -> &[Row] {
        self.rows.get(table).map_or(&[], Vec::as_slice)
    }

    /// Nothing yet; times of the files are `offset` minutes east of UTC.
    pub(super) fn new(offset: i32) -> Self {
        Self { offset, ..Self::default() }
    }

    /// Reads one file.
    pub(super) fn add(&mut self, file: &str, bytes: &[u8]) {
        match read::sheets(file, bytes) {
            Err(code) => self.tell(file, 0, "", code),
            Ok(sheets) => {
                let headers: Vec<Option<Header>> =
                    sheets.iter().map(|lines| columns::find(lines, file, &mut self.problems)).collect();
                if headers.iter().all(Option::is_none) {
                    self.tell(file, 0, "", Code::NoHeader);
                }
                for (lines, header) in sheets.iter().zip(headers) {
                    if let Some(header) = header {
                        self.add_sheet(file, lines, &header);
                    }
                }
            }
        }
    }

    fn tell(&mut self, file: &str, row: u64, column: &str, code: Code) {
        self.problems.push(Problem { file: file.to_owned(), row, column: column.to_owned(), code });
    }

    fn add_sheet(&mut self, file: &str, lines: &[Line], header: &Header) {
        for (line, cells) in lines.iter().skip(header.skip) {
            let cells: Vec<String> = cells.iter().map(|cell| cells::clean(cell)).collect();
            let known = |at: &usize| cells.get(*at).is_some_and(|cell| !cell.is_empty());
            if !header.columns.keys().any(known) {
                continue;
            }
            *self.seen.entry(header.table).or_default() += 1;
            let Some(row) = self.row(file, *line, &cells, header) else { continue };
            let key = row.key(header.table);
            if !key.is_empty() && !self.keys.insert((header.table, key)) {
                self.tell(file, *line, "", Code::KeyTwice);
                continue;
            }
            self.rows.entry(header.table).or_default().push(row);
        }
        self.seen.entry(header.table).or_default();
    }

    /// Reads the cells of a line; `None` when one of them is wrong, which is told.
    fn row(&mut self, file: &str, line: u64, cells: &[String], header: &Header) -> Option<Row> {
        let mut row = Row { file: file.to_owned(), line, cells: BTreeMap::new() };
        let before = self.problems.len();
        for (at, column) in &header.columns {
            let text = cells.get(*at).map_or("", String::as_str);
            if text.is_empty() {
                if column.is_required() {
                    self.tell(file, line, &column.zh, Code::CellMissing);
                }
                continue;
            }
            match cells::read(column, text, self.offset) {
                Ok(cell) => {
                    row.cells.insert(&column.field, cell);
                }
                Err(code) => self.tell(file, line, &column.zh, code),
            }
        }
        (self.problems.len() == before).then_some(row)
    }
}
