//! The records that an import wants, by row: gathered first, written after, so that a check writes nothing.

use std::collections::BTreeMap;

use fieldcard_schema::id::{self, OrgId, RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::wire::error::ApiError;
use serde_json::Value;

use super::report::{Code, Problem};
use super::rows::{Row, Tables};
use crate::hub::Hub;
use crate::hub::office::Wanted;

/// A row's records, and where the row stands.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// Its table.
    pub(super) table: &'static str,
    /// File and line, for problems.
    pub(super) file: String,
    /// See `file`.
    pub(super) line: u64,
    /// In which order rows are written: by this, then as they were planned.
    pub(super) order: i64,
    /// The records.
    pub(super) records: Vec<Wanted>,
}

/// What is being imported, and what it may refer to.
pub(super) struct Plan<'a> {
    pub(super) hub: &'a mut Hub,
    pub(super) tables: &'a Tables,
    /// Who imports.
    pub(super) by: UserId,
    /// People by login: from these files and from before.
    pub(super) people: BTreeMap<String, UserId>,
    pub(super) rows: Vec<Planned>,
    pub(super) problems: Vec<Problem>,
    index: BTreeMap<RecordId, Fields>,
    org: OrgId,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        hub: &'a mut Hub,
        tables: &'a Tables,
        by: UserId,
        people: BTreeMap<String, UserId>,
    ) -> Self {
        let org = hub.config().org;
        Self { hub, tables, by, people, rows: Vec::new(), problems: Vec::new(), index: BTreeMap::new(), org }
    }

    /// The id of a record.
    pub(super) fn id(&self, kind: &str, key: &str) -> RecordId {
        RecordId(id::stable(self.org, kind, key))
    }

    /// A record to be written now, by whoever imports.
    pub(super) fn wanted(&self, kind: &'static str, key: &str, set: Fields) -> Wanted {
        Wanted { kind, rec: self.id(kind, key), job: None, set, user: self.by, at: None }
    }

    /// Plans a row.
    pub(super) fn push(&mut self, table: &'static str, row: &Row, order: i64, records: Vec<Wanted>) {
        for wanted in &records {
            self.index.insert(wanted.rec, wanted.set.clone());
        }
        let (file, line) = (row.file.clone(), row.line);
        self.rows.push(Planned { table, file, line, order, records });
    }

    /// Says what is wrong with a row.
    pub(super) fn tell(&mut self, row: &Row, column: &str, code: Code) {
        let (file, column) = (row.file.clone(), column.to_owned());
        self.problems.push(Problem { file, row: row.line, column, code });
    }

    /// The fields of a record: as planned, else as they stand.
    pub(super) fn fields(&mut self, rec: RecordId) -> Result<Option<Fields>, ApiError> {
        if let Some(fields) = self.index.get(&rec) {
            return Ok(Some(fields.clone()));
        }
        Ok(self.hub.record(rec)?.map(|row| row.state.fields))
    }

    /// The record that `field` of a row names. An empty cell names none; one that nobody knows is told, and
    /// the row is wrong (`Err(None)`).
    pub(super) fn reference(
        &mut self,
        row: &Row,
        (field, column): (&str, &str),
        kind: &str,
    ) -> Result<Option<RecordId>, Stop> {
        let Some(key) = row.text(field) else { return Ok(None) };
        let rec = self.id(kind, key);
        if self.fields(rec)?.is_some() {
            return Ok(Some(rec));
        }
        self.tell(row, column, Code::UnknownReference);
        Err(Stop::Row)
    }

    /// The person whom `field` of a row names by login.
    pub(super) fn person(
        &mut self,
        row: &Row,
        (field, column): (&str, &str),
    ) -> Result<Option<UserId>, Stop> {
        let Some(login) = row.text(field) else { return Ok(None) };
        let found = self.people.get(&login.to_lowercase()).copied();
        if found.is_none() {
            self.tell(row, column, Code::UnknownReference);
            return Err(Stop::Row);
        }
        Ok(found)
    }

    /// The people whom a list names.
    pub(super) fn people_of(
        &mut self,
        row: &Row,
        (field, column): (&str, &str),
    ) -> Result<Vec<UserId>, Stop> {
        let known = |login: &String| self.people.get(&login.to_lowercase()).copied();
        let Some(people) = row.list(field).iter().map(known).collect() else {
            self.tell(row, column, Code::UnknownReference);
            return Err(Stop::Row);
        };
        Ok(people)
    }
}

/// What stops a row, or all.
#[derive(Debug)]
pub(super) enum Stop {
    /// This row is wrong, and was told.
    Row,
    /// The store failed.
    Hub(ApiError),
}

impl From<ApiError> for Stop {
    fn from(error: ApiError) -> Self {
        Self::Hub(error)
    }
}

/// Goes on after a row that was wrong.
pub(super) fn row_by_row(
    rows: &[Row],
    mut each: impl FnMut(&Row) -> Result<(), Stop>,
) -> Result<(), ApiError> {
    for row in rows {
        match each(row) {
            Ok(()) | Err(Stop::Row) => {}
            Err(Stop::Hub(error)) => return Err(error),
        }
    }
    Ok(())
}

/// Adds members that this version's structs do not name; they are kept as all unknown fields are.
pub(super) fn also<const N: usize>(fields: &mut Fields, members: [(&str, Option<Value>); N]) {
    fields.extend(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
}
