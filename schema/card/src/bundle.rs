//! The file a customer takes away, `*.fieldcard`: a card with what proves it, as one strict JSON text.
//!
//! A bundle is a container and is not signed: each thing in it proves itself ([`crate::verify`]). Keys and
//! bytes are kept as the text that stood there, so that a garbled one is judged, not refused. Every slot
//! has its place from the first version and may be null. White space between members is free.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::json;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::b64;
use crate::canonical::{self, FormatError};
use crate::chain::Head;
use crate::seal::{PublicKey, Seal};
use crate::statement::{DeviceKey, Receipt, Signed};

/// Largest bundle that is read.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A service card with its proofs, format 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// Format version: 1.
    pub v: u64,
    /// `bundle`.
    pub kind: BundleKind,
    /// The card.
    pub card: Sealed,
    /// The card that this one amends.
    pub amended: Option<Sealed>,
    /// The device's chain of cards around this one.
    pub chain: Option<ChainSlot>,
    /// Countersigns and batches that name the card.
    pub endorsements: Vec<Sealed>,
    /// The org's public key, base64url.
    pub org_key: Option<String>,
    /// The org's word on which key is whose.
    pub device_keys: Vec<Signed<DeviceKey>>,
    /// The server's receipt.
    pub receipt: Option<ReceiptSlot>,
    /// A checkpoint of the org's log, later than the card.
    pub checkpoint: Option<Value>,
    /// The card's way to that checkpoint's root.
    pub inclusion: Option<Value>,
    /// A time stamp by a third party (RFC 3161) on a root.
    pub rfc3161: Option<Value>,
    /// Attachments that travel inside; others lie beside the file, named by their hash.
    pub attachments: Vec<Inline>,
}

/// The `kind` of a [`Bundle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum BundleKind {
    /// `bundle`
    #[default]
    #[serde(rename = "bundle")]
    Only,
}

/// Stored bytes, their seal and the key it names; all as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// The bytes, base64url.
    pub bytes: String,
    /// The seal over them.
    pub seal: Seal,
    /// The public key, base64url.
    pub key: String,
}

impl Sealed {
    /// Packs stored `bytes` with their `seal`.
    pub fn new(bytes: &[u8], seal: Seal, key: PublicKey) -> Self {
        Self { bytes: b64::encode(bytes), seal, key: key.into() }
    }
}

/// Cards of one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainSlot {
    /// Number of the first card that is told here.
    pub from: u64,
    /// The cards, ascending.
    pub cards: Vec<Sealed>,
    /// The newest card known to exist.
    pub head: Option<Head>,
}

/// A receipt and what it was issued over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiptSlot {
    /// The receipt.
    pub signed: Signed<Receipt>,
    /// All hashes it covers; null when only the receipt itself is shown.
    pub held: Option<Vec<Digest>>,
}

/// An attachment inside the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inline {
    /// Its hash.
    pub sha256: Digest,
    /// Its bytes, base64url.
    pub bytes: String,
}

impl Bundle {
    /// A bundle of one card with every slot empty.
    pub fn of(card: Sealed) -> Self {
        Self {
            v: 1,
            kind: BundleKind::Only,
            card,
            amended: None,
            chain: None,
            endorsements: vec![],
            org_key: None,
            device_keys: vec![],
            receipt: None,
            checkpoint: None,
            inclusion: None,
            rfc3161: None,
            attachments: vec![],
        }
    }

    /// The text of the file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, FormatError> {
        canonical::to_canonical(self)
    }

    /// Reads a file. An error means that it is no bundle that this version can judge.
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        if bytes.len() > MAX_BYTES {
            return Err(FormatError::TooLarge(bytes.len()));
        }
        let value = json::parse(bytes).map_err(|e| FormatError::NotStrict(e.to_string()))?;
        let named = value.get("kind").and_then(Value::as_str) == Some("bundle");
        if !named {
            return Err(FormatError::WrongShape("not a bundle of a service card".into()));
        }
        canonical::refuse_later(&value, 1)?;
        let bundle: Self = canonical::read_exact(value)?;
        if bundle.v == 1 {
            Ok(bundle)
        } else {
            Err(FormatError::WrongShape("there is no such version".into()))
        }
    }
}
