//! Nonces and tokens: a device signs a challenge, and is known for a day.
//!
//! Both are stateless: what they say is covered by an HMAC. Only the nonces already used are remembered,
//! for the minute that they hold; a restart makes older ones void. Whether a device is still welcome is
//! looked up at every call.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use fieldcard_schema::id::DeviceId;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::enrol::{from_base64, to_base64};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::token::{
    NONCE_SECONDS, Nonce, NonceRequest, TOKEN_SECONDS, TokenAnswer, TokenRequest,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::Hub;
use crate::ports::Chance;
use crate::storage::devices::{Device, DeviceState};

/// Most used nonces that are remembered; over it nobody gets a token until some have run out.
const USED_MAX: usize = 100_000;

const MAC_LEN: usize = 32;
/// Device, expiry, HMAC.
const TOKEN_LEN: usize = 16 + 8 + MAC_LEN;
/// Expiry, random bytes, HMAC.
const NONCE_LEN: usize = 8 + 16 + MAC_LEN;

/// What is known of nonces.
pub(super) struct Nonces {
    key: [u8; 32],
    /// Expiry and random bytes of those that were used.
    used: BTreeSet<[u8; 24]>,
}

impl Nonces {
    pub(super) fn new(chance: &mut dyn Chance) -> Self {
        let mut key = [0; 32];
        chance.fill(&mut key);
        Self { key, used: BTreeSet::new() }
    }

    fn forget_expired(&mut self, now: i64) {
        let mut first = [0; 24];
        first[..8].copy_from_slice(&now.to_be_bytes());
        self.used = self.used.split_off(&first);
    }
}

pub(super) fn mac_of(key: &[u8; 32], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac
}

/// N bytes at `at`; the callers' lengths are checked by [`decode`].
fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|i| bytes[at + i])
}

fn expiry(bytes: &[u8], at: usize) -> i64 {
    i64::from_be_bytes(part(bytes, at))
}

/// A token as it was sent. The device's key is under its HMAC: a new key voids old tokens.
pub struct DeviceToken([u8; TOKEN_LEN]);

impl DeviceToken {
    /// Reads a token; whether it holds is another question.
    pub fn parse(text: &str) -> Option<Self> {
        from_base64(text).map(Self)
    }

    /// The device that it names.
    pub fn device(&self) -> DeviceId {
        DeviceId(Uuid::from_bytes(part(&self.0, 0)))
    }

    /// Whether this server gave it to that device, for as long as now.
    pub fn holds(&self, secret: &[u8; 32], device: &Device, now: Timestamp) -> bool {
        let mac = mac_of(secret, &[b"token", &self.0[..24], &device.key]);
        mac.verify_slice(&self.0[24..]).is_ok() && expiry(&self.0, 16) >= now.0
    }
}

impl Hub {
    pub(super) fn make_nonce(&mut self, request: &NonceRequest) -> Result<Nonce, ApiError> {
        self.check_whole()?;
        let mut random = [0; 16];
        self.ports.chance.fill(&mut random);
        let expires = self.ports.clock.now().plus(i64::from(NONCE_SECONDS) * 1000).0.to_be_bytes();
        let mac = mac_of(&self.nonces.key, &[b"nonce", request.device.as_bytes(), &expires, &random]);
        let bytes = [expires.as_slice(), &random, &mac.finalize().into_bytes()].concat();
        Ok(Nonce { nonce: to_base64(&bytes) })
    }

    /// Takes a nonce out of use; it must be one of ours, in time and new.
    fn use_nonce(&mut self, device: DeviceId, nonce: &str) -> Result<(), ApiError> {
        let stale = || ApiError::from(ErrorCode::NonceStale);
        let bytes = from_base64::<NONCE_LEN>(nonce).ok_or_else(stale)?;
        let mac = mac_of(&self.nonces.key, &[b"nonce", device.as_bytes(), &bytes[..24]]);
        mac.verify_slice(&bytes[24..]).map_err(|_| stale())?;
        let now = self.ports.clock.now().0;
        self.nonces.forget_expired(now);
        if self.nonces.used.len() >= USED_MAX {
            return Err(ApiError { retry_after: Some(NONCE_SECONDS), ..ErrorCode::Busy.into() });
        }
        if expiry(&bytes, 0) < now || !self.nonces.used.insert(part(&bytes, 0)) {
            return Err(stale());
        }
        Ok(())
    }

    pub(super) fn make_token(&mut self, request: &TokenRequest) -> Result<TokenAnswer, ApiError> {
        let device = self.read(|ledger| Ok(ledger.tx.device(request.device)?))?;
        let device = device.ok_or(ErrorCode::Unauthorised)?;
        let key = VerifyingKey::from_bytes(&device.key).map_err(|_| ErrorCode::Unauthorised)?;
        if !request.is_signed_by(&key) {
            return Err(ErrorCode::BadSignature.into());
        }
        self.use_nonce(device.id, &request.nonce)?;
        if device.state == DeviceState::Unconfirmed {
            return Err(ErrorCode::Unconfirmed.into());
        }
        let expires = self.ports.clock.now().plus(i64::from(TOKEN_SECONDS) * 1000).0.to_be_bytes();
        let mac = mac_of(&self.config.secret, &[b"token", device.id.as_bytes(), &expires, &device.key]);
        let bytes = [device.id.as_bytes().as_slice(), &expires, &mac.finalize().into_bytes()].concat();
        let token = URL_SAFE_NO_PAD.encode(bytes);
        Ok(TokenAnswer { token, seconds: TOKEN_SECONDS, tag_prefixes: self.granted_prefixes(device)? })
    }

    /// The device that a token names.
    pub(super) fn device_of(&mut self, token: &str) -> Result<Device, ApiError> {
        let token = DeviceToken::parse(token).ok_or(ErrorCode::Unauthorised)?;
        let now = self.ports.clock.now();
        let device = self.read(|ledger| Ok(ledger.tx.device(token.device())?))?;
        let device = device.filter(|device| token.holds(&self.config.secret, device, now));
        device.ok_or_else(|| ErrorCode::Unauthorised.into())
    }
}
