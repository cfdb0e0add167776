//! Accounts in the console: list, add, roles, disable and enable, a new password.
//!
//! Who keeps accounts keeps those of his part of the org tree, and never one that holds a role outside it:
//! else a station's administrator could make himself the company's.

use std::collections::BTreeSet;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use fieldcard_schema::id::UserId;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::read;
use super::sheet::{self, Asked};
use crate::accounts::{Account, Caller, Role, Roles, UnitId, password};
use crate::app::App;
use crate::console::people::{AddUserRequest, PasswordMade, RolesRequest, UserMade, UsersView, view};
use crate::console::scene::Scene;
use crate::console::scope::Scope;
use crate::console::value::Done;
use crate::desk::Desk;
use crate::desk::people::{self, NewPerson};
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
        route("GET", "/office/v1/users.csv", Who::Office(READ), list_file),
        route("POST", "/office/v1/users", Who::Office(KEEP), add),
        route("POST", "/office/v1/users/{user}/roles", Who::Office(KEEP), set_roles),
        route("POST", "/office/v1/users/{user}/disable", Who::Office(KEEP), disable),
        route("POST", "/office/v1/users/{user}/enable", Who::Office(KEEP), enable),
        route("POST", "/office/v1/users/{user}/password", Who::Office(KEEP), reset),
    ]
}

fn invalid(field: &str) -> ApiError {
    ApiError::about(ErrorCode::InvalidValue, field)
}

async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<UsersView>, Refusal> {
    Ok(Json(app.read(move |reader| view(&Scene::new(reader, &caller, READ)?)).await?))
}

async fn list_file(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let file =
        app.read(move |reader| sheet::people(&view(&Scene::new(reader, &caller, READ)?)?, asked.language()));
    Ok(sheet::answer("people", file.await?))
}

async fn add(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<UserMade>, Refusal> {
    let request: AddUserRequest = read(&body)?;
    let roles: Option<BTreeSet<Role>> = request.roles.iter().map(|code| Role::from_code(code)).collect();
    let roles = roles.filter(|roles| !roles.is_empty()).ok_or_else(|| invalid("roles"))?;
    let made = if request.console.unwrap_or(false) { Some(new_password(&app).await?) } else { None };
    let (password, hash) = made.unzip();
    let (login, name, unit, one_time) = (request.login, request.name, request.unit, hash.is_some());
    let person = NewPerson { login, name, unit, roles, hash, one_time };
    let user = app.run(move |desk| {
        // Out of reach and unknown look alike.
        if !caller.may(KEEP, person.unit) {
            return Err(invalid("unit"));
        }
        people::add(desk, caller.user, person)
    });
    Ok(Json(UserMade { user: user.await??, password }))
}

/// A password that is told once, and its hash.
async fn new_password(app: &App) -> Result<(String, String), ApiError> {
    let made = app.run(|desk| {
        let mut random = [0; 10];
        desk.chance.fill(&mut random);
        (password::generate(&random), desk.salt())
    });
    let (made, salt) = made.await?;
    let hash = app.hasher.hash(made.clone(), salt).await?;
    Ok((made, hash))
}

fn user_id(path: &str) -> Result<UserId, ApiError> {
    path.parse().map_err(|_| ErrorCode::NotFound.into())
}

/// An account that the caller may keep.
fn kept(desk: &Desk, caller: &Caller, user: UserId) -> Result<Account, ApiError> {
    let account = Scope::at(desk, caller, KEEP)?.person(user)?.clone();
    let whole = account.roles.iter().all(|(unit, _)| caller.may(KEEP, *unit));
    if whole { Ok(account) } else { Err(ErrorCode::Forbidden.into()) }
}

async fn set_roles(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Json<Done>, Refusal> {
    let (user, request) = (user_id(&path)?, read::<RolesRequest>(&body)?);
    let one = |at: &crate::console::value::RoleAt| Some((at.unit, Role::from_code(&at.role)?));
    let roles: Option<BTreeSet<(UnitId, Role)>> = request.roles.iter().map(one).collect();
    let roles = roles.filter(|roles| !roles.is_empty()).ok_or_else(|| invalid("roles"))?;
    app.run(move |desk| {
        let account = kept(desk, &caller, user)?;
        if !roles.iter().all(|(unit, _)| caller.may(KEEP, *unit)) {
            return Err(invalid("unit"));
        }
        people::set_roles(desk, caller.user, &account, roles)
    })
    .await??;
    Ok(Json(Done {}))
}

async fn disable(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
) -> Result<Json<Done>, Refusal> {
    let user = user_id(&path)?;
    app.run(move |desk| {
        let account = kept(desk, &caller, user)?;
        people::disable(desk, caller.user, &account)
    })
    .await??;
    Ok(Json(Done {}))
}

async fn enable(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
) -> Result<Json<Done>, Refusal> {
    let user = user_id(&path)?;
    app.run(move |desk| {
        let account = kept(desk, &caller, user)?;
        people::enable(desk, caller.user, account)
    })
    .await??;
    Ok(Json(Done {}))
}

async fn reset(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
) -> Result<Json<PasswordMade>, Refusal> {
    let user = user_id(&path)?;
    let (password, hash) = new_password(&app).await?;
    app.run(move |desk| {
        let account = kept(desk, &caller, user)?;
        people::set_password(desk, caller.user, account, (hash, true))
    })
    .await??;
    Ok(Json(PasswordMade { password }))
}
