//! What every call passes before its handler: log line, time limit, panic net, count, who may, body limit.
//!
//! One line a request: method, route pattern, status, milliseconds. Never a path with ids, a query, a
//! header, a body or an address. The order matters: a session or a token is checked before its body is read, so
//! that only who is known can make the server hold one. What a device may do is judged by the hub.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::caller;
use super::listen::Peer;
use super::refusal::Refusal;
use super::routes::{Allowed, Who};
use crate::accounts::Caller;
use crate::accounts::session::{CSRF_HEADER, Cookie};
use crate::app::App;
use crate::desk::heard;
use crate::hub::LIMITS;

/// What the guard of one route needs to know.
#[derive(Clone)]
pub struct Guarded {
    /// The server.
    pub app: App,
    /// The rules of the route.
    pub allowed: Arc<Allowed>,
}

/// The token of a device; it held when the call came, or a short while before.
#[derive(Clone)]
pub struct Token(pub String);

/// Runs one call of one route.
pub async fn guard(State(route): State<Guarded>, request: Request, next: Next) -> Response {
    let started = route.app.ticks();
    let method = request.method().clone();
    let answer =
        tokio::time::timeout(Duration::from_secs(route.allowed.seconds), checked(&route, request, next));
    let mut response = match answer.await {
        Ok(Ok(response)) => coded(response),
        Ok(Err(refusal)) => refusal.into_response(),
        Err(_) => Refusal(ApiError { retry_after: Some(5), ..ErrorCode::Busy.into() }).into_response(),
    };
    set_headers(response.headers_mut());
    let ms = route.app.ticks().saturating_sub(started);
    tracing::info!(%method, route = route.allowed.path, status = response.status().as_u16(), ms, "call");
    response
}

/// An error in prose, as extractors answer, becomes one in codes.
fn coded(response: Response) -> Response {
    let json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let code = match response.status().as_u16() {
        405 => return response,
        status if status >= 500 => ErrorCode::Internal,
        status if status >= 400 => ErrorCode::Malformed,
        _ => return response,
    };
    if json { response } else { Refusal::from(code).into_response() }
}

/// Headers of every answer; the console's pages add their own content policy.
fn set_headers(headers: &mut HeaderMap) {
    let fixed: [(HeaderName, &str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
}

/// Counts a call that is counted by address, or refuses it.
fn count(route: &Guarded, request: &Request) -> Result<(), ApiError> {
    let Some(door) = route.allowed.door else { return Ok(()) };
    // The accept loop puts it there; a call without is counted with all others that have none.
    let peer = request.extensions().get().copied().unwrap_or(Peer(SocketAddr::from(([0; 4], 0))));
    let address = caller::address(&route.app.settings, peer, request.headers());
    let mut doors = route.app.doors.lock().unwrap_or_else(PoisonError::into_inner);
    let wait = |seconds| ApiError { retry_after: Some(seconds), ..ErrorCode::RateLimited.into() };
    doors.admit(door, address, route.app.now()).map_err(wait)
}

async fn checked(route: &Guarded, mut request: Request, next: Next) -> Result<Response, Refusal> {
    count(route, &request)?;
    match &route.allowed.who {
        Who::Anyone => {}
        Who::Device => {
            let token = bearer(request.headers()).ok_or(ErrorCode::Unauthorised)?;
            if !route.app.tokens.knows(&token, route.app.ticks()) {
                let held = token.clone();
                route.app.read(move |reader| reader.expect_device(&held)).await?;
                route.app.tokens.note(&token, route.app.ticks());
            }
            request.extensions_mut().insert(Token(token));
        }
        Who::Office(roles) => {
            let (cookie, caller) = session(route, request.method(), request.headers()).await?;
            if !caller.has_any(*roles) {
                return Err(ErrorCode::Forbidden.into());
            }
            if caller.must_change_password && !route.allowed.before_password {
                return Err(ApiError::about(ErrorCode::Forbidden, "password").into());
            }
            request.extensions_mut().insert(cookie);
            request.extensions_mut().insert(caller);
        }
    }
    if is_unsafe(request.method()) && is_cross_site(request.headers()) {
        return Err(ErrorCode::Forbidden.into());
    }
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, route.allowed.body_max).await?;
    Ok(next.run(Request::from_parts(parts, Body::from(body))).await)
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

async fn session(route: &Guarded, method: &Method, headers: &HeaderMap) -> Result<(Cookie, Caller), Refusal> {
    let secure = route.app.settings.secure_cookie;
    let header = headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
    let cookie = header.and_then(|h| Cookie::find(h, secure)).ok_or(ErrorCode::Unauthorised)?;
    let hash = cookie.hash();
    let found = route.app.read(move |reader| reader.session_caller(hash)).await?;
    let (caller, due) = found.ok_or(ErrorCode::Unauthorised)?;
    if let Some(session) = due {
        route.app.run(move |desk| desk.accounts.put_session(&session).map_err(heard)).await??;
    }
    let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    if is_unsafe(method) && !given.is_some_and(|token| cookie.csrf_matches(token)) {
        return Err(ApiError::about(ErrorCode::Forbidden, "csrf").into());
    }
    Ok((cookie, caller))
}

fn is_unsafe(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a browser says that another site's page makes this call.
fn is_cross_site(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

async fn read_body(headers: &HeaderMap, body: Body, most: usize) -> Result<axum::body::Bytes, Refusal> {
    let too_large = || ApiError { limits: Some(LIMITS), ..ApiError::about(ErrorCode::TooLarge, "body") };
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most as u64) {
        return Err(too_large().into());
    }
    to_bytes(body, most).await.map_err(|error| {
        let over = std::error::Error::source(&error)
            .is_some_and(<dyn std::error::Error>::is::<http_body_util::LengthLimitError>);
        Refusal(if over { too_large() } else { ApiError::about(ErrorCode::Malformed, "body") })
    })
}
