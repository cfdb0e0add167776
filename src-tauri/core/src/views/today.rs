//! The home screen: overdue · in progress · today · tomorrow · done today.

use fieldcard_schema::time::Timestamp;
use serde::Serialize;

use super::jobs::{JobCard, card};
use super::{Scene, Time};
use crate::error::ActionError;
use crate::store::job_list::{DONE, IN_PROGRESS, JobLine, OPEN};

/// Most open jobs that are looked at: more than a person has in a month.
const MOST: u32 = 500;

/// The home screen.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Today {
    /// Planned or due before today and not begun.
    pub overdue: Vec<JobCard>,
    /// Begun.
    pub in_progress: Vec<JobCard>,
    /// Planned today, by time; those without a plan last.
    pub today: Vec<JobCard>,
    /// Planned tomorrow.
    pub tomorrow: Vec<JobCard>,
    /// Done today.
    pub done: Vec<JobCard>,
    /// The office was last heard of then.
    pub last_exchange: Option<Time>,
}

/// Makes the view.
pub fn view(scene: &Scene<'_>) -> Result<Today, ActionError> {
    let offset = scene.ports.clock.offset_minutes();
    let day = scene.now().wall().day(offset);
    let ends = |days: i64| (day + days) * Timestamp::DAY - i64::from(offset) * 60_000;
    let mut view = Today { last_exchange: scene.last_exchange()?, ..Today::default() };
    let mut open = scene.store.cache.jobs_planned([IN_PROGRESS, OPEN], ends(2), MOST)?;
    open.sort_by_key(|line| (plan(line).unwrap_or(Timestamp(i64::MAX)), line.job));
    for line in open.into_iter().filter(|line| !line.kept) {
        let list = match plan(&line).map(|t| t.day(offset) - day) {
            _ if has_begun(&line) => &mut view.in_progress,
            Some(..=-1) => &mut view.overdue,
            Some(1) => &mut view.tomorrow,
            _ => &mut view.today,
        };
        list.push(card(scene, line)?);
    }
    for line in scene.store.cache.jobs_planned([DONE, DONE], ends(1), MOST)? {
        if line.done_at.is_some_and(|t| t.0 >= ends(0)) {
            view.done.push(card(scene, line)?);
        }
    }
    Ok(view)
}

fn plan(line: &JobLine) -> Option<Timestamp> {
    line.fields.plan_from.or(line.fields.due)
}

fn has_begun(line: &JobLine) -> bool {
    use fieldcard_schema::rules::job_state::JobState;
    use fieldcard_schema::rules::visit_state::VisitState;
    matches!(line.state, JobState::InProgress | JobState::Waiting)
        || line.visit_state.is_some_and(|v| !matches!(v, VisitState::Planned | VisitState::Accepted))
}
