//! One job with all that hangs on it, typed for drawing.
//!
//! Texts are empty where nobody said. What was struck out is there, marked `void`: the office sees what the
//! technician took back.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::receipt::Receipt;
use fieldcard_schema::rules::fold::Step;
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::rules::role::{Role, Roles};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;
use serde::Serialize;
use ts_rs::TS;

use super::card;
use super::card::CardLine;
use super::earlier::{self, EarlierLead};
use super::exceptions::{self, ExceptionLine};
use super::machines::{CustomerView, MachineView, customer_view, machine_view};
use super::parts::{OldPartView, PartLineView, parts};
use super::scene::{JobFile, Scene, said};
use super::value::{ContactView, PersonRef, Unsent};
use super::visits::{StepLine, VisitView, job_steps, visits};
use super::work::{
    ChargeView, FaultView, NoteView, PhotoView, ReadingView, charges, faults, notes, photos, readings,
};

/// One job.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct JobView {
    /// The job itself.
    pub job: JobHead,
    /// The customer; null when nobody said.
    pub customer: Option<CustomerView>,
    /// The machine; null when nobody said.
    pub machine: Option<MachineView>,
    /// Steps of the job itself: dispatched, submitted, …
    pub steps: Vec<StepLine>,
    /// Its visits by number.
    pub visits: Vec<VisitView>,
    /// Faults, the main one first.
    pub faults: Vec<FaultView>,
    /// What was replaced, each line with its old parts.
    pub parts: Vec<PartLineView>,
    /// Old parts that stand with no line.
    pub old_parts: Vec<OldPartView>,
    /// Meter readings.
    pub readings: Vec<ReadingView>,
    /// Photos.
    pub photos: Vec<PhotoView>,
    /// Notes.
    pub notes: Vec<NoteView>,
    /// Costs.
    pub charges: Vec<ChargeView>,
    /// Service cards, the newest first, each with its seal checked.
    pub cards: Vec<CardLine>,
    /// The newest receipt; null while something is missing.
    pub receipt: Option<ReceiptView>,
    /// Open exceptions about the job and all that hangs on it; empty for who may not see exceptions.
    pub exceptions: Vec<ExceptionLine>,
    /// What the devices of its lead still hold, of this or any job; null for nothing.
    pub unsent: Option<Unsent>,
    /// Who had it before, and from whose devices more of it may come.
    pub earlier: Vec<EarlierLead>,
    /// What the caller may do with it now.
    pub may: JobMay,
}

/// What the caller may do with a job where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct JobMay {
    /// Give it to somebody, or to somebody else.
    pub assign: bool,
    /// Call it off.
    pub cancel: bool,
}

/// The job itself.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct JobHead {
    /// Its record.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// Its version: what an assignment names.
    pub ver: u64,
    /// Struck out.
    pub void: bool,
    /// Number as people say it.
    pub number: Option<String>,
    /// Where it stands.
    #[ts(type = "JobStatus")]
    pub state: JobState,
    /// Since when.
    #[ts(type = "Ms | null")]
    pub since: Option<Timestamp>,
    /// What it waits for, while it waits.
    #[ts(type = "WaitReason | null")]
    pub waiting_for: Option<String>,
    /// What is to be done.
    #[ts(type = "JobType | null", rename = "type")]
    #[serde(rename = "type")]
    pub job_type: Option<String>,
    /// Whether the customer called or the office did.
    #[ts(type = "ServiceMode | null")]
    pub mode: Option<String>,
    /// How pressing.
    #[ts(type = "Priority")]
    pub priority: String,
    /// Who will pay, as far as the office expects.
    #[ts(type = "Payer | null")]
    pub payer_hint: Option<String>,
    /// Code of the brand.
    pub brand: String,
    /// Number of the campaign; empty for none.
    pub campaign: String,
    /// The job that it follows up.
    #[ts(type = "Id | null")]
    pub follows: Option<RecordId>,
    /// What was reported.
    pub report: String,
    /// Main meter at the report.
    #[ts(type = "Decimal | null")]
    pub report_meter: Option<String>,
    /// When it was reported.
    #[ts(type = "Ms | null")]
    pub reported_at: Option<Timestamp>,
    /// Who reported it.
    pub contact: Option<ContactView>,
    /// Where the machine stands.
    pub site: String,
    /// Planned from.
    #[ts(type = "Ms | null")]
    pub plan_from: Option<Timestamp>,
    /// Planned to.
    #[ts(type = "Ms | null")]
    pub plan_to: Option<Timestamp>,
    /// To be done by.
    #[ts(type = "Ms | null")]
    pub due: Option<Timestamp>,
    /// Who leads.
    pub lead: Option<PersonRef>,
    /// Who works along.
    pub crew: Vec<PersonRef>,
    /// Why it was given to others; empty where nobody said.
    pub reassign_reason: String,
    /// What the technician found.
    pub findings: String,
    /// Why it happened, in his view.
    pub cause: String,
    /// What he did.
    pub action: String,
    /// Who wrote the job down, and when.
    pub made_by: PersonRef,
    /// When it came to the office.
    #[ts(type = "Ms | null")]
    pub made_at: Option<Timestamp>,
}

/// The office's word that it holds all of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ReceiptView {
    /// 1 for the first.
    pub n: i64,
    /// As the device shows it too: `5F3K-9QXV`.
    pub code: String,
    /// When, by the server's clock.
    #[ts(type = "Ms | null")]
    pub at: Option<Timestamp>,
}

/// One job in reach.
pub fn view(scene: &Scene<'_>, job: RecordId) -> Result<JobView, ApiError> {
    let file = scene.file(job)?;
    let (part_lines, old_parts) = parts(&file);
    let fields = &file.fields;
    let archived =
        |rec: Option<RecordId>| Ok::<_, ApiError>(rec.map(|rec| scene.tx.record(rec)).transpose()?.flatten());
    let machine = match archived(fields.machine)? {
        Some(record) => Some(machine_view(scene, &record)?),
        None if fields.machine_serial.is_none() && fields.machine_model.is_none() => None,
        None => {
            Some(MachineView::plated(said(fields.machine_model.clone()), said(fields.machine_serial.clone())))
        }
    };
    let customer = match archived(fields.customer)? {
        Some(record) => Some(customer_view(&record)),
        None => fields.customer_name.clone().map(CustomerView::named),
    };
    Ok(JobView {
        job: head(scene, &file)?,
        customer,
        machine,
        steps: job_steps(scene, &file),
        visits: visits(scene, &file),
        faults: faults(&file),
        parts: part_lines,
        old_parts,
        readings: readings(scene, &file),
        photos: photos(scene, &file)?,
        notes: notes(scene, &file)?,
        charges: charges(&file),
        cards: card::lines(scene, &file)?,
        receipt: receipt(&file),
        exceptions: exceptions::of_job(scene, &file)?,
        unsent: fields.assignee.map(|lead| scene.unsent_of(lead)).transpose()?.flatten(),
        earlier: earlier::leads(scene, &file)?,
        may: may(scene, &file),
    })
}

fn head(scene: &Scene<'_>, file: &JobFile) -> Result<JobHead, ApiError> {
    let (record, fields) = (&file.job, file.fields.clone());
    let contact = [&fields.contact_name, &fields.contact_phone].into_iter().any(Option::is_some);
    Ok(JobHead {
        job: record.rec,
        ver: record.state.ver,
        void: record.state.void,
        state: file.status.job.state,
        since: file.status.job.since,
        waiting_for: file.status.waiting_for.clone(),
        made_by: scene.person(record.state.author),
        made_at: scene.made(record)?.0,
        lead: fields.assignee.map(|user| scene.person(user)),
        crew: fields.crew.iter().map(|user| scene.person(*user)).collect(),
        contact: contact.then(|| ContactView {
            name: said(fields.contact_name),
            role: fields.contact_role,
            phone: said(fields.contact_phone),
        }),
        number: fields.number,
        job_type: fields.job_type,
        mode: fields.mode,
        priority: fields.priority.unwrap_or_else(|| "normal".to_owned()),
        payer_hint: fields.payer_hint,
        brand: said(fields.brand),
        campaign: said(fields.campaign),
        follows: fields.follows,
        report: said(fields.report),
        report_meter: fields.report_meter,
        reported_at: fields.reported_at,
        site: said(fields.site),
        plan_from: fields.plan_from,
        plan_to: fields.plan_to,
        due: fields.due,
        reassign_reason: said(fields.reassign_reason),
        findings: said(fields.findings),
        cause: said(fields.cause),
        action: said(fields.action),
    })
}

fn receipt(file: &JobFile) -> Option<ReceiptView> {
    let receipts = file.all::<Receipt>();
    let newest = receipts.into_iter().map(|(_, receipt)| receipt).max_by_key(|receipt| receipt.n)?;
    Some(ReceiptView { n: newest.n?, code: said(newest.code), at: newest.at })
}

/// What the routes and the machine of a job allow the caller here.
fn may(scene: &Scene<'_>, file: &JobFile) -> JobMay {
    let unit = scene.scope.place_of_job(&file.job.state);
    let held = unit.map_or(Roles::NONE, |unit| scene.scope.caller().roles_at(unit));
    let state = file.status.job.state;
    let cancel = JobStep::Cancelled.rule(state).is_some_and(|way| way.roles.meets(held));
    let over = fieldcard_schema::rules::status::is_done(state);
    JobMay { assign: held.meets(Roles::of(&[Role::Supervisor])) && !over, cancel }
}
