//! What the console's lists are asked by: one row a job, and the words by which things are found.
//!
//! Contract: rows and words say what the hub last wrote; nothing here derives them. A filter says what it
//! wants in values, never in SQL.

use fieldcard_schema::id::UserId;
use uuid::Uuid;

use super::{Pk, StorageError};

/// A job as the list is asked by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Code of where it stands.
    pub state: String,
    /// Place of that in a job's life.
    pub rank: i64,
    /// Since when, in ms.
    pub since: Option<i64>,
    /// Through whom or what it belongs to a unit: a person's id or that of a unit.
    pub owner: Uuid,
    /// Its lead.
    pub lead: Option<UserId>,
    /// Its number.
    pub number: Option<String>,
    /// Planned, else due, else reported, in ms; the lowest for none.
    pub day: i64,
    /// Due, else planned; the highest for none.
    pub due: i64,
    /// Its customer.
    pub customer: Option<Pk>,
    /// Its machine.
    pub machine: Option<Pk>,
    /// How its newest card was signed off.
    pub card_how: Option<String>,
    /// Of which kind that card is.
    pub card_kind: Option<String>,
}

/// In which order jobs come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum JobOrder {
    /// The last to come first.
    #[default]
    Newest,
    /// By `due`, then as they came.
    Due,
    /// By `rank`, then the last to come first.
    Rank,
}

/// Which jobs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobFilter {
    /// Each of these phrases of pairs stands in the job, its customer or its machine.
    pub phrases: Vec<String>,
    /// Codes of states; empty is every one.
    pub states: Vec<String>,
    /// Its lead.
    pub lead: Option<UserId>,
    /// Units of which one is its owner, or its owner's.
    pub units: Vec<Uuid>,
    /// `day` is not before.
    pub from: Option<i64>,
    /// `day` is before.
    pub to: Option<i64>,
    /// With an open exception.
    pub exceptions: bool,
}

/// A place in the list: the job there, and what the order goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobPlace {
    /// `due` or `rank`; 0 where the order goes by neither.
    pub key: i64,
    /// The job.
    pub job: Pk,
}

/// Rows, words and what is asked of them.
pub trait Lists {
    /// Writes the row of a job.
    fn put_job_row(&mut self, job: Pk, row: &JobRow) -> Result<(), StorageError>;

    /// Drops the row of a job; harmless when there is none.
    fn drop_job_row(&mut self, job: Pk) -> Result<(), StorageError>;

    /// The row of a job.
    fn job_row(&self, job: Pk) -> Result<Option<JobRow>, StorageError>;

    /// Writes the pairs by which a record is found.
    fn put_pairs(&mut self, rec: Pk, pairs: &str) -> Result<(), StorageError>;

    /// Jobs, customers and machines that have no pairs, or jobs that have no row and are not struck out.
    fn unlisted(&self, limit: usize) -> Result<Vec<Pk>, StorageError>;

    /// At most `limit` jobs behind `after`, in order.
    fn jobs_listed(
        &self,
        filter: &JobFilter,
        order: JobOrder,
        after: Option<JobPlace>,
        limit: usize,
    ) -> Result<Vec<JobPlace>, StorageError>;

    /// How many jobs fit, counted up to `most`.
    fn jobs_counted(&self, filter: &JobFilter, most: usize) -> Result<u64, StorageError>;

    /// At most `limit` records of a kind in which every phrase stands, by row; all when there is none.
    fn worded(&self, kind: &str, phrases: &[String], limit: usize) -> Result<Vec<Pk>, StorageError>;

    /// Machines of a customer, by row.
    fn machines_of(&self, customer: &str, limit: usize) -> Result<Vec<Pk>, StorageError>;

    /// At most `limit` jobs that stand in one of `states` since before `since`, in ms, of which no device has sent
    /// anything since, and that somebody holds, by row.
    fn jobs_over(&self, states: &[&str], since: i64, limit: usize) -> Result<Vec<Pk>, StorageError>;

    /// The highest number behind `prefix` among the jobs' numbers; 0 for none.
    fn highest_number(&self, prefix: &str) -> Result<u64, StorageError>;

    /// Number of open exceptions about a job and all that hangs on it.
    fn exceptions_on(&self, job: Pk) -> Result<u64, StorageError>;
}
