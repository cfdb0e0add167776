//! Visits with their steps: what was taken and when, what was forgotten, what did not fit.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::fold::Fold;
use fieldcard_schema::rules::status::VisitStatus;
use fieldcard_schema::rules::visit_state::VisitState;
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use ts_rs::TS;

use super::scene::{JobFile, Scene};
use super::value::PersonRef;

/// One step of a job or visit.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[expect(clippy::struct_excessive_bools, reason = "four facts that are independent, each with its own mark")]
pub struct StepLine {
    /// Its record.
    #[ts(type = "Id")]
    pub step: RecordId,
    /// Which: a code of `job_steps` or `visit_steps`.
    #[ts(type = "StepCode")]
    pub code: String,
    /// When it happened, by the clock of who took it.
    #[ts(type = "Ms | null")]
    pub at: Option<Timestamp>,
    /// Entered later.
    pub late: bool,
    /// It could not be taken where it stands: kept, and counted for nothing.
    pub impossible: bool,
    /// It moved the status; else it is a time only, or did not fit.
    pub counted: bool,
    /// Taken back.
    pub void: bool,
    /// Why, where the step wants it.
    pub reason: Option<String>,
    /// In his own words.
    pub note: String,
    /// Where: degrees × 10⁶ north and east; null when not recorded.
    pub place: Option<[i64; 2]>,
    /// Who took it.
    pub by: PersonRef,
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct VisitView {
    /// Its record.
    #[ts(type = "Id")]
    pub visit: RecordId,
    /// 1 for the first.
    pub number: i64,
    /// `field` or `workshop`.
    #[ts(type = "\"field\" | \"workshop\"")]
    pub place: String,
    /// Where it stands.
    #[ts(type = "VisitStatus")]
    pub state: VisitState,
    /// Since when.
    #[ts(type = "Ms | null")]
    pub since: Option<Timestamp>,
    /// Whose steps move it.
    pub lead: Option<PersonRef>,
    /// Who comes along.
    pub crew: Vec<PersonRef>,
    /// Planned from.
    #[ts(type = "Ms | null")]
    pub planned_from: Option<Timestamp>,
    /// Planned to.
    #[ts(type = "Ms | null")]
    pub planned_to: Option<Timestamp>,
    /// Plate of the service vehicle.
    pub vehicle: String,
    /// Kilometres at departure.
    #[ts(type = "Decimal | null")]
    pub odometer_out: Option<String>,
    /// Kilometres when back.
    #[ts(type = "Decimal | null")]
    pub odometer_in: Option<String>,
    /// Why nothing was repaired.
    #[ts(type = "NotRepairedReason | null")]
    pub cannot_complete: Option<String>,
    /// Its technician asks that somebody else do it: why.
    #[ts(type = "ReassignReason | null")]
    pub reassign_asked: Option<String>,
    /// Its steps in the order in which they count, then those that do not.
    pub steps: Vec<StepLine>,
    /// Steps that were jumped over: codes of `visit_steps`.
    #[ts(type = "Array<StepCode>")]
    pub forgotten: Vec<String>,
}

/// What the fold of a job or visit makes of its steps.
struct Folded<'a> {
    accepted: &'a [RecordId],
    impossible: &'a [RecordId],
}

impl<'a> Folded<'a> {
    fn of<S: fieldcard_schema::rules::fold::Step>(fold: &'a Fold<S>) -> Self {
        Self { accepted: &fold.accepted, impossible: &fold.impossible }
    }
}

/// The steps of `subject`: in the order in which they count, then those that do not, as they came.
fn steps_of(scene: &Scene<'_>, file: &JobFile, subject: RecordId, folded: &Folded<'_>) -> Vec<StepLine> {
    let mut lines: Vec<(usize, StepLine)> = Vec::new();
    for (record, step) in file.all::<Step>() {
        if step.subject != Some(subject) {
            continue;
        }
        let place = folded.accepted.iter().position(|one| *one == record.rec);
        let line = StepLine {
            step: record.rec,
            code: step.step.unwrap_or_default(),
            at: step.at,
            late: step.late,
            impossible: folded.impossible.contains(&record.rec),
            counted: place.is_some(),
            void: record.state.void,
            reason: step.reason,
            note: step.note.unwrap_or_default(),
            place: step.place.map(|place| [place.lat_e6, place.lon_e6]),
            by: scene.person(record.state.author),
        };
        lines.push((place.unwrap_or(usize::MAX), line));
    }
    lines.sort_by_key(|(place, _)| *place);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The steps of the job itself.
pub fn job_steps(scene: &Scene<'_>, file: &JobFile) -> Vec<StepLine> {
    steps_of(scene, file, file.job.rec, &Folded::of(&file.status.job))
}

/// The visits of a job by number.
pub fn visits(scene: &Scene<'_>, file: &JobFile) -> Vec<VisitView> {
    file.status.visits.iter().map(|visit| visit_view(scene, file, visit)).collect()
}

fn visit_view(scene: &Scene<'_>, file: &JobFile, visit: &VisitStatus) -> VisitView {
    let (fields, fold) = (visit.fields.clone(), &visit.fold);
    let steps = steps_of(scene, file, visit.visit, &Folded::of(fold));
    let asked = fold.accepted.last().filter(|_| visit.asks_reassignment);
    let asked = asked.and_then(|last| steps.iter().find(|line| line.step == *last));
    let mut forgotten: Vec<String> = Vec::new();
    for code in fold.jumped.iter().map(|jumped| jumped.step.code().to_owned()) {
        if !forgotten.contains(&code) {
            forgotten.push(code);
        }
    }
    VisitView {
        visit: visit.visit,
        number: fields.number.unwrap_or(1),
        place: fields.place.filter(|place| place == "workshop").unwrap_or_else(|| "field".to_owned()),
        state: fold.state,
        since: fold.since,
        lead: fields.lead.map(|lead| scene.person(lead)),
        crew: fields.crew.iter().map(|user| scene.person(*user)).collect(),
        planned_from: fields.planned_from,
        planned_to: fields.planned_to,
        vehicle: fields.vehicle.unwrap_or_default(),
        odometer_out: fields.odometer_out,
        odometer_in: fields.odometer_in,
        cannot_complete: fields.cannot_complete,
        reassign_asked: asked.and_then(|line| line.reason.clone()),
        forgotten,
        steps,
    }
}
