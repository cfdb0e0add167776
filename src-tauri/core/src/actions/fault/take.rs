//! Takes a fault over from the catalogue: its words fill what nobody wrote himself, its code is kept.
//!
//! What the technician wrote stays; he may change every word afterwards. Another pick takes the place of the
//! first one's words.

use fieldcard_schema::dataset::faults::Fault as Known;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::fault::{Dtc, Fault};
use serde::Deserialize;
use serde_json::Value;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};
use crate::actions::{ActionError, ErrorCode};
use crate::job_file::JobFile;
use crate::store::Seen;

/// Takes a fault of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
pub struct TakeFault {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// The fault, where it is not the main one.
    #[serde(default)]
    #[ts(optional, type = "Id")]
    pub fault: Option<RecordId>,
    /// Its code in the catalogue.
    pub code: String,
}

impl TakeFault {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let known = in_catalogue(scene, &self.code)?.ok_or(ErrorCode::NotFound)?;
        let file = scene.job_file(Some(self.job))?;
        let (seen, fault) = self.subject(scene, &file)?;
        let before = match &fault.catalogue {
            Some(code) => in_catalogue(scene, code)?.unwrap_or_default(),
            None => Known::default(),
        };
        let mut set = filled(&fault, &known, &before);
        // What was done about the main fault is the job's work done.
        let work_done = if fault.main { set.remove("action") } else { None };
        let mut plan = Plan::default();
        if let Some(seen) = &seen {
            plan.ops.push(scene.change(seen, set)?);
        } else {
            set.insert("main".to_owned(), true.into());
            let mut op = scene.create(Some(self.job), &Fault::default());
            op.set = set;
            plan.ops.push(op);
        }
        if work_done.is_some() && is_free(file.fields.action.as_deref(), &before.action) {
            plan.ops.push(scene.change(&file.seen, fields([("action", known.action.into())]))?);
        }
        Ok(plan)
    }

    /// The fault that is meant, none for a main one that is yet to be made.
    fn subject(&self, scene: &Scene<'_>, file: &JobFile) -> Result<(Option<Seen>, Fault), ActionError> {
        let main = file.main_fault().map(|(seen, fault)| (seen.clone(), Fault { main: true, ..fault }));
        let Some(fault) = self.fault else {
            let none_yet = || (None, Fault { main: true, ..Fault::default() });
            return Ok(main.map_or_else(none_yet, |(seen, fault)| (Some(seen), fault)));
        };
        if let Some((seen, main)) = main.filter(|(seen, _)| seen.rec == fault) {
            return Ok((Some(seen), main));
        }
        let (seen, fault) = scene.read::<Fault>(fault)?;
        if seen.state.job != Some(self.job) {
            return Err(ErrorCode::NotFound.into());
        }
        Ok((Some(seen), fault))
    }
}

fn in_catalogue(scene: &Scene<'_>, code: &str) -> Result<Option<Known>, ActionError> {
    let rows = scene.store.datasets.rows_at::<Known>(code)?;
    Ok(rows.into_iter().find(|known| known.code == code))
}

/// Whether nobody wrote the text himself: it is empty, or the words of the fault that was taken before.
fn is_free(text: Option<&str>, before: &str) -> bool {
    text.is_none_or(|text| text.trim().is_empty() || text == before)
}

/// The catalogue's words for what is free, and its code.
fn filled(fault: &Fault, known: &Known, before: &Known) -> Fields {
    let texts = [
        ("phenomenon", &fault.phenomenon, &known.phenomenon, &before.phenomenon),
        ("place", &fault.place, &known.place, &before.place),
        ("cause", &fault.cause, &known.cause, &before.cause),
        ("action", &fault.action, &known.action, &before.action),
    ];
    let free = texts
        .into_iter()
        .filter(|(_, own, known, before)| is_free(own.as_deref(), before) && !known.is_empty());
    let mut set: Fields =
        free.map(|(name, _, known, _)| (name.to_owned(), Value::from(known.as_str()))).collect();
    set.insert("catalogue".to_owned(), known.code.as_str().into());
    if known.spn.is_some() && (fault.codes.is_empty() || fault.codes == codes(before)) {
        let told: Value =
            codes(known).iter().map(|code| serde_json::to_value(code).unwrap_or_default()).collect();
        set.insert("codes".to_owned(), told);
    }
    set
}

fn codes(known: &Known) -> Vec<Dtc> {
    known.spn.map(|spn| Dtc { spn: Some(spn), fmi: known.fmi, ..Dtc::default() }).into_iter().collect()
}
