//! The zip of a file of unsent work: reads named members within limits, and never a byte more.
//!
//! No member becomes a path, so none can escape; what the manifest does not name is refused, and what it names
//! must have the digest it says. A bomb costs its limit. Decides nothing about devices or ops.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use fieldcard_schema::digest::Digest;
use fieldcard_schema::unsent::{self, BlobMember, Manifest};
use fieldcard_schema::wire::blob::BLOB_MAX;
use fieldcard_schema::wire::frame::REQUEST_MAX;
use fieldcard_schema::wire::sync::SyncRequest;
use zip::ZipArchive;
use zip::result::ZipError;

use super::UnsentError;

/// Most bytes of the manifest: a hundred thousand blobs.
const MANIFEST_MAX: u64 = 32 << 20;
/// Most bytes of the signature and of the text for people.
const SMALL_MAX: u64 = 64 << 10;
/// Most bytes of all ops together once they are unpacked: years of one technician.
const TEXT_MAX: usize = 256 << 20;

/// An open file, whose manifest has been read and not yet been believed.
pub(super) struct Archive<R> {
    zip: ZipArchive<R>,
    pub(super) manifest: Manifest,
    /// The bytes that the signature covers.
    pub(super) signed: Vec<u8>,
    pub(super) signature: String,
}

impl<R: Read + Seek> Archive<R> {
    pub(super) fn open(file: R) -> Result<Self, UnsentError> {
        let mut zip = ZipArchive::new(file).map_err(|error| match error {
            ZipError::Io(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => error.into(),
            _ => UnsentError::NotOurs,
        })?;
        let there = |name| zip.index_for_name(name).is_some();
        if !there(unsent::MANIFEST) && !there(unsent::SIGNATURE) {
            return Err(UnsentError::NotOurs);
        }
        let signed = read(&mut zip, unsent::MANIFEST, MANIFEST_MAX)?;
        let manifest = manifest_of(&signed)?;
        let signature = read(&mut zip, unsent::SIGNATURE, SMALL_MAX)?;
        let signature = String::from_utf8(signature).map_err(|_| damaged(unsent::SIGNATURE))?;
        let archive = Self { zip, manifest, signed, signature };
        archive.check_names()?;
        Ok(archive)
    }

    fn check_names(&self) -> Result<(), UnsentError> {
        let manifest = &self.manifest;
        let pushes = (0..manifest.pushes.len()).map(unsent::push_path);
        let blobs = manifest.blobs.iter().map(|blob| unsent::blob_path(blob.sha256));
        let own = [unsent::README, unsent::MANIFEST, unsent::SIGNATURE].map(str::to_owned);
        let known: BTreeSet<String> = own.into_iter().chain(pushes).chain(blobs).collect();
        for name in self.zip.file_names_raw() {
            let name = String::from_utf8_lossy(name);
            if !known.contains(name.as_ref()) {
                return Err(UnsentError::Foreign(name.into_owned()));
            }
        }
        Ok(())
    }

    /// All pushes, as the phone would have sent them.
    pub(super) fn pushes(&mut self) -> Result<Vec<SyncRequest>, UnsentError> {
        let (mut pushes, mut text) = (Vec::new(), 0);
        for (place, member) in self.manifest.pushes.iter().enumerate() {
            let path = unsent::push_path(place);
            let bytes = read(&mut self.zip, &path, REQUEST_MAX as u64)?;
            if Digest::of(&bytes) != member.sha256 {
                return Err(UnsentError::Damaged(path));
            }
            let request = SyncRequest::decode(&bytes).map_err(|_| damaged(&path))?;
            let push = request.push.as_ref().ok_or_else(|| damaged(&path))?;
            text += push.bodies.iter().map(Vec::len).sum::<usize>();
            if text > TEXT_MAX {
                return Err(UnsentError::TooLarge("the text".to_owned()));
            }
            pushes.push(request);
        }
        Ok(pushes)
    }

    /// Reads every blob once, so that nothing is stored of a file that is not whole.
    pub(super) fn check_blobs(&mut self) -> Result<(), UnsentError> {
        let blobs = self.manifest.blobs.clone();
        blobs.iter().try_for_each(|blob| self.blob(blob).map(drop))
    }

    /// The bytes of a blob.
    pub(super) fn blob(&mut self, blob: &BlobMember) -> Result<Vec<u8>, UnsentError> {
        let path = unsent::blob_path(blob.sha256);
        if blob.size > BLOB_MAX {
            return Err(UnsentError::TooLarge(path));
        }
        let bytes = read(&mut self.zip, &path, blob.size)?;
        let whole = !bytes.is_empty() && bytes.len() as u64 == blob.size;
        if whole && Digest::of(&bytes) == blob.sha256 { Ok(bytes) } else { Err(UnsentError::Damaged(path)) }
    }
}

fn damaged(name: &str) -> UnsentError {
    UnsentError::Damaged(name.to_owned())
}

fn manifest_of(bytes: &[u8]) -> Result<Manifest, UnsentError> {
    // The version first: a later one may have another shape.
    let value: serde_json::Value = serde_json::from_slice(bytes).map_err(|_| damaged(unsent::MANIFEST))?;
    if value["format"] != unsent::FORMAT {
        return Err(UnsentError::NotOurs);
    }
    match value["v"].as_u64().and_then(|v| u32::try_from(v).ok()) {
        Some(v) if v > unsent::VERSION => return Err(UnsentError::TooNew(v)),
        Some(_) => {}
        None => return Err(damaged(unsent::MANIFEST)),
    }
    serde_json::from_value(value).map_err(|_| damaged(unsent::MANIFEST))
}

/// A member of at most `most` bytes, whatever its header says of itself.
fn read<R: Read + Seek>(zip: &mut ZipArchive<R>, name: &str, most: u64) -> Result<Vec<u8>, UnsentError> {
    let member = zip.by_name(name).map_err(|_| damaged(name))?;
    let mut bytes = Vec::new();
    member.take(most + 1).read_to_end(&mut bytes).map_err(|_| damaged(name))?;
    if bytes.len() as u64 > most { Err(UnsentError::TooLarge(name.to_owned())) } else { Ok(bytes) }
}
