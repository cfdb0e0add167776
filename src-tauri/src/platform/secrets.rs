//! Which place keeps this device's secrets: the system's keychain, or a file where there is none.
//!
//! Chosen once, at the first start, and written down: a keychain that does not answer one morning must not look
//! like a device without a key. Never moves a secret from one place to the other.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use fieldcard_core::driver::system::FileKeystore;
use fieldcard_core::ports::{Keystore, KeystoreError};
use keyring_core::api::CredentialStore;
use keyring_core::{Entry, Error};

/// Under which the keychain lists what is ours.
const SERVICE: &str = "org.fieldcard.app";
/// An empty file in the state folder: the keychain was chosen.
const CHOSEN: &str = "keychain-is-used";
/// Asked for to see whether the keychain answers; never set.
const PROBE: &str = "probe";

/// The keystore whose choice is remembered in `state`. A device in a folder of its own keeps its secrets there.
pub(crate) fn open(state: &Path, own_folder: bool) -> Result<Box<dyn Keystore>, KeystoreError> {
    let candidate = if own_folder { None } else { system_keychain() };
    choose(state, candidate)
}

fn choose(state: &Path, candidate: Option<Arc<CredentialStore>>) -> Result<Box<dyn Keystore>, KeystoreError> {
    let file = FileKeystore::open(state)?;
    let chosen = state.join(CHOSEN);
    let keychain = candidate.map(|store| Keychain { store }).filter(|it| it.get(PROBE).is_ok());
    match keychain {
        _ if file.is_used() => Ok(Box::new(file)),
        Some(keychain) => {
            fs::write(&chosen, "").map_err(|e| KeystoreError(e.to_string()))?;
            Ok(Box::new(keychain))
        }
        None if chosen.exists() => Err(KeystoreError("the keychain does not answer".to_owned())),
        None => Ok(Box::new(file)),
    }
}

/// The system's own place for secrets.
struct Keychain {
    store: Arc<CredentialStore>,
}

impl Keychain {
    fn entry(&self, name: &str) -> Result<Entry, KeystoreError> {
        self.store.build(SERVICE, name, None).map_err(|e| said(&e))
    }
}

impl Keystore for Keychain {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, KeystoreError> {
        match self.entry(name)?.get_secret() {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(said(&error)),
        }
    }

    fn put(&mut self, name: &str, value: &[u8]) -> Result<(), KeystoreError> {
        self.entry(name)?.set_secret(value).map_err(|e| said(&e))
    }

    fn remove(&mut self, name: &str) -> Result<(), KeystoreError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(said(&error)),
        }
    }
}

/// What went wrong, without the value that may hang on the error.
fn said(error: &Error) -> KeystoreError {
    let kind = match error {
        Error::NoStorageAccess(_) => "locked",
        Error::PlatformFailure(_) => "failed",
        _ => "unusable",
    };
    KeystoreError(format!("keychain {kind}"))
}

#[cfg(target_os = "linux")]
fn system_keychain() -> Option<Arc<CredentialStore>> {
    let store = dbus_secret_service_keyring_store::Store::new().ok()?;
    Some(store)
}

#[cfg(target_os = "macos")]
fn system_keychain() -> Option<Arc<CredentialStore>> {
    let store = apple_native_keyring_store::keychain::Store::new().ok()?;
    Some(store)
}

#[cfg(windows)]
fn system_keychain() -> Option<Arc<CredentialStore>> {
    let store = windows_native_keyring_store::Store::new().ok()?;
    Some(store)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn system_keychain() -> Option<Arc<CredentialStore>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keychain() -> Arc<CredentialStore> {
        keyring_core::mock::Store::new().unwrap()
    }

    #[test]
    fn a_keychain_is_taken_where_there_is_one() {
        let state = tempfile::tempdir().unwrap();
        let mut keystore = choose(state.path(), Some(keychain())).unwrap();
        assert!(keystore.is_guarded());
        assert_eq!(keystore.get("device_key").unwrap(), None);
        keystore.put("device_key", &[0, 255, 7]).unwrap();
        assert_eq!(keystore.get("device_key").unwrap(), Some(vec![0, 255, 7]));
        keystore.remove("device_key").unwrap();
        keystore.remove("device_key").unwrap();
        assert_eq!(keystore.get("device_key").unwrap(), None);
        assert!(!state.path().join("keystore.json").exists());
    }

    #[test]
    fn a_file_does_where_there_is_none_and_stays_when_one_comes() {
        let state = tempfile::tempdir().unwrap();
        let mut keystore = choose(state.path(), None).unwrap();
        assert!(!keystore.is_guarded());
        keystore.put("device_key", &[1]).unwrap();
        let again = choose(state.path(), Some(keychain())).unwrap();
        assert!(!again.is_guarded());
        assert_eq!(again.get("device_key").unwrap(), Some(vec![1]));
    }

    #[test]
    fn a_keychain_that_stopped_answering_is_no_empty_one() {
        let state = tempfile::tempdir().unwrap();
        drop(choose(state.path(), Some(keychain())).unwrap());
        assert!(choose(state.path(), None).is_err());
        assert!(choose(state.path(), Some(keychain())).is_ok());
    }
}
