//! Accounts in the console: list, add, disable.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use fieldcard_schema::id::UserId;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use super::scope::Scope;
use crate::accounts::{Account, Caller, Role, Roles, UnitId, password};
use crate::app::App;
use crate::desk::people::{self, NewPerson};
use crate::desk::{Desk, heard};
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};

/// Who sees accounts.
const READ: Roles = Roles::of(&[Role::Supervisor, Role::Manager, Role::InformationAdministrator]);

/// Who keeps accounts.
const KEEP: Roles = Roles::of(&[Role::InformationAdministrator]);

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("GET", "/office/v1/users", Who::Office(READ), list),
        route("POST", "/office/v1/users", Who::Office(KEEP), add),
        route("POST", "/office/v1/users/{user}/disable", Who::Office(KEEP), disable),
    ]
}

fn account_json(account: &Account) -> Value {
    let roles: Vec<(UnitId, &str)> = account.roles.iter().map(|(unit, role)| (*unit, role.code())).collect();
    json!({ "user": account.user, "login": account.login, "name": account.name, "unit": account.unit,
            "roles": roles, "disabled": account.disabled, "console": account.password.is_some() })
}

async fn list(State(app): State<App>, Extension(caller): Extension<Caller>) -> Result<Json<Value>, Refusal> {
    let answer = app
        .run(move |desk| {
            let scope = Scope::new(desk, &caller, READ)?;
            let people = scope.people().iter().filter(|account| scope.reaches(account.user));
            let users: Vec<Value> = people.map(account_json).collect();
            let units = desk.accounts.units().map_err(heard)?;
            Ok::<_, ApiError>(json!({ "users": users, "units": units }))
        })
        .await??;
    Ok(Json(answer))
}

#[derive(Debug, Deserialize)]
struct AddRequest {
    login: String,
    name: String,
    unit: UnitId,
    roles: Vec<String>,
    /// None for somebody without console.
    password: Option<String>,
}

async fn add(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let request: AddRequest = read(&body)?;
    let roles: Option<BTreeSet<Role>> = request.roles.iter().map(|code| Role::from_code(code)).collect();
    let roles = roles.filter(|roles| !roles.is_empty());
    let roles = roles.ok_or_else(|| ApiError::about(ErrorCode::InvalidValue, "roles"))?;
    let hash = hash(&app, &request).await?;
    let person = NewPerson { login: request.login, name: request.name, unit: request.unit, roles, hash };
    let user = app
        .run(move |desk| {
            // Out of reach and unknown look alike.
            if !caller.may(KEEP, person.unit) {
                return Err(ApiError::about(ErrorCode::InvalidValue, "unit"));
            }
            people::add(desk, caller.user, person)
        })
        .await??;
    Ok(Json(json!({ "user": user })))
}

async fn hash(app: &App, request: &AddRequest) -> Result<Option<String>, ApiError> {
    let Some(given) = request.password.clone() else { return Ok(None) };
    password::check(&given, &request.login)
        .map_err(|_| ApiError::about(ErrorCode::InvalidValue, "password"))?;
    let salt = app.run(Desk::salt).await?;
    app.hasher.hash(given, salt).await.map(Some)
}

async fn disable(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let user: UserId = path.parse().map_err(|_| ErrorCode::NotFound)?;
    app.run(move |desk| {
        let account = Scope::new(desk, &caller, KEEP)?.person(user)?.clone();
        people::disable(desk, account)
    })
    .await??;
    Ok(Json(json!({})))
}
