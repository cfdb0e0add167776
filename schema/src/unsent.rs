//! The file of unsent work: what a phone that cannot get online hands to the office on a stick.
//!
//! One zip. Its pushes are bodies of `POST /v1/sync` byte for byte, its blobs the bytes that no server stores
//! yet, and a manifest under the device's signature names every one of them, so that nothing can be added,
//! dropped or changed on the way. Nothing here reads or writes a file; `docs/unsent-file.md` shows one.
//!
//! Final since version 1: later versions only add members, which older readers pass over.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::id::{DeviceId, Incarnation, OrgId, UserId};
use crate::wire::enrol::{from_base64, to_base64};

/// What `format` says.
pub const FORMAT: &str = "fieldcard-unsent";
/// The version that this code writes.
pub const VERSION: u32 = 1;
/// For the person who finds the file.
pub const README: &str = "README.txt";
/// The [`Manifest`], one JSON text.
pub const MANIFEST: &str = "manifest.json";
/// The signature over it, base64url.
pub const SIGNATURE: &str = "manifest.sig";

/// What a file holds, and of whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub v: u32,
    /// The org that the device belongs to.
    pub org: OrgId,
    /// The device.
    pub device: DeviceId,
    /// Its person.
    pub user: UserId,
    /// The person's name.
    pub user_name: String,
    /// Version of the app that wrote the file.
    pub app: String,
    /// When, by the device's wall clock, in ms.
    pub at: i64,
    /// The pushes in the order in which they are to be taken: incarnations oldest first.
    pub pushes: Vec<PushMember>,
    /// Photos and cards that the server did not store when the file was written.
    pub blobs: Vec<BlobMember>,
    /// Blobs that the device itself can no longer read: they are not in the file.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unreadable: Vec<Digest>,
    /// The device has lost its key: neither the manifest nor any push is signed.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub unsigned: bool,
}

/// One push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushMember {
    /// SHA-256 of the member's bytes.
    pub sha256: Digest,
    /// Incarnation of its ops.
    pub incarnation: Incarnation,
    /// Seq of its first op.
    pub from_seq: u64,
    /// How many ops it carries.
    pub ops: u64,
}

/// One blob.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobMember {
    /// SHA-256 of its bytes, and its name.
    pub sha256: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
}

/// Name of the member that holds the push at `place` of the manifest, from 0.
pub fn push_path(place: usize) -> String {
    format!("pushes/{:04}.ndjson.zst", place + 1)
}

/// Name of the member that holds a blob.
pub fn blob_path(sha256: Digest) -> String {
    format!("blobs/{sha256}")
}

/// The bytes that the signature covers: purpose, device, SHA-256 of the manifest.
fn signed_bytes(device: DeviceId, manifest: &[u8]) -> Vec<u8> {
    [b"fieldcard unsent v1\0".as_slice(), device.as_bytes(), &Digest::of(manifest).0].concat()
}

/// Signs the bytes of a manifest.
pub fn sign(key: &SigningKey, device: DeviceId, manifest: &[u8]) -> String {
    to_base64(&key.sign(&signed_bytes(device, manifest)).to_bytes())
}

/// Whether `signature` is this device's over these bytes.
pub fn is_signed(key: &VerifyingKey, device: DeviceId, manifest: &[u8], signature: &str) -> bool {
    let Some(signature) = from_base64::<64>(signature) else { return false };
    key.verify_strict(&signed_bytes(device, manifest), &Signature::from_bytes(&signature)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by hand: the bytes of version 1.
    const GOLDEN: &str = concat!(
        r#"{"format":"fieldcard-unsent","v":1,"org":"09090909-0909-0909-0909-090909090909","#,
        r#""device":"01010101-0101-0101-0101-010101010101","user":"02020202-0202-0202-0202-020202020202","#,
        r#""user_name":"秦永胜","app":"0.1.0","at":1795388400000,"#,
        r#""pushes":[{"sha256":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""incarnation":"0102030405060708","from_seq":7,"ops":12}],"#,
        r#""blobs":[{"sha256":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""size":345678,"media_type":"image/jpeg"}]}"#,
    );

    #[test]
    fn a_manifest_is_read_and_written_as_its_golden_line() {
        let manifest: Manifest = serde_json::from_str(GOLDEN).unwrap();
        assert_eq!(serde_json::to_string(&manifest).unwrap(), GOLDEN);
        assert_eq!((manifest.format.as_str(), manifest.v), (FORMAT, VERSION));
        assert_eq!(manifest.pushes[0].incarnation, Incarnation([1, 2, 3, 4, 5, 6, 7, 8]));
        assert_eq!(push_path(0), "pushes/0001.ndjson.zst");
        assert_eq!(blob_path(Digest::ZERO), format!("blobs/{}", "0".repeat(64)));
    }

    #[test]
    fn members_of_a_later_version_are_passed_over() {
        let later = GOLDEN.replacen("\"v\":1", "\"v\":1,\"later\":{\"x\":[1]}", 1);
        assert_eq!(
            serde_json::from_str::<Manifest>(&later).unwrap(),
            serde_json::from_str::<Manifest>(GOLDEN).unwrap()
        );
    }

    #[test]
    fn a_signature_holds_for_its_device_and_every_byte() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let (device, other) =
            (DeviceId(uuid::Uuid::from_bytes([1; 16])), DeviceId(uuid::Uuid::from_bytes([2; 16])));
        let signature = sign(&key, device, GOLDEN.as_bytes());
        let holds =
            |device, bytes: &[u8], signature: &str| is_signed(&key.verifying_key(), device, bytes, signature);
        assert!(holds(device, GOLDEN.as_bytes(), &signature));
        assert!(!holds(other, GOLDEN.as_bytes(), &signature));
        assert!(!holds(device, GOLDEN.replacen("12}", "13}", 1).as_bytes(), &signature));
        assert!(!holds(device, GOLDEN.as_bytes(), &signature[1..]));
    }
}
