//! Blobs: runs of units into a partial file, in any order, until it is whole and its digest fits.
//!
//! The uploader is answered whatever its grants; who reads one must be allowed to see a record that names
//! it. Bytes are written before the row that says so: a crash between the two costs a run, never a lie.

use fieldcard_schema::digest::{Digest, to_hex};
use fieldcard_schema::id::UserId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::op::Op;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, BlobState, RUN_MAX, UNIT, units};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde_json::Value;

use super::audiences::Right;
use super::ledger::Ledger;
use super::take_op::From;
use super::{Hub, HubError, LIMITS};
use crate::storage::blobs::{BlobRef, StoredBlob};
use crate::storage::devices::{Device, DeviceState};
use crate::storage::{Pk, StorageError};

/// How long a blob that is not whole waits for its next run, in ms.
const PARTIAL_MS: i64 = 30 * Timestamp::DAY;

/// Most bytes of a media type's name.
const MEDIA_TYPE_MAX: usize = 100;

/// The blobs that an op names: its fields `sha256` and `…_sha256`, also of the objects in a list.
pub fn blobs_named(op: &Op) -> Vec<Digest> {
    let listed = op.set.values().filter_map(Value::as_array).flatten().filter_map(Value::as_object);
    std::iter::once(&op.set).chain(listed).flat_map(digests).collect()
}

fn digests(fields: &Fields) -> impl Iterator<Item = Digest> + '_ {
    let is_digest = |field: &str| field == "sha256" || field.ends_with("_sha256");
    let named = fields.iter().filter(move |(field, _)| is_digest(field));
    named.filter_map(|(_, value)| value.as_str()?.parse().ok())
}

fn unheard(sha256: Digest) -> BlobState {
    BlobState { sha256, size: 0, have: String::new(), stored: false, pos: None, epoch: None }
}

fn state_of(blob: &StoredBlob, epoch: &str) -> BlobState {
    let stored = blob.pos.is_some();
    BlobState {
        sha256: blob.sha256,
        size: blob.size,
        have: if stored { String::new() } else { to_hex(&blob.have) },
        stored,
        pos: blob.pos,
        epoch: stored.then(|| epoch.to_owned()),
    }
}

fn bitmap(size: u64) -> Vec<u8> {
    vec![0; usize::try_from(units(size).div_ceil(8)).unwrap_or(0)]
}

/// Marks `count` units from `first` as there.
fn mark_units(have: &mut [u8], first: u64, count: u64) {
    for unit in first..first + count {
        if let Some(byte) = usize::try_from(unit / 8).ok().and_then(|at| have.get_mut(at)) {
            *byte |= 1 << (unit % 8);
        }
    }
}

fn is_full(blob: &StoredBlob) -> bool {
    let have = blob.have.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>();
    have == units(blob.size)
}

impl Ledger<'_> {
    /// Notes that the record in row `rec` names the blobs of an op, and whose device says so.
    pub(super) fn name_blobs(&mut self, from: &From<'_>, op: &Op, rec: Pk) -> Result<(), StorageError> {
        let by = from.device().map(|(device, _)| device.user);
        blobs_named(op).into_iter().try_for_each(|sha256| self.tx.add_blob_ref(sha256, rec, by))
    }

    /// Whether a record that names the blob is in an audience of `user`. His own word counts only if he ever
    /// had the bytes in hand: knowing a digest opens nothing.
    fn sees_blob(&self, user: UserId, sha256: Digest) -> Result<bool, StorageError> {
        let held = self.tx.is_blob_holder(sha256, user)?;
        for BlobRef { rec, by } in self.tx.blob_refs(sha256)? {
            if (held || by != Some(user)) && self.right(user, rec)? == Right::Now {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Hub {
    pub(super) fn put_run(&mut self, token: &str, put: &BlobPut) -> Result<BlobState, ApiError> {
        let device = self.uploader(token)?;
        self.take_run(&device, put)
    }

    /// Takes a run of a device that may upload.
    pub(super) fn take_run(&mut self, device: &Device, put: &BlobPut) -> Result<BlobState, ApiError> {
        put.check().map_err(|error| match error.code {
            ErrorCode::TooLarge => ApiError { limits: Some(LIMITS), ..error },
            _ => error,
        })?;
        if put.media_type.len() > MEDIA_TYPE_MAX {
            return Err(ApiError::about(ErrorCode::InvalidValue, "media_type"));
        }
        let held = self.held_blob(put.sha256)?;
        if let Some(blob) = held.as_ref().filter(|blob| blob.pos.is_some()) {
            return self.take_again(device, blob, put);
        }
        let mut blob = match held {
            Some(blob) if blob.size == put.size => blob,
            other => self.begin_blob(other.is_some(), put, device)?,
        };
        let written = self.ports.blobs.write(put.sha256, u64::from(put.unit) * UNIT, &put.bytes);
        self.cross(written.map_err(HubError::from))?;
        mark_units(&mut blob.have, u64::from(put.unit), units(put.bytes.len() as u64));
        self.write(|ledger| {
            ledger.tx.put_blob(&blob)?;
            Ok(ledger.tx.set_blob_time(blob.sha256, ledger.now)?)
        })?;
        if is_full(&blob) { self.store(blob, device) } else { self.told(&blob) }
    }

    /// A run of a blob that is stored: its bytes must be the stored ones. Who shows a whole unit of them, or
    /// all there is, has them in hand and need not send the rest.
    fn take_again(
        &mut self,
        device: &Device,
        blob: &StoredBlob,
        put: &BlobPut,
    ) -> Result<BlobState, ApiError> {
        let len = put.bytes.len() as u64;
        let range = BlobRange { sha256: put.sha256, from: u64::from(put.unit) * UNIT, len };
        if put.size != blob.size || self.blob_bytes(&range)? != put.bytes {
            return Err(ApiError::about(ErrorCode::BadDigest, "blob"));
        }
        let known = self.read(|ledger| Ok(ledger.tx.is_blob_holder(blob.sha256, device.user)?))?;
        if !known && len >= UNIT.min(blob.size) {
            self.write(|ledger| Ok(ledger.tx.add_blob_holder(blob.sha256, device.user)?))?;
        }
        self.told(blob)
    }

    /// A blob that is new, or that somebody began with another size: then only one of the two can be true,
    /// and the digest will tell.
    fn begin_blob(&mut self, begun: bool, put: &BlobPut, device: &Device) -> Result<StoredBlob, ApiError> {
        self.expect_room(put, device)?;
        if begun {
            let dropped = self.ports.blobs.discard(put.sha256);
            self.cross(dropped.map_err(HubError::from))?;
        }
        Ok(StoredBlob {
            sha256: put.sha256,
            size: put.size,
            media_type: put.media_type.clone(),
            have: bitmap(put.size),
            pos: None,
            uploader: device.id,
        })
    }

    /// Refuses a blob that no op names yet, once its device has sent too much of that kind. Ops go first, so
    /// that only what nobody will ever ask for meets this.
    fn expect_room(&mut self, put: &BlobPut, device: &Device) -> Result<(), ApiError> {
        let most = self.config.unnamed_max;
        let full = self.read(|ledger| {
            let named = !ledger.tx.blob_refs(put.sha256)?.is_empty();
            Ok(!named && ledger.tx.unnamed_bytes(device.id)?.saturating_add(put.size) > most)
        })?;
        if full { Err(ApiError::about(ErrorCode::TooLarge, "unnamed")) } else { Ok(()) }
    }

    /// Drops what has come of blobs that had no run for a month: a device that still has one sends it anew.
    /// Answers how many.
    pub fn drop_stale_blobs(&mut self) -> Result<usize, ApiError> {
        let stale = self.write(|ledger| {
            let stale = ledger.tx.stale_blobs(ledger.now.plus(-PARTIAL_MS))?;
            stale.iter().try_for_each(|sha256| ledger.tx.remove_blob(*sha256))?;
            Ok(stale)
        })?;
        for sha256 in &stale {
            let dropped = self.ports.blobs.discard(*sha256);
            self.cross(dropped.map_err(HubError::from))?;
        }
        Ok(stale.len())
    }

    pub(super) fn complete_blob(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        let device = self.uploader(token)?;
        match self.known_blob(&device, sha256)? {
            None => Ok(unheard(sha256)),
            Some(blob) if blob.pos.is_none() && is_full(&blob) => self.store(blob, &device),
            Some(blob) => self.told(&blob),
        }
    }

    pub(super) fn tell_blob(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        let device = self.uploader(token)?;
        match self.known_blob(&device, sha256)? {
            None => Ok(unheard(sha256)),
            Some(blob) => self.told(&blob),
        }
    }

    pub(super) fn read_blob(&mut self, token: &str, range: &BlobRange) -> Result<Vec<u8>, ApiError> {
        let device = self.device_of(token)?;
        match device.state {
            DeviceState::Unconfirmed => return Err(ErrorCode::Unconfirmed.into()),
            DeviceState::Revoked => return Err(ErrorCode::Revoked.into()),
            DeviceState::Active => {}
        }
        self.read(|ledger| {
            let stored = ledger.tx.blob(range.sha256)?.is_some_and(|blob| blob.pos.is_some());
            let may = stored && ledger.sees_blob(device.user, range.sha256)?;
            if may { Ok(()) } else { Err(ErrorCode::NotFound.into()) }
        })?;
        self.blob_bytes(range)
    }

    /// Bytes of a stored blob, for callers whose right was judged elsewhere: the office.
    pub fn blob_bytes(&mut self, range: &BlobRange) -> Result<Vec<u8>, ApiError> {
        let read = self.ports.blobs.read(range.sha256, range.from, range.len.min(RUN_MAX));
        self.cross(read.map_err(HubError::from))
    }

    /// The device of a token, if it may upload: all but those not yet confirmed.
    fn uploader(&mut self, token: &str) -> Result<Device, ApiError> {
        let device = self.device_of(token)?;
        if device.state == DeviceState::Unconfirmed { Err(ErrorCode::Unconfirmed.into()) } else { Ok(device) }
    }

    /// A blob as its uploader, or who sees a record that names it, may know of it. To anybody else it is one
    /// that nobody has heard of: whether the office holds certain bytes is not theirs to ask.
    fn known_blob(&mut self, device: &Device, sha256: Digest) -> Result<Option<StoredBlob>, ApiError> {
        self.read(|ledger| {
            let Some(blob) = ledger.tx.blob(sha256)? else { return Ok(None) };
            let may = blob.uploader == device.id || ledger.sees_blob(device.user, sha256)?;
            Ok(Some(blob).filter(|_| may))
        })
    }

    pub(super) fn held_blob(&mut self, sha256: Digest) -> Result<Option<StoredBlob>, ApiError> {
        self.read(|ledger| Ok(ledger.tx.blob(sha256)?))
    }

    fn told(&mut self, blob: &StoredBlob) -> Result<BlobState, ApiError> {
        self.read(|ledger| Ok(state_of(blob, &ledger.org_head()?.epoch)))
    }

    /// All units are there: the blob is stored if its digest fits, and dropped if not.
    fn store(&mut self, blob: StoredBlob, by: &Device) -> Result<BlobState, ApiError> {
        let finished = self.ports.blobs.finish(blob.sha256, blob.size);
        if !self.cross(finished.map_err(HubError::from))? {
            self.write(|ledger| Ok(ledger.tx.remove_blob(blob.sha256)?))?;
            return Err(ApiError::about(ErrorCode::BadDigest, "blob"));
        }
        self.write(|ledger| {
            let org = ledger.org_head()?;
            let stored = StoredBlob { have: Vec::new(), pos: Some(org.head), ..blob };
            ledger.tx.put_blob(&stored)?;
            ledger.tx.add_blob_holder(stored.sha256, by.user)?;
            ledger.touch_jobs_naming(stored.sha256)?;
            ledger.issue_receipts()?;
            Ok(state_of(&stored, &org.epoch))
        })
    }
}
