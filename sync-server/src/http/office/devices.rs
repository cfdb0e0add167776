//! Devices in the console: what each still holds unsent; codes, confirmation, revocation.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::wire::enrol::{CODE_MINUTES, EnrolQr};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::read;
use super::scope::Scope;
use crate::accounts::{Caller, Role, Roles};
use crate::app::{App, Settings};
use crate::desk::Desk;
use crate::http::refusal::Refusal;
use crate::http::routes::{Route, Who, route};
use crate::hub::DeviceState;
use crate::hub::DeviceView;

/// Who sees devices.
const READ: Roles = Roles::of(&[Role::Supervisor, Role::Manager, Role::InformationAdministrator]);

/// Who lets devices in and shuts them out.
const KEEP: Roles = Roles::of(&[Role::InformationAdministrator]);

/// The routes of this file.
pub fn routes() -> Vec<Route> {
    vec![
        route("GET", "/office/v1/devices", Who::Office(READ), list),
        route("POST", "/office/v1/devices/code", Who::Office(KEEP), code),
        route("POST", "/office/v1/devices/{device}/confirm", Who::Office(KEEP), confirm),
        route("POST", "/office/v1/devices/{device}/revoke", Who::Office(KEEP), revoke),
    ]
}

fn device_id(path: &str) -> Result<DeviceId, ApiError> {
    path.parse().map_err(|_| ErrorCode::NotFound.into())
}

/// The word for a state.
pub fn state_code(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Unconfirmed => "unconfirmed",
        DeviceState::Active => "active",
        DeviceState::Revoked => "revoked",
    }
}

fn device_json(view: &DeviceView) -> Value {
    json!({ "id": view.id, "user": view.user, "state": state_code(view.state), "label": view.label,
            "app": view.app, "enrolled_at": view.enrolled_at, "seen_at": view.seen_at,
            "held": view.held, "broken_chain": view.broken_chain })
}

async fn list(State(app): State<App>, Extension(caller): Extension<Caller>) -> Result<Json<Value>, Refusal> {
    let views = app
        .run(move |desk| {
            let scope = Scope::new(desk, &caller, READ)?;
            let all = desk.hub.devices()?;
            Ok::<_, ApiError>(all.into_iter().filter(|view| scope.reaches(view.user)).collect::<Vec<_>>())
        })
        .await??;
    Ok(Json(json!({ "devices": views.iter().map(device_json).collect::<Vec<_>>() })))
}

#[derive(Debug, Deserialize)]
struct CodeRequest {
    user: UserId,
}

async fn code(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let CodeRequest { user } = read(&body)?;
    let settings = app.settings.clone();
    let answer = app
        .run(move |desk| {
            let disabled = Scope::new(desk, &caller, KEEP)?.person(user)?.disabled;
            if disabled {
                return Err(ApiError::about(ErrorCode::InvalidValue, "user"));
            }
            let (typed, qr) = codes(desk, &settings, user)?;
            Ok(json!({ "typed": typed, "qr": qr, "minutes": CODE_MINUTES }))
        })
        .await??;
    Ok(Json(answer))
}

/// A code to type and the text of one to scan. They are two: the typed one is shorter.
pub fn codes(desk: &mut Desk, settings: &Settings, user: UserId) -> Result<(String, String), ApiError> {
    let typed = desk.hub.make_code(user, true)?.grouped();
    let code = desk.hub.make_code(user, false)?;
    let qr = EnrolQr { url: settings.url.clone(), org_key: settings.org_key, code };
    Ok((typed, qr.to_text()))
}

#[derive(Debug, Deserialize)]
struct ConfirmRequest {
    /// The six digits that the device shows, as the technician said them.
    digits: String,
}

async fn confirm(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let (device, request) = (device_id(&path)?, read::<ConfirmRequest>(&body)?);
    app.run(move |desk| {
        let view = Scope::new(desk, &caller, KEEP)?.device(desk, device)?;
        // The list does not tell the digits: who confirms must have heard them.
        if view.fingerprint != request.digits.trim() {
            return Err(ApiError::about(ErrorCode::InvalidValue, "digits"));
        }
        desk.hub.confirm_device(device)
    })
    .await??;
    Ok(Json(json!({})))
}

async fn revoke(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(path): Path<String>,
) -> Result<Json<Value>, Refusal> {
    let device = device_id(&path)?;
    app.run(move |desk| {
        Scope::new(desk, &caller, KEEP)?.device(desk, device)?;
        desk.hub.revoke_device(device)
    })
    .await??;
    Ok(Json(json!({})))
}
