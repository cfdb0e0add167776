//! Who did what to devices and accounts, as the console tells it: the newest deed of each.
//!
//! Only tells: the deed itself is written where it is done, in the hub and in `desk::people`.

use std::collections::BTreeMap;

use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::office_act::OfficeAct;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;
use serde::Serialize;
use ts_rs::TS;

use super::scene::{Scene, said};
use super::value::PersonRef;
use crate::storage::records::StoredRecord;

/// A deed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ActLine {
    /// What: a code of `office_acts`.
    #[ts(type = "OfficeAct")]
    pub act: String,
    /// Who; without a name it came from the server's own command line.
    pub by: PersonRef,
    /// When.
    #[ts(type = "Ms | null")]
    pub at: Option<Timestamp>,
}

/// The newest deed on each device and on each account.
#[derive(Default)]
pub struct Newest {
    devices: BTreeMap<DeviceId, StoredRecord>,
    people: BTreeMap<UserId, StoredRecord>,
}

impl Newest {
    /// Reads them.
    pub fn read(scene: &Scene<'_>) -> Result<Self, ApiError> {
        let mut newest = Self::default();
        // As they came: a later one takes the place of an earlier one.
        for record in scene.tx.free_records(OfficeAct::KIND, 0, usize::MAX)? {
            let act = OfficeAct::from_fields(&record.state.fields).unwrap_or_default();
            if let Some(device) = act.device {
                newest.devices.insert(device, record);
            } else if let Some(person) = act.person {
                newest.people.insert(person, record);
            }
        }
        Ok(newest)
    }

    /// The last on a device; none of the time before deeds were kept.
    pub fn of_device(&self, scene: &Scene<'_>, device: DeviceId) -> Result<Option<ActLine>, ApiError> {
        self.devices.get(&device).map(|record| line(scene, record)).transpose()
    }

    /// The last on an account.
    pub fn of_person(&self, scene: &Scene<'_>, person: UserId) -> Result<Option<ActLine>, ApiError> {
        self.people.get(&person).map(|record| line(scene, record)).transpose()
    }
}

fn line(scene: &Scene<'_>, record: &StoredRecord) -> Result<ActLine, ApiError> {
    let act = OfficeAct::from_fields(&record.state.fields).unwrap_or_default();
    let (at, _) = scene.made(record)?;
    Ok(ActLine { act: said(act.act), by: scene.person(record.state.author), at })
}
