//! The list of jobs: what is asked, and a line of the answer.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::machines::customer_view;
use super::scene::{Scene, id_in, said};
use super::value::{PersonRef, Unsent};
use crate::accounts::UnitId;
use crate::hub::listing::phrases;
use crate::storage::Pk;
use crate::storage::lists::{JobFilter, JobOrder, JobPlace};

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
    #[ts(optional, type = "Id")]
    pub lead: Option<UserId>,
    /// Only of this unit and those below.
    #[ts(optional, type = "Id")]
    pub unit: Option<UnitId>,
    /// Only jobs whose day (planned, else due, else reported) is not before.
    #[ts(optional, type = "Ms")]
    pub from: Option<i64>,
    /// And before.
    #[ts(optional, type = "Ms")]
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

/// Jobs of one answer.
pub const PAGE: usize = 50;

/// Where counting ends.
const TOTAL_MAX: usize = 1_000;

fn invalid(field: &str) -> ApiError {
    ApiError::about(ErrorCode::InvalidValue, field)
}

/// What a query asks of the store, within the caller's reach.
fn filter(scene: &Scene<'_>, query: &JobsQuery) -> Result<JobFilter, ApiError> {
    let codes = query.state.iter().flat_map(|codes| codes.split(',')).filter(|code| !code.is_empty());
    let known = codes.map(|code| JobState::from_code(code).map(|state| state.code().to_owned()));
    let reached = scene.scope.units();
    let units = reached.filter(|unit| query.unit.is_none_or(|top| scene.is_within(*unit, top)));
    Ok(JobFilter {
        phrases: phrases(query.q.as_deref().unwrap_or_default()),
        states: known.collect::<Option<_>>().ok_or_else(|| invalid("state"))?,
        lead: query.lead,
        units: units.map(|unit| unit.0).collect(),
        from: query.from,
        to: query.to,
        exceptions: query.exceptions.as_deref() == Some("1"),
    })
}

fn order(sort: Option<JobSort>) -> JobOrder {
    match sort.unwrap_or_default() {
        JobSort::Newest => JobOrder::Newest,
        JobSort::Due => JobOrder::Due,
        JobSort::State => JobOrder::Rank,
    }
}

/// A place in the list as text; means nothing to who carries it.
fn place_text(place: JobPlace) -> String {
    format!("{}~{}", place.key, place.job)
}

fn place(text: &str) -> Result<JobPlace, ApiError> {
    let parsed = text.split_once('~').and_then(|(key, job)| Some((key.parse().ok()?, job.parse().ok()?)));
    parsed.map(|(key, job)| JobPlace { key, job }).ok_or_else(|| invalid("after"))
}

/// A page of the jobs in reach.
pub fn view(scene: &Scene<'_>, query: &JobsQuery) -> Result<JobsView, ApiError> {
    let filter = filter(scene, query)?;
    let after = query.after.as_deref().map(place).transpose()?;
    let mut places = scene.tx.jobs_listed(&filter, order(query.sort), after, PAGE + 1)?;
    let more = places.len() > PAGE;
    places.truncate(PAGE);
    Ok(JobsView {
        next: places.last().filter(|_| more).map(|last| place_text(*last)),
        jobs: places.iter().map(|place| line(scene, place.job)).collect::<Result<_, _>>()?,
        total: scene.tx.jobs_counted(&filter, TOTAL_MAX)?,
        total_max: TOTAL_MAX as u64,
    })
}

/// At most `most` lines of the list from its beginning, for a file.
pub fn all(scene: &Scene<'_>, query: &JobsQuery, most: usize) -> Result<Vec<JobLine>, ApiError> {
    let places = scene.tx.jobs_listed(&filter(scene, query)?, order(query.sort), None, most)?;
    places.iter().map(|place| line(scene, place.job)).collect()
}

fn line(scene: &Scene<'_>, job: Pk) -> Result<JobLine, ApiError> {
    let (record, row) = (scene.tx.record_at(job)?, scene.tx.job_row(job)?);
    let (record, row) = record.zip(row).ok_or(ErrorCode::Internal)?;
    let fields = Job::from_fields(&record.state.fields).unwrap_or_default();
    let archived = |name| {
        let rec = id_in(&record.state.fields, name);
        Ok::<_, ApiError>(rec.map(|rec| scene.tx.record(rec)).transpose()?.flatten())
    };
    let customer = archived("customer")?.map(|customer| customer_view(&customer).name);
    let machine = archived("machine")?;
    let machine = machine.map(|found| Machine::from_fields(&found.state.fields).unwrap_or_default());
    let machine = machine.unwrap_or_else(|| Machine {
        model: fields.machine_model.clone(),
        serial: fields.machine_serial.clone(),
        ..Machine::default()
    });
    Ok(JobLine {
        job: record.rec,
        ver: record.state.ver,
        number: fields.number,
        state: JobState::from_code(&row.state).ok_or(ErrorCode::Internal)?,
        since: row.since.map(Timestamp),
        job_type: fields.job_type,
        priority: fields.priority.unwrap_or_else(|| "normal".to_owned()),
        customer: customer.or(fields.customer_name).unwrap_or_default(),
        model: said(machine.model),
        serial: said(machine.serial),
        site: said(fields.site.or(machine.site)),
        lead: row.lead.map(|lead| scene.person(lead)),
        reported_at: fields.reported_at,
        plan_from: fields.plan_from,
        plan_to: fields.plan_to,
        due: fields.due,
        sign_off: row.card_how,
        card_kind: row.card_kind,
        exceptions: scene.tx.exceptions_on(job)?,
        unsent: row.lead.map(|lead| scene.unsent_of(lead)).transpose()?.flatten(),
    })
}
