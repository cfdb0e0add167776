//! A phone's file of unsent work: checked whole, then handed to the hub as if the phone had sent it.
//!
//! Nothing is stored before every member has the digest that the signed manifest names. [`archive`] reads the
//! zip; what becomes of an op is the hub's. The format is `fieldcard_schema::unsent`.

mod archive;

use std::io::{Read, Seek};

use ed25519_dalek::VerifyingKey;
use fieldcard_schema::unsent::{self, Manifest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::Refused;

use self::archive::Archive;
use crate::hub::{Device, Hub, Stopped, UnsentOutcome};

/// Why a file was not taken. Each is one sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum UnsentError {
    /// Something else altogether.
    #[error("this is no file of unsent work: it is not the zip that the app writes. Nothing was taken in")]
    NotOurs,
    /// Written by a later app.
    #[error(
        "this file has version {0}, which this server does not know yet: update the server. Nothing was taken in"
    )]
    TooNew(u32),
    /// A member that is not what the manifest says.
    #[error(
        "the file is damaged: {0} is missing or not what the phone wrote. Export it again on the phone. Nothing was taken in"
    )]
    Damaged(String),
    /// A member that the manifest does not name.
    #[error("the file holds {0:?}, which the phone did not put there. Nothing was taken in")]
    Foreign(String),
    /// More than any phone writes.
    #[error("{0} is larger than anything a phone writes. Nothing was taken in")]
    TooLarge(String),
    /// Of another organisation.
    #[error("this file belongs to another organisation. Nothing was taken in")]
    OtherOrg,
    /// No device of that id.
    #[error("this server does not know the phone that wrote this file. Nothing was taken in")]
    UnknownDevice,
    /// The office has never compared its digits.
    #[error(
        "the office has not confirmed the phone that wrote this file: run `device confirm` first. Nothing was taken in"
    )]
    Unconfirmed,
    /// Not under the device's key.
    #[error(
        "the signature is not that of the phone it names: somebody changed the file. Nothing was taken in"
    )]
    BadSignature,
    /// Written by a phone that has lost its key.
    #[error(
        "the phone that wrote this file had lost its key, so nothing proves that it is the phone's. Give it a new key (`device new-key`): then it sends the work itself. Only if the phone is gone for good, say --unsigned: everything is kept parked for the office to decide. Nothing was taken in"
    )]
    Unsigned,
    /// Pushes that do not follow what the server holds.
    #[error("{}. Nothing was taken in", stopped(.0))]
    Stopped(Stopped),
    /// The text is in, and not every photo.
    #[error("all entries were taken in, but only {stored} of {of} photos and cards: {}. Run the same command again", heard(.error))]
    Blobs {
        /// Blobs that are stored now.
        stored: usize,
        /// Blobs of the file.
        of: usize,
        /// What stopped it.
        error: ApiError,
    },
    /// The store refused before anything was taken.
    #[error("{}. Nothing was taken in", heard(.0))]
    Store(ApiError),
    /// The file could not be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

fn stopped(stopped: &Stopped) -> String {
    let held = stopped.held;
    match stopped.why {
        Refused::Gap => format!(
            "the file goes on from work that this server does not hold (it holds the phone's first {held} entries): was it restored from a backup? The phone has to come online itself"
        ),
        Refused::Fork => {
            "the server holds other work at the same places: the phone's store was copied or restored. The phone has to come online itself".to_owned()
        }
        Refused::BadSignature => "a push is not signed by the phone it names".to_owned(),
    }
}

fn heard(error: &ApiError) -> String {
    match error.code {
        ErrorCode::DiskFull => "the disk is full".to_owned(),
        ErrorCode::Busy => "the store is busy".to_owned(),
        code => format!("the store refused ({code:?})"),
    }
}

/// What became of a file.
#[derive(Debug)]
pub struct Taken {
    /// What it said of itself.
    pub manifest: Manifest,
    /// How each op ended, in their order.
    pub outcomes: Vec<UnsentOutcome>,
    /// Blobs that were stored now.
    pub stored: usize,
    /// Blobs that were stored already.
    pub held: usize,
}

/// Reads a file and says what it would bring, if nothing is wrong with it.
pub fn check(hub: &mut Hub, file: impl Read + Seek, vouched: bool) -> Result<Manifest, UnsentError> {
    let (mut archive, _) = open(hub, file, vouched)?;
    archive.pushes()?;
    archive.check_blobs()?;
    Ok(archive.manifest)
}

/// Takes a file in. Twice is harmless. `vouched`: a person answers for one that no key signed; it is parked.
pub fn take(hub: &mut Hub, file: impl Read + Seek, vouched: bool) -> Result<Taken, UnsentError> {
    let (mut archive, device) = open(hub, file, vouched)?;
    let pushes = archive.pushes()?;
    archive.check_blobs()?;
    let proven = !archive.manifest.unsigned;
    let outcomes = hub.take_unsent(&device, &pushes, proven).map_err(UnsentError::Store)?;
    let outcomes = outcomes.map_err(UnsentError::Stopped)?;
    let blobs = archive.manifest.blobs.clone();
    let (mut stored, mut held) = (0, 0);
    for blob in &blobs {
        let failed = |error| UnsentError::Blobs { stored: stored + held, of: blobs.len(), error };
        let bytes = archive.blob(blob)?;
        if hub.take_unsent_blob(&device, blob, &bytes).map_err(failed)? {
            stored += 1;
        } else {
            held += 1;
        }
    }
    Ok(Taken { manifest: archive.manifest, outcomes, stored, held })
}

/// Opens a file and finds its device: nothing of it is believed before its signature holds.
fn open<R: Read + Seek>(hub: &mut Hub, file: R, vouched: bool) -> Result<(Archive<R>, Device), UnsentError> {
    let archive = Archive::open(file)?;
    if archive.manifest.org != hub.config().org {
        return Err(UnsentError::OtherOrg);
    }
    let device = hub.device_of_file(archive.manifest.device).map_err(|error| match error.code {
        ErrorCode::NotFound => UnsentError::UnknownDevice,
        ErrorCode::Unconfirmed => UnsentError::Unconfirmed,
        _ => UnsentError::Store(error),
    })?;
    let signed = device.keys().filter_map(|key| VerifyingKey::from_bytes(&key).ok()).any(|key| {
        // Also under a key that the phone has lost since: the file was written before.
        unsent::is_signed(&key, device.id, &archive.signed, &archive.signature)
    });
    match (signed, archive.manifest.unsigned) {
        (true, _) => Ok((archive, device)),
        (false, true) if vouched => Ok((archive, device)),
        (false, true) => Err(UnsentError::Unsigned),
        (false, false) => Err(UnsentError::BadSignature),
    }
}
