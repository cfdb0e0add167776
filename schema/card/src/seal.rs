//! The seal: a detached JWS (RFC 7515, RFC 7797) with Ed25519 over bytes as they are stored.
//!
//! The header has exactly one spelling for a key, so a seal is compared, not interpreted: no algorithm is
//! negotiated, no member is skipped. Keys are handed in; nothing here makes or keeps one.
//!
//! ```text
//! header = {"alg":"EdDSA","b64":false,"crit":["b64"],"kid":"<base64url SHA-256 of the public key>"}
//! seal   = base64url(header) ".." base64url( Ed25519( base64url(header) "." bytes ) )
//! ```

use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::BadId;
use serde::{Deserialize, Serialize};

use crate::b64;

/// Fingerprint of a public key: SHA-256 of its 32 bytes, base64url as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct KeyId(pub Digest);

impl KeyId {
    /// The fingerprint of `key`.
    pub fn of(key: &VerifyingKey) -> Self {
        Self(Digest::of(key.as_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&b64::encode(&self.0.0))
    }
}

impl FromStr for KeyId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        b64::decode_exact(text).map(|bytes| Self(Digest(bytes))).ok_or_else(|| BadId(text.to_owned()))
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for KeyId {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

/// An Ed25519 public key as it stands in files: base64url of its 32 bytes. A point on the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PublicKey(pub VerifyingKey);

impl PublicKey {
    /// Its fingerprint.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.0)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        b64::encode(key.0.as_bytes())
    }
}

impl TryFrom<String> for PublicKey {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        let read = |text: &str| VerifyingKey::from_bytes(&b64::decode_exact(text)?).ok();
        read(&text).map(Self).ok_or(BadId(text))
    }
}

/// A seal as text: about 220 ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seal(pub String);

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a seal does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not of the form `header..signature`, or the header is not ours.
    #[error("the seal is garbled")]
    Garbled,
    /// A well-formed seal that names another key.
    #[error("the seal is of another key")]
    OtherKey,
    /// The signature is not of this key over these bytes.
    #[error("the seal does not match the bytes")]
    Broken,
}

/// Seals `bytes` with `key`.
pub fn seal(key: &SigningKey, bytes: &[u8]) -> Seal {
    let header = header(KeyId::of(&key.verifying_key()));
    let signature = key.sign(&signed_bytes(&header, bytes));
    Seal(format!("{header}..{}", b64::encode(&signature.to_bytes())))
}

/// Whether `seal` is that of `key` over exactly `bytes`.
pub fn verify(key: &VerifyingKey, bytes: &[u8], seal: &Seal) -> Result<(), SealError> {
    let (header_part, signature) = seal.0.split_once("..").ok_or(SealError::Garbled)?;
    if header_part != header(KeyId::of(key)) {
        return Err(if kid(seal).is_some() { SealError::OtherKey } else { SealError::Garbled });
    }
    let signature = b64::decode_exact(signature).ok_or(SealError::Garbled)?;
    key.verify_strict(&signed_bytes(header_part, bytes), &Signature::from_bytes(&signature))
        .map_err(|_| SealError::Broken)
}

/// The key that a well-formed seal names; `None` when it is not of our form.
pub fn kid(seal: &Seal) -> Option<KeyId> {
    let (header_part, _) = seal.0.split_once("..")?;
    let text = String::from_utf8(b64::decode(header_part)?).ok()?;
    let named: KeyId = text.strip_prefix(HEAD)?.strip_suffix(TAIL)?.parse().ok()?;
    (header_part == header(named)).then_some(named)
}

const HEAD: &str = r#"{"alg":"EdDSA","b64":false,"crit":["b64"],"kid":""#;
const TAIL: &str = r#""}"#;

fn header(id: KeyId) -> String {
    b64::encode(format!("{HEAD}{id}{TAIL}").as_bytes())
}

fn signed_bytes(header: &str, bytes: &[u8]) -> Vec<u8> {
    [header.as_bytes(), b".", bytes].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> SigningKey {
        SigningKey::from_bytes(&[n; 32])
    }

    #[test]
    fn a_seal_holds_for_its_key_and_bytes_only() {
        let seal = seal(&key(1), b"card");
        let public = key(1).verifying_key();
        assert_eq!(verify(&public, b"card", &seal), Ok(()));
        assert_eq!(kid(&seal), Some(KeyId::of(&public)));
        assert_eq!(verify(&public, b"cart", &seal), Err(SealError::Broken));
        assert_eq!(verify(&key(2).verifying_key(), b"card", &seal), Err(SealError::OtherKey));
    }

    #[test]
    fn every_changed_character_of_a_seal_is_found() {
        let seal = seal(&key(1), b"card");
        let public = key(1).verifying_key();
        for at in 0..seal.0.len() {
            for other in ["A", "B", "x", ".", "=", " "] {
                let mut bent = seal.0.clone();
                bent.replace_range(at..=at, other);
                if bent != seal.0 {
                    assert!(verify(&public, b"card", &Seal(bent)).is_err(), "{at} {other}");
                }
            }
        }
    }

    #[test]
    fn only_the_one_header_is_read() {
        let public = key(1).verifying_key();
        let id = KeyId::of(&public);
        for other in [
            format!(r#"{{"alg":"none","b64":false,"crit":["b64"],"kid":"{id}"}}"#),
            format!(r#"{{"alg":"EdDSA","kid":"{id}"}}"#),
            format!(r#"{{"alg":"EdDSA","b64":true,"crit":["b64"],"kid":"{id}"}}"#),
            format!(r#"{{"alg":"EdDSA", "b64":false,"crit":["b64"],"kid":"{id}"}}"#),
            format!(r#"{{"kid":"{id}","alg":"EdDSA","b64":false,"crit":["b64"]}}"#),
        ] {
            let header = b64::encode(other.as_bytes());
            let signature = key(1).sign(&signed_bytes(&header, b"card"));
            let seal = Seal(format!("{header}..{}", b64::encode(&signature.to_bytes())));
            assert_eq!(verify(&public, b"card", &seal), Err(SealError::Garbled), "{other}");
        }
    }
}
