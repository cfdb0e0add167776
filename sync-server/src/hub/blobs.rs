//! Blobs: runs of units into a partial file, in any order, until it is whole and its digest fits.
//!
//! The uploader is answered whatever its grants; who reads one must be allowed to see a record that names
//! it. Bytes are written before the row that says so: a crash between the two costs a run, never a lie.

use fieldcard_schema::digest::{Digest, to_hex};
use fieldcard_schema::id::{OpId, RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::Outcome;
use fieldcard_schema::op::{Act, OP_VERSION, Op, Origin};
use fieldcard_schema::time::{ClockReading, Timestamp};
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, BlobState, RUN_MAX, UNIT, units};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::OpOutcome;
use serde_json::Value;

use super::audiences::Right;
use super::ledger::Ledger;
use super::office::SERVER_APP;
use super::take_op::{From, Incoming};
use super::{Hub, HubError, LIMITS};
use crate::ports::{BlobStoreError, Part};
use crate::storage::blobs::{BlobPart, BlobRef, StoredBlob};
use crate::storage::devices::{Device, DeviceState};
use crate::storage::{Pk, StorageError};

/// How long a blob that is not whole waits for its next run, in ms.
const PARTIAL_MS: i64 = 30 * Timestamp::DAY;

/// Most bytes of a media type's name.
const MEDIA_TYPE_MAX: usize = 100;

/// What the log calls the op that says a blob is whole. There is no record of that kind.
const BLOB_KIND: &str = "blob";

/// What a device may know of a blob.
enum Known {
    Nothing,
    Part(BlobPart),
    Whole(StoredBlob),
}

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

fn state_of(blob: &StoredBlob, epoch: String) -> BlobState {
    let StoredBlob { sha256, size, pos, .. } = *blob;
    BlobState { sha256, size, have: String::new(), stored: true, pos: Some(pos), epoch: Some(epoch) }
}

fn under_way(part: &BlobPart) -> BlobState {
    BlobState { size: part.size, have: to_hex(&part.have), ..unheard(part.sha256) }
}

fn named(part: &BlobPart) -> Part {
    Part { sha256: part.sha256, by: part.by }
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

fn is_full(part: &BlobPart) -> bool {
    let have = part.have.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>();
    have == units(part.size)
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

    /// Writes down that a blob is whole. That is an op like any other, so that it has a position of its own and
    /// stands under the running hash: a backup, and a mark, either cover it or do not.
    pub(super) fn keep_blob(&mut self, whole: &BlobPart) -> Result<StoredBlob, HubError> {
        let mut rec = [0; 16];
        rec.copy_from_slice(&whole.sha256.0[..16]);
        let set = serde_json::json!({
            "sha256": whole.sha256,
            "size": whole.size,
            "media_type": whole.media_type,
            "device": whole.by,
        });
        let op = Op {
            v: OP_VERSION,
            op_id: OpId(self.new_uuid()),
            user: UserId(self.config.org.0),
            device: Origin::Server,
            kind: BLOB_KIND.to_owned(),
            rec: RecordId(uuid::Builder::from_custom_bytes(rec).into_uuid()),
            job: None,
            act: Act::Create,
            set: set.as_object().cloned().unwrap_or_default(),
            base: None,
            group: None,
            t: ClockReading(self.now.0, self.now.0, 0),
            tz: self.config.tz.clone(),
            app: SERVER_APP.to_owned(),
        };
        let body = op.encode().map_err(|_| ErrorCode::Internal)?;
        let (body, op_id, pos) = (body.as_bytes(), Some(op.op_id), self.position()?);
        let incoming = Incoming { from: &From::Office, body, hash: Digest::of(body), op_id, whole: true };
        self.log_op(&incoming, None, OpOutcome { outcome: Outcome::Applied, why: None, pos })?;
        let BlobPart { sha256, size, .. } = *whole;
        let stored =
            StoredBlob { sha256, size, media_type: whole.media_type.clone(), pos, uploader: whole.by };
        self.tx.put_blob(&stored)?;
        Ok(stored)
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
        if let Some(blob) = self.held_blob(put.sha256)? {
            return self.take_again(device, &blob, put);
        }
        let mut part = self.part_of(device, put)?;
        let written = self.ports.blobs.write(named(&part), u64::from(put.unit) * UNIT, &put.bytes);
        self.cross(written.map_err(HubError::from))?;
        mark_units(&mut part.have, u64::from(put.unit), units(put.bytes.len() as u64));
        part.at = self.ports.clock.now();
        self.write(|ledger| Ok(ledger.tx.put_blob_part(&part)?))?;
        if is_full(&part) { self.store(&part, device) } else { Ok(under_way(&part)) }
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

    /// What a device has sent of a blob so far. One that it began with another size begins anew: only one of the
    /// two can be true, and the digest will tell.
    fn part_of(&mut self, device: &Device, put: &BlobPut) -> Result<BlobPart, ApiError> {
        let (sha256, by) = (put.sha256, device.id);
        let begun = self.read(|ledger| Ok(ledger.tx.blob_part(sha256, by)?))?;
        if let Some(part) = begun.as_ref().filter(|part| part.size == put.size) {
            return Ok(part.clone());
        }
        self.expect_room(put, device)?;
        if begun.is_some() {
            let dropped = self.ports.blobs.discard(Part { sha256, by });
            self.cross(dropped.map_err(HubError::from))?;
        }
        let (media_type, at) = (put.media_type.clone(), self.ports.clock.now());
        Ok(BlobPart { sha256, by, size: put.size, media_type, have: bitmap(put.size), at })
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
            let stale = ledger.tx.stale_parts(ledger.now.plus(-PARTIAL_MS))?;
            stale.iter().try_for_each(|(sha256, by)| ledger.tx.drop_blob_part(*sha256, *by))?;
            Ok(stale)
        })?;
        for (sha256, by) in &stale {
            let dropped = self.ports.blobs.discard(Part { sha256: *sha256, by: *by });
            self.cross(dropped.map_err(HubError::from))?;
        }
        Ok(stale.len())
    }

    pub(super) fn complete_blob(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        let device = self.uploader(token)?;
        match self.known_blob(&device, sha256)? {
            Known::Part(part) if is_full(&part) => self.store(&part, &device),
            known => self.tell(sha256, known),
        }
    }

    pub(super) fn tell_blob(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        let device = self.uploader(token)?;
        let known = self.known_blob(&device, sha256)?;
        self.tell(sha256, known)
    }

    fn tell(&mut self, sha256: Digest, known: Known) -> Result<BlobState, ApiError> {
        match known {
            Known::Nothing => Ok(unheard(sha256)),
            Known::Part(part) => Ok(under_way(&part)),
            Known::Whole(blob) => self.told(&blob),
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
            let stored = ledger.tx.blob(range.sha256)?.is_some();
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
    /// that nobody has heard of, but for what he sent himself: whether the office holds certain bytes is not
    /// theirs to ask.
    fn known_blob(&mut self, device: &Device, sha256: Digest) -> Result<Known, ApiError> {
        self.read(|ledger| {
            if let Some(blob) = ledger.tx.blob(sha256)?
                && (blob.uploader == device.id || ledger.sees_blob(device.user, sha256)?)
            {
                return Ok(Known::Whole(blob));
            }
            Ok(ledger.tx.blob_part(sha256, device.id)?.map_or(Known::Nothing, Known::Part))
        })
    }

    pub(super) fn held_blob(&mut self, sha256: Digest) -> Result<Option<StoredBlob>, ApiError> {
        self.read(|ledger| Ok(ledger.tx.blob(sha256)?))
    }

    fn told(&mut self, blob: &StoredBlob) -> Result<BlobState, ApiError> {
        self.read(|ledger| Ok(state_of(blob, ledger.org_head()?.epoch)))
    }

    /// All units are there: the blob is stored if its digest fits, and dropped if not. Bytes that a power cut or
    /// a rollback took after their row was written are as if they had never come: the device sends them anew.
    fn store(&mut self, part: &BlobPart, by: &Device) -> Result<BlobState, ApiError> {
        let lost = match self.ports.blobs.finish(named(part), part.size) {
            Ok(true) => None,
            Ok(false) => Some(Err(ApiError::about(ErrorCode::BadDigest, "blob"))),
            Err(BlobStoreError::Missing) => Some(Ok(unheard(part.sha256))),
            Err(error) => return self.cross(Err(error.into())),
        };
        if let Some(answer) = lost {
            self.write(|ledger| Ok(ledger.tx.drop_blob_part(part.sha256, part.by)?))?;
            return answer;
        }
        let (state, senders) = self.write(|ledger| {
            let stored = ledger.keep_blob(part)?;
            ledger.tx.add_blob_holder(stored.sha256, by.user)?;
            ledger.touch_jobs_naming(stored.sha256)?;
            ledger.issue_receipts()?;
            let senders = ledger.tx.blob_senders(stored.sha256)?;
            senders.iter().try_for_each(|sender| ledger.tx.drop_blob_part(stored.sha256, *sender))?;
            Ok((state_of(&stored, ledger.org_head()?.epoch), senders))
        })?;
        for by in senders.into_iter().filter(|sender| *sender != part.by) {
            let dropped = self.ports.blobs.discard(Part { sha256: part.sha256, by });
            self.cross(dropped.map_err(HubError::from))?;
        }
        Ok(state)
    }
}
