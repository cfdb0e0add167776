//! The next visit, when the last one is over: planned for a day, or open.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::note::Note;
use fieldcard_schema::record::visit::Visit;
use fieldcard_schema::rules::status::JobStatus;
use fieldcard_schema::time::Timestamp;
use serde::Deserialize;
use ts_rs::TS;

use super::step::is_over;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, some_text};
use crate::actions::{ActionError, ErrorCode};
use crate::day;

/// Opens the next visit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
pub struct OpenVisit {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// The day on which it is planned.
    #[serde(default)]
    #[ts(optional, type = "Day")]
    pub planned: Option<String>,
    /// What to bring or to know.
    #[serde(default)]
    #[ts(optional, type = "string")]
    pub note: Option<String>,
}

impl OpenVisit {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let job = scene.open_job(Some(self.job))?;
        let status = scene.status(job)?;
        if status.visits.iter().any(|visit| !is_over(visit.fold.state)) {
            return Err(ErrorCode::ImpossibleStep.into());
        }
        let begins = match &self.planned {
            None => None,
            Some(planned) => Some(
                day::begins(planned, scene.offset_minutes())
                    .ok_or_else(|| ActionError::field(ErrorCode::InvalidValue, "planned"))?,
            ),
        };
        let last = status.visits.last().map(|visit| visit.fields.clone()).unwrap_or_default();
        let visit = Visit {
            planned_from: begins,
            planned_to: begins.map(|begins| begins.plus(Timestamp::DAY)),
            ..next_visit(scene, &status, last)
        };
        let mut ops = vec![scene.create(Some(job), &visit)];
        if let Some(text) = self.note.and_then(some_text) {
            let note = Note { text: Some(text), visit: Some(ops[0].rec), ..Note::default() };
            ops.push(scene.create(Some(job), &note));
        }
        Ok(Plan::of(ops).making())
    }
}

/// The visit after `last`: the same crew and place, led by the one who opens it.
pub(super) fn next_visit(scene: &Scene<'_>, status: &JobStatus, last: Visit) -> Visit {
    let number = status.visits.iter().filter_map(|v| v.fields.number).max().unwrap_or(0) + 1;
    let lead = Some(scene.owner.user);
    let place = last.place.or(Some("field".into()));
    Visit { number: Some(number), place, lead, crew: last.crew, ..Visit::default() }
}
