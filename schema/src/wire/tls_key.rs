//! The org key vouches for a TLS key, inside the server's own certificate.
//!
//! A certificate of the server carries, in a non-critical X.509 extension under [`EXTENSION_OID`], the org
//! key's Ed25519 signature over its SubjectPublicKeyInfo. A device that knows the org key from enrolment
//! trusts any certificate with such a signature: a renewed TLS key needs no announcement, and a device
//! whose clock is years off is not locked out, since the key decides and not the dates.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::digest::Digest;

/// 2.25.N, N = the first 63 bits of SHA-256("fieldcard tls key v1").
///
/// The arc 2.25 needs no registration. It is meant for whole UUIDs, which are longer than most libraries
/// take in one arc; nobody but Fieldcard reads the extension, and others pass it over.
pub const EXTENSION_OID: &[u64] = &[2, 25, OID_LEAF];

const OID_LEAF: u64 = 2_267_557_129_755_967_297;

/// DER of an OCTET STRING of 64 bytes: what the extension holds before the signature.
const OCTETS: [u8; 2] = [0x04, 64];

fn signed_bytes(spki: &[u8]) -> Vec<u8> {
    [b"fieldcard tls key v1\0".as_slice(), spki].concat()
}

/// What the extension of a certificate with this SubjectPublicKeyInfo (DER) holds.
pub fn vouch(org_key: &SigningKey, spki: &[u8]) -> Vec<u8> {
    [OCTETS.as_slice(), &org_key.sign(&signed_bytes(spki)).to_bytes()].concat()
}

/// Whether the org key vouches for this SubjectPublicKeyInfo.
pub fn is_vouched(org_key: &VerifyingKey, spki: &[u8], extension: &[u8]) -> bool {
    let signature = extension.strip_prefix(&OCTETS).and_then(|s| <[u8; 64]>::try_from(s).ok());
    signature.is_some_and(|s| org_key.verify_strict(&signed_bytes(spki), &Signature::from_bytes(&s)).is_ok())
}

/// What enrolment compares at both ends: SHA-256 of the SubjectPublicKeyInfo (DER).
pub fn digest(spki: &[u8]) -> Digest {
    Digest::of(spki)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leaf_is_what_the_comment_says() {
        let digest = Digest::of(b"fieldcard tls key v1");
        let leaf = u64::from_be_bytes(std::array::from_fn(|i| digest.0[i])) >> 1;
        assert_eq!(leaf, OID_LEAF);
    }

    #[test]
    fn a_signature_holds_for_its_key_only() {
        let org = SigningKey::from_bytes(&[1; 32]);
        let extension = vouch(&org, b"spki");
        assert!(is_vouched(&org.verifying_key(), b"spki", &extension));
        assert!(!is_vouched(&org.verifying_key(), b"spkj", &extension));
        assert!(!is_vouched(&SigningKey::from_bytes(&[2; 32]).verifying_key(), b"spki", &extension));
        for at in 0..extension.len() {
            let mut bent = extension.clone();
            bent[at] ^= 1;
            assert!(!is_vouched(&org.verifying_key(), b"spki", &bent), "{at}");
        }
        assert!(!is_vouched(&org.verifying_key(), b"spki", &extension[..65]));
        assert!(!is_vouched(&org.verifying_key(), b"spki", b""));
    }
}
