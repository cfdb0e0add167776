//! What a job lacks, each row with the place where it is mended.

use std::collections::BTreeMap;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::fault::Fault;
use fieldcard_schema::record::old_part::OldPart;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::record::photo::Photo;
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
    /// What belongs to the office: he proposes it.
    Propose,
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
            let field = line_field(missing, line).to_owned();
            MissingTarget { on: MissingPlace::PartLine, rec: line, field }
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
fn line_field(missing: &Missing, line: RecordId) -> &str {
    match missing.code {
        // Nothing is recorded yet of what came out.
        Requirement::OldPartTag | Requirement::Disposition if missing.subject == Some(line) => "removed",
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
    let on = |on: MissingPlace, field: String| MissingTarget { on, rec: file.job(), field };
    let on_job = |field: &str| on(MissingPlace::Job, field.to_owned());
    let proposed = |field: &str| on(MissingPlace::Propose, field.to_owned());
    match missing.code {
        Requirement::Time => {
            let step = step_of(missing);
            let visit = missing.subject.unwrap_or(file.job());
            let field = format!("step.{visit}.{step}");
            facts.insert("step", step);
            on(MissingPlace::Times, field)
        }
        Requirement::Step => {
            facts.insert("step", missing.field.clone());
            on_job("visits.times")
        }
        Requirement::Meter => {
            let meter = meters_of(file.machine.as_ref()).swap_remove(0);
            let target = on_job(&format!("meter.{meter}"));
            facts.insert("meter", meter);
            target
        }
        Requirement::Photo => {
            facts.insert("phase", missing.field.clone());
            facts.insert("n", missing.count.to_string());
            photo_target(file, &missing.field).unwrap_or_else(|| on_job(&format!("photos.{}", missing.field)))
        }
        Requirement::WorkDone => on_job("fault.action"),
        Requirement::Findings => on_job("fault.findings"),
        Requirement::Fault => on_job("fault.phenomenon"),
        Requirement::MainFault => on_job("fault.main"),
        Requirement::Phenomenon | Requirement::Place | Requirement::Cause => {
            let (field, fault) = fault_field(file, missing);
            facts.extend(fault.map(|fault| ("fault", fault)));
            on_job(&field)
        }
        Requirement::MainPart => on_job("parts.main"),
        Requirement::PriceAgreed => on_job(&format!("charge.{}", missing.subject.unwrap_or(file.job()))),
        Requirement::Machine => proposed("machine_serial"),
        Requirement::Customer => proposed("customer_name"),
        _ => proposed(&missing.field),
    }
}

/// The step as the screens name it.
fn step_of(missing: &Missing) -> String {
    let kind = VisitStep::from_code(&missing.field).and_then(StepKind::of);
    let kind = kind.and_then(|kind| serde_json::to_value(kind).ok());
    kind.and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A text of the main fault; or of another one, with what is to be seen of that.
fn fault_field(file: &JobFile, missing: &Missing) -> (String, Option<String>) {
    let main = file.main_fault().map(|(main, _)| main.rec);
    let others = file.all::<Fault>().into_iter().filter(|(seen, _)| Some(seen.rec) != main);
    let other = others.map(|(seen, fault)| (seen.rec, fault)).find(|(rec, _)| Some(*rec) == missing.subject);
    match other {
        Some((rec, fault)) => (format!("fault.{rec}.{}", missing.field), fault.phenomenon),
        None => (format!("fault.{}", missing.field), None),
    }
}

/// Where the photo of a part is taken: on the first line that has none of the phase, else on the first.
fn photo_target(file: &JobFile, phase: &str) -> Option<MissingTarget> {
    let olds = file.all::<OldPart>();
    let photos = file.all::<Photo>();
    let subject = |line: RecordId, fields: &PartLine| match phase {
        "new_part" => fields.in_name.as_ref().or(fields.in_part.as_ref()).map(|_| line),
        "old_part" => olds.iter().find(|(_, old)| old.part_line == Some(line)).map(|(seen, _)| seen.rec),
        _ => None,
    };
    let taken = |of: RecordId| {
        photos.iter().any(|(_, photo)| photo.of == Some(of) && photo.phase.as_deref() == Some(phase))
    };
    let lines = file.all::<PartLine>().into_iter().filter(|(_, line)| !line.auxiliary);
    let asked: Vec<(RecordId, RecordId)> =
        lines.filter_map(|(seen, line)| Some((seen.rec, subject(seen.rec, &line)?))).collect();
    let (rec, _) = *asked.iter().find(|(_, of)| !taken(*of)).or(asked.first())?;
    Some(MissingTarget { on: MissingPlace::PartLine, rec, field: format!("photos.{phase}") })
}
