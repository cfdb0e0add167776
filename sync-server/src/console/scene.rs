//! What read models are made from: one state of the store, seen by one caller.
//!
//! Names of people, what devices still hold and which blobs are here are asked of this place by every model.
//! What is out of the caller's reach is not found.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::op::{Op, Origin};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::rules::status::{self, JobStatus};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::scope::Scope;
use super::value::{BlobRef, BlobState, PersonRef, UnitView, Unsent};
use crate::accounts::{Caller, Roles, Unit, UnitId, is_within};
use crate::desk::heard;
use crate::desk::reader::{Office, Reader};
use crate::hub::Seen;
use crate::ports::BlobStore;
use crate::storage::Tx;
use crate::storage::devices::{Device, DeviceState};
use crate::storage::records::StoredRecord;

/// One state of the store, and who looks.
pub struct Scene<'r> {
    /// The store.
    pub tx: Box<dyn Tx + 'r>,
    /// Bytes of blobs.
    pub blobs: &'r dyn BlobStore,
    /// What the caller reaches.
    pub scope: Scope<'r>,
    /// What is fixed about the office.
    pub office: Arc<Office>,
    /// The org tree, those above before those below.
    pub units: Vec<Unit>,
    /// When this is looked at.
    pub now: Timestamp,
    seen: BTreeMap<DeviceId, Seen>,
    devices: OnceCell<Vec<Device>>,
}

/// A job with all that hangs on it.
pub struct JobFile {
    /// The job.
    pub job: StoredRecord,
    /// Its fields.
    pub fields: Job,
    /// All that hangs on it, as it came.
    pub records: Vec<StoredRecord>,
    /// Where its steps and visits stand.
    pub status: JobStatus,
}

/// A field that holds an id.
pub fn id_in(fields: &Fields, name: &str) -> Option<RecordId> {
    fields.get(name)?.as_str()?.parse().ok()
}

/// A text, empty where nobody said.
pub fn said(text: Option<String>) -> String {
    text.unwrap_or_default()
}

impl<'r> Scene<'r> {
    /// What `caller` sees by `roles`.
    pub fn new(reader: &'r mut Reader, caller: &'r Caller, roles: Roles) -> Result<Self, ApiError> {
        let (office, seen, now) = (Arc::clone(&reader.office), reader.last_words(), reader.now());
        let (tx, accounts, blobs) = reader.look()?;
        let units = accounts.units().map_err(heard)?;
        let scope = Scope::new(office.org, accounts, caller, roles)?;
        Ok(Self { tx, blobs, scope, office, units, now, seen, devices: OnceCell::new() })
    }

    /// Somebody by name.
    pub fn person(&self, user: UserId) -> PersonRef {
        let account = self.scope.people().iter().find(|account| account.user == user);
        PersonRef { user, name: account.map(|account| account.name.clone()).unwrap_or_default() }
    }

    /// The unit of a person, by name.
    pub fn unit_name(&self, user: UserId) -> String {
        let unit = self.scope.unit_of(user);
        let unit = self.units.iter().find(|one| Some(one.id) == unit);
        unit.map(|unit| unit.name.clone()).unwrap_or_default()
    }

    /// Whether `unit` is `top` or lies below it.
    pub fn is_within(&self, unit: UnitId, top: UnitId) -> bool {
        is_within(&self.units, unit, top)
    }

    /// The units that the caller reaches.
    pub fn unit_views(&self) -> Vec<UnitView> {
        let reached: Vec<_> = self.scope.units().collect();
        let units = self.units.iter().filter(|unit| reached.contains(&unit.id));
        units.map(|unit| UnitView { unit: unit.id, parent: unit.parent, name: unit.name.clone() }).collect()
    }

    /// All devices, with the last word of each.
    pub fn devices(&self) -> Result<&[Device], ApiError> {
        if let Some(devices) = self.devices.get() {
            return Ok(devices);
        }
        let mut devices = self.tx.devices()?;
        for device in &mut devices {
            if let Some(seen) = self.seen.get(&device.id) {
                (device.seen_at, device.held, device.partial) = (Some(seen.at), seen.held, seen.partial);
            }
        }
        Ok(self.devices.get_or_init(|| devices))
    }

    /// What the devices of a person still hold; revoked ones too: what they hold can still come in.
    pub fn unsent_of(&self, user: UserId) -> Result<Option<Unsent>, ApiError> {
        let held = self.devices()?.iter().filter(|device| device.user == user).filter_map(unsent);
        Ok(held.reduce(|all, one| Unsent {
            ops: all.ops + one.ops,
            blobs: all.blobs + one.blobs,
            oldest: all.oldest.min(one.oldest),
        }))
    }

    /// A file that a record names.
    pub fn blob(&self, sha256: Digest, size: u64) -> Result<BlobRef, ApiError> {
        let state = match self.tx.blob(sha256)? {
            Some(_) => BlobState::Stored,
            None if self.tx.blob_senders(sha256)?.is_empty() => BlobState::Absent,
            None => BlobState::Partial,
        };
        Ok(BlobRef { sha256, size, state })
    }

    /// All bytes of a stored blob; none when it is not here.
    pub fn bytes(&self, sha256: Digest) -> Result<Option<Vec<u8>>, ApiError> {
        let Some(blob) = self.tx.blob(sha256)? else { return Ok(None) };
        // A file that was lost is told as missing; that is what the check is for.
        Ok(self.blobs.read(sha256, 0, blob.size).ok())
    }

    /// A job in reach.
    pub fn job(&self, job: RecordId) -> Result<StoredRecord, ApiError> {
        let found = self.tx.record(job)?.filter(|found| found.state.kind == Job::KIND);
        let found = found.filter(|found| self.scope.reaches_job(&found.state));
        found.ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// A job in reach with all that hangs on it.
    pub fn file(&self, job: RecordId) -> Result<JobFile, ApiError> {
        let job = self.job(job)?;
        let records = self.tx.records_of_job(job.pk)?;
        let status = status::fold(job.rec, records.iter().map(|record| (record.rec, &record.state)));
        Ok(JobFile { fields: Job::from_fields(&job.state.fields).unwrap_or_default(), job, records, status })
    }

    /// When a record came, and when its author says that he made it.
    pub fn made(&self, record: &StoredRecord) -> Result<(Option<Timestamp>, Option<Timestamp>), ApiError> {
        let Some(stored) = self.tx.op_at(record.state.born)? else { return Ok((None, None)) };
        let said = Op::parse(&stored.body).ok().map(|op| op.t.wall());
        Ok((Some(Timestamp(stored.at)), said))
    }

    /// The name of where an op was made; none for the office.
    pub fn device_name(&self, origin: Origin) -> Result<Option<String>, ApiError> {
        let Origin::Device(id) = origin else { return Ok(None) };
        let device = self.devices()?.iter().find(|device| device.id == id);
        Ok(Some(device.map(|device| device.label.clone()).unwrap_or_default()))
    }
}

/// What a device holds; none for nothing.
pub fn unsent(device: &Device) -> Option<Unsent> {
    let held = device.held.filter(|held| held.ops + held.blobs > 0)?;
    Some(Unsent { ops: held.ops, blobs: held.blobs, oldest: Timestamp(held.oldest) })
}

/// Whether a device counts as one in use.
pub fn in_use(device: &Device) -> bool {
    device.state != DeviceState::Revoked
}

impl JobFile {
    /// The records of one kind with their fields, struck out ones too; fields that no version wrote read as
    /// empty.
    pub fn all<R: Record + Default>(&self) -> Vec<(&StoredRecord, R)> {
        let of_kind = self.records.iter().filter(|record| record.state.kind == R::KIND);
        of_kind.map(|record| (record, R::from_fields(&record.state.fields).unwrap_or_default())).collect()
    }
}
