//! What the office's server signs: receipts, checkpoints, and which key is whose.
//!
//! A statement is canonical JSON with its own `kind`, so that none passes for another, under a seal by the
//! org's key. [`Signed`] carries the text as it was signed; it is verified as it stands. Who stores what
//! under which condition is the hub's business, not this file's.

use std::marker::PhantomData;

use ed25519_dalek::{SigningKey, VerifyingKey};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, OrgId, RecordId};
use fieldcard_schema::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::canonical::{Canonical, FormatError};
use crate::seal::{self, PublicKey, Seal, SealError};

/// Canonical text and its seal, as they were made. Says nothing until [`Signed::verify`] has read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed<T> {
    /// The canonical JSON text.
    pub record: String,
    /// The seal over it.
    pub seal: Seal,
    #[serde(skip)]
    of: PhantomData<T>,
}

/// Why a signed record cannot be relied on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// The seal does not hold.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The seal holds, but the text is not such a record.
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl<T: Canonical> Signed<T> {
    /// Signs `record` with `key`.
    pub fn sign(record: &T, key: &SigningKey) -> Result<Self, FormatError> {
        let bytes = record.to_bytes()?;
        let seal = seal::seal(key, &bytes);
        let record = String::from_utf8(bytes).map_err(|e| FormatError::NotStrict(e.to_string()))?;
        Ok(Self::from_parts(record, seal))
    }

    /// A signed record from stored parts.
    pub fn from_parts(record: String, seal: Seal) -> Self {
        Self { record, seal, of: PhantomData }
    }

    /// The record, if `key` signed exactly this text and it is one.
    pub fn verify(&self, key: &VerifyingKey) -> Result<T, SignedError> {
        seal::verify(key, self.record.as_bytes(), &self.seal)?;
        Ok(T::parse(self.record.as_bytes())?)
    }
}

/// The server's receipt: it has stored the final card's op, every device op of the job and every blob
/// that they name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Format version: 1.
    pub v: u64,
    /// `receipt`.
    pub kind: ReceiptKind,
    /// The org.
    pub org: OrgId,
    /// The server's epoch.
    pub epoch: String,
    /// The job.
    pub job: RecordId,
    /// 1 for the job's first receipt; late work issues the next.
    pub n: u64,
    /// [`Receipt::digest_over`] what is held.
    pub digest: Digest,
    /// When, by the server's clock.
    pub at: Timestamp,
}

/// A moment of the org's log that devices remember.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Format version: 1.
    pub v: u64,
    /// `checkpoint`.
    pub kind: CheckpointKind,
    /// The org.
    pub org: OrgId,
    /// Entries in the log.
    pub size: u64,
    /// Root hash over them.
    pub root: Digest,
    /// When, by the server's clock.
    pub at: Timestamp,
}

/// The office vouches that a key belongs to a device, and says from and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceKey {
    /// Format version: 1.
    pub v: u64,
    /// `device_key`.
    pub kind: DeviceKeyKind,
    /// The org.
    pub org: OrgId,
    /// The device.
    pub device: DeviceId,
    /// Its public key.
    pub key: PublicKey,
    /// When it became active.
    pub from: Timestamp,
    /// When it was revoked or replaced; null while it is active.
    pub until: Option<Timestamp>,
}

macro_rules! statement {
    ($record:ident, $kind:ident, $name:literal) => {
        #[doc = concat!("The `kind` of a [`", stringify!($record), "`].")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
        pub enum $kind {
            #[doc = concat!("`", $name, "`")]
            #[default]
            #[serde(rename = $name)]
            Only,
        }

        impl Canonical for $record {
            const VERSION: u64 = 1;
            const MAX_BYTES: usize = 4096;

            fn check(&self) -> Result<(), FormatError> {
                if self.v == 1 { Ok(()) } else { Err(FormatError::Contradiction("the version is 1")) }
            }
        }
    };
}

statement!(Receipt, ReceiptKind, "receipt");
statement!(Checkpoint, CheckpointKind, "checkpoint");
statement!(DeviceKey, DeviceKeyKind, "device_key");

impl Receipt {
    /// SHA-256 over `held`, sorted, each hash once: body hashes of the job's device ops, hashes of the
    /// blobs they name, and of the sealed cards among them.
    pub fn digest_over(held: &[Digest]) -> Digest {
        let mut sorted = held.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let parts: Vec<&[u8]> = sorted.iter().map(|hash| hash.0.as_slice()).collect();
        Digest::of_parts(&parts)
    }

    /// The short code that both ends show, `5F3K-9QXV`: the first 40 bits of the digest in Crockford's
    /// base 32.
    pub fn code(&self) -> String {
        const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bits = self.digest.0[..5].iter().fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
        let symbol = |i: u32| char::from(SYMBOLS[(bits >> (35 - 5 * i) & 31) as usize]);
        let (left, right): (String, String) = ((0..4).map(symbol).collect(), (4..8).map(symbol).collect());
        format!("{left}-{right}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            v: 1,
            kind: ReceiptKind::Only,
            org: OrgId(uuid(1)),
            epoch: "k3f9a0zq".into(),
            job: RecordId(uuid(2)),
            n: 1,
            digest: Digest([
                0x2b, 0xc7, 0x34, 0xdf, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0, 0, 0, 0, 0, 1,
            ]),
            at: Timestamp(1_763_000_000_123),
        }
    }

    fn uuid(n: u8) -> uuid::Uuid {
        uuid::Uuid::from_bytes([n; 16])
    }

    fn key(n: u8) -> SigningKey {
        SigningKey::from_bytes(&[n; 32])
    }

    #[test]
    fn receipt_has_its_golden_text() {
        let signed = Signed::sign(&receipt(), &key(1)).unwrap();
        assert_eq!(
            signed.record,
            concat!(
                r#"{"at":1763000000123,"digest":"2bc734dfbb000000000000000000000000000000000000000000000000000001","#,
                r#""epoch":"k3f9a0zq","job":"02020202-0202-0202-0202-020202020202","kind":"receipt","n":1,"#,
                r#""org":"01010101-0101-0101-0101-010101010101","v":1}"#
            )
        );
        assert_eq!(signed.verify(&key(1).verifying_key()), Ok(receipt()));
    }

    #[test]
    fn code_is_forty_bits_in_crockford() {
        // 2bc734dfbb = 00101 01111 00011 10011 01001 10111 11101 11011.
        assert_eq!(receipt().code(), "5F3K-9QXV");
    }

    #[test]
    fn a_receipt_by_another_key_or_with_another_text_is_refused() {
        let signed = Signed::sign(&receipt(), &key(1)).unwrap();
        assert_eq!(signed.verify(&key(2).verifying_key()), Err(SignedError::Seal(SealError::OtherKey)));
        let bent = Signed::<Receipt>::from_parts(signed.record.replace("\"n\":1", "\"n\":2"), signed.seal);
        assert_eq!(bent.verify(&key(1).verifying_key()), Err(SignedError::Seal(SealError::Broken)));
    }

    #[test]
    fn no_statement_passes_for_another() {
        let signed = Signed::sign(&receipt(), &key(1)).unwrap();
        let other = Signed::<Checkpoint>::from_parts(signed.record, signed.seal);
        assert!(matches!(other.verify(&key(1).verifying_key()), Err(SignedError::Format(_))));
    }

    #[test]
    fn order_and_repeats_do_not_move_the_digest() {
        let [a, b] = [Digest::of(b"a"), Digest::of(b"b")];
        assert_eq!(Receipt::digest_over(&[a, b, a]), Receipt::digest_over(&[b, a]));
        assert_ne!(Receipt::digest_over(&[a]), Receipt::digest_over(&[a, b]));
    }
}
