//! What the technician proposed for the office's fields of a job, beside what stands there now.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::job::Job;
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use super::scene::Scene;
use super::value::{DataState, Time};
use crate::error::ActionError;
use crate::job_file::JobFile;
use crate::proposal::{self, ProposalState};

/// Fields that a technician has reason to change; records, people and numbers are the office's alone.
const OFFERED: &[&str] = &[
    "customer_name",
    "contact_name",
    "contact_phone",
    "site",
    "machine_model",
    "machine_serial",
    "type",
    "campaign",
    "plan_from",
    "due",
    "priority",
    "report",
];

/// One proposal.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(rename = "Proposal")]
pub(crate) struct ProposalRow {
    field: String,
    /// As text; a code, or milliseconds, where the field is one.
    value: String,
    at: Time,
    state: ProposalState,
    data: DataState,
}

/// One of the office's fields as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct OfficeField {
    field: String,
    /// As text; a code, or milliseconds, where the field is one. Empty for nothing.
    value: String,
}

/// The screen on which changes are proposed.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct ProposeView {
    #[ts(type = "Id")]
    job: RecordId,
    number: String,
    can_edit: bool,
    fields: Vec<OfficeField>,
    /// The newest of each field.
    proposals: Vec<ProposalRow>,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, job: RecordId) -> Result<ProposeView, ActionError> {
    let file = scene.file(job)?;
    let stands =
        |field: &&str| OfficeField { field: (*field).to_owned(), value: standing(scene, &file, field) };
    Ok(ProposeView {
        job,
        number: file.fields.number.clone().unwrap_or_default(),
        can_edit: file.can_edit(),
        fields: OFFERED.iter().map(stands).collect(),
        proposals: rows(scene, &file)?,
    })
}

/// The proposals of a job.
pub(super) fn rows(scene: &Scene<'_>, file: &JobFile) -> Result<Vec<ProposalRow>, ActionError> {
    let row = |proposal: proposal::Proposal| ProposalRow {
        field: proposal.field,
        value: text(&proposal.value),
        at: scene.time(proposal.at),
        state: proposal.state,
        data: if proposal.held { DataState::Held } else { DataState::Waiting },
    };
    Ok(proposal::of_job(scene.store, file)?.into_iter().map(row).collect())
}

/// What stands in a field; of a customer and a machine in the archive, what that says.
fn standing(scene: &Scene<'_>, file: &JobFile, field: &str) -> String {
    let own = file.seen.state.fields.get(field).map(text).unwrap_or_default();
    let Job { customer, .. } = &file.fields;
    let archived = match field {
        "customer_name" => scene.customer(*customer).ok().flatten().and_then(|customer| customer.name),
        "machine_model" => file.machine.as_ref().and_then(|machine| machine.model.clone()),
        "machine_serial" => file.machine.as_ref().and_then(|machine| machine.serial.clone()),
        _ => None,
    };
    archived.unwrap_or(own)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
