//! Adds a replacement: the same part out and in, once, until somebody says otherwise.
//!
//! What the catalogue says of the part is written on the line and stays there: a card must not change because
//! a catalogue did. What the request says holds where the catalogue is silent.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::part_line::PartLine;
use serde::Deserialize;
use ts_rs::TS;

use super::tagged;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, some_text};
use crate::actions::{ActionError, ErrorCode};
use crate::job_file::JobFile;
use crate::store::dataset::FoundPart;

/// Longest word for a unit, in characters.
const UNIT_MAX: usize = 16;

/// Adds a line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
#[ts(rename = "AddPartLine")]
pub struct AddLine {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// The part's number in the catalogue; absent for one that is not in it.
    #[serde(default)]
    pub part: Option<String>,
    /// Its number.
    #[serde(default)]
    pub number: Option<String>,
    /// Its name; needed for one that is not in the catalogue.
    #[serde(default)]
    pub name: Option<String>,
    /// A code of `tables/units.csv`, or the catalogue's own word; absent = piece.
    #[serde(default)]
    pub unit: Option<String>,
    /// Each piece bears a serial number.
    #[serde(default)]
    #[ts(optional, type = "boolean")]
    pub serialised: Option<bool>,
    /// Used up by the repair (辅料): nothing comes out.
    #[serde(default)]
    #[ts(optional, type = "boolean")]
    pub auxiliary: Option<bool>,
}

impl AddLine {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let file = scene.job_file(Some(self.job))?;
        let told = self.looked_up(scene)?;
        let name = told.name.clone().and_then(some_text);
        let name = name.ok_or_else(|| ActionError::field(ErrorCode::InvalidValue, "name"))?;
        if told.unit.as_ref().is_some_and(|unit| unit.chars().count() > UNIT_MAX) {
            return Err(ActionError::field(ErrorCode::InvalidValue, "unit"));
        }
        let (job, line) = (told.job, told.line(&file, name));
        let made = scene.create(Some(job), &line);
        let mut plan = Plan::default();
        let rec = made.rec;
        plan.ops.push(made);
        if !line.auxiliary {
            let old = tagged(scene, job, (rec, &line), &mut plan)?;
            plan.ops.push(old);
        }
        Ok(plan.making())
    }

    /// The same with what the catalogue says of the part.
    fn looked_up(self, scene: &Scene<'_>) -> Result<Self, ActionError> {
        let Some(number) = self.part.clone().and_then(some_text) else {
            return Ok(Self { part: None, ..self });
        };
        let found = scene.store.datasets.parts(std::slice::from_ref(&number), None)?.pop();
        let Some(FoundPart { part, .. }) = found else {
            // Its catalogue has not come yet, or is another by now: what was shown is what there is.
            return Ok(Self { number: self.number.or(Some(number)), ..self });
        };
        let english = scene.store.outbox.ident("language") == Some("en");
        let name = if english && !part.name_en.is_empty() { part.name_en } else { part.name_zh };
        Ok(Self {
            number: Some(part.number),
            name: some_text(name).or(self.name),
            unit: some_text(part.unit).or(self.unit),
            serialised: Some(part.serialised),
            auxiliary: Some(part.auxiliary),
            ..self
        })
    }

    fn line(self, file: &JobFile, name: String) -> PartLine {
        let lines = file.all::<PartLine>();
        let auxiliary = self.auxiliary.unwrap_or(false);
        let one = || Some("1".to_owned());
        let number = self.number.and_then(some_text);
        let job_type = file.fields.job_type.as_deref();
        let replacement = PartLine {
            visit: file.work_visit().map(|visit| visit.visit),
            fault: file.main_fault().map(|(seen, _)| seen.rec),
            in_part: number.clone(),
            in_name: Some(name.clone()),
            in_qty: one(),
            unit: self.unit.and_then(some_text).or(Some("piece".into())),
            // As the line before it, or as the job says; else nobody knows before somebody judges.
            payer: lines.last().and_then(|(_, last)| last.payer.clone()).or(payer_of(job_type)),
            main_part: !auxiliary
                && matches!(job_type, Some("repair" | "rework"))
                && !lines.iter().any(|(_, line)| line.main_part),
            catalogue: self.part,
            serialised: self.serialised.unwrap_or(false),
            auxiliary,
            ..PartLine::default()
        };
        if auxiliary {
            return replacement;
        }
        PartLine { out_part: number, out_name: Some(name), out_qty: one(), ..replacement }
    }
}

/// The payer whom a type of job names by itself.
fn payer_of(job_type: Option<&str>) -> Option<String> {
    let payer = match job_type {
        Some("campaign") => "campaign",
        Some("rework") => "rework",
        Some("pre_delivery") => "pre_delivery",
        _ => return None,
    };
    Some(payer.to_owned())
}
