//! Enrolment: how a new device and the office come to trust each other over one short code.
//!
//! ```text
//! office   makes a code: 4 letters that name it, and a secret; shows it once as QR or as text
//! device   makes its key pair; sends name, key, what TLS key it saw, and an HMAC under the secret
//! server   checks the HMAC, marks the code used, answers with the org's keys and an HMAC of its own
//! both     show the same six digits; the office confirms; until then the device reads nothing
//! ```
//!
//! The server stores SHA-256(secret), which is the key of both HMACs: a stolen database gives a thief ten
//! minutes at most, and the six digits do not match.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::digest::Digest;
use crate::id::{DeviceId, OrgId, UserId};

/// Minutes that a code holds.
pub const CODE_MINUTES: u32 = 10;

/// Wrong secrets after which a code is dead.
pub const CODE_TRIES: u32 = 5;

/// Symbols of a code that name it.
const NAME_LEN: usize = 4;

/// Base 32 without letters that look like digits (Crockford).
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Unpadded base64url.
pub fn to_base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// N bytes from unpadded base64url.
pub fn from_base64<const N: usize>(text: &str) -> Option<[u8; N]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// A one-time code: `name` finds it, `secret` proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolCode {
    /// Four symbols.
    pub name: String,
    /// Twelve symbols typed by hand, or 26 (128 bits) from a QR code.
    pub secret: String,
}

impl EnrolCode {
    /// A code from random bytes: three for the name, the others for the secret.
    pub fn from_random(random: &[u8; 20], typed: bool) -> Self {
        let symbols = |bytes: &[u8], n: usize| -> String {
            let bit = |i: usize| bytes.get(i / 8).is_some_and(|b| b >> (7 - i % 8) & 1 == 1);
            let symbol = |s: usize| (0..5).fold(0, |value, i| value << 1 | usize::from(bit(s * 5 + i)));
            (0..n).map(|s| char::from(SYMBOLS[symbol(s)])).collect()
        };
        let length = if typed { 12 } else { 26 };
        Self { name: symbols(&random[..3], NAME_LEN), secret: symbols(&random[3..], length) }
    }

    /// Reads a code as people type it: any case, with spaces and hyphens, O for 0 and I or L for 1.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let fold = |c: char| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        let plain: String = plain.chars().map(fold).collect();
        let known = plain.bytes().all(|b| SYMBOLS.contains(&b));
        let length = plain.len().checked_sub(NAME_LEN)?;
        (known && matches!(length, 12 | 26)).then(|| {
            let (name, secret) = plain.split_at(NAME_LEN);
            Self { name: name.to_owned(), secret: secret.to_owned() }
        })
    }

    /// The code in groups of four.
    pub fn grouped(&self) -> String {
        let text = format!("{}{}", self.name, self.secret);
        let groups: Vec<&str> = (0..text.len()).step_by(4).map(|i| &text[i..text.len().min(i + 4)]).collect();
        groups.join("-")
    }

    /// What the server stores, and the key of both HMACs.
    pub fn key(&self) -> Digest {
        Digest::of_parts(&[b"fieldcard enrol v1\0", self.name.as_bytes(), b"\0", self.secret.as_bytes()])
    }
}

/// What the QR code says: `fieldcard://enrol?u=URL&o=ORG_KEY&c=CODE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolQr {
    /// Address of the server.
    pub url: String,
    /// The org's public key, which signs the server's TLS keys.
    pub org_key: [u8; 32],
    /// The code.
    pub code: EnrolCode,
}

impl EnrolQr {
    /// As text. The URL stands last and as it is, so that nothing needs escaping.
    pub fn to_text(&self) -> String {
        let code = format!("{}{}", self.code.name, self.code.secret);
        format!("fieldcard://enrol?o={}&c={code}&u={}", to_base64(&self.org_key), self.url)
    }

    /// Reads the text of a QR code.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.trim().strip_prefix("fieldcard://enrol?o=")?;
        let (org_key, rest) = rest.split_once("&c=")?;
        let (code, url) = rest.split_once("&u=")?;
        Some(Self { url: url.to_owned(), org_key: from_base64(org_key)?, code: EnrolCode::parse(code)? })
    }
}

/// A device asks to be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// Name of the code.
    pub code: String,
    /// The id that the device gave itself.
    pub device: DeviceId,
    /// Its Ed25519 public key, base64url.
    pub device_key: String,
    /// What its owner calls it.
    pub label: String,
    /// Version of the app.
    pub app: String,
    /// Sixteen random bytes, base64url.
    pub nonce: String,
    /// SHA-256 of the TLS public key that the device saw; zeros on a path without TLS.
    pub tls_key: Digest,
    /// HMAC under the code's key, base64url.
    pub mac: String,
}

/// The server takes it in, unconfirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolAnswer {
    /// The org.
    pub org: OrgId,
    /// Its name.
    pub org_name: String,
    /// Its Ed25519 public key, base64url.
    pub org_key: String,
    /// The person whose device this is now.
    pub user: UserId,
    /// That person's name.
    pub user_name: String,
    /// Prefixes of old-part tags: the first to use, then spares for later incarnations.
    pub tag_prefixes: Vec<String>,
    /// SHA-256 of the TLS public key the server uses.
    pub tls_key: Digest,
    /// HMAC under the code's key over request and answer, base64url.
    pub mac: String,
}

fn hmac(key: Digest, parts: &[&[u8]]) -> Hmac<Sha256> {
    // RFC 2104 pads a short key with zeros to the block, which is 64 bytes.
    let mut block = [0; 64];
    block[..32].copy_from_slice(&key.0);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

impl EnrolRequest {
    fn mac_state(&self, key: Digest) -> Hmac<Sha256> {
        let parts: [&[u8]; 8] = [
            b"fieldcard enrol request v1",
            self.code.as_bytes(),
            self.device.as_bytes(),
            self.device_key.as_bytes(),
            self.label.as_bytes(),
            self.app.as_bytes(),
            self.nonce.as_bytes(),
            &self.tls_key.0,
        ];
        hmac(key, &parts)
    }

    /// Fills in the HMAC.
    #[must_use]
    pub fn sealed(mut self, key: Digest) -> Self {
        self.mac = to_base64(&self.mac_state(key).finalize().into_bytes());
        self
    }

    /// Whether somebody who knows the secret sent this; compares in constant time.
    pub fn is_sealed(&self, key: Digest) -> bool {
        from_base64::<32>(&self.mac).is_some_and(|mac| self.mac_state(key).verify_slice(&mac).is_ok())
    }
}

impl EnrolAnswer {
    fn mac_state(&self, key: Digest, request: &EnrolRequest) -> Hmac<Sha256> {
        let prefixes = self.tag_prefixes.join(" ");
        let parts: [&[u8]; 9] = [
            b"fieldcard enrol answer v1",
            request.mac.as_bytes(),
            self.org.as_bytes(),
            self.org_name.as_bytes(),
            self.org_key.as_bytes(),
            self.user.as_bytes(),
            self.user_name.as_bytes(),
            prefixes.as_bytes(),
            &self.tls_key.0,
        ];
        hmac(key, &parts)
    }

    /// Fills in the HMAC.
    #[must_use]
    pub fn sealed(mut self, key: Digest, request: &EnrolRequest) -> Self {
        self.mac = to_base64(&self.mac_state(key, request).finalize().into_bytes());
        self
    }

    /// Whether the office's server answered this request.
    pub fn is_sealed(&self, key: Digest, request: &EnrolRequest) -> bool {
        from_base64::<32>(&self.mac)
            .is_some_and(|mac| self.mac_state(key, request).verify_slice(&mac).is_ok())
    }
}

/// Six digits that device and office compare by eye or voice.
pub fn fingerprint(org_key: &str, device: DeviceId, device_key: &str) -> String {
    let digest = Digest::of_parts(&[
        b"fieldcard fingerprint v1\0",
        org_key.as_bytes(),
        b"\0",
        device.as_bytes(),
        device_key.as_bytes(),
    ]);
    let number = u64::from_be_bytes(std::array::from_fn(|i| digest.0[i])) % 1_000_000;
    format!("{number:06}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> EnrolRequest {
        EnrolRequest {
            code: "7K3P".into(),
            device: DeviceId(uuid::Uuid::from_bytes([1; 16])),
            device_key: to_base64(&[2; 32]),
            label: "坚果手机".into(),
            app: "0.1.0".into(),
            nonce: to_base64(&[3; 16]),
            tls_key: Digest::of(b"tls"),
            mac: String::new(),
        }
    }

    #[test]
    fn codes_are_read_as_people_write_them() {
        let code = EnrolCode::from_random(&[0xa5; 20], true);
        assert_eq!(code.grouped().len(), 19);
        assert_eq!(EnrolCode::parse(&code.grouped().to_lowercase()), Some(code.clone()));
        assert_eq!(EnrolCode::parse(&code.grouped().replace('-', " ")), Some(code));
        assert_eq!(EnrolCode::parse("oilo-0000-0000-0000"), EnrolCode::parse("0110000000000000"));
        for bad in ["", "7K3P", "7K3P-0000-0000-000U", "7K3P-0000-0000-00000", "机手机手机手机手机手"]
        {
            assert_eq!(EnrolCode::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_qr_text_reads_back() {
        let code = EnrolCode::from_random(&std::array::from_fn(|i| u8::try_from(i * 12).unwrap()), false);
        assert_eq!((code.name.len(), code.secret.len()), (4, 26));
        let qr = EnrolQr { url: "https://office.example:8443/a?b=c&u=d".into(), org_key: [9; 32], code };
        assert_eq!(EnrolQr::parse(&qr.to_text()), Some(qr));
        assert_eq!(EnrolQr::parse("https://example.com"), None);
    }

    #[test]
    fn both_macs_cover_every_member() {
        let key = EnrolCode::parse("7K3P-0000-0000-0000").unwrap().key();
        let good = request().sealed(key);
        assert!(good.is_sealed(key));
        assert!(!good.is_sealed(EnrolCode::parse("7K3P-0000-0000-0001").unwrap().key()));
        let other_device = DeviceId(uuid::Uuid::from_bytes([7; 16]));
        for bent in [
            EnrolRequest { device: other_device, ..good.clone() },
            EnrolRequest { device_key: to_base64(&[9; 32]), ..good.clone() },
            EnrolRequest { label: "x".into(), ..good.clone() },
            EnrolRequest { tls_key: Digest::of(b"mitm"), ..good.clone() },
            EnrolRequest { nonce: to_base64(&[4; 16]), ..good.clone() },
        ] {
            assert!(!bent.is_sealed(key), "{bent:?}");
        }
        let answer = EnrolAnswer {
            org: OrgId(uuid::Uuid::from_bytes([4; 16])),
            org_name: "产品服务部".into(),
            org_key: to_base64(&[5; 32]),
            user: UserId(uuid::Uuid::from_bytes([6; 16])),
            user_name: "李师傅".into(),
            tag_prefixes: vec!["7K3P".into()],
            tls_key: Digest::of(b"tls"),
            mac: String::new(),
        }
        .sealed(key, &good);
        assert!(answer.is_sealed(key, &good));
        assert!(!answer.is_sealed(key, &request().sealed(Digest::of(b"other"))));
        assert!(!EnrolAnswer { org_key: to_base64(&[6; 32]), ..answer.clone() }.is_sealed(key, &good));
        assert!(!EnrolAnswer { tag_prefixes: vec![], ..answer }.is_sealed(key, &good));
    }

    #[test]
    fn fingerprint_is_six_digits() {
        let device = DeviceId(uuid::Uuid::from_bytes([1; 16]));
        let digits = fingerprint("o", device, "d");
        assert!(digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()), "{digits}");
        assert_ne!(digits, fingerprint("o", device, "e"));
    }
}
