//! One job with all that hangs on it, typed for drawing.
//!
//! Texts are empty where nobody said. What was struck out is there, marked `void`: the office sees what the
//! technician took back.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::rules::visit_state::VisitState;
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use ts_rs::TS;

use super::card::CardLine;
use super::exceptions::ExceptionLine;
use super::machines::{CustomerView, MachineView};
use super::value::{BlobRef, ContactView, Money, PersonRef, Unsent};

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

/// One step of a job or visit.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct StepLine {
    /// Its record.
    #[ts(type = "Id")]
    pub step: RecordId,
    /// Which: a code of `job_steps` or `visit_steps`.
    #[ts(type = "StepCode")]
    pub code: String,
    /// When it happened, by the clock of who took it.
    #[ts(type = "Ms | null")]
    pub at: Option<Timestamp>,
    /// Entered later.
    pub late: bool,
    /// It could not be taken where it stands: kept, and counted for nothing.
    pub impossible: bool,
    /// It moved the status; else it is a time only, or did not fit.
    pub counted: bool,
    /// Taken back.
    pub void: bool,
    /// Why, where the step wants it.
    pub reason: Option<String>,
    /// In his own words.
    pub note: String,
    /// Where: degrees × 10⁶ north and east; null when not recorded.
    pub place: Option<[i64; 2]>,
    /// Who took it.
    pub by: PersonRef,
}

/// One visit.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct VisitView {
    /// Its record.
    #[ts(type = "Id")]
    pub visit: RecordId,
    /// 1 for the first.
    pub number: i64,
    /// `field` or `workshop`.
    #[ts(type = "\"field\" | \"workshop\"")]
    pub place: String,
    /// Where it stands.
    #[ts(type = "VisitStatus")]
    pub state: VisitState,
    /// Since when.
    #[ts(type = "Ms | null")]
    pub since: Option<Timestamp>,
    /// Whose steps move it.
    pub lead: Option<PersonRef>,
    /// Who comes along.
    pub crew: Vec<PersonRef>,
    /// Planned from.
    #[ts(type = "Ms | null")]
    pub planned_from: Option<Timestamp>,
    /// Planned to.
    #[ts(type = "Ms | null")]
    pub planned_to: Option<Timestamp>,
    /// Plate of the service vehicle.
    pub vehicle: String,
    /// Kilometres at departure.
    #[ts(type = "Decimal | null")]
    pub odometer_out: Option<String>,
    /// Kilometres when back.
    #[ts(type = "Decimal | null")]
    pub odometer_in: Option<String>,
    /// Why nothing was repaired.
    #[ts(type = "NotRepairedReason | null")]
    pub cannot_complete: Option<String>,
    /// Its technician asks that somebody else do it: why.
    #[ts(type = "ReassignReason | null")]
    pub reassign_asked: Option<String>,
    /// Its steps in the order in which they count, then those that do not.
    pub steps: Vec<StepLine>,
    /// Steps that were jumped over: codes of `visit_steps`.
    #[ts(type = "Array<StepCode>")]
    pub forgotten: Vec<String>,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct FaultView {
    /// Its record.
    #[ts(type = "Id")]
    pub fault: RecordId,
    /// The main one.
    pub main: bool,
    /// What was to be seen or heard.
    pub phenomenon: String,
    /// Where in the machine.
    pub place: String,
    /// Why.
    pub cause: String,
    /// What was done about it.
    pub action: String,
    /// Codes of the controller: `SPN 3251 FMI 0`, or as the display shows it.
    pub codes: Vec<String>,
    /// Taken back.
    pub void: bool,
}

/// One side of a replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PartSide {
    /// Number.
    pub part: String,
    /// Name.
    pub name: String,
    /// Serial number; empty for none.
    pub serial: String,
    /// How many.
    #[ts(type = "Decimal")]
    pub qty: String,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PartLineView {
    /// Its record.
    #[ts(type = "Id")]
    pub part_line: RecordId,
    /// On which visit.
    #[ts(type = "Id | null")]
    pub visit: Option<RecordId>,
    /// Which fault it mends.
    #[ts(type = "Id | null")]
    pub fault: Option<RecordId>,
    /// What went in; null when nothing did.
    pub fitted: Option<PartSide>,
    /// What came out; null when nothing did.
    pub removed: Option<PartSide>,
    /// Unit of both quantities.
    #[ts(type = "Unit | null")]
    pub unit: Option<String>,
    /// Where the new part came from.
    #[ts(type = "PartSource | null")]
    pub source: Option<String>,
    /// Who pays.
    #[ts(type = "Payer | null")]
    pub payer: Option<String>,
    /// The main fault part.
    pub main_part: bool,
    /// Used up by the repair.
    pub auxiliary: bool,
    /// Price of one.
    pub price: Option<Money>,
    /// Why one side is empty.
    #[ts(type = "OneSidedReason | null")]
    pub one_sided: Option<String>,
    /// The old parts that came out of it.
    pub old_parts: Vec<OldPartView>,
    /// Taken back.
    pub void: bool,
}

/// One old part.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct OldPartView {
    /// Its record.
    #[ts(type = "Id")]
    pub old_part: RecordId,
    /// Its tag, without spaces; empty for none.
    pub tag: String,
    /// The lost tag that this one stands for; empty for none.
    pub replaces_tag: String,
    /// Number.
    pub part: String,
    /// Name.
    pub name: String,
    /// Serial number.
    pub serial: String,
    /// How many.
    #[ts(type = "Decimal | null")]
    pub qty: Option<String>,
    /// What becomes of it.
    #[ts(type = "Disposition | null")]
    pub disposition: Option<String>,
    /// The maker has given up its claim to it.
    pub waiver: bool,
    /// What it looks like.
    pub note: String,
    /// When it came out.
    #[ts(type = "Ms | null")]
    pub removed_at: Option<Timestamp>,
    /// Taken back.
    pub void: bool,
}

/// One meter reading.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReadingView {
    /// Its record.
    #[ts(type = "Id")]
    pub reading: RecordId,
    /// On which visit.
    #[ts(type = "Id | null")]
    pub visit: Option<RecordId>,
    /// Which meter.
    #[ts(type = "MeterKind | null")]
    pub meter: Option<String>,
    /// What it showed; null when it could not be read.
    #[ts(type = "Decimal | null")]
    pub value: Option<String>,
    /// The meter was replaced: `value` is the new one's first.
    pub replaced: bool,
    /// The last value of the old one.
    #[ts(type = "Decimal | null")]
    pub old_value: Option<String>,
    /// The photo that shows it.
    #[ts(type = "Id | null")]
    pub photo: Option<RecordId>,
    /// Why there is no value.
    #[ts(type = "NoMeterReason | null")]
    pub reason: Option<String>,
    /// Who read it.
    pub by: PersonRef,
    /// Taken back.
    pub void: bool,
}

/// One photo.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct PhotoView {
    /// Its record.
    #[ts(type = "Id")]
    pub photo: RecordId,
    /// When in the work.
    #[ts(type = "PhotoPhase | null")]
    pub phase: Option<String>,
    /// The picture; null when the record names none.
    pub blob: Option<BlobRef>,
    /// Pixels.
    pub width: Option<i64>,
    /// Pixels.
    pub height: Option<i64>,
    /// The record that it shows.
    #[ts(type = "Id | null")]
    pub of: Option<RecordId>,
    /// On which visit.
    #[ts(type = "Id | null")]
    pub visit: Option<RecordId>,
    /// When, by the device's clock.
    #[ts(type = "Ms | null")]
    pub taken_at: Option<Timestamp>,
    /// What there is to see.
    pub note: String,
    /// Who took it.
    pub by: PersonRef,
    /// Taken back.
    pub void: bool,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct NoteView {
    /// Its record.
    #[ts(type = "Id")]
    pub note: RecordId,
    /// The words.
    pub text: String,
    /// Who wrote them.
    pub by: PersonRef,
    /// When, by that person's clock.
    #[ts(type = "Ms | null")]
    pub at: Option<Timestamp>,
    /// Taken back.
    pub void: bool,
}

/// One line of cost.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ChargeView {
    /// Its record.
    #[ts(type = "Id")]
    pub charge: RecordId,
    /// What kind.
    #[ts(type = "ChargeCode | null")]
    pub code: Option<String>,
    /// What it is for.
    pub label: String,
    /// How many.
    #[ts(type = "Decimal | null")]
    pub qty: Option<String>,
    /// Price of one.
    pub unit_price: Option<Money>,
    /// What it comes to.
    pub amount: Option<Money>,
    /// Who pays.
    #[ts(type = "Payer | null")]
    pub payer: Option<String>,
    /// Who agreed before the work; null when nobody did.
    pub agreed_by: Option<String>,
    /// When.
    #[ts(type = "Ms | null")]
    pub agreed_at: Option<Timestamp>,
    /// Taken back.
    pub void: bool,
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
