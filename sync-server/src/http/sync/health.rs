//! `GET /healthz`: the process answers. `GET /readyz`: it can also do its work.

use axum::extract::State;

use crate::app::App;
use crate::http::refusal::Refusal;

/// Alive.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// Alive, with a store that reads.
pub async fn readyz(State(app): State<App>) -> Result<&'static str, Refusal> {
    app.run(|desk| desk.check()).await??;
    Ok("ready\n")
}
