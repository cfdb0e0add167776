//! An import says how records shall be; this makes the ops that bring them there, and none where they are.
//!
//! ```text
//! no such record ............................. create
//! a field says the same ...................... nothing
//! a field says another thing ................. set, or amend for evidence
//! … and somebody changed it since ............ left alone, and told: a file never undoes a person's work
//! a field that the import does not name ...... nothing: an empty cell says nothing
//! ```

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::{Act, Op};
use fieldcard_schema::record::{Class, class_of};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;

use super::{Author, OfficeOp};
use crate::hub::ledger::Ledger;
use crate::hub::{Hub, HubError};
use crate::storage::StorageError;

/// What ops of an import name as the app that made them.
const IMPORT_APP: &str = concat!("import/", env!("CARGO_PKG_VERSION"));

/// A record as an import wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Its kind.
    pub kind: &'static str,
    /// The record; the same for the same row at every import.
    pub rec: RecordId,
    /// The job it hangs on.
    pub job: Option<RecordId>,
    /// Its fields.
    pub set: Fields,
    /// Who did it.
    pub user: UserId,
    /// When; none is now.
    pub at: Option<Timestamp>,
}

/// What became of a row's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    /// Records made.
    pub created: usize,
    /// Records changed.
    pub changed: usize,
    /// Records that were so already.
    pub same: usize,
    /// Fields left alone because somebody has changed them since.
    pub left: usize,
}

impl Hub {
    /// Takes rows in, each whole or not at all, in one transaction. Answers each; a refusal is told and
    /// leaves no trace of its row.
    pub fn import_rows(&mut self, rows: &[Vec<Wanted>]) -> Result<Vec<Result<Imported, ApiError>>, ApiError> {
        self.write(|ledger| rows.iter().map(|row| ledger.import_row(row)).collect())
    }
}

impl Ledger<'_> {
    fn import_row(&mut self, row: &[Wanted]) -> Result<Result<Imported, ApiError>, HubError> {
        self.tx.savepoint()?;
        match self.import_whole(row) {
            Ok(imported) => {
                self.tx.keep()?;
                Ok(Ok(imported))
            }
            Err(HubError::Refused(refusal)) => {
                self.undo()?;
                Ok(Err(refusal))
            }
            Err(other) => Err(other),
        }
    }

    fn import_whole(&mut self, row: &[Wanted]) -> Result<Imported, HubError> {
        let mut imported = Imported::default();
        let mut ops = Vec::new();
        for wanted in row {
            let author = Author { user: wanted.user, at: wanted.at.unwrap_or(self.now), app: IMPORT_APP };
            let Some(found) = self.tx.record(wanted.rec)? else {
                imported.created += 1;
                ops.push((author, create(wanted)));
                continue;
            };
            let changes = self.changes(&found.state, wanted, &mut imported)?;
            if changes.is_empty() {
                imported.same += 1;
                continue;
            }
            imported.changed += 1;
            for (act, set) in changes {
                let (kind, rec, base) = (wanted.kind.to_owned(), wanted.rec, Some(found.state.ver));
                ops.push((author, OfficeOp { kind, rec, job: None, act, set, base }));
            }
        }
        if !ops.is_empty() {
            self.office_as(ops)?;
        }
        Ok(imported)
    }

    /// The fields that differ and that nobody has changed since, by the act that changes them.
    fn changes(
        &self,
        found: &RecordState,
        wanted: &Wanted,
        imported: &mut Imported,
    ) -> Result<Vec<(Act, Fields)>, StorageError> {
        let (mut set, mut amend) = (Fields::new(), Fields::new());
        for (field, value) in
            wanted.set.iter().filter(|(field, value)| found.fields.get(*field) != Some(*value))
        {
            if !self.is_imported(found.field_ver(field))? {
                imported.left += 1;
                continue;
            }
            let of = if class_of(wanted.kind, field) == Class::Evidence { &mut amend } else { &mut set };
            of.insert(field.clone(), value.clone());
        }
        let both = [(Act::Set, set), (Act::Amend, amend)];
        Ok(both.into_iter().filter(|(_, fields)| !fields.is_empty()).collect())
    }

    /// Whether the op at `pos` came from an import.
    fn is_imported(&self, pos: u64) -> Result<bool, StorageError> {
        let op = self.tx.op_at(pos)?.and_then(|stored| Op::parse(&stored.body).ok());
        Ok(op.is_some_and(|op| op.app.starts_with("import/")))
    }
}

fn create(wanted: &Wanted) -> OfficeOp {
    OfficeOp::create(wanted.kind, wanted.rec, wanted.job, wanted.set.clone())
}
