//! What the office asks about a job: made, given to somebody, called off.

use fieldcard_schema::decimal::Decimal;
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::nfc;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::rules::lists;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A new job. What is left out is not known.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CreateJobRequest {
    /// What is to be done.
    #[ts(optional, type = "JobType", rename = "type")]
    #[serde(rename = "type")]
    pub job_type: Option<String>,
    /// How pressing; `normal` when left out.
    #[ts(optional, type = "Priority")]
    pub priority: Option<String>,
    /// Whether the customer called or the office did.
    #[ts(optional, type = "ServiceMode")]
    pub mode: Option<String>,
    /// Who will pay, as far as the office expects.
    #[ts(optional, type = "Payer")]
    pub payer_hint: Option<String>,
    /// The machine.
    #[ts(optional, type = "Id")]
    pub machine: Option<RecordId>,
    /// The customer; the machine's own when left out.
    #[ts(optional, type = "Id")]
    pub customer: Option<RecordId>,
    /// Of a customer in no archive.
    pub customer_name: Option<String>,
    /// Of a machine in no archive.
    pub machine_serial: Option<String>,
    /// And its model.
    pub machine_model: Option<String>,
    /// Who reported it.
    pub contact_name: Option<String>,
    /// What that person is there.
    #[ts(optional, type = "ContactRole")]
    pub contact_role: Option<String>,
    /// And the phone.
    pub contact_phone: Option<String>,
    /// Where the machine stands.
    pub site: Option<String>,
    /// What was reported, in the customer's words.
    pub report: Option<String>,
    /// Main meter at the report.
    #[ts(optional, type = "Decimal")]
    pub report_meter: Option<String>,
    /// When; now when left out.
    #[ts(optional, type = "Ms")]
    pub reported_at: Option<Timestamp>,
    /// Planned from.
    #[ts(optional, type = "Ms")]
    pub plan_from: Option<Timestamp>,
    /// Planned to.
    #[ts(optional, type = "Ms")]
    pub plan_to: Option<Timestamp>,
    /// To be done by.
    #[ts(optional, type = "Ms")]
    pub due: Option<Timestamp>,
    /// Who shall lead it: whoever may dispatch dispatches by it.
    #[ts(optional, type = "Id")]
    pub assignee: Option<UserId>,
    /// Who comes along.
    #[ts(optional, type = "Array<Id>")]
    pub crew: Option<Vec<UserId>>,
}

/// A job that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct JobMade {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// The number that it got.
    pub number: String,
}

/// Who shall do a job.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AssignRequest {
    /// Who leads; left out takes the job back.
    #[ts(optional, type = "Id")]
    pub assignee: Option<UserId>,
    /// Who comes along.
    #[ts(optional, type = "Array<Id>")]
    pub crew: Option<Vec<UserId>>,
    /// The version that the caller saw: refused as `stale` when the job was changed since.
    pub ver: Option<u64>,
    /// Why it goes to others, in the caller's words.
    pub reason: Option<String>,
}

impl AssignRequest {
    /// The reason, without white space around it; none for nothing.
    pub fn reason(&self) -> Result<Option<String>, ApiError> {
        let reason = said(self.reason.clone());
        let too_long = reason.as_ref().is_some_and(|reason| reason.chars().count() > LINE_MAX);
        if too_long { Err(invalid("reason")) } else { Ok(reason) }
    }
}

/// Why a job is called off.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CancelRequest {
    /// In the caller's words.
    pub note: Option<String>,
}

/// Longest text of one line, and of a report, in characters.
const LINE_MAX: usize = 200;
const REPORT_MAX: usize = 4_000;

/// A text without white space around it; none for nothing.
fn said(text: Option<String>) -> Option<String> {
    text.map(|text| nfc(text.trim())).filter(|text| !text.is_empty())
}

impl CreateJobRequest {
    /// The job as it is asked for, once every word and text is one that may stand there.
    pub fn into_job(self) -> Result<Job, ApiError> {
        let job = Job {
            job_type: self.job_type,
            priority: Some(self.priority.unwrap_or_else(|| "normal".to_owned())),
            mode: self.mode,
            payer_hint: self.payer_hint,
            machine: self.machine,
            customer: self.customer,
            customer_name: said(self.customer_name),
            machine_serial: said(self.machine_serial),
            machine_model: said(self.machine_model),
            contact_name: said(self.contact_name),
            contact_role: self.contact_role,
            contact_phone: said(self.contact_phone),
            site: said(self.site),
            report: said(self.report),
            report_meter: said(self.report_meter),
            reported_at: self.reported_at,
            plan_from: self.plan_from,
            plan_to: self.plan_to,
            due: self.due,
            assignee: self.assignee,
            crew: self.crew.unwrap_or_default(),
            ..Job::default()
        };
        check_words(&job)?;
        check_texts(&job)?;
        check_times(&job)?;
        Ok(job)
    }
}

fn invalid(field: &str) -> ApiError {
    ApiError::about(ErrorCode::InvalidValue, field)
}

fn check_words(job: &Job) -> Result<(), ApiError> {
    let words = [
        ("type", "job_types", &job.job_type),
        ("priority", "priorities", &job.priority),
        ("mode", "modes", &job.mode),
        ("payer_hint", "payers", &job.payer_hint),
        ("contact_role", "contact_roles", &job.contact_role),
    ];
    for (field, list, word) in words {
        let known = |word: &String| lists::list(list).iter().any(|entry| entry.code == *word);
        if !word.as_ref().is_none_or(known) {
            return Err(invalid(field));
        }
    }
    Ok(())
}

fn check_texts(job: &Job) -> Result<(), ApiError> {
    if job.report.is_none() && job.job_type.is_none() {
        return Err(invalid("report"));
    }
    let texts = [
        ("report", &job.report, REPORT_MAX),
        ("customer_name", &job.customer_name, LINE_MAX),
        ("machine_serial", &job.machine_serial, LINE_MAX),
        ("machine_model", &job.machine_model, LINE_MAX),
        ("contact_name", &job.contact_name, LINE_MAX),
        ("contact_phone", &job.contact_phone, LINE_MAX),
        ("site", &job.site, LINE_MAX),
    ];
    let too_long =
        texts.iter().find(|(_, text, most)| text.as_ref().is_some_and(|text| text.chars().count() > *most));
    if let Some((field, ..)) = too_long {
        return Err(invalid(field));
    }
    match job.report_meter.as_deref().map(str::parse::<Decimal>) {
        Some(Err(_)) => Err(invalid("report_meter")),
        _ => Ok(()),
    }
}

fn check_times(job: &Job) -> Result<(), ApiError> {
    let backward = job.plan_from.zip(job.plan_to).is_some_and(|(from, to)| to < from);
    if backward { Err(invalid("plan_to")) } else { Ok(()) }
}
