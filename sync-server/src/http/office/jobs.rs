//! Jobs in the console: list and search, one with all its records, create, assign, cancel.

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::{Extension, Json};
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::record::job::Job;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::page::Row;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::read;
use super::scope::Scope;
use crate::accounts::{Caller, Role, Roles};
use crate::app::App;
use crate::desk::Desk;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};
use crate::hub::JobFilter;
use crate::hub::office::Assignment;

/// Who sees jobs.
const READ: Roles = Roles::of(&[
    Role::Supervisor,
    Role::Manager,
    Role::InformationAdministrator,
    Role::Statistician,
    Role::CallBackAgent,
]);

/// Who writes jobs down.
const CREATE: Roles = Roles::of(&[Role::Supervisor, Role::InformationAdministrator, Role::CallBackAgent]);

/// Who dispatches.
const DISPATCH: Roles = Roles::of(&[Role::Supervisor]);

/// Who calls a job off.
const CANCEL: Roles = Roles::of(&[Role::Supervisor, Role::InformationAdministrator]);

/// Jobs of one answer.
const PAGE: usize = 50;

/// Jobs looked at for one answer: a search that finds little must not read everything.
const LOOK_MAX: usize = 5_000;

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("GET", "/office/v1/jobs", Who::Office(READ), list),
        route("POST", "/office/v1/jobs", Who::Office(CREATE), create),
        route("GET", "/office/v1/jobs/{job}", Who::Office(READ), detail),
        route("POST", "/office/v1/jobs/{job}/assign", Who::Office(DISPATCH), assign),
        route("POST", "/office/v1/jobs/{job}/cancel", Who::Office(CANCEL), cancel),
    ]
}

/// A filter of the list.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    /// Part of a number, or of what the customer or his machine is called, or the tail of a serial number.
    q: Option<String>,
    /// Only where jobs stand: codes with commas between.
    state: Option<String>,
    /// Only this person's.
    person: Option<UserId>,
    /// Behind this job.
    after: Option<RecordId>,
}

/// One row of the list.
#[derive(Debug, Serialize)]
pub struct JobLine {
    rec: RecordId,
    ver: u64,
    state: &'static str,
    fields: Value,
    /// Name of the customer and serial of the machine, where known.
    customer: Option<String>,
    serial: Option<String>,
}

pub(super) fn record_id(path: &str) -> Result<RecordId, ApiError> {
    path.parse().map_err(|_| ErrorCode::NotFound.into())
}

async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let Query(query) = query.map_err(|_| ApiError::about(ErrorCode::InvalidValue, "query"))?;
    let answer = app.run(move |desk| search(desk, &caller, &query)).await??;
    Ok(Json(answer))
}

fn search(desk: &mut Desk, caller: &Caller, query: &ListQuery) -> Result<Value, ApiError> {
    let scope = Scope::new(desk, caller, READ)?;
    let codes = query.state.iter().flat_map(|codes| codes.split(','));
    let states: Option<Vec<JobState>> = codes.map(JobState::from_code).collect();
    let states = states.ok_or_else(|| ApiError::about(ErrorCode::InvalidValue, "state"))?;
    let mut filter = JobFilter { after: query.after, limit: PAGE, person: query.person, states };
    let needle = query.q.as_deref().map(|q| q.trim().to_lowercase()).unwrap_or_default();
    let (mut lines, mut looked, mut more) = (Vec::new(), 0, true);
    while more && lines.len() < PAGE && looked < LOOK_MAX {
        let jobs = desk.hub.jobs(&filter)?;
        more = jobs.len() == PAGE;
        looked += jobs.len();
        for job in jobs {
            filter.after = Some(job.row.rec);
            let line = line(desk, &job.row, job.state)?;
            if scope.reaches_job(&job.row) && line.holds(&needle) {
                lines.push(line);
            }
            if lines.len() == PAGE {
                more = true;
                break;
            }
        }
    }
    let after = filter.after.filter(|_| more);
    Ok(json!({ "jobs": lines, "after": after }))
}

fn line(desk: &mut Desk, row: &Row, state: JobState) -> Result<JobLine, ApiError> {
    let mut named = |field: &str, name: &str| -> Result<Option<String>, ApiError> {
        let id = row.state.fields.get(field).and_then(|id| id.as_str()?.parse().ok());
        let Some(id) = id else { return Ok(None) };
        let record = desk.hub.record(id)?;
        Ok(record.and_then(|record| record.state.fields.get(name)?.as_str().map(str::to_owned)))
    };
    Ok(JobLine {
        rec: row.rec,
        ver: row.state.ver,
        state: state.code(),
        customer: named("customer", "name")?,
        serial: named("machine", "serial")?,
        fields: Value::Object(row.state.fields.clone()),
    })
}

impl JobLine {
    fn holds(&self, needle: &str) -> bool {
        let number = self.fields.get("number").and_then(Value::as_str);
        let texts = [number, self.customer.as_deref()];
        let tail = self.serial.as_deref().is_some_and(|serial| serial.to_lowercase().ends_with(needle));
        tail || needle.is_empty()
            || texts.into_iter().flatten().any(|text| text.to_lowercase().contains(needle))
    }
}

async fn detail(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let job = record_id(&path)?;
    let rows = app
        .run(move |desk| {
            Scope::new(desk, &caller, READ)?.job(desk, job)?;
            desk.hub.job_records(job)
        })
        .await??;
    let records: Vec<Value> = rows.iter().map(record_json).collect();
    Ok(Json(json!({ "records": records })))
}

fn record_json(row: &Row) -> Value {
    let state = &row.state;
    json!({ "rec": row.rec, "kind": state.kind, "ver": state.ver, "by": state.author,
            "void": state.void, "fields": state.fields })
}

async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let job: Job = read(&body)?;
    let rec = app
        .run(move |desk| {
            let scope = Scope::new(desk, &caller, CREATE)?;
            let unknown = || ApiError::about(ErrorCode::InvalidValue, "assignee");
            // Without a lead the job belongs where its author does.
            let owner = job.assignee.unwrap_or(caller.user);
            let people = job.assignee.iter().chain(&job.crew);
            if !people.into_iter().all(|user| scope.reaches(*user)) {
                return Err(unknown());
            }
            let unit = scope.unit_of(owner).ok_or_else(unknown)?;
            desk.hub.create_job(&scope.actor(unit), &job)
        })
        .await??;
    Ok(Json(json!({ "rec": rec })))
}

/// Who shall do the job.
#[derive(Debug, Deserialize)]
struct AssignRequest {
    assignee: Option<UserId>,
    #[serde(default)]
    crew: Vec<UserId>,
    /// The version that the caller saw.
    ver: Option<u64>,
}

async fn assign(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let (job, to) = (record_id(&path)?, read::<AssignRequest>(&body)?);
    app.run(move |desk| {
        let scope = Scope::new(desk, &caller, DISPATCH)?;
        let (_, actor) = scope.job(desk, job)?;
        if !to.assignee.iter().chain(&to.crew).all(|user| scope.reaches(*user)) {
            return Err(ApiError::about(ErrorCode::InvalidValue, "assignee"));
        }
        desk.hub.assign(&actor, job, Assignment { assignee: to.assignee, crew: to.crew, base: to.ver })
    })
    .await??;
    Ok(Json(json!({})))
}

#[derive(Debug, Deserialize)]
struct CancelRequest {
    /// Why.
    note: Option<String>,
}

async fn cancel(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let (job, request) = (record_id(&path)?, read::<CancelRequest>(&body)?);
    app.run(move |desk| {
        let (_, actor) = Scope::new(desk, &caller, CANCEL)?.job(desk, job)?;
        desk.hub.step_job(&actor, job, JobStep::Cancelled, request.note.as_deref())
    })
    .await??;
    Ok(Json(json!({})))
}
