//! Who had a job before its lead, and may still have work on it: from the op log and the last word of his devices.
//!
//! A device counts what it holds and does not say of which job, nor which jobs it keeps: what is told here is what
//! may still come, never that it will.

use std::collections::BTreeMap;

use fieldcard_schema::id::UserId;
use fieldcard_schema::merge::Outcome;
use fieldcard_schema::op::Op;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;
use serde::Serialize;
use ts_rs::TS;

use super::scene::{JobFile, Scene, in_use};
use super::value::{PersonRef, Unsent};

/// Somebody from whose devices more of the job may come.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct EarlierLead {
    /// Who.
    pub person: PersonRef,
    /// When the job was taken from him, by the server's clock.
    #[ts(type = "Ms")]
    pub until: Timestamp,
    /// What his devices said they hold, of this or any job; null for nothing.
    pub unsent: Option<Unsent>,
    /// A device that had the job has not called since: it shows it as his, and takes work on it.
    pub untold: bool,
}

/// Earlier leads who hold work or have not heard of the change yet, the last one first.
pub fn leads(scene: &Scene<'_>, file: &JobFile) -> Result<Vec<EarlierLead>, ApiError> {
    let mut found = Vec::new();
    for (user, until) in taken_from(scene, file)? {
        let unsent = scene.unsent_of(user)?;
        let mut devices = scene.devices()?.iter().filter(|device| device.user == user && in_use(device));
        let untold = devices
            .any(|device| device.enrolled_at <= until && device.seen_at.is_none_or(|seen| seen < until));
        if unsent.is_some() || untold {
            found.push(EarlierLead { person: scene.person(user), until, unsent, untold });
        }
    }
    found.sort_by_key(|lead| std::cmp::Reverse(lead.until));
    Ok(found)
}

/// Who had the job and has it no more, and since when.
fn taken_from(scene: &Scene<'_>, file: &JobFile) -> Result<BTreeMap<UserId, Timestamp>, ApiError> {
    let mut taken = BTreeMap::new();
    let mut lead: Option<UserId> = None;
    for stored in scene.tx.ops_of_job(file.job.pk)? {
        let Ok(op) = Op::parse(&stored.body) else { continue };
        let Some(next) = op.set.get("assignee").filter(|_| op.rec == file.job.rec) else { continue };
        if stored.outcome.outcome != Outcome::Applied {
            continue;
        }
        let next = next.as_str().and_then(|id| id.parse().ok());
        if let Some(before) = lead.filter(|before| Some(*before) != next) {
            taken.insert(before, Timestamp(stored.at));
        }
        lead = next;
    }
    if let Some(lead) = file.fields.assignee {
        taken.remove(&lead);
    }
    Ok(taken)
}
