//! Devices: what each still holds unsent; codes to enrol one.

use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::time::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::value::{PersonRef, Unsent};

/// All devices in reach: those that hold something first, the oldest of it leading.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct DevicesView {
    /// One a line.
    pub devices: Vec<DeviceLine>,
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
    /// Its chain of work has a hole: something may be lost.
    pub broken_chain: bool,
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
