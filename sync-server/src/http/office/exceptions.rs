//! What waits for a person: parked ops, conflicts, proposals.

use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Json};

use super::sheet::{self, Asked};
use crate::accounts::Caller;
use crate::app::App;
use crate::console::exceptions::{ExceptionsView, READ, view};
use crate::console::scene::Scene;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("GET", "/office/v1/exceptions", Who::Office(READ), list),
        route("GET", "/office/v1/exceptions.csv", Who::Office(READ), list_file),
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
