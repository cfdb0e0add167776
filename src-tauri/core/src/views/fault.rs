//! The technician's texts as the job page shows them: the main fault with findings and action, and the others.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::fault::{Dtc, Fault};
use serde::Serialize;
use ts_rs::TS;

use super::drafts::Drafts;
use super::item_state::ItemStates;
use super::scene::Scene;
use super::value::{DataState, TextField};
use crate::error::ActionError;
use crate::job_file::JobFile;

/// What was found, wrong, done: findings and action are the job's, the rest its main fault's.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct FaultView {
    /// The main fault's record; none before its first text.
    #[ts(type = "Id | null")]
    fault: Option<RecordId>,
    findings: TextField,
    phenomenon: TextField,
    place: TextField,
    cause: TextField,
    action: TextField,
    codes: TextField,
}

/// One more fault of the same job.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct OtherFault {
    #[ts(type = "Id")]
    fault: RecordId,
    phenomenon: TextField,
    place: TextField,
    cause: TextField,
    action: TextField,
    codes: TextField,
    data: DataState,
}

/// The main fault of a job; `drafts` are the job's.
pub(super) fn main(file: &JobFile, drafts: &Drafts) -> FaultView {
    let main = file.main_fault();
    let rec = main.as_ref().map(|(seen, _)| seen.rec);
    let fault = main.map(|(_, fault)| fault).unwrap_or_default();
    let field = |name: &str, value: Option<String>| drafts.field(&format!("fault.{name}"), value);
    FaultView {
        fault: rec,
        findings: field("findings", file.fields.findings.clone()),
        phenomenon: field("phenomenon", fault.phenomenon),
        place: field("place", fault.place),
        cause: field("cause", fault.cause),
        // What was done is the job's; an imported fault may say it alone.
        action: field("action", file.fields.action.clone().or(fault.action)),
        codes: field("codes", codes_text(&fault.codes)),
    }
}

/// The other faults, as they were added.
pub(super) fn others(
    scene: &Scene<'_>,
    states: &ItemStates,
    file: &JobFile,
) -> Result<Vec<OtherFault>, ActionError> {
    let main = file.main_fault().map(|(seen, _)| seen.rec);
    let mut others = Vec::new();
    for (seen, fault) in file.all::<Fault>().into_iter().filter(|(seen, _)| Some(seen.rec) != main) {
        let drafts = Drafts::of(scene, seen.rec)?;
        others.push(OtherFault {
            fault: seen.rec,
            phenomenon: drafts.field("phenomenon", fault.phenomenon),
            place: drafts.field("place", fault.place),
            cause: drafts.field("cause", fault.cause),
            action: drafts.field("action", fault.action),
            codes: drafts.field("codes", codes_text(&fault.codes)),
            data: states.of(seen.rec),
        });
    }
    Ok(others)
}

fn codes_text(codes: &[Dtc]) -> Option<String> {
    let text = |code: &Dtc| match (code.spn, code.fmi) {
        (Some(spn), Some(fmi)) => format!("SPN {spn} FMI {fmi}"),
        _ => code.text.clone().unwrap_or_default(),
    };
    (!codes.is_empty()).then(|| codes.iter().map(text).collect::<Vec<_>>().join(", "))
}
