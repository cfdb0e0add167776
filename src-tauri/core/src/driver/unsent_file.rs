//! Writes the file of unsent work, and that of drafts where a device is shut out: beside, synced, then renamed, so that a file under its name is whole.
//!
//! Blobs go through one by one: a phone that was away for weeks holds more than its memory. Changes nothing in
//! the stores. What goes into the file is `sync::unsent`; its shape is `fieldcard_schema::unsent`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::unsent::{self, Manifest};
use fieldcard_schema::wire::blob::BLOB_MAX;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::runner::lock;
use crate::Core;
use crate::error::ActionError;
use crate::store::StoreError;
use crate::sync::unsent::Unsent;

/// For the person who finds the file.
const README: &str = include_str!("unsent_readme.txt");

/// A core that is asked now and then while the file is written.
pub trait Source {
    /// What is to go into the file.
    fn gather(&mut self) -> Result<Unsent, ActionError>;
    /// The bytes of a blob: a photo or a card, small enough for memory.
    fn blob(&mut self, sha256: Digest) -> Result<Vec<u8>, ActionError>;
    /// The manifest's bytes and the signature over them.
    fn sign(&mut self, manifest: &Manifest) -> Result<(Vec<u8>, String), ActionError>;
}

impl Source for Core {
    fn gather(&mut self) -> Result<Unsent, ActionError> {
        self.gather_unsent()
    }

    fn blob(&mut self, sha256: Digest) -> Result<Vec<u8>, ActionError> {
        Ok(self.store()?.outbox.blob_bytes(sha256, 0, BLOB_MAX)?.unwrap_or_default())
    }

    fn sign(&mut self, manifest: &Manifest) -> Result<(Vec<u8>, String), ActionError> {
        self.sign_unsent(manifest)
    }
}

/// Locked for one question at a time: taps go on while a large file is written.
impl Source for &Mutex<Core> {
    fn gather(&mut self) -> Result<Unsent, ActionError> {
        lock(self).gather()
    }

    fn blob(&mut self, sha256: Digest) -> Result<Vec<u8>, ActionError> {
        lock(self).blob(sha256)
    }

    fn sign(&mut self, manifest: &Manifest) -> Result<(Vec<u8>, String), ActionError> {
        lock(self).sign(manifest)
    }
}

/// Writes the file into `folder`; answers where it is. A failure leaves nothing behind.
pub fn save(source: &mut impl Source, folder: &Path) -> Result<PathBuf, ActionError> {
    let unsent = source.gather()?;
    fs::create_dir_all(folder).map_err(refused)?;
    let stem = unsent.file_name.strip_suffix(".zip").unwrap_or(&unsent.file_name);
    let path = free_name(folder, stem, ".zip");
    let beside = path.with_extension("part");
    let written = write(source, unsent, &beside).and_then(|()| rename(&beside, &path).map_err(refused));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written.map(|()| path)
}

/// Writes what was typed and never recorded into `folder`, as a text; answers where it is.
pub fn save_drafts(core: &mut Core, folder: &Path) -> Result<PathBuf, ActionError> {
    let text = core.drafts_text()?;
    fs::create_dir_all(folder).map_err(refused)?;
    let path = free_name(folder, "fieldcard-drafts", ".txt");
    let beside = path.with_extension("part");
    let write = || {
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        rename(&beside, &path)
    };
    let written = write();
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written.map_err(refused)?;
    core.drafts_exported()?;
    Ok(path)
}

pub(super) fn refused(error: io::Error) -> ActionError {
    StoreError::File(error).into()
}

/// The name, or the next that nobody has: an earlier file may be the only one that reached the office.
pub(super) fn free_name(folder: &Path, stem: &str, ending: &str) -> PathBuf {
    let name = folder.join(format!("{stem}{ending}"));
    let numbered = (2..).map(|n: u32| folder.join(format!("{stem}-{n}{ending}")));
    let mut paths = std::iter::once(name.clone()).chain(numbered);
    paths.find(|path| !path.exists()).unwrap_or(name)
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    match to.parent() {
        // Windows has no handle to a folder, and journals its renames.
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn write(source: &mut impl Source, unsent: Unsent, path: &Path) -> Result<(), ActionError> {
    let Unsent { mut manifest, pushes, .. } = unsent;
    let mut archive = Archive::create(path).map_err(refused)?;
    archive.member(unsent::README, README.as_bytes()).map_err(refused)?;
    for (place, push) in pushes.iter().enumerate() {
        archive.member(&unsent::push_path(place), push).map_err(refused)?;
    }
    // The manifest comes last: by then it is known which blobs can still be read.
    for blob in std::mem::take(&mut manifest.blobs) {
        let bytes = source.blob(blob.sha256)?;
        if Digest::of(&bytes) != blob.sha256 {
            manifest.unreadable.push(blob.sha256);
            continue;
        }
        archive.member(&unsent::blob_path(blob.sha256), &bytes).map_err(refused)?;
        manifest.blobs.push(blob);
    }
    let (bytes, signature) = source.sign(&manifest)?;
    archive.member(unsent::MANIFEST, &bytes).map_err(refused)?;
    archive.member(unsent::SIGNATURE, signature.as_bytes()).map_err(refused)?;
    archive.finish().map_err(refused)
}

/// A zip on its way: members as they are, for text and photos are compressed already.
struct Archive(ZipWriter<BufWriter<File>>);

impl Archive {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self(ZipWriter::new(BufWriter::new(File::create(path)?))))
    }

    fn member(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // No time of day: the same work gives the same file.
        let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        self.0.start_file(name, plain.unix_permissions(0o644))?;
        self.0.write_all(bytes)
    }

    fn finish(self) -> io::Result<()> {
        let file = self.0.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    }
}
