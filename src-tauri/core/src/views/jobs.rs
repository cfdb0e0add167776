//! The list of jobs, searched by number, customer, serial tail, phone tail, plate, nickname or site.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::rules::status::is_done;
use fieldcard_schema::rules::visit_state::VisitState;
use serde::Serialize;
use ts_rs::TS;

use super::item_state::ItemStates;
use super::scene::Scene;
use super::value::{DataState, Place, Span, Time};
use super::visits::{StepKind, next_steps};
use crate::error::ActionError;
use crate::store::job_list::{self, JobLine, MachineLine};

/// Most rows of one answer.
const ROWS_MAX: u32 = 500;

/// One job with what its row needs.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct JobCard {
    #[ts(type = "Id")]
    job: RecordId,
    #[ts(type = "Id | null")]
    visit: Option<RecordId>,
    /// Empty until the office has given one.
    number: String,
    customer: String,
    place: Place,
    machine: Option<MachineLine>,
    #[ts(type = "JobType | null")]
    job_type: Option<String>,
    #[ts(type = "Priority")]
    priority: String,
    #[ts(type = "JobStatus")]
    status: JobState,
    #[ts(type = "WaitReason | null")]
    waiting_for: Option<String>,
    #[ts(type = "VisitStatus | null")]
    visit_status: Option<VisitState>,
    /// The step that the card's button takes.
    next: Option<StepKind>,
    window: Option<Span>,
    due: Option<Time>,
    /// When something happened last: its newest step, else its report.
    last: Time,
    phone: Option<String>,
    /// It has left this person's scope.
    kept: bool,
    data: DataState,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct JobsView {
    /// In progress first, then open, then done.
    rows: Vec<JobCard>,
    total: u64,
    last_exchange: Option<Time>,
}

/// One row.
pub(super) fn card(scene: &Scene<'_>, states: &ItemStates, line: JobLine) -> JobCard {
    let takes_steps = !line.kept && !is_done(line.state);
    let next = line.visit_state.filter(|_| takes_steps).map(next_steps).unwrap_or_default();
    let time = |at| scene.time(at);
    JobCard {
        job: line.job,
        visit: line.visit,
        number: line.fields.number.unwrap_or_default(),
        customer: line.customer_name.unwrap_or_default(),
        place: Place { name: line.fields.site.unwrap_or_default() },
        machine: line.machine,
        job_type: line.fields.job_type,
        priority: line.fields.priority.unwrap_or_else(|| "normal".into()),
        status: line.state,
        waiting_for: line.waiting_for,
        visit_status: line.visit_state,
        next: next.first().copied(),
        window: line.window.map(|(from, to)| Span { from: time(from), to: time(to) }),
        due: line.fields.due.map(time),
        last: scene.when(line.job, line.last_at),
        phone: line.phone,
        kept: line.kept,
        data: states.of_job(line.job),
    }
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, search: &str, limit: u32) -> Result<JobsView, ActionError> {
    let words: Vec<String> = search.split_whitespace().map(word).filter(|w| !w.is_empty()).collect();
    let (lines, total) = scene.store.cache.jobs_found(&words, limit.min(ROWS_MAX))?;
    let states = ItemStates::read(scene)?;
    let rows = lines.into_iter().map(|line| card(scene, &states, line)).collect();
    Ok(JobsView { rows, total, last_exchange: scene.last_exchange()? })
}

/// 尾号417 is how people say the end of a number.
fn word(typed: &str) -> String {
    let folded = job_list::fold_text(typed);
    folded.strip_prefix("尾号").map(str::to_owned).unwrap_or(folded)
}
