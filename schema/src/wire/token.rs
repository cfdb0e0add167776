//! How a device proves that it is itself: it signs a nonce with the key made at enrolment.
//!
//! No password travels and none is kept in the field. A refused token clears nothing on the device.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::enrol::{from_base64, to_base64};
use crate::id::DeviceId;

/// Seconds that a token holds: 24 h.
pub const TOKEN_SECONDS: u32 = 86_400;

/// Seconds that a nonce holds.
pub const NONCE_SECONDS: u32 = 60;

/// Asks for a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonceRequest {
    /// The device that will sign it.
    pub device: DeviceId,
}

/// A challenge, good for one use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nonce {
    /// To be signed as it stands.
    pub nonce: String,
}

/// The signed challenge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRequest {
    /// The device.
    pub device: DeviceId,
    /// The challenge.
    pub nonce: String,
    /// Ed25519 over purpose, device and nonce, base64url.
    pub sig: String,
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenAnswer {
    /// Sent as `Authorization: Bearer …`.
    pub token: String,
    /// Seconds that it holds from now; a duration, since clocks may be years apart.
    pub seconds: u32,
    /// Every tag prefix of the device, once there are more than its enrolment gave: the list only grows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tag_prefixes: Vec<String>,
}

fn signed_bytes(device: DeviceId, nonce: &str) -> Vec<u8> {
    [b"fieldcard token v1\0".as_slice(), device.as_bytes(), nonce.as_bytes()].concat()
}

impl TokenRequest {
    /// Signs a challenge.
    pub fn sign(key: &SigningKey, device: DeviceId, nonce: Nonce) -> Self {
        let sig = to_base64(&key.sign(&signed_bytes(device, &nonce.nonce)).to_bytes());
        Self { device, nonce: nonce.nonce, sig }
    }

    /// Whether the device's key signed this.
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        from_base64::<64>(&self.sig).is_some_and(|sig| {
            key.verify_strict(&signed_bytes(self.device, &self.nonce), &Signature::from_bytes(&sig)).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_nonce_holds_for_its_device_only() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let device = |n| DeviceId(uuid::Uuid::from_bytes([n; 16]));
        let request = TokenRequest::sign(&key, device(1), Nonce { nonce: "n".into() });
        assert!(request.is_signed_by(&key.verifying_key()));
        assert!(!TokenRequest { device: device(2), ..request.clone() }.is_signed_by(&key.verifying_key()));
        assert!(!TokenRequest { nonce: "m".into(), ..request.clone() }.is_signed_by(&key.verifying_key()));
        assert!(!request.is_signed_by(&SigningKey::from_bytes(&[6; 32]).verifying_key()));
    }
}
