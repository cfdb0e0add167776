//! Log-in, log-out, and who is logged in.

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
use serde::{Deserialize, Serialize};

use super::read;
use crate::accounts::session::{Cookie, IDLE_MS, Session};
use crate::accounts::{Account, Caller, Role, Roles, UnitId};
use crate::app::App;
use crate::desk::{Desk, heard};
use crate::http::caller;
use crate::http::listen::Peer;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};

/// Every role: whoever has a session at all.
const ANY: Roles = Roles::of(Role::ALL);

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("POST", "/office/v1/login", Who::Anyone, login),
        route("POST", "/office/v1/logout", Who::Office(ANY), logout),
        route("GET", "/office/v1/me", Who::Office(ANY), me),
    ]
}

#[derive(Deserialize)]
struct Login {
    login: String,
    password: String,
}

/// Who is logged in.
#[derive(Debug, Serialize)]
pub struct Me {
    user: UserId,
    name: String,
    /// Roles and where they hold.
    roles: Vec<(UnitId, &'static str)>,
    /// What unsafe calls carry in `x-csrf-token`.
    csrf: String,
}

impl Me {
    fn of(account: &Account, cookie: &Cookie) -> Self {
        let roles = account.roles.iter().map(|(unit, role)| (*unit, role.code())).collect();
        Self { user: account.user, name: account.name.clone(), roles, csrf: cookie.csrf() }
    }
}

async fn login(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let Login { login, password } = read(&body)?;
    let address = caller::address(&app.settings, peer, &headers);
    admit(&app, &login, address)?;
    let asked = login.clone();
    let account = app.run(move |desk| desk.accounts.account_by_login(&asked).map_err(heard)).await??;
    let account = account.filter(|account| !account.disabled);
    let hash = account.as_ref().and_then(|account| account.password.clone());
    let fits = app.hasher.check(password, hash).await?;
    let Some(account) = account.filter(|_| fits) else { return Err(ErrorCode::WrongPassword.into()) };
    app.limits.lock().unwrap_or_else(PoisonError::into_inner).forgive(&login, address);
    let (cookie, account) = app.run(move |desk| begin(desk, account)).await??;
    Ok(with_cookie(&cookie.set_cookie(app.settings.secure_cookie), Json(Me::of(&account, &cookie))))
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

fn begin(desk: &mut Desk, account: Account) -> Result<(Cookie, Account), ApiError> {
    let mut random = [0; 32];
    desk.chance.fill(&mut random);
    let (cookie, now) = (Cookie::new(random), desk.clock.now());
    let session = Session { hash: cookie.hash(), user: account.user, made_at: now, used_at: now };
    desk.accounts.end_idle_sessions(now.plus(-IDLE_MS)).map_err(heard)?;
    desk.accounts.put_session(&session).map_err(heard)?;
    Ok((cookie, account))
}

async fn logout(State(app): State<App>, Extension(cookie): Extension<Cookie>) -> Result<Response, Refusal> {
    let hash = cookie.hash();
    app.run(move |desk| desk.accounts.end_session(hash).map_err(heard)).await??;
    Ok(with_cookie(&Cookie::clear_cookie(app.settings.secure_cookie), Json(serde_json::json!({}))))
}

async fn me(
    State(app): State<App>,
    Extension(cookie): Extension<Cookie>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Me>, Refusal> {
    let account = app.run(move |desk| desk.accounts.account(caller.user).map_err(heard)).await??;
    Ok(Json(Me::of(&account.ok_or(ErrorCode::Unauthorised)?, &cookie)))
}

fn with_cookie(cookie: &str, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}
