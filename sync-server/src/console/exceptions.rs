//! What waits for a person: parked ops, conflicts, proposals, flags. Shown here; the hub decides.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::record::exception::{Exception, ExceptionValue};
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::{Class, Record, rule_of};
use fieldcard_schema::rules::role::{Role, Roles};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::machines::customer_view;
use super::scene::{JobFile, Scene, said};
use super::value::PersonRef;
use crate::hub::FLAGS;
use crate::storage::records::{StoredException, StoredRecord};

/// What the office decides of an exception.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct DecideRequest {
    /// The place of the value that holds from now on, of a parked op 0; left out, what stands stays.
    pub take: Option<usize>,
}

/// Who sees exceptions, and decides them.
pub const READ: Roles = Roles::of(&[Role::Supervisor, Role::InformationAdministrator]);

/// The open ones, the newest first.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ExceptionsView {
    /// All that are in reach.
    pub exceptions: Vec<ExceptionLine>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ExceptionLine {
    /// Its own record.
    #[ts(type = "Id")]
    pub exception: RecordId,
    /// Its version.
    pub ver: u64,
    /// Why it waits: the code of the sentence.
    #[ts(type = "IssueCode")]
    pub why: String,
    /// Kind of the record in question; empty when not even that is known.
    pub kind: String,
    /// The record in question.
    #[ts(type = "Id | null")]
    pub rec: Option<RecordId>,
    /// The field in question; null when it is the whole op.
    pub field: Option<String>,
    /// The job it belongs to, where that is known.
    #[ts(type = "Id | null")]
    pub job: Option<RecordId>,
    /// Number of that job.
    pub number: Option<String>,
    /// Name of its customer; empty when nobody said.
    pub customer: String,
    /// Every value that was said, the one that stands first.
    pub values: Vec<SaidValue>,
    /// A parked op may be done after all: it can be read, and is nobody's but a device's to write.
    pub can_allow: bool,
}

/// One value that somebody gave.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SaidValue {
    /// The value; of a whole op, its fields. Null clears a field, or is a body that nobody can read.
    #[ts(type = "unknown")]
    pub value: Value,
    /// The same for people: an id is told as its name. Null where the value is told as it is.
    pub shown: Option<String>,
    /// Who.
    pub by: Option<PersonRef>,
    /// When, by that person's clock.
    #[ts(type = "Ms | null")]
    pub at: Option<Timestamp>,
    /// Its author took it back: it cannot be taken any more.
    pub withdrawn: bool,
}

/// All that are in the caller's reach, the newest first.
pub fn view(scene: &Scene<'_>) -> Result<ExceptionsView, ApiError> {
    let mut lines = Vec::new();
    for open in scene.tx.open_exceptions()?.iter().rev() {
        lines.extend(line(scene, open)?);
    }
    Ok(ExceptionsView { exceptions: lines })
}

/// Those about a job in reach and all that hangs on it; none for who sees no exceptions there.
pub fn of_job(scene: &Scene<'_>, file: &JobFile) -> Result<Vec<ExceptionLine>, ApiError> {
    let unit = scene.scope.place_of_job(&file.job.state);
    if !unit.is_some_and(|unit| scene.scope.caller().may(READ, unit)) {
        return Ok(Vec::new());
    }
    let mut lines = Vec::new();
    for record in std::iter::once(&file.job).chain(&file.records) {
        for open in scene.tx.exceptions_about(record.pk)? {
            lines.extend(line(scene, &open)?);
        }
    }
    Ok(lines)
}

/// One that is open and in reach; to decide another is `NotFound`.
pub fn reached(scene: &Scene<'_>, exception: RecordId) -> Result<ExceptionLine, ApiError> {
    let record = scene.tx.record(exception)?.ok_or(ErrorCode::NotFound)?;
    let open = scene.tx.open_exceptions()?.into_iter().find(|open| open.record == record.pk);
    let open = open.ok_or(ErrorCode::NotFound)?;
    line(scene, &open)?.ok_or_else(|| ErrorCode::NotFound.into())
}

/// One of them, if it is in reach: it belongs where the job of its record does, else where one of those who
/// spoke in it does.
fn line(scene: &Scene<'_>, open: &StoredException) -> Result<Option<ExceptionLine>, ApiError> {
    let Some(record) = scene.tx.record_at(open.record)? else { return Ok(None) };
    let said_of = Exception::from_fields(&record.state.fields).unwrap_or_default();
    let job = job_of(scene, open)?;
    let speakers =
        || said_of.values.iter().filter_map(|value| value.user).any(|user| scene.scope.reaches(user));
    if !job.as_ref().map_or_else(speakers, |job| scene.scope.reaches_job(&job.state)) {
        return Ok(None);
    }
    let fields =
        job.as_ref().map(|job| Job::from_fields(&job.state.fields).unwrap_or_default()).unwrap_or_default();
    let customer = fields.customer.map(|rec| scene.tx.record(rec)).transpose()?.flatten();
    let whole = said_of.field.is_none() && !FLAGS.contains(&open.why);
    let known = said_of.kind.as_deref().is_some_and(|kind| rule_of(kind).class != Class::Server);
    Ok(Some(ExceptionLine {
        can_allow: whole && known,
        exception: record.rec,
        ver: record.state.ver,
        why: said(said_of.why),
        kind: said(said_of.kind),
        rec: said_of.rec,
        field: said_of.field,
        job: job.map(|job| job.rec),
        number: fields.number,
        customer: customer
            .map_or_else(|| said(fields.customer_name), |customer| customer_view(&customer).name),
        values: said_of.values.into_iter().map(|value| said_value(scene, value)).collect(),
    }))
}

fn job_of(scene: &Scene<'_>, open: &StoredException) -> Result<Option<StoredRecord>, ApiError> {
    let Some(about) = open.about else { return Ok(None) };
    let record = scene.tx.record_at(about)?;
    Ok(match record {
        Some(record) if record.state.kind == Job::KIND => Some(record),
        Some(record) => record.state.job.map(|job| scene.tx.record(job)).transpose()?.flatten(),
        None => None,
    })
}

fn said_value(scene: &Scene<'_>, value: ExceptionValue) -> SaidValue {
    let user = value.value.as_str().and_then(|text| text.parse::<UserId>().ok());
    let name = user.map(|user| scene.person(user).name).filter(|name| !name.is_empty());
    let (by, at, withdrawn) = (value.user.map(|user| scene.person(user)), value.at, value.withdrawn);
    SaidValue { shown: name, value: value.value, by, at, withdrawn }
}
