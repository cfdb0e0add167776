//! What an import says: how many rows became what, and which cells it could not take. Codes, never prose.

use std::collections::BTreeMap;

use serde::Serialize;

/// What is wrong with a file, a row or a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Not a table that can be read, or in no known encoding.
    Unreadable,
    /// File, sheet, line or cell is over its limit.
    TooLarge,
    /// No line has the headers of a known table.
    NoHeader,
    /// A column that must be there is not.
    ColumnMissing,
    /// Two columns have the same header; the first one counts.
    ColumnTwice,
    /// A column nobody knows: passed over.
    ColumnUnknown,
    /// A cell that must not be empty is.
    CellMissing,
    /// Not a day, or no such day.
    NotADate,
    /// Not a day and a time.
    NotATime,
    /// Not a number of the kind wanted.
    NotANumber,
    /// Neither yes nor no.
    NotAFlag,
    /// A formula that Excel could not work out: `#REF!`.
    BrokenFormula,
    /// Not a word of its list.
    UnknownWord,
    /// Another row of the same file has the same key; the first one counts.
    KeyTwice,
    /// It names something that is neither in these files nor known here.
    UnknownReference,
    /// Somebody has changed fields of it since the last import: left alone.
    ChangedHere,
    /// The store refused the row.
    Refused,
}

impl Code {
    /// All of them, in order.
    pub const ALL: [Self; 17] = [
        Self::Unreadable,
        Self::TooLarge,
        Self::NoHeader,
        Self::ColumnMissing,
        Self::ColumnTwice,
        Self::ColumnUnknown,
        Self::CellMissing,
        Self::NotADate,
        Self::NotATime,
        Self::NotANumber,
        Self::NotAFlag,
        Self::BrokenFormula,
        Self::UnknownWord,
        Self::KeyTwice,
        Self::UnknownReference,
        Self::ChangedHere,
        Self::Refused,
    ];

    /// Whether the row or file is taken all the same.
    pub fn is_note(self) -> bool {
        matches!(self, Self::ColumnUnknown | Self::ChangedHere)
    }

    /// The code as it is written.
    pub fn text(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Name of the file.
    pub file: String,
    /// Line, from 1 as a person counts; 0 for the file itself.
    pub row: u64,
    /// Header of the column; empty for the row itself.
    pub column: String,
    /// What.
    pub code: Code,
}

/// What became of the rows of one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Rows that were read, empty ones left out.
    pub rows: usize,
    /// Records made; for a dataset its rows, when it has a new version.
    pub created: usize,
    /// Records changed.
    pub changed: usize,
    /// Records that were so already; for a dataset its rows, when nothing is new.
    pub same: usize,
    /// Rows not taken in.
    pub refused: usize,
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// By table.
    pub tables: BTreeMap<&'static str, Counts>,
    /// What is wrong, by file and line.
    pub problems: Vec<Problem>,
    /// Whether anything was written: not when only checking, nor when strict and something is wrong.
    pub written: bool,
}

impl Report {
    /// Problems that kept something from being taken in.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter().filter(|problem| !problem.code.is_note())
    }
}
