//! The office publishes a dataset: the file becomes a blob, the record names it, everybody's device fetches it.

use fieldcard_schema::dataset::{MEDIA_TYPE, Reader};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, RecordId};
use fieldcard_schema::record::{Record, dataset::Dataset};
use fieldcard_schema::wire::blob::{BLOB_MAX, BlobRange, RUN_MAX};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use uuid::Uuid;

use super::{Actor, OfficeOp};
use crate::hub::{Hub, HubError, LIMITS};
use crate::storage::blobs::StoredBlob;

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
        let told = self.dataset(name)?;
        let Some((sha256, size)) = told.and_then(|told| Some((told.sha256?, told.size?))) else {
            return Ok(None);
        };
        let mut bytes: Vec<u8> = Vec::new();
        while (bytes.len() as u64) < size {
            let run = self.blob_bytes(&BlobRange { sha256, from: bytes.len() as u64, len: RUN_MAX })?;
            if run.is_empty() {
                return Err(ErrorCode::Internal.into());
            }
            bytes.extend(run);
        }
        Ok(Some(bytes))
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
        let told = Dataset {
            name: Some(header.name.clone()),
            version: Some(header.version),
            sha256: Some(Digest::of(file)),
            size: Some(size),
            rows: Some(header.rows),
            ..Dataset::default()
        };
        self.store_blob(file)?;
        let rec = record_of(self.config.org.0, &header.name);
        self.write(|ledger| {
            let op = match ledger.tx.record(rec)? {
                None => OfficeOp::create(Dataset::KIND, rec, None, told.to_fields()),
                Some(_) => OfficeOp::set(Dataset::KIND, rec, told.to_fields(), None),
            };
            ledger.office(actor, vec![op]).map(drop)
        })
    }

    /// Stores a blob that was made here.
    fn store_blob(&mut self, bytes: &[u8]) -> Result<(), ApiError> {
        let sha256 = Digest::of(bytes);
        if self.read(|ledger| Ok(ledger.tx.blob(sha256)?.is_some_and(|blob| blob.pos.is_some())))? {
            return Ok(());
        }
        let written = self.ports.blobs.write(sha256, 0, bytes);
        self.cross(written.map_err(HubError::from))?;
        let finished = self.ports.blobs.finish(sha256, bytes.len() as u64);
        if !self.cross(finished.map_err(HubError::from))? {
            return Err(ErrorCode::Internal.into());
        }
        self.write(|ledger| {
            let head = ledger.org_head()?.head;
            Ok(ledger.tx.put_blob(&StoredBlob {
                sha256,
                size: bytes.len() as u64,
                media_type: MEDIA_TYPE.to_owned(),
                have: Vec::new(),
                pos: Some(head),
                // Nobody uploaded it.
                uploader: DeviceId(Uuid::nil()),
            })?)
        })
    }
}
