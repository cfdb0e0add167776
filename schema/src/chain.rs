//! The chain that ties a device's ops together, and the running hash of the server's log.
//!
//! Both ends compute links; they are never sent with the ops. A push is signed at its head, so one
//! signature covers every op before it. Key handling and storage live elsewhere.
//!
//! ```text
//! link(n) = SHA-256( link(n-1) ‖ incarnation ‖ n as u64 big-endian ‖ SHA-256(body n) )
//! ```

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::digest::Digest;
use crate::id::{DeviceId, Incarnation};
use crate::op::Mark;

/// The link of op `seq`, counted from 1, whose body has digest `body` and follows `previous`.
///
/// The first link of an incarnation stands on [`Digest::ZERO`], or on the last link of an older
/// incarnation that has an outcome.
pub fn link(previous: Digest, incarnation: Incarnation, seq: u64, body: Digest) -> Digest {
    Digest::of_parts(&[&previous.0, &incarnation.0, &seq.to_be_bytes(), &body.0])
}

/// The running hash of the server's op log after the op at `pos`.
pub fn running_hash(previous: Digest, pos: u64, body: Digest) -> Digest {
    Digest::of_parts(&[&previous.0, &pos.to_be_bytes(), &body.0])
}

/// The mark that stands for `running` at `pos`.
pub fn mark(pos: u64, running: Digest) -> Mark {
    let mut hash = [0; 8];
    hash.copy_from_slice(&running.0[..8]);
    Mark { pos, hash }
}

/// The bytes that a push signature covers: purpose, device, head link.
fn signed_bytes(device: DeviceId, head: Digest) -> Vec<u8> {
    [b"fieldcard push v1\0".as_slice(), device.as_bytes(), &head.0].concat()
}

/// Signs the head link of a push.
pub fn sign_head(key: &SigningKey, device: DeviceId, head: Digest) -> [u8; 64] {
    key.sign(&signed_bytes(device, head)).to_bytes()
}

/// Whether `signature` is this device's over this head.
pub fn head_is_signed(key: &VerifyingKey, device: DeviceId, head: Digest, signature: &[u8; 64]) -> bool {
    let signature = Signature::from_bytes(signature);
    key.verify_strict(&signed_bytes(device, head), &signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_has_its_golden_value() {
        // Worked out with Python's hashlib from the formula above:
        // 64 × "0", incarnation 0102030405060708, seq 1, sha256("abc").
        let one = link(Digest::ZERO, Incarnation([1, 2, 3, 4, 5, 6, 7, 8]), 1, Digest::of(b"abc"));
        assert_eq!(one.to_string(), "854239fb68c6f30dc335723afbec4d71c4dafba272f84fe05cd3d6fed8068124");
    }

    #[test]
    fn every_input_moves_the_link() {
        let inc = Incarnation([7; 8]);
        let one = link(Digest::ZERO, inc, 1, Digest::of(b"a"));
        for other in [
            link(Digest::of(b"x"), inc, 1, Digest::of(b"a")),
            link(Digest::ZERO, Incarnation([8; 8]), 1, Digest::of(b"a")),
            link(Digest::ZERO, inc, 2, Digest::of(b"a")),
            link(Digest::ZERO, inc, 1, Digest::of(b"b")),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_signature_holds_for_its_device_and_head_only() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let public = key.verifying_key();
        let device = DeviceId(uuid::Uuid::from_bytes([1; 16]));
        let other = DeviceId(uuid::Uuid::from_bytes([2; 16]));
        let head = Digest::of(b"head");
        let signature = sign_head(&key, device, head);
        assert!(head_is_signed(&public, device, head, &signature));
        assert!(!head_is_signed(&public, other, head, &signature));
        assert!(!head_is_signed(&public, device, Digest::of(b"tail"), &signature));
        let mut bent = signature;
        bent[10] ^= 1;
        assert!(!head_is_signed(&public, device, head, &bent));
    }
}
