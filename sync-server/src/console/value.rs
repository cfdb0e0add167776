//! Values that many answers carry.

use fieldcard_schema::id::UserId;
use fieldcard_schema::time::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::accounts::UnitId;

/// Somebody, by id and name; a name is empty where the person is not known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PersonRef {
    /// The account.
    #[ts(type = "Id")]
    pub user: UserId,
    /// As people call the person.
    pub name: String,
}

/// A part of the org tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct UnitView {
    /// Its id.
    #[ts(type = "Id")]
    pub unit: UnitId,
    /// The one above; null for the company.
    #[ts(type = "Id | null")]
    pub parent: Option<UnitId>,
    /// Its name.
    pub name: String,
}

/// A role, and the unit from which it reaches down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct RoleAt {
    /// Where it holds.
    #[ts(type = "Id")]
    pub unit: UnitId,
    /// Which.
    #[ts(type = "Role")]
    pub role: String,
}

/// What devices said they hold and the office has not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Unsent {
    /// Entries.
    pub ops: u64,
    /// Photos and cards.
    pub blobs: u64,
    /// Since when the oldest of them waits, by the device's clock.
    #[ts(type = "Ms")]
    pub oldest: Timestamp,
}

/// Whether the office holds the bytes of a photo or card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BlobState {
    /// Every byte, under its digest.
    Stored,
    /// Some of it: the device is sending.
    Partial,
    /// Nothing yet.
    Absent,
}

/// A file that a record names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct BlobRef {
    /// Its name: fetched at `/office/v1/jobs/{job}/blobs/{sha256}`.
    #[ts(type = "Digest")]
    pub sha256: fieldcard_schema::digest::Digest,
    /// Bytes, as the record says.
    pub size: u64,
    /// Whether it is here.
    pub state: BlobState,
}

/// Somebody to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ContactView {
    /// Name.
    pub name: String,
    /// What the person is there.
    #[ts(type = "ContactRole | null")]
    pub role: Option<String>,
    /// Phone; empty for none.
    pub phone: String,
}

/// An amount in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Money {
    /// Fen, cents.
    pub minor: i64,
    /// ISO 4217 code.
    pub currency: String,
}

/// An answer that says no more than that it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub struct Done {}
