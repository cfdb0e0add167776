//! The table of routes: the only place where one is registered, with who may call it.
//!
//! A route is a path, a method, who, how many bytes, how many seconds. What each actor gets
//! from each route is written by hand in `schema/tables/routes.csv`; a test walks both and fails on a route
//! that stands in one of them only.

use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use fieldcard_schema::wire::blob::RUN_MAX;
use fieldcard_schema::wire::frame::REQUEST_MAX;
use tower_http::catch_panic::CatchPanicLayer;

use super::guard::{Guarded, guard};
use super::refusal::{Refusal, not_found, wrong_method};
use super::sync::{blobs, check, enrol, health, sync_call, token};
use crate::accounts::Roles;
use crate::accounts::doors::Door;
use crate::app::App;

/// Who may call a route at all. Which records they then see is the handler's and the hub's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Anyone.
    Anyone,
    /// A device with a token.
    Device,
    /// A session with one of these roles somewhere.
    Office(Roles),
}

/// The rules of one route.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// The pattern.
    pub path: &'static str,
    /// Who may call it.
    pub who: Who,
    /// Most bytes of a body, as it comes over the wire.
    pub body_max: usize,
    /// Answered also to who must change the password first.
    pub before_password: bool,
    /// Longest time from header to answer.
    pub seconds: u64,
    /// By which limit its calls are counted.
    pub door: Option<Door>,
}

/// One route.
pub struct Route {
    /// Its rules.
    pub allowed: Allowed,
    handler: MethodRouter<App>,
}

/// Largest body of a call that carries no work.
const SMALL: usize = 64 * 1024;

/// Largest compressed request: a body of the largest size that did not compress at all, and zstd's frame.
const SYNC_MAX: usize = REQUEST_MAX + SMALL;

/// A route with the usual limits.
pub(super) fn route<H, T>(method: &'static str, path: &'static str, who: Who, handler: H) -> Route
where
    H: Handler<T, App>,
    T: 'static,
{
    let filter = match method {
        "GET" => MethodFilter::GET,
        "PUT" => MethodFilter::PUT,
        "DELETE" => MethodFilter::DELETE,
        _ => MethodFilter::POST,
    };
    let allowed =
        Allowed { method, path, who, body_max: SMALL, before_password: false, seconds: 30, door: None };
    Route { allowed, handler: on(filter, handler) }
}

impl Route {
    /// Counted by address.
    fn counted(mut self, door: Door) -> Self {
        self.allowed.door = Some(door);
        self
    }

    /// For what is needed to change a password, and to leave.
    pub(super) fn before_password(mut self) -> Self {
        self.allowed.before_password = true;
        self
    }

    /// For bodies over slow links.
    fn large(mut self, body_max: usize) -> Self {
        self.allowed.body_max = body_max;
        self.allowed.seconds = 150;
        self
    }
}

/// Every route.
pub fn table() -> Vec<Route> {
    use Who::{Anyone, Device};
    let run_max = usize::try_from(RUN_MAX).unwrap_or(SYNC_MAX);
    let mut routes = vec![
        route("GET", "/healthz", Anyone, health::healthz),
        route("GET", "/readyz", Anyone, health::readyz),
        route("POST", "/v1/enrol", Anyone, enrol::enrol).counted(Door::Enrol),
        route("POST", "/v1/nonce", Anyone, token::nonce).counted(Door::Token),
        route("POST", "/v1/token", Anyone, token::token).counted(Door::Token),
        route("POST", "/v1/sync", Device, sync_call::sync).large(SYNC_MAX),
        route("POST", "/v1/check", Device, check::check),
        route("PUT", "/v1/blobs/{sha256}", Device, blobs::put).large(run_max),
        route("POST", "/v1/blobs/{sha256}/complete", Device, blobs::complete),
        route("GET", "/v1/blobs/{sha256}/state", Device, blobs::state),
        route("GET", "/v1/blobs/{sha256}", Device, blobs::get),
    ];
    routes.extend(super::office::routes());
    routes.extend(super::pages::routes());
    routes
}

/// The router over [`table`]: callable without a socket.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for Route { allowed, handler } in table() {
        let path = allowed.path;
        let guarded = Guarded { app: app.clone(), allowed: Arc::new(allowed) };
        router = router.route(path, handler.layer(from_fn_with_state(guarded, guard)));
    }
    router
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(app)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse;
    tracing::error!("a handler panicked");
    Refusal::from(fieldcard_schema::wire::error::ErrorCode::Internal).into_response()
}
