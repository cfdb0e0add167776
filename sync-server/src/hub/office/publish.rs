//! The office publishes a dataset: the file becomes a blob, the record names it, everybody's device fetches it.

use fieldcard_schema::dataset::delta::{self, Version};
use fieldcard_schema::dataset::{Header, MEDIA_TYPE, Reader, key_of};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, RecordId};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::dataset::{Dataset, Delta};
use fieldcard_schema::wire::blob::{BLOB_MAX, BlobRange, RUN_MAX};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use serde_json::Value;
use uuid::Uuid;

use super::{Actor, OfficeOp};
use crate::hub::{Hub, HubError, LIMITS};
use crate::ports::Part;
use crate::storage::blobs::BlobPart;

/// Versions back from which a delta leads to the current one; a device further behind takes the whole file.
const DELTAS_MAX: usize = 3;

/// A file read whole: what a delta is made between.
struct Whole {
    sha256: Digest,
    header: Header,
    lines: Vec<Vec<u8>>,
    keys: Vec<String>,
}

impl Whole {
    /// `None` where a line has no key: then no row can be told from another.
    fn of(file: &[u8]) -> Option<Self> {
        let mut reader = Reader::open(file).ok()?;
        let header = reader.header().clone();
        let mut lines = Vec::new();
        while let Some(line) = reader.next_raw().ok()? {
            lines.push(line);
        }
        let keys = lines.iter().map(|line| key_of(&header.name, line)).collect::<Option<_>>()?;
        Some(Self { sha256: Digest::of(file), header, lines, keys })
    }

    fn version(&self) -> Version<'_> {
        Version { sha256: self.sha256, lines: &self.lines, keys: &self.keys }
    }
}

/// The id of a dataset's record: one a name, the same in every version.
fn record_of(org: Uuid, name: &str) -> RecordId {
    let digest = Digest::of_parts(&[org.as_bytes(), b"dataset\0", name.as_bytes()]);
    let mut id = [0; 16];
    id.copy_from_slice(&digest.0[..16]);
    RecordId(uuid::Builder::from_custom_bytes(id).into_uuid())
}

impl Hub {
    /// Which file is the current version of a dataset; none before its first.
    pub fn dataset(&mut self, name: &str) -> Result<Option<Dataset>, ApiError> {
        let rec = record_of(self.config.org.0, name);
        let row = self.record(rec)?;
        Ok(row.and_then(|row| Dataset::from_fields(&row.state.fields).ok()))
    }

    /// The bytes of the current version of a dataset; none before its first.
    pub fn dataset_file(&mut self, name: &str) -> Result<Option<Vec<u8>>, ApiError> {
        match self.dataset(name)?.and_then(|told| told.sha256) {
            Some(sha256) => self.whole_blob(sha256).map(Some),
            None => Ok(None),
        }
    }

    fn whole_blob(&mut self, sha256: Digest) -> Result<Vec<u8>, ApiError> {
        let size = self.read(|ledger| Ok(ledger.tx.blob(sha256)?.map_or(0, |blob| blob.size)))?;
        let mut bytes: Vec<u8> = Vec::new();
        while (bytes.len() as u64) < size {
            let run = self.blob_bytes(&BlobRange { sha256, from: bytes.len() as u64, len: RUN_MAX })?;
            if run.is_empty() {
                return Err(ErrorCode::Internal.into());
            }
            bytes.extend(run);
        }
        Ok(bytes)
    }

    /// Deltas from the versions before to `file`, stored, the newest version first; only those worth it.
    fn deltas(&mut self, before: &Dataset, file: &[u8]) -> Result<Vec<Delta>, ApiError> {
        let Some(new) = Whole::of(file) else { return Ok(Vec::new()) };
        let bases = before.sha256.into_iter().chain(before.deltas.iter().map(|delta| delta.base));
        let mut deltas = Vec::new();
        for base in bases.filter(|base| *base != new.sha256).take(DELTAS_MAX) {
            let Some(old) = Whole::of(&self.whole_blob(base)?) else { continue };
            let Ok(bytes) = delta::between(&old.version(), &new.version(), &new.header) else { continue };
            if bytes.len() < file.len() / 2 {
                self.store_blob(&bytes, delta::MEDIA_TYPE)?;
                deltas.push(Delta { base, sha256: Digest::of(&bytes), size: bytes.len() as u64 });
            }
        }
        Ok(deltas)
    }

    /// Makes `file` the current version of the dataset that its header names. Bytes first: a record never
    /// names what is not stored.
    pub fn publish_dataset(&mut self, actor: &Actor, file: &[u8]) -> Result<(), ApiError> {
        let size = file.len() as u64;
        if size > BLOB_MAX {
            return Err(ApiError { limits: Some(LIMITS), ..ApiError::about(ErrorCode::TooLarge, "dataset") });
        }
        let reader = Reader::open(file).map_err(|_| ApiError::about(ErrorCode::InvalidValue, "dataset"))?;
        let header = reader.header();
        self.store_blob(file, MEDIA_TYPE)?;
        let deltas = match self.dataset(&header.name)? {
            Some(before) => self.deltas(&before, file)?,
            None => Vec::new(),
        };
        let mut told = Dataset {
            name: Some(header.name.clone()),
            version: Some(header.version),
            sha256: Some(Digest::of(file)),
            size: Some(size),
            rows: Some(header.rows),
            deltas,
            ..Dataset::default()
        }
        .to_fields();
        let rec = record_of(self.config.org.0, &header.name);
        self.write(|ledger| {
            let op = if ledger.tx.record(rec)?.is_none() {
                OfficeOp::create(Dataset::KIND, rec, None, told)
            } else {
                // A version without deltas says so: the ones before it lead elsewhere.
                told.entry("deltas").or_insert(Value::Null);
                OfficeOp::set(Dataset::KIND, rec, told, None)
            };
            ledger.office(actor, vec![op]).map(drop)
        })
    }

    /// Stores a blob that was made here.
    fn store_blob(&mut self, bytes: &[u8], media_type: &str) -> Result<(), ApiError> {
        let sha256 = Digest::of(bytes);
        if self.read(|ledger| Ok(ledger.tx.blob(sha256)?.is_some()))? {
            return Ok(());
        }
        // Nobody uploaded it.
        let (by, size) = (DeviceId(Uuid::nil()), bytes.len() as u64);
        let written = self.ports.blobs.write(Part { sha256, by }, 0, bytes);
        self.cross(written.map_err(HubError::from))?;
        let finished = self.ports.blobs.finish(Part { sha256, by }, size);
        if !self.cross(finished.map_err(HubError::from))? {
            return Err(ErrorCode::Internal.into());
        }
        self.write(|ledger| {
            let (media_type, at) = (media_type.to_owned(), ledger.now);
            let whole = BlobPart { sha256, by, size, media_type, have: Vec::new(), at };
            ledger.keep_blob(&whole).map(drop)
        })
    }
}
