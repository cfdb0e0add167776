//! Log-in, log-out, who is logged in, and a new password by its owner.

use std::net::IpAddr;
use std::sync::PoisonError;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use fieldcard_schema::id::UserId;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::read;
use crate::accounts::session::{Cookie, IDLE_MS, Session};
use crate::accounts::{Caller, Role, Roles, caller, password};
use crate::app::App;
use crate::console::people::roles_of;
use crate::console::session::{ChangePasswordRequest, LoginRequest, Me};
use crate::console::value::{Done, UnitView};
use crate::desk::{Desk, heard, people};
use crate::http::caller::address;
use crate::http::listen::Peer;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};

/// Every role: whoever has a session at all.
const ANY: Roles = Roles::of(Role::ALL);

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("POST", "/office/v1/login", Who::Anyone, login),
        route("POST", "/office/v1/logout", Who::Office(ANY), logout).before_password(),
        route("GET", "/office/v1/me", Who::Office(ANY), me).before_password(),
        route("POST", "/office/v1/password", Who::Office(ANY), change_password).before_password(),
    ]
}

/// Who an account is to the console, with what proves its session.
async fn me_of(app: &App, user: UserId, cookie: &Cookie) -> Result<Me, ApiError> {
    let csrf = cookie.csrf();
    app.read(move |reader| {
        let account = reader.accounts.account(user).map_err(heard)?.ok_or(ErrorCode::Unauthorised)?;
        let units = reader.accounts.units().map_err(heard)?;
        let caller = caller(&account, &units);
        let reached = units.into_iter().filter(|unit| caller.reach.contains_key(&unit.id));
        Ok(Me {
            user,
            roles: roles_of(&account),
            must_change_password: account.one_time,
            login: account.login,
            name: account.name,
            unit: account.unit,
            units: reached
                .map(|unit| UnitView { unit: unit.id, parent: unit.parent, name: unit.name })
                .collect(),
            csrf,
            org: reader.office.name.clone(),
            zone: reader.office.zone.clone(),
        })
    })
    .await
}

async fn login(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let LoginRequest { login, password } = read(&body)?;
    let address = address(&app.settings, peer, &headers);
    admit(&app, &login, address)?;
    let asked = login.clone();
    let account = app.run(move |desk| desk.accounts.account_by_login(&asked).map_err(heard)).await??;
    let account = account.filter(|account| !account.disabled);
    let hash = account.as_ref().and_then(|account| account.password.clone());
    let fits = app.hasher.check(password, hash).await?;
    let Some(account) = account.filter(|_| fits) else { return Err(ErrorCode::WrongPassword.into()) };
    app.limits.lock().unwrap_or_else(PoisonError::into_inner).forgive(&login, address);
    enter(&app, account.user).await
}

/// Begins a session.
async fn enter(app: &App, user: UserId) -> Result<Response, Refusal> {
    let cookie = app.run(move |desk| begin(desk, user)).await??;
    let me = me_of(app, user, &cookie).await?;
    Ok(with_cookie(&cookie.set_cookie(app.settings.secure_cookie), Json(me)))
}

/// Counts the try before it is made, or refuses it.
fn admit(app: &App, login: &str, address: IpAddr) -> Result<(), ApiError> {
    let mut limits = app.limits.lock().unwrap_or_else(PoisonError::into_inner);
    let now = app.now();
    let wait = |seconds| ApiError { retry_after: Some(seconds), ..ErrorCode::RateLimited.into() };
    limits.check(login, address, now).map_err(wait)?;
    limits.note(login, address, now);
    Ok(())
}

fn begin(desk: &mut Desk, user: UserId) -> Result<Cookie, ApiError> {
    let mut random = [0; 32];
    desk.chance.fill(&mut random);
    let (cookie, now) = (Cookie::new(random), desk.clock.now());
    let session = Session { hash: cookie.hash(), user, made_at: now, used_at: now };
    desk.accounts.end_idle_sessions(now.plus(-IDLE_MS)).map_err(heard)?;
    desk.accounts.put_session(&session).map_err(heard)?;
    Ok(cookie)
}

async fn logout(State(app): State<App>, Extension(cookie): Extension<Cookie>) -> Result<Response, Refusal> {
    let hash = cookie.hash();
    app.run(move |desk| desk.accounts.end_session(hash).map_err(heard)).await??;
    Ok(with_cookie(&Cookie::clear_cookie(app.settings.secure_cookie), Json(Done {})))
}

async fn me(
    State(app): State<App>,
    Extension(cookie): Extension<Cookie>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Me>, Refusal> {
    Ok(Json(me_of(&app, caller.user, &cookie).await?))
}

/// A new password by its owner: every session ends, and this one begins anew.
async fn change_password(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let request: ChangePasswordRequest = read(&body)?;
    let found = app.read(move |reader| reader.accounts.account(caller.user).map_err(heard)).await?;
    let account = found.ok_or(ErrorCode::Unauthorised)?;
    let address = address(&app.settings, peer, &headers);
    admit(&app, &account.login, address)?;
    if !app.hasher.check(request.old.clone(), account.password.clone()).await? {
        return Err(ErrorCode::WrongPassword.into());
    }
    app.limits.lock().unwrap_or_else(PoisonError::into_inner).forgive(&account.login, address);
    let same = request.new == request.old;
    if same || password::check(&request.new, &account.login).is_err() {
        return Err(ApiError::about(ErrorCode::InvalidValue, "new").into());
    }
    let salt = app.run(Desk::salt).await?;
    let hash = app.hasher.hash(request.new, salt).await?;
    let user = account.user;
    app.run(move |desk| people::set_password(desk, account.user, account, (hash, false))).await??;
    enter(&app, user).await
}

fn with_cookie(cookie: &str, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
