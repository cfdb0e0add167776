//! A reader: the store seen through connections of its own, beside the desk that writes.
//!
//! What the console asks is answered here, so that a long list never waits behind a push, nor a push behind
//! a list. Every write through it fails: the connections are opened so.

use std::collections::BTreeMap;
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, OrgId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::{StartError, heard, hub_config, setting};
use crate::accounts::session::{Session, TOUCH_MS};
use crate::accounts::{Caller, caller};
use crate::folder::DataFolder;
use crate::hub::{Device, DeviceToken, LastWords, Seen, compare};
use crate::ports::{BlobStore, Clock, SystemClock};
use crate::storage::accounts::AccountStore;
use crate::storage::blob_files::BlobFiles;
use crate::storage::db::Place;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{Storage, Tx};

/// What is fixed about the office.
#[derive(Clone)]
pub struct Office {
    /// The org.
    pub org: OrgId,
    /// Its name.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// Minutes that its days are east of UTC.
    pub offset_minutes: i32,
    /// Its Ed25519 public key.
    pub key: [u8; 32],
    /// The key behind it, for the office's word on whose key is whose.
    pub signing: Option<SigningKey>,
}

/// One state of the store, the people and the blobs beside it.
pub type Look<'r> = (Box<dyn Tx + 'r>, &'r AccountStore, &'r dyn BlobStore);

/// One reader. One call at a time uses it.
pub struct Reader {
    storage: SqliteStorage,
    /// The people of the office, for reading.
    pub accounts: AccountStore,
    /// Bytes of blobs.
    pub blobs: Box<dyn BlobStore>,
    /// What is fixed about the office.
    pub office: Arc<Office>,
    words: LastWords,
    /// Key of the tokens.
    secret: [u8; 32],
}

impl Reader {
    /// Opens the store of a folder, which a desk has brought up to date.
    pub fn open(folder: &DataFolder, words: LastWords) -> Result<Self, StartError> {
        let place = Place::File(folder.database());
        let accounts = AccountStore::open_to_read(&place)?;
        let config = hub_config(&accounts, &folder.keys())?;
        let name = accounts.setting(setting::ORG_NAME)?.unwrap_or_default();
        let secret = config.secret;
        let office = Office {
            org: config.org,
            name,
            zone: config.tz,
            offset_minutes: config.offset_minutes,
            key: config.org_key,
            signing: config.org_signing,
        };
        Ok(Self {
            storage: SqliteStorage::open_to_read(&place)?,
            accounts,
            blobs: Box::new(BlobFiles::open(&folder.blobs())?),
            office: Arc::new(office),
            words,
            secret,
        })
    }

    /// One state of the store, the people and the blobs beside it.
    pub fn look(&mut self) -> Result<Look<'_>, ApiError> {
        let tx = self.storage.read().map_err(heard)?;
        Ok((tx, &self.accounts, self.blobs.as_ref()))
    }

    /// The wall clock.
    pub fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// The last words of devices that no batch has written yet.
    pub fn last_words(&self) -> BTreeMap<DeviceId, Seen> {
        self.words.all()
    }

    /// Refuses a call whose token no device has. What the device may do is the hub's to say.
    pub fn expect_device(&mut self, token: &str) -> Result<(), ApiError> {
        let (now, secret) = (self.now(), self.secret);
        let tx = self.storage.read().map_err(heard)?;
        device_of(tx.as_ref(), token, &secret, now).map(drop)
    }

    /// Compares an audience with what a device holds of it.
    pub fn check(&mut self, token: &str, request: &CheckRequest) -> Result<CheckAnswer, ApiError> {
        let (now, secret) = (self.now(), self.secret);
        let tx = self.storage.read().map_err(heard)?;
        let device = device_of(tx.as_ref(), token, &secret, now)?;
        compare(tx.as_ref(), &device, request)
    }

    /// Whose session this is, if it holds; and the session as it should be noted, when that is due.
    pub fn session_caller(&self, hash: Digest) -> Result<Option<(Caller, Option<Session>)>, ApiError> {
        let now = self.now();
        let found = self.accounts.session(hash).map_err(heard)?;
        let Some(session) = found.filter(|session| session.holds(now)) else { return Ok(None) };
        let account = self.accounts.account(session.user).map_err(heard)?;
        let Some(account) = account.filter(|account| !account.disabled) else { return Ok(None) };
        let due = now >= session.used_at.plus(TOUCH_MS);
        let units = self.accounts.units().map_err(heard)?;
        Ok(Some((caller(&account, &units), due.then_some(Session { used_at: now, ..session }))))
    }
}

/// The device that a token names, if this server gave it.
fn device_of(tx: &dyn Tx, token: &str, secret: &[u8; 32], now: Timestamp) -> Result<Device, ApiError> {
    let token = DeviceToken::parse(token).ok_or(ErrorCode::Unauthorised)?;
    let device = tx.device(token.device()).map_err(heard)?;
    device.filter(|device| token.holds(secret, device, now)).ok_or_else(|| ErrorCode::Unauthorised.into())
}
