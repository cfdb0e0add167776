//! The office's side of devices: confirm, revoke, and see what each still holds unsent. Who does it is written
//! down with it.

use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::office_act::OfficeAct;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::enrol::{fingerprint, to_base64};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::Outstanding;

use super::ledger::Ledger;
use super::office::{Actor, OfficeOp};
use super::{Hub, HubError};
use crate::storage::devices::{Device, DeviceState};
use crate::storage::log::is_forked;

/// A device as the office sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceView {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub user: UserId,
    /// What it may do.
    pub state: DeviceState,
    /// What its owner calls it.
    pub label: String,
    /// Version of its app at enrolment.
    pub app: String,
    /// Six digits to compare with those on the device.
    pub fingerprint: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
    /// When it last called.
    pub seen_at: Option<Timestamp>,
    /// What it then said it holds unsent, and since when.
    pub held: Option<Outstanding>,
    /// A new incarnation named no older one although there was one: ops between them may be lost.
    pub broken_chain: bool,
    /// Two histories came under its name: its store was copied, or put back from a backup.
    pub forked: bool,
}

impl Hub {
    /// All devices, in the order of their enrolment, with the last word of each.
    pub fn devices(&mut self) -> Result<Vec<DeviceView>, ApiError> {
        let seen = self.seen.all();
        let org_key = to_base64(&self.config.org_key);
        self.read(|ledger| {
            let mut views = Vec::new();
            for device in ledger.tx.devices()? {
                let chains = ledger.tx.chains(device.id)?;
                let last = seen.get(&device.id);
                views.push(DeviceView {
                    id: device.id,
                    user: device.user,
                    state: device.state,
                    label: device.label,
                    app: device.app,
                    fingerprint: fingerprint(&org_key, device.id, &to_base64(&device.key)),
                    enrolled_at: device.enrolled_at,
                    seen_at: last.map(|seen| seen.at).or(device.seen_at),
                    held: last.map_or(device.held, |seen| seen.held),
                    forked: device.forked_at.is_some() || is_forked(&chains),
                    broken_chain: chains.iter().filter(|chain| chain.prev.is_none()).count() > 1,
                });
            }
            Ok(views)
        })
    }

    /// The six digits were compared, by whoever rules the server: the device may read.
    pub fn confirm_device(&mut self, device: DeviceId) -> Result<(), ApiError> {
        let office = Actor::org(self.config.org);
        self.confirm_device_by(&office, device)
    }

    /// Somebody of the office has compared the six digits: the device may read.
    pub fn confirm_device_by(&mut self, by: &Actor, device: DeviceId) -> Result<(), ApiError> {
        let act = OfficeAct::on_device("device_confirmed", device);
        self.change_device(by, &act, device, |device| match device.state {
            DeviceState::Revoked => Err(ErrorCode::Revoked.into()),
            _ => Ok(Device { state: DeviceState::Active, ..device }),
        })
    }

    /// Whoever rules the server shuts the device out.
    pub fn revoke_device(&mut self, device: DeviceId) -> Result<(), ApiError> {
        let office = Actor::org(self.config.org);
        self.revoke_device_by(&office, device)
    }

    /// From now on the device reads nothing; what it still sends is stored, and parked.
    pub fn revoke_device_by(&mut self, by: &Actor, device: DeviceId) -> Result<(), ApiError> {
        let act = OfficeAct::on_device("device_revoked", device);
        self.change_device(by, &act, device, |device| Ok(Device { state: DeviceState::Revoked, ..device }))
    }

    /// Notes what somebody of the office did to a device or an account.
    pub fn note_act(&mut self, by: &Actor, act: &OfficeAct) -> Result<(), ApiError> {
        self.write(|ledger| ledger.note_act(by, act))
    }

    fn change_device(
        &mut self,
        by: &Actor,
        act: &OfficeAct,
        id: DeviceId,
        change: impl FnOnce(Device) -> Result<Device, ApiError>,
    ) -> Result<(), ApiError> {
        self.write(|ledger| {
            let device = ledger.tx.device(id)?.ok_or(ErrorCode::NotFound)?;
            ledger.tx.put_device(&change(device)?)?;
            ledger.note_act(by, act)
        })
    }
}

impl Ledger<'_> {
    pub(super) fn note_act(&mut self, by: &Actor, act: &OfficeAct) -> Result<(), HubError> {
        let rec = self.new_record_id();
        self.office(by, vec![OfficeOp::create(OfficeAct::KIND, rec, None, act.to_fields())]).map(drop)
    }
}
