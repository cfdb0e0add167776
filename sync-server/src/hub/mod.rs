//! The hub: the protocol's rules over one store. Synchronous, no thread, no clock, no chance of its own.
//!
//! One call a file: [`enrol`], [`auth`] (nonce, token), [`sync`] with its halves [`push`] and [`pull`],
//! [`blobs`], [`unsent`] for work that comes as a file; the office's side in [`office`], [`devices`] and [`queries`]. [`take_op`] is what happens to
//! one op, whoever sent it; [`audiences`] decides who sees a record; [`ledger`] is the open transaction.

mod again;
mod audiences;
mod auth;
mod blobs;
mod check;
mod cursor;
mod devices;
mod enrol;
mod exceptions;
mod flags;
mod groups;
mod histories;
mod last_words;
mod ledger;
pub mod listing;
mod marks;
pub mod office;
mod pull;
mod push;
mod queries;
mod receipt;
mod recovered;
mod regions;
mod restore;
mod sealed;
mod steps;
mod sweep;
mod sync;
mod take_op;
mod unsent;

#[cfg(test)]
mod tests;

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::OrgId;
use fieldcard_schema::op::Versions;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, BlobState};
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{Limits, PUSH_OPS_MAX, SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};
use fieldcard_schema::wire::{blob, frame};

use self::auth::Nonces;
use self::ledger::Ledger;
use crate::ports::{BlobStoreError, Ports};
use crate::storage::{Storage, StorageError};

pub use self::auth::DeviceToken;
pub use self::blobs::blobs_named;
pub use self::check::compare;
pub use self::devices::DeviceView;
pub use self::flags::FLAGS;
pub use self::last_words::LastWords;
pub use self::queries::{ExceptionView, JobFilter, JobView};
pub use self::restore::without_backup;
pub use self::unsent::{Stopped, UnsentOutcome};
pub use crate::storage::devices::{Device, DeviceState, Seen};

/// What a hub is told once, at its start.
#[derive(Clone)]
pub struct Config {
    /// The org.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// Its Ed25519 public key.
    pub org_key: [u8; 32],
    /// The key behind `org_key`, which signs receipts; none leaves them unsigned.
    pub org_signing: Option<SigningKey>,
    /// SHA-256 of the TLS public key in use; zeros without TLS.
    pub tls_key: Digest,
    /// Key of the tokens; the same across restarts, so that devices stay known.
    pub secret: [u8; 32],
    /// Minutes that the org's days are east of UTC.
    pub offset_minutes: i32,
    /// Zone of the org, as ops of the office say it.
    pub tz: String,
    /// Most rows of one page.
    pub page_rows: usize,
    /// Most bytes of blobs that one device may have here and no op names.
    pub unnamed_max: u64,
    /// The versions of ops that this program reads.
    pub versions: Versions,
    /// Whether a new device must be compared by the office before it reads anything.
    pub confirm_devices: bool,
}

impl Config {
    /// An org with the usual limits.
    pub fn new(org: OrgId, org_name: &str, org_key: [u8; 32], secret: [u8; 32]) -> Self {
        Self {
            org,
            org_name: org_name.to_owned(),
            org_key,
            org_signing: None,
            tls_key: Digest::ZERO,
            secret,
            offset_minutes: 480,
            tz: "Asia/Shanghai".to_owned(),
            page_rows: 2_000,
            unnamed_max: 1 << 30,
            versions: Versions::KNOWN,
            confirm_devices: true,
        }
    }
}

impl std::fmt::Debug for Config {
    /// The secrets stay out of every log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("org", &self.org)
            .field("org_name", &self.org_name)
            .finish_non_exhaustive()
    }
}

/// What one call may carry.
pub const LIMITS: Limits =
    Limits { body: frame::REQUEST_MAX as u64, ops: PUSH_OPS_MAX as u64, blob: blob::BLOB_MAX };

/// Why a call came to nothing: the inner side; [`ApiError`] is what the caller hears.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HubError {
    #[error(transparent)]
    Store(#[from] StorageError),
    #[error(transparent)]
    Blob(#[from] BlobStoreError),
    #[error(transparent)]
    Refused(#[from] ApiError),
}

impl From<ErrorCode> for HubError {
    fn from(code: ErrorCode) -> Self {
        Self::Refused(code.into())
    }
}

/// The server's core.
pub struct Hub {
    storage: Box<dyn Storage>,
    ports: Ports,
    config: Config,
    nonces: Nonces,
    seen: LastWords,
    broken: Option<String>,
}

impl Hub {
    /// A hub over a store; makes the org's first rows in a new one.
    pub fn new(storage: Box<dyn Storage>, mut ports: Ports, config: Config) -> Result<Self, ApiError> {
        let nonces = Nonces::new(ports.chance.as_mut());
        let mut hub = Self { storage, ports, config, nonces, seen: LastWords::default(), broken: None };
        hub.write(|ledger| {
            ledger.begin_org()?;
            ledger.take_readable()?;
            Ok(ledger.catch_up_lists()?)
        })?;
        Ok(hub)
    }

    /// Tells the last words of devices to whoever holds `words` too.
    #[must_use]
    pub fn sharing(mut self, words: LastWords) -> Self {
        self.seen = words;
        self
    }

    /// Why this hub must be dropped and opened again; none while all is well.
    pub fn broken(&self) -> Option<&str> {
        self.broken.as_deref()
    }

    /// What the hub was told at its start.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Runs `work` in a transaction that writes; an error leaves no trace.
    fn write<T>(&mut self, work: impl FnOnce(&mut Ledger<'_>) -> Result<T, HubError>) -> Result<T, ApiError> {
        self.check_whole()?;
        let done = self.ledger(true).and_then(|mut ledger| {
            let value = work(&mut ledger)?;
            ledger.take_waiting()?;
            ledger.number_walk_ups()?;
            ledger.write_histories()?;
            ledger.write_listed()?;
            ledger.tx.commit()?;
            Ok(value)
        });
        self.cross(done)
    }

    /// Runs `work` in a transaction that only reads.
    fn read<T>(&mut self, work: impl FnOnce(&mut Ledger<'_>) -> Result<T, HubError>) -> Result<T, ApiError> {
        self.check_whole()?;
        let done = self.ledger(false).and_then(|mut ledger| work(&mut ledger));
        self.cross(done)
    }

    fn ledger(&mut self, writes: bool) -> Result<Ledger<'_>, HubError> {
        let tx = if writes { self.storage.begin()? } else { self.storage.read()? };
        let now = self.ports.clock.now();
        Ok(Ledger::new(tx, self.ports.chance.as_mut(), now, &self.config))
    }

    fn check_whole(&self) -> Result<(), ApiError> {
        if self.broken.is_some() { Err(ErrorCode::Internal.into()) } else { Ok(()) }
    }

    /// The one crossing from inner errors to what callers hear; a broken store stops this hub.
    fn cross<T>(&mut self, done: Result<T, HubError>) -> Result<T, ApiError> {
        done.map_err(|error| {
            if let HubError::Store(StorageError::Broken(_) | StorageError::Damaged(_)) = &error {
                self.broken = Some(error.to_string());
            }
            heard(error)
        })
    }
}

/// What a caller hears of an inner error.
fn heard(error: HubError) -> ApiError {
    match error {
        HubError::Refused(refusal) => refusal,
        HubError::Store(StorageError::DiskFull) | HubError::Blob(BlobStoreError::Full) => {
            ErrorCode::DiskFull.into()
        }
        HubError::Store(StorageError::Busy) => ApiError { retry_after: Some(1), ..ErrorCode::Busy.into() },
        HubError::Blob(BlobStoreError::Missing) => ErrorCode::NotFound.into(),
        HubError::Store(_) | HubError::Blob(_) => ErrorCode::Internal.into(),
    }
}

impl SyncApi for Hub {
    fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolAnswer, ApiError> {
        self.take_in(request)
    }

    fn nonce(&mut self, request: &NonceRequest) -> Result<Nonce, ApiError> {
        self.make_nonce(request)
    }

    fn token(&mut self, request: &TokenRequest) -> Result<TokenAnswer, ApiError> {
        self.make_token(request)
    }

    fn sync(&mut self, token: &str, request: &SyncRequest) -> Result<SyncResponse, ApiError> {
        let mut answers = self.sync_batch(&[(token, request)]);
        answers.pop().unwrap_or_else(|| Err(ErrorCode::Internal.into()))
    }

    fn check(&mut self, token: &str, request: &CheckRequest) -> Result<CheckAnswer, ApiError> {
        self.compare(token, request)
    }

    fn blob_put(&mut self, token: &str, put: &BlobPut) -> Result<BlobState, ApiError> {
        self.put_run(token, put)
    }

    fn blob_complete(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        self.complete_blob(token, sha256)
    }

    fn blob_state(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        self.tell_blob(token, sha256)
    }

    fn blob_get(&mut self, token: &str, range: &BlobRange) -> Result<Vec<u8>, ApiError> {
        self.read_blob(token, range)
    }
}
