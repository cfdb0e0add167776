//! Values that many screens show.

use serde::Serialize;
use ts_rs::TS;

/// UTC milliseconds and the zone in which they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Time {
    /// UTC milliseconds.
    pub ms: i64,
    /// IANA name or offset.
    pub zone: String,
}

/// From one moment to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Span {
    /// Its beginning.
    pub from: Time,
    /// Its end.
    pub to: Time,
}

/// An amount in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Money {
    /// Fen, cents.
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// A text of the technician: what is recorded, and what he typed since (null = nothing pending).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
pub struct TextField {
    /// What is recorded; empty for nothing.
    pub value: String,
    /// What he typed since.
    pub draft: Option<String>,
}

/// What one meter showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MeterValue {
    /// Which meter.
    #[ts(type = "MeterKind")]
    pub meter: String,
    /// A decimal.
    #[ts(type = "Decimal")]
    pub value: String,
}

/// Where a machine stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
pub struct Place {
    /// As people say it; empty when nobody said.
    pub name: String,
}

/// What an item on the device is to the office. A mark is drawn until `held`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DataState {
    /// The office has said so.
    Held,
    /// On this device, which no office has confirmed yet.
    Saved,
    /// On this device, to be sent.
    Waiting,
    /// Under way.
    Sending,
    /// A person has to decide.
    NeedsYou,
}
