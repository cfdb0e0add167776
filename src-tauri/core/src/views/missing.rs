//! What a job lacks, each row with the place where it is mended.

use std::collections::BTreeMap;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::old_part::OldPart;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::completeness::{Degree, Missing, Requirement};
use fieldcard_schema::rules::visit_state::VisitStep;
use serde::Serialize;
use ts_rs::TS;

use super::readings::meters_of;
use super::scene::Scene;
use super::visits::StepKind;
use crate::error::ActionError;
use crate::job_file::JobFile;

/// The screen on which something is mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MissingPlace {
    /// The job's page.
    Job,
    /// Its times.
    Times,
    /// A part line.
    PartLine,
}

/// Where; screens turn it into a route and a focused field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct MissingTarget {
    on: MissingPlace,
    #[ts(type = "Id")]
    rec: RecordId,
    field: String,
}

/// One thing that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct MissingRow {
    #[ts(type = "MissingCode")]
    code: Requirement,
    #[ts(type = "MissingDegree")]
    degree: Degree,
    #[ts(type = "Facts")]
    facts: BTreeMap<&'static str, String>,
    target: MissingTarget,
}

/// Everything that is missing, the gravest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct MissingView {
    #[ts(type = "Id")]
    job: RecordId,
    number: String,
    /// The visit whose card is to be signed next.
    #[ts(type = "Id | null")]
    visit: Option<RecordId>,
    rows: Vec<MissingRow>,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, job: RecordId) -> Result<MissingView, ActionError> {
    let file = scene.file(job)?;
    Ok(MissingView {
        job,
        number: file.fields.number.clone().unwrap_or_default(),
        visit: file.signing(),
        rows: file.missing().iter().map(|missing| row(&file, missing)).collect(),
    })
}

fn row(file: &JobFile, missing: &Missing) -> MissingRow {
    let mut facts = BTreeMap::new();
    let target = match line_of(file, missing) {
        Some((line, name)) => {
            facts.insert("part", name);
            MissingTarget { on: MissingPlace::PartLine, rec: line, field: line_field(missing).to_owned() }
        }
        None => job_target(file, missing, &mut facts),
    };
    MissingRow { code: missing.code, degree: missing.degree, facts, target }
}

/// The line that a row is about, itself or by its old part, and the part's name.
fn line_of(file: &JobFile, missing: &Missing) -> Option<(RecordId, String)> {
    let subject = missing.subject?;
    let olds = file.all::<OldPart>();
    let by_old = olds.iter().find(|(seen, _)| seen.rec == subject).and_then(|(_, old)| old.part_line);
    let line = by_old.unwrap_or(subject);
    let (_, fields) = file.all::<PartLine>().into_iter().find(|(seen, _)| seen.rec == line)?;
    Some((line, fields.in_name.or(fields.out_name).unwrap_or_default()))
}

/// The field of a line's screen.
fn line_field(missing: &Missing) -> &str {
    match missing.code {
        Requirement::SerialIn => "serial",
        Requirement::SerialOut => "old_serial",
        Requirement::Quantity => "quantity",
        Requirement::OneSidedReason => "one_sided",
        _ => &missing.field,
    }
}

fn job_target(
    file: &JobFile,
    missing: &Missing,
    facts: &mut BTreeMap<&'static str, String>,
) -> MissingTarget {
    let on_job = |field: String| MissingTarget { on: MissingPlace::Job, rec: file.job(), field };
    let of_fault = || match missing.subject {
        Some(fault)
            if file.main_fault().is_some_and(|(main, _)| main.rec != fault) && fault != file.job() =>
        {
            format!("fault.{fault}.{}", missing.field)
        }
        _ => format!("fault.{}", missing.field),
    };
    match missing.code {
        Requirement::Time => {
            let kind = VisitStep::from_code(&missing.field).and_then(StepKind::of);
            let kind = kind.and_then(|kind| serde_json::to_value(kind).ok());
            let step = kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
            let field = format!("step.{step}");
            facts.insert("step", step);
            MissingTarget { on: MissingPlace::Times, rec: file.job(), field }
        }
        Requirement::Step => {
            facts.insert("step", missing.field.clone());
            on_job("steps".into())
        }
        Requirement::Meter => {
            let meter = meters_of(file.machine.as_ref()).swap_remove(0);
            let field = format!("meter.{meter}");
            facts.insert("meter", meter);
            on_job(field)
        }
        Requirement::Photo => {
            facts.insert("phase", missing.field.clone());
            facts.insert("n", missing.count.to_string());
            let on_line = matches!(missing.field.as_str(), "new_part" | "old_part");
            on_job(if on_line { "parts".into() } else { format!("photos.{}", missing.field) })
        }
        Requirement::WorkDone => on_job("fault.action".into()),
        Requirement::Findings => on_job("fault.findings".into()),
        Requirement::Fault => on_job("fault.phenomenon".into()),
        Requirement::MainFault => on_job("fault.main".into()),
        Requirement::Phenomenon | Requirement::Place | Requirement::Cause => on_job(of_fault()),
        Requirement::MainPart => on_job("parts".into()),
        Requirement::PriceAgreed => on_job("charges".into()),
        _ => on_job(missing.field.clone()),
    }
}
