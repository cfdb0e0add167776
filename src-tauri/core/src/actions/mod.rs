//! What a person can do: one action a file, each from a request to a [`Plan`], and one way to commit plans.
//!
//! An action reads, validates by the rules of the schema and says which ops it wants; [`commit`] gives them
//! identity, group, time and chain and stores them in one transaction. Nothing here talks to the network.
//! The list of all actions is [`requests`].

pub mod plan;
pub mod requests;
pub mod scene;
pub mod undo;

pub mod charge;
pub mod device;
pub mod fault;
pub mod issue;
pub mod job;
pub mod note;
pub mod old_part;
pub mod part_line;
pub mod photo;
pub mod reading;
mod sign_off;
mod tag;
pub mod visit;

use serde::Serialize;
use ts_rs::TS;

pub use plan::Plan;
pub use requests::Request;
pub use scene::Scene;

use crate::enrolment::Owner;
pub use crate::error::{ActionError, ErrorCode};
use crate::ports::Ports;
use crate::store::Store;
use crate::witness;

/// What an action answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(optional_fields)]
pub struct Done {
    /// Takes the action back within ten seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// The record it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "Id")]
    pub rec: Option<String>,
    /// Where the file is that it wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_as: Option<String>,
}

/// What lives only as long as the app does.
#[derive(Debug, Default)]
pub struct Session {
    undo: Vec<undo::Undo>,
    uploads: photo::Uploads,
}

/// Stores a plan: the outbox first, which is saving; then the overlay.
fn commit(
    store: &mut Store,
    ports: &mut Ports,
    session: &mut Session,
    owner: &Owner,
    plan: Plan,
) -> Result<Done, ActionError> {
    let rec = plan.made.map(|rec| rec.to_string());
    let token = undo::remember(&mut session.undo, ports, &plan);
    let seals = plan.seals;
    let (work, recs) = plan.into_work(ports, owner)?;
    if work.ops.is_empty()
        && work.ident.is_empty()
        && work.clear_drafts.is_empty()
        && work.save_drafts.is_empty()
    {
        return Ok(Done { rec, ..Done::default() });
    }
    store.outbox.commit(&work)?;
    if seals {
        // Sealed all the same where the keystore does not answer: the next acknowledgement or start tells it.
        drop(witness::remember(store, ports));
    }
    if store.lay_over(&recs).is_err() {
        // Saved all the same: the overlay is derived again before the next read.
        store.mark_stale();
    }
    Ok(Done { undo: token, rec, ..Done::default() })
}
