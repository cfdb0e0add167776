//! The list of jobs: what is asked, and a line of the answer.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::time::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::value::{PersonRef, Unsent};
use crate::accounts::UnitId;

/// In which order jobs are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JobSort {
    /// The last to come first.
    #[default]
    Newest,
    /// What is due first, first; what has no date last.
    Due,
    /// By where a job stands, then the last to come first.
    State,
}

/// Which jobs: the query of `GET /office/v1/jobs` and of `jobs.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, TS)]
#[ts(optional_fields)]
pub struct JobsQuery {
    /// Part of a number, of a customer's, contact's or site's name, of a serial number, plate or phone.
    pub q: Option<String>,
    /// Only where jobs stand: codes of `JobStatus` with commas between.
    pub state: Option<String>,
    /// Only those that this person leads.
    #[ts(type = "Id")]
    pub lead: Option<UserId>,
    /// Only of this unit and those below.
    #[ts(type = "Id")]
    pub unit: Option<UnitId>,
    /// Only jobs whose day (planned, else due, else reported) is not before.
    #[ts(type = "Ms")]
    pub from: Option<i64>,
    /// And before.
    #[ts(type = "Ms")]
    pub to: Option<i64>,
    /// Only jobs with an open exception: `1`.
    pub exceptions: Option<String>,
    /// The order.
    pub sort: Option<JobSort>,
    /// Behind the line at which an answer said `next`.
    pub after: Option<String>,
    /// Language of a CSV file: `zh` or `en`.
    pub lang: Option<String>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct JobsView {
    /// At most 50.
    pub jobs: Vec<JobLine>,
    /// How many fit the filter, counted up to `total_max`.
    pub total: u64,
    /// Where counting ends: `total` equal to it says "that many or more".
    pub total_max: u64,
    /// What `after` must say for the next page; null at the end.
    pub next: Option<String>,
}

/// One job of the list.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct JobLine {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// Its version: what an assignment names.
    pub ver: u64,
    /// Number as people say it; null for a walk-up job that has none yet.
    pub number: Option<String>,
    /// Where it stands.
    #[ts(type = "JobStatus")]
    pub state: JobState,
    /// Since when.
    #[ts(type = "Ms | null")]
    pub since: Option<Timestamp>,
    /// What is to be done.
    #[ts(type = "JobType | null", rename = "type")]
    #[serde(rename = "type")]
    pub job_type: Option<String>,
    /// How pressing.
    #[ts(type = "Priority")]
    pub priority: String,
    /// Name of the customer; empty when nobody said.
    pub customer: String,
    /// Model of the machine; empty when nobody said.
    pub model: String,
    /// Its serial number; empty when nobody said.
    pub serial: String,
    /// Where it stands.
    pub site: String,
    /// Who leads; null while nobody does.
    pub lead: Option<PersonRef>,
    /// When the customer reported it.
    #[ts(type = "Ms | null")]
    pub reported_at: Option<Timestamp>,
    /// Planned from.
    #[ts(type = "Ms | null")]
    pub plan_from: Option<Timestamp>,
    /// Planned to.
    #[ts(type = "Ms | null")]
    pub plan_to: Option<Timestamp>,
    /// To be done by.
    #[ts(type = "Ms | null")]
    pub due: Option<Timestamp>,
    /// How its newest card was signed off; null without a card.
    #[ts(type = "SignHow | null")]
    pub sign_off: Option<String>,
    /// Whether that card is the final one.
    #[ts(type = "CardKind | null")]
    pub card_kind: Option<String>,
    /// Open exceptions about the job and all that hangs on it.
    pub exceptions: u64,
    /// What the devices of its lead still hold, of this or any job; null for nothing.
    pub unsent: Option<Unsent>,
}

/// A new job. What is left out is not known.
#[derive(Debug, Clone, PartialEq, Default, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CreateJobRequest {
    /// What is to be done.
    #[ts(type = "JobType", rename = "type")]
    #[serde(rename = "type")]
    pub job_type: Option<String>,
    /// How pressing; `normal` when left out.
    #[ts(type = "Priority")]
    pub priority: Option<String>,
    /// Whether the customer called or the office did.
    #[ts(type = "ServiceMode")]
    pub mode: Option<String>,
    /// Who will pay, as far as the office expects.
    #[ts(type = "Payer")]
    pub payer_hint: Option<String>,
    /// The machine.
    #[ts(type = "Id")]
    pub machine: Option<RecordId>,
    /// The customer; the machine's own when left out.
    #[ts(type = "Id")]
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
    #[ts(type = "ContactRole")]
    pub contact_role: Option<String>,
    /// And the phone.
    pub contact_phone: Option<String>,
    /// Where the machine stands.
    pub site: Option<String>,
    /// What was reported, in the customer's words.
    pub report: Option<String>,
    /// Main meter at the report.
    #[ts(type = "Decimal")]
    pub report_meter: Option<String>,
    /// When; now when left out.
    #[ts(type = "Ms")]
    pub reported_at: Option<Timestamp>,
    /// Planned from.
    #[ts(type = "Ms")]
    pub plan_from: Option<Timestamp>,
    /// Planned to.
    #[ts(type = "Ms")]
    pub plan_to: Option<Timestamp>,
    /// To be done by.
    #[ts(type = "Ms")]
    pub due: Option<Timestamp>,
    /// Who shall lead it: whoever may dispatch dispatches by it.
    #[ts(type = "Id")]
    pub assignee: Option<UserId>,
    /// Who comes along.
    #[ts(type = "Array<Id>")]
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
    #[ts(type = "Id")]
    pub assignee: Option<UserId>,
    /// Who comes along.
    #[ts(type = "Array<Id>")]
    pub crew: Option<Vec<UserId>>,
    /// The version that the caller saw: refused as `stale` when the job was changed since.
    pub ver: Option<u64>,
}

/// Why a job is called off.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct CancelRequest {
    /// In the caller's words.
    pub note: Option<String>,
}
