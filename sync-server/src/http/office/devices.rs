//! Devices in the console: what each still holds unsent; codes, confirmation, revocation.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use fast_qr::{ECL, QRBuilder};
use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::enrol::{CODE_MINUTES, EnrolCode, EnrolQr};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::read;
use super::sheet::{self, Asked};
use crate::accounts::{Caller, Role, Roles};
use crate::app::{App, Settings};
use crate::console::devices::{ConfirmRequest, DevicesView, EnrolCodeRequest, EnrolCodeView, view};
use crate::console::scene::Scene;
use crate::console::scope::Scope;
use crate::console::value::{Done, PersonRef};
use crate::desk::Desk;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};

/// Who sees devices.
const READ: Roles = Roles::of(&[Role::Supervisor, Role::Manager, Role::InformationAdministrator]);

/// Who lets devices in and shuts them out.
const KEEP: Roles = Roles::of(&[Role::InformationAdministrator]);

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("GET", "/office/v1/devices", Who::Office(READ), list),
        route("GET", "/office/v1/devices.csv", Who::Office(READ), list_file),
        route("POST", "/office/v1/devices/code", Who::Office(KEEP), code),
        route("POST", "/office/v1/devices/{device}/code", Who::Office(KEEP), key_code),
        route("POST", "/office/v1/devices/{device}/confirm", Who::Office(KEEP), confirm),
        route("POST", "/office/v1/devices/{device}/revoke", Who::Office(KEEP), revoke),
    ]
}

fn device_id(path: &str) -> Result<DeviceId, ApiError> {
    path.parse().map_err(|_| ErrorCode::NotFound.into())
}

async fn list(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<DevicesView>, Refusal> {
    Ok(Json(app.read(move |reader| view(&Scene::new(reader, &caller, READ)?)).await?))
}

async fn list_file(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let file = app.read(move |reader| {
        let scene = Scene::new(reader, &caller, READ)?;
        sheet::devices(&view(&scene)?, asked.language(), scene.office.offset_minutes)
    });
    Ok(sheet::answer("devices", file.await?))
}

async fn code(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<EnrolCodeView>, Refusal> {
    let EnrolCodeRequest { user } = read(&body)?;
    let settings = app.settings.clone();
    let now = app.now();
    let made = app.run(move |desk| {
        let person = Scope::at(desk, &caller, KEEP)?.person(user)?.clone();
        if person.disabled {
            return Err(ApiError::about(ErrorCode::InvalidValue, "user"));
        }
        let codes = codes(desk, &settings, user)?;
        shown(PersonRef { user, name: person.name }, codes, &settings, now)
    });
    Ok(Json(made.await??))
}

async fn key_code(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
) -> Result<Json<EnrolCodeView>, Refusal> {
    let device = device_id(&path)?;
    let settings = app.settings.clone();
    let now = app.now();
    let made = app.run(move |desk| {
        let scope = Scope::at(desk, &caller, KEEP)?;
        let user = scope.device(desk, device)?.user;
        let person = scope.person(user)?.clone();
        let by = scope.actor(scope.unit_of(user).ok_or(ErrorCode::NotFound)?);
        let codes = desk.hub.make_key_codes_by(&by, device)?;
        shown(PersonRef { user, name: person.name }, texts(codes, &settings), &settings, now)
    });
    Ok(Json(made.await??))
}

fn shown(
    owner: PersonRef,
    (typed, qr): (String, String),
    settings: &Settings,
    now: Timestamp,
) -> Result<EnrolCodeView, ApiError> {
    Ok(EnrolCodeView {
        owner,
        typed,
        url: settings.url.clone(),
        modules: modules(&qr)?,
        qr,
        expires_at: now.plus(i64::from(CODE_MINUTES) * 60_000),
    })
}

/// The square of a QR code, a string a row.
fn modules(text: &str) -> Result<Vec<String>, ApiError> {
    let square = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| ErrorCode::Internal)?;
    let row = |at: usize| square[at].iter().map(|module| if module.value() { '1' } else { '0' }).collect();
    Ok((0..square.size).map(row).collect())
}

/// A code to type and the text of one to scan. They are two: the typed one is shorter.
pub fn codes(desk: &mut Desk, settings: &Settings, user: UserId) -> Result<(String, String), ApiError> {
    Ok(texts(desk.hub.make_codes(user)?, settings))
}

/// Two codes as they are shown: one to type, one to scan.
pub fn texts((typed, scanned): (EnrolCode, EnrolCode), settings: &Settings) -> (String, String) {
    let qr = EnrolQr { url: settings.url.clone(), org_key: settings.org_key, code: scanned };
    (typed.grouped(), qr.to_text())
}

async fn confirm(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Json<Done>, Refusal> {
    let (device, request) = (device_id(&path)?, read::<ConfirmRequest>(&body)?);
    app.run(move |desk| {
        let scope = Scope::at(desk, &caller, KEEP)?;
        let view = scope.device(desk, device)?;
        let by = scope.actor(scope.unit_of(view.user).ok_or(ErrorCode::NotFound)?);
        // The list does not tell the digits: who confirms must have heard them.
        if view.fingerprint != request.digits.trim() {
            return Err(ApiError::about(ErrorCode::InvalidValue, "digits"));
        }
        desk.hub.confirm_device_by(&by, device)
    })
    .await??;
    Ok(Json(Done {}))
}

async fn revoke(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
) -> Result<Json<Done>, Refusal> {
    let device = device_id(&path)?;
    app.run(move |desk| {
        let scope = Scope::at(desk, &caller, KEEP)?;
        let owner = scope.device(desk, device)?.user;
        let by = scope.actor(scope.unit_of(owner).ok_or(ErrorCode::NotFound)?);
        desk.hub.revoke_device_by(&by, device)
    })
    .await??;
    Ok(Json(Done {}))
}
