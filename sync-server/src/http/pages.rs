//! The console's own files: the page and what it loads, built from `ui/` and carried inside the program.
//!
//! A program built without them serves a page that says how to build them. The page may load only from here,
//! runs no inline script and is framed by nobody.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use fieldcard_schema::wire::error::ErrorCode;
use rust_embed::RustEmbed;

use super::refusal::Refusal;
use super::routes::{Route, Who, route};

/// `ui/dist/console`, as `./dev build` makes it. In a debug build the files are read when they are asked for.
#[derive(RustEmbed)]
#[folder = "../ui/dist/console"]
#[allow_missing = true]
struct Console;

/// What the console's page may do.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Served where the console was not built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>Fieldcard</title></head>\
<body><h1>Fieldcard</h1><p>控制台尚未构建：请运行 <code>./dev build</code> 后重新启动服务器。设备同步不受影响。</p>\
<p lang=\"en\">The console is not built: run <code>./dev build</code>, then start the server again. Devices sync all the same.</p>\
</body></html>";

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![route("GET", "/", Who::Anyone, page), route("GET", "/assets/{file}", Who::Anyone, asset)]
}

fn answer(body: Vec<u8>, media_type: &'static str, cache: &'static str) -> Response {
    let mut response = ([(header::CONTENT_TYPE, media_type)], body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

/// The media type of a file by its name: the few kinds that a build has.
fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

async fn page() -> Response {
    match Console::get("index.html") {
        Some(file) => answer(file.data.into_owned(), "text/html; charset=utf-8", "no-cache"),
        None => answer(NOT_BUILT.as_bytes().to_vec(), "text/html; charset=utf-8", "no-store"),
    }
}

/// A file whose name changes with its content.
async fn asset(Path(file): Path<String>) -> Result<Response, Refusal> {
    // One name, no path: a debug build reads from the disk.
    let plain = !file.contains(['/', '\\']) && !file.starts_with('.');
    let found = Some(format!("assets/{file}")).filter(|_| plain).and_then(|path| Console::get(&path));
    let found = found.ok_or(ErrorCode::NotFound)?;
    Ok(answer(found.data.into_owned(), media_type(&file), "public, max-age=31536000, immutable"))
}
