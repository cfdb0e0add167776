//! The list of jobs, searched by number, customer, serial tail, phone tail, plate, nickname or site.

use fieldcard_schema::id::RecordId;
use serde::Serialize;

use super::{Scene, Time};
use crate::error::{ActionError, ErrorCode};
use crate::store::job_list::{self, JobLine};

/// One job with what its row needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JobCard {
    /// The job's row.
    #[serde(flatten)]
    pub line: JobLine,
    /// Whether the office holds all that was made here.
    pub held: bool,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Jobs {
    /// Rows, in progress first, then open, then done.
    pub rows: Vec<JobCard>,
    /// How many there are in all.
    pub total: u64,
    /// The office was last heard of then.
    pub last_exchange: Option<Time>,
}

/// Adds what the outbox knows.
pub(super) fn card(scene: &Scene<'_>, line: JobLine) -> Result<JobCard, ActionError> {
    let held = scene.store.outbox.job_is_held(line.job)?;
    Ok(JobCard { line, held })
}

/// Makes the view.
pub fn view(scene: &Scene<'_>, search: &str, limit: u32) -> Result<Jobs, ActionError> {
    let words: Vec<String> =
        search.split_whitespace().map(job_list::fold_text).filter(|w| !w.is_empty()).collect();
    let (lines, total) = scene.store.cache.jobs_found(&words, limit.min(500))?;
    let rows = lines.into_iter().map(|line| card(scene, line)).collect::<Result<_, _>>()?;
    Ok(Jobs { rows, total, last_exchange: scene.last_exchange()? })
}

/// One job's row.
pub fn one(scene: &Scene<'_>, job: RecordId) -> Result<JobCard, ActionError> {
    let line = scene.store.cache.job_line(job)?.ok_or(ErrorCode::NotFound)?;
    card(scene, line)
}
