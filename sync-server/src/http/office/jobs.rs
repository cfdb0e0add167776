//! Jobs in the console: the list and its file, one with all that hangs on it, create, assign, cancel.

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use fieldcard_schema::id::RecordId;
use fieldcard_schema::rules::job_state::JobStep;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::read;
use super::sheet::{self, Language};
use crate::accounts::{Caller, Role, Roles};
use crate::app::App;
use crate::console::history::{self, HistoryQuery, HistoryView};
use crate::console::intake::{AssignRequest, CancelRequest, CreateJobRequest, JobMade};
use crate::console::job::{self, JobView};
use crate::console::job_list::{self, JobsQuery, JobsView};
use crate::console::machines::{self, CustomersView, LookUpQuery, MachinesView};
use crate::console::reach;
use crate::console::scene::Scene;
use crate::console::scope::Scope;
use crate::console::value::Done;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};
use crate::hub::office::Assignment;

/// Who sees jobs.
pub(super) const READ: Roles = Roles::of(&[
    Role::Supervisor,
    Role::Manager,
    Role::InformationAdministrator,
    Role::Statistician,
    Role::CallBackAgent,
]);

/// Who writes jobs down, and so looks up customers and machines.
const CREATE: Roles = Roles::of(&[Role::Supervisor, Role::InformationAdministrator, Role::CallBackAgent]);

/// Who dispatches.
const DISPATCH: Roles = Roles::of(&[Role::Supervisor]);

/// Who calls a job off.
const CANCEL: Roles = Roles::of(&[Role::Supervisor, Role::InformationAdministrator]);

/// Most lines of a file.
const FILE_MAX: usize = 20_000;

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("GET", "/office/v1/jobs", Who::Office(READ), list),
        route("GET", "/office/v1/jobs.csv", Who::Office(READ), list_file),
        route("POST", "/office/v1/jobs", Who::Office(CREATE), create),
        route("GET", "/office/v1/jobs/{job}", Who::Office(READ), detail),
        route("GET", "/office/v1/jobs/{job}/history", Who::Office(READ), past),
        route("POST", "/office/v1/jobs/{job}/assign", Who::Office(DISPATCH), assign),
        route("POST", "/office/v1/jobs/{job}/cancel", Who::Office(CANCEL), cancel),
        route("GET", "/office/v1/customers", Who::Office(CREATE), customers),
        route("GET", "/office/v1/machines", Who::Office(CREATE), find_machines),
    ]
}

/// What stands behind the `?`, or the refusal that says so.
type Asked<T> = Result<Query<T>, QueryRejection>;

pub(super) fn record_id(path: &str) -> Result<RecordId, ApiError> {
    path.parse().map_err(|_| ErrorCode::NotFound.into())
}

fn asked<T>(query: Asked<T>) -> Result<T, ApiError> {
    query.map(|Query(query)| query).map_err(|_| ApiError::about(ErrorCode::InvalidValue, "query"))
}

async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Asked<JobsQuery>,
) -> Result<Json<JobsView>, Refusal> {
    let query = asked(query)?;
    let view = app.read(move |reader| job_list::view(&Scene::new(reader, &caller, READ)?, &query));
    Ok(Json(view.await?))
}

async fn list_file(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Asked<JobsQuery>,
) -> Result<Response, Refusal> {
    let query = asked(query)?;
    let file = app.read(move |reader| {
        let scene = Scene::new(reader, &caller, READ)?;
        let lines = job_list::all(&scene, &query, FILE_MAX)?;
        sheet::jobs(&lines, Language::of(query.lang.as_deref()), scene.office.offset_minutes)
    });
    Ok(sheet::answer("jobs", file.await?))
}

async fn detail(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
) -> Result<Json<JobView>, Refusal> {
    let rec = record_id(&path)?;
    let view = app.read(move |reader| job::view(&Scene::new(reader, &caller, READ)?, rec));
    Ok(Json(view.await?))
}

async fn past(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    query: Asked<HistoryQuery>,
) -> Result<Json<HistoryView>, Refusal> {
    let (rec, query) = (record_id(&path)?, asked(query)?);
    let view = app.read(move |reader| history::view(&Scene::new(reader, &caller, READ)?, rec, &query));
    Ok(Json(view.await?))
}

async fn customers(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Asked<LookUpQuery>,
) -> Result<Json<CustomersView>, Refusal> {
    let query = asked(query)?;
    let view = app.read(move |reader| machines::customers(&Scene::new(reader, &caller, CREATE)?, &query));
    Ok(Json(view.await?))
}

async fn find_machines(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    query: Asked<LookUpQuery>,
) -> Result<Json<MachinesView>, Refusal> {
    let query = asked(query)?;
    let view = app.read(move |reader| machines::machines(&Scene::new(reader, &caller, CREATE)?, &query));
    Ok(Json(view.await?))
}

async fn create(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<JobMade>, Refusal> {
    let new = read::<CreateJobRequest>(&body)?.into_job()?;
    let (wanted, by) = (new.clone(), caller.clone());
    app.read(move |reader| reach::expect_named(&Scene::new(reader, &by, CREATE)?, &wanted)).await?;
    let made = app.run(move |desk| {
        let scope = Scope::at(desk, &caller, CREATE)?;
        let unknown = || ApiError::about(ErrorCode::InvalidValue, "assignee");
        // Without a lead the job belongs where its author does.
        let owner = new.assignee.unwrap_or(caller.user);
        if !new.assignee.iter().chain(&new.crew).all(|user| scope.reaches(*user)) {
            return Err(unknown());
        }
        let unit = scope.unit_of(owner).ok_or_else(unknown)?;
        desk.hub.open_job(&scope.actor(unit), new)
    });
    let (job, number) = made.await??;
    Ok(Json(JobMade { job, number }))
}

async fn assign(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Json<Done>, Refusal> {
    let (job, to) = (record_id(&path)?, read::<AssignRequest>(&body)?);
    let (crew, reason) = (to.crew.clone().unwrap_or_default(), to.reason()?);
    app.run(move |desk| {
        let scope = Scope::at(desk, &caller, DISPATCH)?;
        let (_, actor) = scope.job(desk, job)?;
        if !to.assignee.iter().chain(&crew).all(|user| scope.reaches(*user)) {
            return Err(ApiError::about(ErrorCode::InvalidValue, "assignee"));
        }
        let to = Assignment { assignee: to.assignee, crew, base: to.ver };
        desk.hub.reassign(&actor, job, to, reason.as_deref())
    })
    .await??;
    Ok(Json(Done {}))
}

async fn cancel(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Json<Done>, Refusal> {
    let (job, request) = (record_id(&path)?, read::<CancelRequest>(&body)?);
    app.run(move |desk| {
        let (_, actor) = Scope::at(desk, &caller, CANCEL)?.job(desk, job)?;
        desk.hub.step_job(&actor, job, JobStep::Cancelled, request.note.as_deref())
    })
    .await??;
    Ok(Json(Done {}))
}
