//! The history of a record: who changed what and when, from the op log.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::op::Op;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::scene::Scene;
use super::value::PersonRef;
use crate::storage::log::StoredOp;

/// Which part: the query of `GET /office/v1/jobs/{job}/history`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, TS)]
#[ts(optional_fields)]
pub struct HistoryQuery {
    /// Of this record only; else of the job and all that hangs on it.
    #[ts(optional, type = "Id")]
    pub rec: Option<RecordId>,
}

/// What happened to a job, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HistoryView {
    /// Every op.
    pub entries: Vec<HistoryEntry>,
}

/// One op.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HistoryEntry {
    /// Its position in the log.
    pub pos: u64,
    /// When it came, by the server's clock.
    #[ts(type = "Ms")]
    pub came_at: Timestamp,
    /// When it was done, by the clock of who did it.
    #[ts(type = "Ms | null")]
    pub done_at: Option<Timestamp>,
    /// Who; null for what is no op at all.
    pub by: Option<PersonRef>,
    /// Name of the device; null for the office.
    pub device: Option<String>,
    /// Kind of the record.
    pub kind: String,
    /// The record.
    #[ts(type = "Id | null")]
    pub rec: Option<RecordId>,
    /// What it does: create, set, add, amend, void.
    #[ts(type = "OpAct | null")]
    pub act: Option<fieldcard_schema::op::Act>,
    /// The fields it names, as they were sent.
    #[ts(type = "{ [field: string]: unknown }")]
    pub set: Fields,
    /// How it ended.
    #[ts(type = "OpOutcome")]
    pub outcome: fieldcard_schema::merge::Outcome,
    /// Why, where that needs saying.
    #[ts(type = "IssueCode | null")]
    pub why: Option<fieldcard_schema::merge::Why>,
}

/// What happened to a job in reach, or to one record of it, the newest first.
pub fn view(scene: &Scene<'_>, job: RecordId, query: &HistoryQuery) -> Result<HistoryView, ApiError> {
    let job = scene.job(job)?;
    let mut entries = Vec::new();
    for stored in scene.tx.ops_of_job(job.pk)?.iter().rev() {
        let entry = entry(scene, stored)?;
        if query.rec.is_none() || entry.rec == query.rec {
            entries.push(entry);
        }
    }
    Ok(HistoryView { entries })
}

fn entry(scene: &Scene<'_>, stored: &StoredOp) -> Result<HistoryEntry, ApiError> {
    let blank = HistoryEntry {
        pos: stored.outcome.pos,
        came_at: Timestamp(stored.at),
        done_at: None,
        by: None,
        device: None,
        kind: String::new(),
        rec: None,
        act: None,
        set: Fields::new(),
        outcome: stored.outcome.outcome,
        why: stored.outcome.why,
    };
    let Ok(op) = Op::parse(&stored.body) else { return Ok(blank) };
    Ok(HistoryEntry {
        done_at: Some(op.t.wall()),
        by: Some(scene.person(op.user)),
        device: scene.device_name(op.device)?,
        kind: op.kind,
        rec: Some(op.rec),
        act: Some(op.act),
        set: op.set,
        ..blank
    })
}
