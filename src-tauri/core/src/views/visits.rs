//! Visits with their steps: what was taken and when, what can be taken now, what was forgotten.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::completeness::Requirement;
use fieldcard_schema::rules::status::VisitStatus;
use fieldcard_schema::rules::visit_state::{VisitState, VisitStep};
use serde::Serialize;
use ts_rs::TS;

use super::item_state::ItemStates;
use super::scene::Scene;
use super::value::{DataState, Span, Time};
use crate::error::ActionError;
use crate::job_file::JobFile;
use crate::store::Seen;

/// A step as the screens name it: what one does, where records say what one has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StepKind {
    /// 接单.
    Accept,
    /// 出发.
    Depart,
    /// 到达.
    Arrive,
    /// 开始维修.
    Work,
    /// 暂停.
    Pause,
    /// 离场.
    Leave,
    /// 返程结束.
    Back,
}

impl StepKind {
    /// The step; asking for re-assignment is told in another way.
    pub(super) fn of(step: VisitStep) -> Option<Self> {
        match step {
            VisitStep::Accepted => Some(Self::Accept),
            VisitStep::ReassignmentAsked => None,
            VisitStep::Departed => Some(Self::Depart),
            VisitStep::Arrived => Some(Self::Arrive),
            VisitStep::Working => Some(Self::Work),
            VisitStep::Paused => Some(Self::Pause),
            VisitStep::Left => Some(Self::Leave),
            VisitStep::Back => Some(Self::Back),
        }
    }
}

/// One step that was taken.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct StepRow {
    #[ts(type = "Id")]
    step: RecordId,
    kind: StepKind,
    at: Time,
    late: bool,
    /// It moved the visit; else it is a time only: a companion's, or one that did not fit.
    counted: bool,
    by: String,
    data: DataState,
}

/// A card of a visit.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct CardRow {
    #[ts(type = "Id")]
    card: RecordId,
    #[ts(type = "Id")]
    visit: RecordId,
    #[ts(type = "CardKind")]
    kind: String,
    #[ts(type = "SignHow")]
    how: String,
    signer: Option<String>,
    at: Time,
    /// A new card is to amend it.
    amending: bool,
    data: DataState,
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct VisitRow {
    #[ts(type = "Id")]
    visit: RecordId,
    number: i64,
    #[ts(type = "VisitStatus")]
    status: VisitState,
    window: Option<Span>,
    people: Vec<String>,
    steps: Vec<StepRow>,
    /// Steps that can be taken now; the first is the primary one.
    next: Vec<StepKind>,
    /// Steps that were jumped over and can be entered late.
    forgotten: Vec<StepKind>,
    /// Steps whose time is asked for before the signature, forgotten or yet to come.
    asked: Vec<StepKind>,
    #[ts(type = "ReassignReason | null")]
    reassign_asked: Option<String>,
    card: Option<CardRow>,
}

/// The times of a job's visits.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct VisitTimesView {
    #[ts(type = "Id")]
    job: RecordId,
    number: String,
    customer: String,
    visits: Vec<VisitRow>,
    can_edit: bool,
}

/// What can be done from where a visit stands, the usual first. A later step can be entered all the same.
pub(super) fn next_steps(state: VisitState) -> Vec<StepKind> {
    use StepKind::{Accept, Arrive, Back, Depart, Leave, Pause, Work};
    match state {
        VisitState::Planned => vec![Accept, Depart],
        VisitState::Accepted => vec![Depart, Arrive],
        VisitState::Departed => vec![Arrive, Work],
        VisitState::Working => vec![Pause, Leave],
        VisitState::Arrived | VisitState::Paused => vec![Work, Leave],
        VisitState::Left => vec![Back],
        VisitState::Back => vec![],
    }
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, job: RecordId) -> Result<VisitTimesView, ActionError> {
    let file = scene.file(job)?;
    let states = ItemStates::read(scene)?;
    let line = scene.store.cache.job_line(job)?;
    Ok(VisitTimesView {
        job,
        number: file.fields.number.clone().unwrap_or_default(),
        customer: line.and_then(|line| line.customer_name).unwrap_or_default(),
        visits: rows(scene, &states, &file)?,
        can_edit: file.can_edit(),
    })
}

/// The visits of a job by number.
pub(super) fn rows(
    scene: &Scene<'_>,
    states: &ItemStates,
    file: &JobFile,
) -> Result<Vec<VisitRow>, ActionError> {
    file.status.visits.iter().map(|visit| row(scene, states, file, visit)).collect()
}

fn row(
    scene: &Scene<'_>,
    states: &ItemStates,
    file: &JobFile,
    visit: &VisitStatus,
) -> Result<VisitRow, ActionError> {
    let steps: Vec<(&Seen, Step)> =
        file.all::<Step>().into_iter().filter(|(_, step)| step.subject == Some(visit.visit)).collect();
    let lead_is_me = visit.fields.lead.is_none_or(|lead| scene.me().is_ok_and(|me| me == lead));
    let takes_steps = file.can_edit() && lead_is_me;
    let people = visit.fields.lead.iter().chain(&visit.fields.crew);
    let time = |at| scene.time(at);
    let window = visit
        .fields
        .planned_from
        .map(|from| Span { from: time(from), to: time(visit.fields.planned_to.unwrap_or(from)) });
    let mut forgotten: Vec<StepKind> = Vec::new();
    for kind in visit.fold.jumped.iter().filter_map(|jumped| StepKind::of(jumped.step)) {
        if !forgotten.contains(&kind) {
            forgotten.push(kind);
        }
    }
    let moves = visit.fold.accepted.last().filter(|_| visit.asks_reassignment);
    let moves = moves.and_then(|last| steps.iter().find(|(seen, _)| seen.rec == *last));
    Ok(VisitRow {
        visit: visit.visit,
        number: visit.fields.number.unwrap_or(1),
        status: visit.fold.state,
        window,
        people: people.map(|user| scene.name_of(*user)).collect::<Result<_, _>>()?,
        next: if takes_steps { next_steps(visit.fold.state) } else { Vec::new() },
        forgotten,
        asked: asked(file, visit.visit),
        reassign_asked: moves.and_then(|(_, step)| step.reason.clone()),
        card: card_of(scene, states, file, visit.visit),
        steps: step_rows(scene, states, visit, &steps)?,
    })
}

/// The steps of a visit whose times the rule of completeness asks for.
fn asked(file: &JobFile, visit: RecordId) -> Vec<StepKind> {
    let missing = file.missing().into_iter();
    let times = missing.filter(|row| row.code == Requirement::Time && row.subject == Some(visit));
    times.filter_map(|row| VisitStep::from_code(&row.field).and_then(StepKind::of)).collect()
}

/// The steps that count in the order in which they do, then the others.
fn step_rows(
    scene: &Scene<'_>,
    states: &ItemStates,
    visit: &VisitStatus,
    steps: &[(&Seen, Step)],
) -> Result<Vec<StepRow>, ActionError> {
    let place = |rec: RecordId| visit.fold.accepted.iter().position(|one| *one == rec);
    let mut rows = Vec::new();
    for (seen, step) in steps {
        let kind = step.step.as_deref().and_then(VisitStep::from_code).and_then(StepKind::of);
        let Some(kind) = kind else { continue };
        let place = place(seen.rec);
        let row = StepRow {
            step: seen.rec,
            kind,
            at: scene.when(seen.rec, step.at),
            late: step.late,
            counted: place.is_some(),
            by: scene.name_of(seen.state.author)?,
            data: states.of(seen.rec),
        };
        rows.push((place.unwrap_or(usize::MAX), row));
    }
    rows.sort_by_key(|(place, _)| *place);
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The newest card of a visit.
fn card_of(scene: &Scene<'_>, states: &ItemStates, file: &JobFile, visit: RecordId) -> Option<CardRow> {
    let (seen, card) = file.card_of(visit)?;
    Some(CardRow {
        card: seen.rec,
        visit,
        kind: card.card_kind.unwrap_or_default(),
        how: card.how.unwrap_or_default(),
        signer: card.rest.get("signer").and_then(|name| name.as_str()).map(str::to_owned),
        at: scene.when(seen.rec, card.signed_at),
        amending: file.amends(visit),
        data: states.with_bytes(seen.rec, card.sha256),
    })
}
