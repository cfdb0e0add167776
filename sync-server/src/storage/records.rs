//! Records as they stand now, and the exceptions that wait for a person.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::{RecordState, Why};
use fieldcard_schema::wire::page::RowText;

use super::{Pk, StorageError};

/// A record and its row number.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    /// Its row.
    pub pk: Pk,
    /// Its id.
    pub rec: RecordId,
    /// What it says.
    pub state: RecordState,
}

/// A record as pages tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldRecord {
    /// Its row of a page, the fields as the text that is stored.
    pub row: RowText,
    /// Struck out: then only its id and version are told.
    pub void: bool,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredException {
    /// The record of kind `exception` that tells it.
    pub record: Pk,
    /// Position of the op.
    pub op: u64,
    /// The record it is about; none when the server has none.
    pub about: Option<Pk>,
    /// The field, when it is about one.
    pub field: Option<String>,
    /// Why.
    pub why: Why,
}

/// Records and exceptions.
pub trait Records {
    /// The record with this id.
    fn record(&self, rec: RecordId) -> Result<Option<StoredRecord>, StorageError>;

    /// The record in this row.
    fn record_at(&self, pk: Pk) -> Result<Option<StoredRecord>, StorageError>;

    /// The record in this row as pages tell it; its fields are not read.
    fn told_at(&self, pk: Pk) -> Result<Option<ToldRecord>, StorageError>;

    /// Makes a record; its job is in the store.
    fn insert_record(&mut self, rec: RecordId, state: &RecordState) -> Result<Pk, StorageError>;

    /// Writes fields, versions and void of a record; kind, job, author and birth stay.
    fn update_record(&mut self, pk: Pk, state: &RecordState) -> Result<(), StorageError>;

    /// All records that hang on a job, by row; not the job itself.
    fn records_of_job(&self, job: Pk) -> Result<Vec<StoredRecord>, StorageError>;

    /// Records of one kind that hang on a job, by row.
    fn kind_of_job(&self, job: Pk, kind: &str) -> Result<Vec<StoredRecord>, StorageError>;

    /// Records of one kind that hang on no job, behind row `after`, by row.
    fn free_records(&self, kind: &str, after: Pk, limit: usize) -> Result<Vec<StoredRecord>, StorageError>;

    /// The jobs whose `field`, `machine` or `customer`, names a record, by row.
    fn jobs_naming(&self, field: &str, rec: RecordId) -> Result<Vec<StoredRecord>, StorageError>;

    /// The `machine_history` records of a machine, by row.
    fn histories_of(&self, machine: RecordId) -> Result<Vec<StoredRecord>, StorageError>;

    /// Opens an exception, or moves an open one to a later op.
    fn open_exception(&mut self, exception: &StoredException) -> Result<(), StorageError>;

    /// Closes an exception.
    fn close_exception(&mut self, record: Pk) -> Result<(), StorageError>;

    /// The open exceptions about a record, by row.
    fn exceptions_about(&self, about: Pk) -> Result<Vec<StoredException>, StorageError>;

    /// The records of kind `exception` about fields of a record, open or decided, by row.
    fn exceptions_of(&self, about: Pk) -> Result<Vec<Pk>, StorageError>;

    /// All open exceptions, by row.
    fn open_exceptions(&self) -> Result<Vec<StoredException>, StorageError>;
}
