//! What waits for a person: parked ops, conflicts, proposals; listed, and decided.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::{Extension, Json};

use super::jobs::record_id;
use super::read;
use super::sheet::{self, Asked};
use crate::accounts::Caller;
use crate::app::App;
use crate::console::exceptions::{DecideRequest, ExceptionsView, READ, reached, view};
use crate::console::scene::Scene;
use crate::console::value::Done;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};
use crate::hub::office::Actor;

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("GET", "/office/v1/exceptions", Who::Office(READ), list),
        route("GET", "/office/v1/exceptions.csv", Who::Office(READ), list_file),
        route("POST", "/office/v1/exceptions/{exception}/decide", Who::Office(READ), decide),
    ]
}

async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<ExceptionsView>, Refusal> {
    Ok(Json(app.read(move |reader| view(&Scene::new(reader, &caller, READ)?)).await?))
}

async fn list_file(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let file = app.read(move |reader| {
        let scene = Scene::new(reader, &caller, READ)?;
        sheet::exceptions(&view(&scene)?, asked.language(), scene.office.offset_minutes)
    });
    Ok(sheet::answer("exceptions", file.await?))
}

/// What is in reach is read beside the writer; whether it still waits, the writer judges anew.
async fn decide(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Json<Done>, Refusal> {
    let (rec, request) = (record_id(&path)?, read::<DecideRequest>(&body)?);
    let actor = Actor { user: caller.user, roles: READ };
    app.read(move |reader| reached(&Scene::new(reader, &caller, READ)?, rec)).await?;
    app.run(move |desk| desk.hub.decide(&actor, rec, request.take)).await??;
    Ok(Json(Done {}))
}
