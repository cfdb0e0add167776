//! A loopback shell over the core, so that a browser runs the technician's screens on the real thing.
//!
//! For tests and the demo only; never shipped. `POST /view`, `POST /execute`, `GET /events`; everything else
//! is the built app. Listens on loopback and tells the address on standard output.

#![expect(clippy::print_stdout, reason = "who started it reads the address there")]

use std::convert::Infallible;
use std::path::PathBuf;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use clap::Parser;
use fieldcard_core::Core;
use fieldcard_core::driver::runner::Runner;
use fieldcard_core::driver::system::{self, FileKeystore};
use fieldcard_core::error::ActionError;
use fieldcard_core::store::Place;
use fieldcard_tests::AnyError;
use serde::Serialize;
use tokio::sync::broadcast;

/// A bridge between a browser and the core of one device.
#[derive(Parser)]
struct Options {
    /// Folder of the device's stores.
    #[arg(long)]
    data: PathBuf,
    /// Folder of its keystore, not beside the stores.
    #[arg(long)]
    state: PathBuf,
    /// Folder of the files that the person asks for; the browser downloads them from there.
    #[arg(long)]
    files: Option<PathBuf>,
    /// Folder of the built app.
    #[arg(long)]
    app: PathBuf,
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
}

#[derive(Clone)]
struct Bridge {
    runner: Runner,
    changes: broadcast::Sender<()>,
    app: PathBuf,
    files: PathBuf,
}

#[tokio::main]
async fn main() -> Result<(), AnyError> {
    let options = Options::parse();
    let ports = system::ports(Box::new(FileKeystore::open(&options.state)?));
    let (changes, _) = broadcast::channel(64);
    let told = changes.clone();
    // Nobody may listen yet: then nobody has anything stale.
    let files = options.files.unwrap_or_else(|| options.state.join("files"));
    let tell_all = move || drop(told.send(()));
    let runner = match Core::open(Place::folder(&options.data), ports) {
        Ok(core) => Runner::start(core, files.clone(), tell_all),
        Err(error) => Runner::refusing(&error),
    };
    let bridge = Bridge { runner, changes, app: options.app, files };
    let router = Router::new()
        .route("/view", post(view))
        .route("/execute", post(execute))
        .route("/events", get(events))
        .route("/files/{name}", get(download))
        .fallback(file)
        .with_state(bridge);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", options.port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, router).await?)
}

async fn view(State(bridge): State<Bridge>, body: Bytes) -> Response {
    let query = serde_json::from_slice(&body).unwrap_or_default();
    on_a_thread(move || bridge.runner.view(&query)).await
}

async fn execute(State(bridge): State<Bridge>, body: Bytes) -> Response {
    let request: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    on_a_thread(move || bridge.runner.execute(&request)).await
}

/// The core may wait for its disk: not on the thread that answers everybody.
async fn on_a_thread<T: Serialize + Send + 'static>(
    work: impl FnOnce() -> Result<T, ActionError> + Send + 'static,
) -> Response {
    let done = tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(ActionError::internal()));
    let (status, json) = match done {
        Ok(value) => (StatusCode::OK, serde_json::to_string(&value)),
        Err(error) => (StatusCode::BAD_REQUEST, serde_json::to_string(&error)),
    };
    (status, [(header::CONTENT_TYPE, "application/json")], json.unwrap_or_default()).into_response()
}

async fn events(State(bridge): State<Bridge>) -> impl IntoResponse {
    let changes = bridge.changes.subscribe();
    let stream = futures_util::stream::unfold(changes, |mut changes| async move {
        // Changes that came while the browser was slow are one change: everything is stale.
        match changes.recv().await {
            Err(broadcast::error::RecvError::Closed) => None,
            Ok(()) | Err(broadcast::error::RecvError::Lagged(_)) => {
                Some((Ok::<_, Infallible>(Event::default().data("[\"*\"]")), changes))
            }
        }
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

/// What the person asked to have as a file. A shell of an own window has written it where he wants it.
async fn download(State(bridge): State<Bridge>, Path(name): Path<String>) -> Response {
    let plain = !name.contains(['/', '\\']);
    match std::fs::read(bridge.files.join(&name)) {
        Ok(bytes) if plain => {
            let how =
                [(header::CONTENT_TYPE, "application/zip"), (header::CONTENT_DISPOSITION, "attachment")];
            (how, bytes).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn file(State(bridge): State<Bridge>, uri: Uri) -> Response {
    let name = uri.path().trim_start_matches('/');
    let name = if name.is_empty() { "index.html" } else { name };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    let inside = !name.split('/').any(|part| part == "..");
    match std::fs::read(bridge.app.join(name)) {
        Ok(bytes) if inside => {
            let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'";
            ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, policy)], bytes).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}
