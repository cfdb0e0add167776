//! What waits for a person: parked ops, conflicts, proposals.

use axum::extract::State;
use axum::{Extension, Json};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::exception::Exception;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::wire::error::ApiError;
use serde_json::{Value, json};

use super::scope::Scope;
use crate::accounts::{Caller, Role, Roles};
use crate::app::App;
use crate::desk::Desk;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};
use crate::hub::ExceptionView;

/// Who decides them.
const READ: Roles = Roles::of(&[Role::Supervisor, Role::InformationAdministrator]);

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![route("GET", "/office/v1/exceptions", Who::Office(READ), list)]
}

async fn list(State(app): State<App>, Extension(caller): Extension<Caller>) -> Result<Json<Value>, Refusal> {
    let views = app.run(move |desk| in_reach(desk, &caller)).await??;
    let exceptions: Vec<Value> = views
        .iter()
        .map(|view| json!({ "rec": view.rec, "ver": view.ver, "exception": view.exception }))
        .collect();
    Ok(Json(json!({ "exceptions": exceptions })))
}

fn in_reach(desk: &mut Desk, caller: &Caller) -> Result<Vec<ExceptionView>, ApiError> {
    let scope = Scope::new(desk, caller, READ)?;
    let mut views = Vec::new();
    for view in desk.hub.exceptions()? {
        if reaches(desk, &scope, &view.exception)? {
            views.push(view);
        }
    }
    Ok(views)
}

/// An exception belongs where the job of its record does, else where one of those who spoke in it does.
fn reaches(desk: &mut Desk, scope: &Scope<'_>, exception: &Exception) -> Result<bool, ApiError> {
    let record = exception.rec.map(|rec| desk.hub.record(rec)).transpose()?.flatten();
    let job = match record {
        Some(row) if row.state.kind == Job::KIND => Some(row),
        Some(row) => row.state.job.map(|job| desk.hub.record(job)).transpose()?.flatten(),
        None => None,
    };
    Ok(match job {
        Some(job) => scope.reaches_job(&job),
        None => exception.values.iter().filter_map(|value| value.user).any(|user| scope.reaches(user)),
    })
}
