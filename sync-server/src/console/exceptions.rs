//! What waits for a person: parked ops, conflicts, proposals. Shown here, decided elsewhere.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use super::value::PersonRef;

/// The open ones, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ExceptionsView {
    /// All that are in reach.
    pub exceptions: Vec<ExceptionLine>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ExceptionLine {
    /// Its own record.
    #[ts(type = "Id")]
    pub exception: RecordId,
    /// Its version.
    pub ver: u64,
    /// Why it waits: the code of the sentence.
    #[ts(type = "IssueCode")]
    pub why: String,
    /// Kind of the record in question; empty when not even that is known.
    pub kind: String,
    /// The record in question.
    #[ts(type = "Id | null")]
    pub rec: Option<RecordId>,
    /// The field in question; null when it is the whole op.
    pub field: Option<String>,
    /// The job it belongs to, where that is known.
    #[ts(type = "Id | null")]
    pub job: Option<RecordId>,
    /// Number of that job.
    pub number: Option<String>,
    /// Name of its customer; empty when nobody said.
    pub customer: String,
    /// Every value that was said, the one that stands first.
    pub values: Vec<SaidValue>,
}

/// One value that somebody gave.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SaidValue {
    /// The value; of a whole op, its fields. Null clears a field, or is a body that nobody can read.
    #[ts(type = "unknown")]
    pub value: Value,
    /// The same for people: an id is told as its name. Null where the value is told as it is.
    pub shown: Option<String>,
    /// Who.
    pub by: Option<PersonRef>,
    /// When, by that person's clock.
    #[ts(type = "Ms | null")]
    pub at: Option<Timestamp>,
}
