//! The fault catalogue as a technician searches it: phenomenon, place, cause, action, in one row.
//!
//! By words in any order, pinyin initials, or the controller's code.

use fieldcard_schema::dataset::faults::Fault;
use fieldcard_schema::id::RecordId;
use serde::Serialize;
use ts_rs::TS;

use super::Scene;
use crate::error::ActionError;
use crate::store::dataset::Search;

/// Most rows of an answer.
const MOST: u32 = 100;

/// One fault of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct FaultHit {
    /// Its code in the brand's catalogue: what a request names it by.
    code: String,
    phenomenon: String,
    place: String,
    cause: String,
    action: String,
    /// The same in English, in one line; empty where the catalogue has none.
    name_en: String,
    /// The controller's code, as people write it; empty for none.
    dtc: String,
    severe: bool,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct FaultsView {
    /// This device has the catalogue.
    here: bool,
    hits: Vec<FaultHit>,
    /// How many there are, counted to ten thousand.
    total: u64,
}

/// Makes the view.
pub(super) fn view(
    scene: &Scene<'_>,
    job: RecordId,
    search: &str,
    limit: u32,
) -> Result<FaultsView, ActionError> {
    let family = scene.file(job)?.machine.and_then(|machine| machine.family);
    let datasets = &scene.store.datasets;
    let asked =
        Search { text: search, fits: family.as_deref(), recent: &[], limit: limit.min(MOST) as usize };
    let (hits, total) = datasets.find_faults(&asked)?;
    Ok(FaultsView { here: datasets.has("faults"), hits: hits.into_iter().map(hit).collect(), total })
}

fn hit(fault: Fault) -> FaultHit {
    FaultHit {
        dtc: match (fault.spn, fault.fmi) {
            (Some(spn), Some(fmi)) => format!("SPN {spn} FMI {fmi}"),
            _ => String::new(),
        },
        severe: fault.severity.as_deref() == Some("severe"),
        code: fault.code,
        phenomenon: fault.phenomenon,
        place: fault.place,
        cause: fault.cause,
        action: fault.action,
        name_en: fault.name_en,
    }
}
