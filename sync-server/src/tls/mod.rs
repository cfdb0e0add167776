//! The server's keys: the org key, and a TLS key that the org key vouches for.
//!
//! `init` makes both; a missing TLS key is made anew at the next start, which locks no device out, since the
//! certificate carries the org key's signature over it (`wire::tls_key`). Losing the org key means that every
//! device must be enrolled again: it is in every backup. What devices check: the core's `driver::tls`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::enrol::{from_base64, to_base64};
use fieldcard_schema::wire::tls_key;
use rcgen::{CertificateParams, CustomExtension, DnType, KeyPair, PublicKeyData};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::folder::{self, FolderError};

const ORG_KEY: &str = "org.key";
const TOKEN_SECRET: &str = "token.key";
const TLS_KEY: &str = "tls.key.pem";
const TLS_CERTIFICATE: &str = "tls.cert.pem";

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file is missing, readable by others, or cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The file is there and says nothing sensible.
    #[error("{0} is damaged: take it from the last backup")]
    Damaged(PathBuf),
    /// The TLS library refused.
    #[error("TLS: {0}")]
    Tls(String),
}

/// What ends TLS here.
#[derive(Clone)]
pub struct ServerTls {
    /// Settings of the listener: TLS 1.3 only.
    pub config: Arc<ServerConfig>,
    /// What enrolment compares: SHA-256 of the TLS public key.
    pub key: Digest,
}

/// Writes a new org key; never over an old one.
pub fn make_org_key(keys: &Path, seed: [u8; 32]) -> Result<SigningKey, KeyError> {
    folder::write_secret(&keys.join(ORG_KEY), to_base64(&seed).as_bytes())?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Reads the org key.
pub fn org_key(keys: &Path) -> Result<SigningKey, KeyError> {
    Ok(SigningKey::from_bytes(&read_seed(keys.join(ORG_KEY))?))
}

/// Writes the secret behind the tokens of devices.
pub fn make_token_secret(keys: &Path, secret: [u8; 32]) -> Result<(), KeyError> {
    Ok(folder::write_secret(&keys.join(TOKEN_SECRET), to_base64(&secret).as_bytes())?)
}

/// Reads the secret behind the tokens of devices.
pub fn token_secret(keys: &Path) -> Result<[u8; 32], KeyError> {
    read_seed(keys.join(TOKEN_SECRET))
}

fn read_seed(path: PathBuf) -> Result<[u8; 32], KeyError> {
    let text = folder::read_secret(&path)?;
    let seed = std::str::from_utf8(&text).ok().and_then(|t| from_base64::<32>(t.trim()));
    seed.ok_or(KeyError::Damaged(path))
}

/// Reads the TLS key and certificate; makes them for `names` when the key is not there.
pub fn load_or_make(keys: &Path, org_key: &SigningKey, names: &[String]) -> Result<ServerTls, KeyError> {
    if !keys.join(TLS_KEY).exists() {
        make(keys, org_key, names)?;
    }
    load(keys)
}

fn make(keys: &Path, org_key: &SigningKey, names: &[String]) -> Result<(), KeyError> {
    let refused = |e: rcgen::Error| KeyError::Tls(e.to_string());
    let key = KeyPair::generate().map_err(refused)?;
    let mut params = CertificateParams::new(names.to_vec()).map_err(refused)?;
    params.distinguished_name.push(DnType::CommonName, "Fieldcard");
    // On our own path the key decides and not the dates; these only have to satisfy a browser.
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2054, 1, 1);
    let signature = tls_key::vouch(org_key, &key.subject_public_key_info());
    params.custom_extensions.push(CustomExtension::from_oid_content(tls_key::EXTENSION_OID, signature));
    let certificate = params.self_signed(&key).map_err(refused)?;
    // The key last: a certificate without its key is made anew at the next start.
    folder::replace_secret(&keys.join(TLS_CERTIFICATE), certificate.pem().as_bytes())?;
    folder::write_secret(&keys.join(TLS_KEY), key.serialize_pem().as_bytes())?;
    Ok(())
}

fn load(keys: &Path) -> Result<ServerTls, KeyError> {
    let (key_path, certificate_path) = (keys.join(TLS_KEY), keys.join(TLS_CERTIFICATE));
    let pem = folder::read_secret(&key_path)?;
    let certificate = CertificateDer::from_pem_slice(&folder::read_secret(&certificate_path)?)
        .map_err(|_| KeyError::Damaged(certificate_path))?;
    let text = std::str::from_utf8(&pem).map_err(|_| KeyError::Damaged(key_path.clone()))?;
    let pair = KeyPair::from_pem(text).map_err(|_| KeyError::Damaged(key_path.clone()))?;
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| KeyError::Damaged(key_path))?;
    let refused = |e: rustls::Error| KeyError::Tls(e.to_string());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(refused)?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(refused)?;
    Ok(ServerTls { config: Arc::new(config), key: tls_key::digest(&pair.subject_public_key_info()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_and_a_lost_tls_key_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let org = make_org_key(dir.path(), [7; 32]).unwrap();
        assert_eq!(org_key(dir.path()).unwrap().to_bytes(), org.to_bytes());
        assert!(make_org_key(dir.path(), [8; 32]).is_err(), "an org key is never overwritten");
        let names = ["localhost".to_owned(), "10.0.0.1".to_owned()];
        let first = load_or_make(dir.path(), &org, &names).unwrap();
        assert_eq!(load_or_make(dir.path(), &org, &names).unwrap().key, first.key);
        std::fs::remove_file(dir.path().join(TLS_KEY)).unwrap();
        assert_ne!(load_or_make(dir.path(), &org, &names).unwrap().key, first.key);
    }

    #[test]
    fn a_damaged_key_says_which_file() {
        let dir = tempfile::tempdir().unwrap();
        folder::write_secret(&dir.path().join(ORG_KEY), b"rubbish").unwrap();
        assert!(org_key(dir.path()).unwrap_err().to_string().contains("org.key"));
    }
}
