//! Adds a replacement: the same part out and in, once, until somebody says otherwise.
//!
//! What the catalogue says of the part comes with the request, as it was shown, and stays on the line: a card
//! must not change because a catalogue did.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::part_line::PartLine;
use serde::Deserialize;
use ts_rs::TS;

use super::tagged;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, some_text};
use crate::actions::{ActionError, ErrorCode};
use crate::job_file::JobFile;

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
    /// The part's id in the catalogue; absent for one that is not in it.
    #[serde(default)]
    pub part: Option<String>,
    /// Its number.
    #[serde(default)]
    pub number: Option<String>,
    /// Its name.
    pub name: String,
    /// A code of `tables/units.csv`, or the catalogue's own word; absent = piece.
    #[serde(default)]
    pub unit: Option<String>,
    /// Each piece bears a serial number.
    #[serde(default)]
    #[ts(type = "boolean")]
    pub serialised: Option<bool>,
    /// Used up by the repair (辅料): nothing comes out.
    #[serde(default)]
    #[ts(type = "boolean")]
    pub auxiliary: Option<bool>,
}

impl AddLine {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let file = scene.job_file(Some(self.job))?;
        if self.name.trim().is_empty() {
            return Err(ActionError::field(ErrorCode::InvalidValue, "name"));
        }
        let unit_fits = |unit: &String| (1..=UNIT_MAX).contains(&unit.trim().chars().count());
        if !self.unit.as_ref().is_none_or(unit_fits) {
            return Err(ActionError::field(ErrorCode::InvalidValue, "unit"));
        }
        let (job, line) = (self.job, self.line(&file));
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

    fn line(self, file: &JobFile) -> PartLine {
        let lines = file.all::<PartLine>();
        let auxiliary = self.auxiliary.unwrap_or(false);
        let one = || Some("1".to_owned());
        let number = self.number.and_then(some_text);
        let job_type = file.fields.job_type.as_deref();
        let replacement = PartLine {
            visit: file.work_visit().map(|visit| visit.visit),
            fault: file.main_fault().map(|(seen, _)| seen.rec),
            in_part: number.clone(),
            in_name: Some(self.name.clone()),
            in_qty: one(),
            unit: self.unit.or(Some("piece".into())),
            // As the line before it, or as the job says; else nobody knows before somebody judges.
            payer: lines.last().and_then(|(_, last)| last.payer.clone()).or(payer_of(job_type)),
            main_part: !auxiliary
                && matches!(job_type, Some("repair" | "rework"))
                && !lines.iter().any(|(_, line)| line.main_part),
            catalogue: self.part.and_then(some_text),
            serialised: self.serialised.unwrap_or(false),
            auxiliary,
            ..PartLine::default()
        };
        if auxiliary {
            return replacement;
        }
        PartLine { out_part: number, out_name: Some(self.name), out_qty: one(), ..replacement }
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
