//! Something that somebody of the office did to a device or an account: let in, shut out, given a new password.
//!
//! Written by the server alone, so that one can tell who it was: its author did it. Goes to no device, and
//! changes nothing by itself: keys and accounts live in the server's own tables.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::{DeviceId, UserId};
use crate::json::Fields;

/// One deed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OfficeAct {
    /// What was done: a code of `tables/office_acts.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<String>,
    /// To this device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// To this person's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<UserId>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for OfficeAct {
    const KIND: &'static str = "office_act";
}

impl OfficeAct {
    /// Something done to a device.
    pub fn on_device(act: &str, device: DeviceId) -> Self {
        Self { act: Some(act.to_owned()), device: Some(device), ..Self::default() }
    }

    /// Something done to an account.
    pub fn on_person(act: &str, person: UserId) -> Self {
        Self { act: Some(act.to_owned()), person: Some(person), ..Self::default() }
    }
}
