//! The home screen: overdue · in progress · today · tomorrow · done today.

use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::rules::visit_state::VisitState;
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use ts_rs::TS;

use super::item_state::ItemStates;
use super::jobs::{JobCard, card};
use super::scene::Scene;
use super::value::Time;
use crate::day;
use crate::error::ActionError;
use crate::store::job_list::JobLine;

/// Most open jobs that are looked at: more than a person has in a month.
const MOST: u32 = 500;

/// The home screen.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct TodayView {
    #[ts(type = "Day")]
    day: String,
    /// Planned or due before now and not begun.
    overdue: Vec<JobCard>,
    /// Begun.
    in_progress: Vec<JobCard>,
    /// Planned today, by time; those without a plan last.
    today: Vec<JobCard>,
    /// Planned tomorrow.
    tomorrow: Vec<JobCard>,
    /// Done today.
    done: Vec<JobCard>,
    last_exchange: Option<Time>,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>) -> Result<TodayView, ActionError> {
    let offset = scene.ports.clock.offset_minutes();
    let now = scene.now().wall();
    let today = now.day(offset);
    let ends = |days: i64| (today + days) * Timestamp::DAY - i64::from(offset) * 60_000;
    let states = ItemStates::read(scene)?;
    let mut view = TodayView {
        day: day::of(now, offset),
        overdue: Vec::new(),
        in_progress: Vec::new(),
        today: Vec::new(),
        tomorrow: Vec::new(),
        done: Vec::new(),
        last_exchange: scene.last_exchange()?,
    };
    let mut open = scene.store.cache.jobs_planned(ends(2), MOST)?;
    open.sort_by_key(|line| (plan(line).unwrap_or(Timestamp(i64::MAX)), line.job));
    for line in open.into_iter().filter(|line| !line.kept) {
        let late = line.fields.due.is_some_and(|due| due < now);
        let list = match plan(&line).map(|t| t.day(offset) - today) {
            _ if is_under_way(&line) => &mut view.in_progress,
            Some(..=-1) => &mut view.overdue,
            _ if late => &mut view.overdue,
            Some(1) => &mut view.tomorrow,
            _ => &mut view.today,
        };
        list.push(card(scene, &states, line));
    }
    let done = scene.store.cache.jobs_done(ends(0)..ends(1), MOST)?;
    view.done.extend(done.into_iter().map(|line| card(scene, &states, line)));
    Ok(view)
}

fn plan(line: &JobLine) -> Option<Timestamp> {
    line.window.map(|(from, _)| from).or(line.fields.due)
}

/// Whether work on it is going on: not while its next visit is planned for a day to come.
fn is_under_way(line: &JobLine) -> bool {
    let ahead = line.visit_state.is_some_and(|v| v <= VisitState::Accepted);
    let begun = matches!(line.state, JobState::InProgress | JobState::Waiting);
    if ahead { begun && line.window.is_none() } else { begun || line.visit_state.is_some() }
}
