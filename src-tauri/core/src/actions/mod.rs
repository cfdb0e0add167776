//! What a person can do: one action a file, each from a request to a [`Plan`], and one way to commit plans.
//!
//! An action reads, validates by the rules of the schema and says which ops it wants; [`commit`] gives them
//! identity, group, time and chain and stores them in one transaction. Nothing here talks to the network.

pub mod job;
pub mod note;
pub mod plan;
pub mod scene;
pub mod undo;
pub mod visit;

mod draft;

use serde::{Deserialize, Serialize};

pub use crate::error::{ActionError, ErrorCode};
pub use plan::Plan;
pub use scene::Scene;
pub use undo::Undo;

use crate::enrolment;
use crate::ports::Ports;
use crate::store::{Store, StoreError};

/// What an action answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Done {
    /// Takes the action back within ten seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// The record it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rec: Option<String>,
}

/// One user action.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type")]
pub enum Request {
    /// Keeps what is being typed or drawn.
    #[serde(rename = "draft.save")]
    DraftSave(draft::Save),
    /// Forgets it.
    #[serde(rename = "draft.clear")]
    DraftClear(draft::Clear),
    /// Takes the last action back.
    #[serde(rename = "undo")]
    Undo(undo::UndoRequest),
    /// A step of a visit, now or entered late.
    #[serde(rename = "visit.step")]
    VisitStep(visit::step::TakeStep),
    /// A walk-up job.
    #[serde(rename = "job.create")]
    JobCreate(job::create::CreateJob),
    /// Sets one of the technician's texts on a job.
    #[serde(rename = "job.set_text")]
    JobSetText(job::set_text::SetText),
    /// A step of a job.
    #[serde(rename = "job.step")]
    JobStep(job::step::TakeStep),
    /// A note.
    #[serde(rename = "note.add")]
    NoteAdd(note::add::AddNote),
}

/// Carries out `request`.
pub(crate) fn execute(
    store: &mut Store,
    ports: &mut Ports,
    undo: &mut Vec<Undo>,
    request: Request,
) -> Result<Done, ActionError> {
    let owner = enrolment::owner(store)?.ok_or(ErrorCode::NotEnrolled)?;
    let mut scene = Scene::new(store, ports, owner);
    let plan = match request {
        Request::DraftSave(request) => return request.run(store, ports),
        Request::DraftClear(request) => return request.run(store),
        Request::Undo(request) => undo::plan(&mut scene, undo, &request)?,
        Request::VisitStep(request) => request.plan(&mut scene)?,
        Request::JobCreate(request) => request.plan(&mut scene)?,
        Request::JobSetText(request) => request.plan(&mut scene)?,
        Request::JobStep(request) => request.plan(&mut scene)?,
        Request::NoteAdd(request) => request.plan(&mut scene)?,
    };
    commit(store, ports, undo, plan)
}

/// Stores a plan: the outbox first, which is saving; then the overlay.
fn commit(
    store: &mut Store,
    ports: &mut Ports,
    undo: &mut Vec<Undo>,
    plan: Plan,
) -> Result<Done, ActionError> {
    let owner = enrolment::owner(store)?.ok_or(ErrorCode::NotEnrolled)?;
    let rec = plan.made.map(|rec| rec.to_string());
    let token = undo::remember(undo, ports, &plan);
    let (work, recs) = plan.into_work(ports, &owner)?;
    if work.ops.is_empty() && work.ident.is_empty() && work.clear_drafts.is_empty() {
        return Ok(Done { undo: None, rec });
    }
    store.outbox.commit(&work)?;
    if store.lay_over(&recs).is_err() {
        // Saved all the same: the overlay is derived again before the next read.
        store.mark_stale();
    }
    Ok(Done { undo: token, rec })
}

impl From<StoreError> for ActionError {
    fn from(error: StoreError) -> Self {
        Self::store(&error)
    }
}
