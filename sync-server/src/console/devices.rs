//! Devices: what each still holds unsent; codes to enrol one.

use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::acts::{ActLine, Newest};
use super::scene::{Scene, unsent};
use super::value::{PersonRef, Unsent};
use crate::hub::without_backup;
use crate::storage::devices::{Device, DeviceState};
use crate::storage::log::is_forked;

/// All devices in reach: those that hold something first, the oldest of it leading.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DevicesView {
    /// One a line.
    pub devices: Vec<DeviceLine>,
    /// Since when there is no good backup, once that is more than a month; phones keep all photos until there is.
    #[ts(type = "Ms | null")]
    pub no_backup_since: Option<Timestamp>,
    /// When the server was last restored, or found to be rolled back.
    #[ts(type = "Ms | null")]
    pub restored_at: Option<Timestamp>,
}

/// What a device may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeviceStanding {
    /// Enrolled, its six digits not compared yet: reads nothing.
    Unconfirmed,
    /// In use.
    Active,
    /// Shut out: what it still sends is parked.
    Revoked,
}

/// What the office should know of a device beside what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeviceMark {
    /// Its chain of work has a hole: something may be lost.
    BrokenChain,
    /// Two histories came under its name: its store was copied, or put back from a backup.
    Forked,
    /// It has not called since the server was restored: what it gave before may be missing here.
    NotBack,
    /// Its first pull had not ended when it last called: it shows less than there is.
    Partial,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DeviceLine {
    /// Its id.
    #[ts(type = "Id")]
    pub device: DeviceId,
    /// Whose it is.
    pub owner: PersonRef,
    /// Name of the owner's unit.
    pub unit: String,
    /// What it may do.
    pub state: DeviceStanding,
    /// What its owner calls it.
    pub label: String,
    /// Version of its app.
    pub app: String,
    /// When it was enrolled.
    #[ts(type = "Ms")]
    pub enrolled_at: Timestamp,
    /// When it last called; null for never.
    #[ts(type = "Ms | null")]
    pub seen_at: Option<Timestamp>,
    /// What it then said it holds; null for nothing.
    pub unsent: Option<Unsent>,
    /// What else the office should know of it.
    pub marks: Vec<DeviceMark>,
    /// What the office did to it last.
    pub last_act: Option<ActLine>,
}

/// For whom a code shall be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct EnrolCodeRequest {
    /// The person.
    #[ts(type = "Id")]
    pub user: UserId,
}

/// A code that lets one device in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct EnrolCodeView {
    /// For whom.
    pub owner: PersonRef,
    /// To type, in groups.
    pub typed: String,
    /// The address that is typed with it.
    pub url: String,
    /// To scan, as text.
    pub qr: String,
    /// The same as a square of modules: a string a row, `1` is dark. Draw it with 4 modules of white around.
    pub modules: Vec<String>,
    /// When both end.
    #[ts(type = "Ms")]
    pub expires_at: Timestamp,
}

/// What the technician read from the device.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// Six digits.
    pub digits: String,
}

/// All devices in reach.
pub fn view(scene: &Scene<'_>) -> Result<DevicesView, ApiError> {
    let mut devices = Vec::new();
    let acts = Newest::read(scene)?;
    let org = scene.tx.org_head()?.ok_or(ErrorCode::Internal)?;
    let restored_at = org.loss.map(|loss| loss.at);
    for device in scene.devices()?.iter().filter(|device| scene.scope.reaches(device.user)) {
        devices.push(line(scene, device, restored_at, acts.of_device(scene, device.id)?)?);
    }
    // What waits longest first; then what called last.
    devices.sort_by_key(|line: &DeviceLine| {
        (line.unsent.map_or(i64::MAX, |unsent| unsent.oldest.0), std::cmp::Reverse(line.seen_at))
    });
    Ok(DevicesView { devices, no_backup_since: without_backup(&org, scene.now), restored_at })
}

fn line(
    scene: &Scene<'_>,
    device: &Device,
    restored_at: Option<Timestamp>,
    last_act: Option<ActLine>,
) -> Result<DeviceLine, ApiError> {
    Ok(DeviceLine {
        device: device.id,
        owner: scene.person(device.user),
        unit: scene.unit_name(device.user),
        state: DeviceStanding::of(device.state),
        label: device.label.clone(),
        app: device.app.clone(),
        enrolled_at: device.enrolled_at,
        seen_at: device.seen_at,
        unsent: unsent(device),
        marks: marks(scene, device, restored_at)?,
        last_act,
    })
}

fn marks(
    scene: &Scene<'_>,
    device: &Device,
    restored_at: Option<Timestamp>,
) -> Result<Vec<DeviceMark>, ApiError> {
    let chains = scene.tx.chains(device.id)?;
    let rootless = chains.iter().filter(|chain| chain.prev.is_none()).count();
    let back = restored_at.is_none_or(|at| device.seen_at.is_none_or(|seen| seen > at));
    let marks = [
        (rootless > 1, DeviceMark::BrokenChain),
        (device.forked_at.is_some() || is_forked(&chains), DeviceMark::Forked),
        (!back && device.state != DeviceState::Revoked, DeviceMark::NotBack),
        (device.partial && device.state == DeviceState::Active, DeviceMark::Partial),
    ];
    Ok(marks.into_iter().filter_map(|(holds, mark)| holds.then_some(mark)).collect())
}

impl DeviceStanding {
    /// As the store says it.
    pub fn of(state: DeviceState) -> Self {
        match state {
            DeviceState::Unconfirmed => Self::Unconfirmed,
            DeviceState::Active => Self::Active,
            DeviceState::Revoked => Self::Revoked,
        }
    }

    /// The word as it crosses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unconfirmed => "unconfirmed",
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }
}
