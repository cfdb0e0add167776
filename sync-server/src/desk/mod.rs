//! The desk: all that touches the store, hub and accounts together, owned by one thread.
//!
//! Opened from a data folder by `serve` and by the commands alike. [`people`] is what concerns both a
//! record and an account, [`reader`] reads the same store beside it. Nothing here knows HTTP.

pub mod people;
pub mod reader;

use std::path::Path;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::OrgId;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use crate::folder::{DataFolder, FolderError};
use crate::hub::{Config, Hub, LastWords};
use crate::ports::{BlobStoreError, Chance, Clock, Ports, SystemChance, SystemClock};
use crate::storage::StorageError;
use crate::storage::accounts::AccountStore;
use crate::storage::blob_files::BlobFiles;
use crate::storage::db::Place;
use crate::storage::sqlite::SqliteStorage;
use crate::tls::{self, KeyError};

/// Names of the settings that the store holds.
pub mod setting {
    /// The org's id.
    pub const ORG_ID: &str = "org_id";
    /// The org's name.
    pub const ORG_NAME: &str = "org_name";
    /// The address that devices call.
    pub const URL: &str = "url";
    /// The zone of the office's ops, and of its days.
    pub const ZONE: &str = "zone";
    /// Minutes of that zone east of UTC.
    pub const OFFSET_MINUTES: &str = "offset_minutes";
}

/// Why the server does not start. Each is one sentence for the person at the terminal.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StorageError),
    /// The blobs.
    #[error(transparent)]
    Blobs(#[from] BlobStoreError),
    /// The hub refused its own store.
    #[error("the store refuses to work: {0}")]
    Hub(#[from] ApiError),
    /// A setting that `init` writes.
    #[error("the store has no setting {0}: this is no store that `init` finished")]
    NoSetting(&'static str),
    /// The system.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// All that touches the store. One thread owns it.
pub struct Desk {
    /// The protocol's rules.
    pub hub: Hub,
    /// The people of the office.
    pub accounts: AccountStore,
    /// Time.
    pub clock: Box<dyn Clock>,
    /// Chance.
    pub chance: Box<dyn Chance>,
}

impl Desk {
    /// Opens the store of a folder. `tls_key` is what enrolments must have seen; zeros without TLS.
    pub fn open(folder: &DataFolder, tls_key: Digest) -> Result<Self, StartError> {
        folder.expect_store()?;
        let place = Place::File(folder.database());
        let accounts = AccountStore::open(&place)?;
        let ports = Ports {
            clock: Box::new(SystemClock),
            chance: Box::new(SystemChance),
            blobs: Box::new(BlobFiles::open(&folder.blobs())?),
        };
        let config = Config { tls_key, ..hub_config(&accounts, &folder.keys())? };
        let storage = SqliteStorage::open(&place, None, None)?;
        let hub = Hub::new(Box::new(storage), ports, config)?;
        Ok(Self { hub, accounts, clock: Box::new(SystemClock), chance: Box::new(SystemChance) })
    }

    /// Tells the last words of devices to whoever holds `words` too.
    #[must_use]
    pub fn sharing(self, words: &LastWords) -> Self {
        Self { hub: self.hub.sharing(words.clone()), ..self }
    }

    /// A salt for one password.
    pub fn salt(&mut self) -> [u8; 16] {
        let mut salt = [0; 16];
        self.chance.fill(&mut salt);
        salt
    }

    /// Whether the store can be read.
    pub fn check(&self) -> Result<(), ApiError> {
        if self.hub.broken().is_some() {
            return Err(ErrorCode::Internal.into());
        }
        self.accounts.setting(setting::ORG_ID).map(drop).map_err(heard)
    }
}

fn hub_config(accounts: &AccountStore, keys: &Path) -> Result<Config, StartError> {
    let setting = |name: &'static str| accounts.setting(name)?.ok_or(StartError::NoSetting(name));
    let org = setting(setting::ORG_ID)?.parse::<OrgId>();
    let org = org.map_err(|_| StartError::NoSetting(setting::ORG_ID))?;
    let signing = tls::org_key(keys)?;
    let org_key = signing.verifying_key().to_bytes();
    let config = Config::new(org, &setting(setting::ORG_NAME)?, org_key, tls::token_secret(keys)?);
    let offset = setting(setting::OFFSET_MINUTES)?.parse();
    let offset_minutes = offset.map_err(|_| StartError::NoSetting(setting::OFFSET_MINUTES))?;
    Ok(Config { org_signing: Some(signing), offset_minutes, tz: setting(setting::ZONE)?, ..config })
}

/// What a caller hears when the account store fails.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
pub fn heard(error: StorageError) -> ApiError {
    match error {
        StorageError::DiskFull => ErrorCode::DiskFull.into(),
        StorageError::Busy => ApiError { retry_after: Some(1), ..ErrorCode::Busy.into() },
        StorageError::FromLaterVersion { .. } | StorageError::Damaged(_) | StorageError::Broken(_) => {
            tracing::error!(%error, "accounts");
            ErrorCode::Internal.into()
        }
    }
}

impl From<StorageError> for ApiError {
    /// What a caller hears when the store fails.
    fn from(error: StorageError) -> Self {
        heard(error)
    }
}
