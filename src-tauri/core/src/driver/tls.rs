//! Whom the device trusts at the other end of a TLS connection.
//!
//! On the pinned path the org's key decides, not names or dates: a certificate counts if it carries the org
//! key's signature over its own TLS key (`wire::tls_key`), and the handshake proves that the server holds
//! that key. So a renewed TLS key locks nobody out, nor does a device clock that is years off. Before
//! enrolment by a typed code nothing is pinned yet: the key seen goes into the HMAC of the enrolment, which
//! a server with another key refuses.

use std::sync::{Arc, Mutex, PoisonError};

use ed25519_dalek::VerifyingKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::tls_key;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, version,
};
use x509_parser::der_parser::Oid;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Whom to trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Servers that this org key vouches for: the normal case after enrolment, or with a QR code.
    OrgKey([u8; 32]),
    /// Any server; only to enrol with a typed code, whose HMAC covers the key that was seen.
    Unpinned,
    /// Servers whose certificate an authority of the system has signed: an office behind a proxy.
    SystemRoots,
    /// No TLS at all, to this very machine only.
    LoopbackPlain,
}

impl Trust {
    /// Whom to trust at `url`. An org that was enrolled at behind a proxy (`roots`) has the proxy's certificate
    /// there, which its key never signed.
    pub fn at(url: &str, org_key: Option<[u8; 32]>, roots: bool) -> Self {
        match org_key {
            _ if url.starts_with("http://") => Self::LoopbackPlain,
            _ if roots => Self::SystemRoots,
            Some(key) => Self::OrgKey(key),
            None => Self::Unpinned,
        }
    }

    /// In which order to try to enrol at `url`. No choice of the person and none of who stands in between: the
    /// enrolment says which TLS key of the org was seen, none behind a proxy, and the server refuses another.
    pub fn to_enrol(url: &str, org_key: Option<[u8; 32]>) -> Vec<Self> {
        let own = Self::at(url, org_key, false);
        match own {
            Self::OrgKey(_) => vec![own, Self::SystemRoots],
            // It takes any certificate, so it comes last.
            Self::Unpinned => vec![Self::SystemRoots, own],
            Self::SystemRoots | Self::LoopbackPlain => vec![own],
        }
    }
}

/// The TLS key that the server showed last, as enrolment compares it.
#[derive(Debug, Clone, Default)]
pub struct KeySeen(Arc<Mutex<Option<Digest>>>);

impl KeySeen {
    /// Its digest; `None` before the first connection and where no key is looked at.
    pub fn get(&self) -> Option<Digest> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, digest: Digest) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(digest);
    }
}

/// The TLS settings for `trust`; what the server shows is written to `seen`.
pub fn client_config(trust: &Trust, seen: &KeySeen) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone());
    let pinned = match trust {
        Trust::OrgKey(key) => {
            let key = VerifyingKey::from_bytes(key).map_err(|_| Error::General("not a key".into()))?;
            Some(key)
        }
        Trust::Unpinned => None,
        Trust::SystemRoots | Trust::LoopbackPlain => {
            let verifier = system_verifier(provider)?;
            let builder = builder.with_protocol_versions(&[&version::TLS13, &version::TLS12])?;
            return Ok(builder.with_webpki_verifier(verifier).with_no_client_auth());
        }
    };
    let verifier = OrgVerifier { org_key: pinned, seen: seen.clone(), provider };
    let builder = builder.with_protocol_versions(&[&version::TLS13])?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn system_verifier(provider: Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(|_| Error::General("no certificate authorities on this system".into()))
}

/// Accepts what the org key vouches for; with no key, anything that proves to hold its own TLS key.
#[derive(Debug)]
struct OrgVerifier {
    org_key: Option<VerifyingKey>,
    seen: KeySeen,
    provider: Arc<CryptoProvider>,
}

impl OrgVerifier {
    fn check(&self, certificate: &[u8]) -> Result<(), CertificateError> {
        let (rest, parsed) =
            X509Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
        if !rest.is_empty() {
            return Err(CertificateError::BadEncoding);
        }
        let spki = parsed.public_key().raw;
        if let Some(org_key) = &self.org_key {
            let oid = Oid::from(tls_key::EXTENSION_OID).map_err(|_| CertificateError::BadEncoding)?;
            // An extension that stands twice is an error, not a choice.
            let found = parsed.get_extension_unique(&oid).map_err(|_| CertificateError::BadEncoding)?;
            let extension = found.ok_or(CertificateError::UnknownIssuer)?;
            if !tls_key::is_vouched(org_key, spki, extension.value) {
                return Err(CertificateError::UnknownIssuer);
            }
        }
        self.seen.set(tls_key::digest(spki));
        Ok(())
    }
}

impl ServerCertVerifier for OrgVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check(end_entity).map_err(Error::InvalidCertificate)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use ed25519_dalek::SigningKey;
    use rcgen::{CertificateParams, CustomExtension, KeyPair, PublicKeyData};
    use rustls::pki_types::PrivateKeyDer;
    use rustls::{ClientConnection, ServerConfig, ServerConnection};

    use super::*;

    /// A certificate whose dates passed in 1976; `mend` may spoil the extension.
    fn certificate(org: &SigningKey, key: &KeyPair, mend: impl Fn(&mut Vec<u8>)) -> CertificateDer<'static> {
        let mut extension = tls_key::vouch(org, &key.subject_public_key_info());
        mend(&mut extension);
        let mut params = CertificateParams::new(["office.example".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(1975, 1, 1);
        params.not_after = rcgen::date_time_ymd(1976, 1, 1);
        if !extension.is_empty() {
            params
                .custom_extensions
                .push(CustomExtension::from_oid_content(tls_key::EXTENSION_OID, extension));
        }
        params.self_signed(key).unwrap().der().clone()
    }

    /// A whole handshake in memory; `held` is the key that the server really has.
    fn shake(trust: &Trust, certificate: CertificateDer<'static>, held: &KeyPair) -> Result<KeySeen, Error> {
        let provider = Arc::new(ring::default_provider());
        let key = PrivateKeyDer::try_from(held.serialize_der()).unwrap();
        let signer = provider.key_provider.load_private_key(key).unwrap();
        let certified = rustls::sign::CertifiedKey::new(vec![certificate], signer);
        let server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(rustls::sign::SingleCertAndKey::from(certified)));
        let seen = KeySeen::default();
        let client = client_config(trust, &seen)?;
        let name = ServerName::try_from("10.1.2.3").unwrap();
        let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
        let mut server = ServerConnection::new(Arc::new(server)).unwrap();
        for _ in 0..10 {
            let mut bytes = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut bytes).unwrap();
            }
            let mut reader = bytes.as_slice();
            while !reader.is_empty() {
                server.read_tls(&mut reader).unwrap();
                server.process_new_packets()?;
            }
            let mut bytes = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut bytes).unwrap();
            }
            let mut reader = bytes.as_slice();
            while !reader.is_empty() {
                client.read_tls(&mut reader).unwrap();
                client.process_new_packets()?;
            }
        }
        assert!(!client.is_handshaking() && !server.is_handshaking());
        client.writer().write_all(b"x").unwrap();
        assert!(client.reader().read(&mut [0; 1]).is_err());
        Ok(seen)
    }

    fn unknown_issuer(result: &Result<KeySeen, Error>) -> bool {
        matches!(result, Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)))
    }

    #[test]
    fn the_org_key_decides_not_names_or_dates() {
        let (org, key) = (SigningKey::from_bytes(&[1; 32]), KeyPair::generate().unwrap());
        let trust = Trust::OrgKey(org.verifying_key().to_bytes());
        let seen = shake(&trust, certificate(&org, &key, |_| ()), &key).unwrap();
        assert_eq!(seen.get(), Some(tls_key::digest(&key.subject_public_key_info())));
        let renewed = KeyPair::generate().unwrap();
        assert!(shake(&trust, certificate(&org, &renewed, |_| ()), &renewed).is_ok());
    }

    #[test]
    fn another_orgs_server_is_refused() {
        let (org, key) = (SigningKey::from_bytes(&[1; 32]), KeyPair::generate().unwrap());
        let trust = Trust::OrgKey(SigningKey::from_bytes(&[2; 32]).verifying_key().to_bytes());
        assert!(unknown_issuer(&shake(&trust, certificate(&org, &key, |_| ()), &key)));
    }

    #[test]
    fn a_tampered_or_absent_extension_is_refused() {
        let (org, key) = (SigningKey::from_bytes(&[1; 32]), KeyPair::generate().unwrap());
        let trust = Trust::OrgKey(org.verifying_key().to_bytes());
        assert!(unknown_issuer(&shake(&trust, certificate(&org, &key, |e| e[40] ^= 1), &key)));
        assert!(unknown_issuer(&shake(&trust, certificate(&org, &key, |e| e.truncate(60)), &key)));
        assert!(unknown_issuer(&shake(&trust, certificate(&org, &key, Vec::clear), &key)));
    }

    #[test]
    fn a_vouched_certificate_without_its_key_is_refused() {
        let (org, key) = (SigningKey::from_bytes(&[1; 32]), KeyPair::generate().unwrap());
        let thief = KeyPair::generate().unwrap();
        for trust in [Trust::OrgKey(org.verifying_key().to_bytes()), Trust::Unpinned] {
            assert!(shake(&trust, certificate(&org, &key, |_| ()), &thief).is_err());
        }
    }

    #[test]
    fn before_enrolment_any_key_passes_and_is_remembered() {
        let (org, key) = (SigningKey::from_bytes(&[1; 32]), KeyPair::generate().unwrap());
        let seen = shake(&Trust::Unpinned, certificate(&org, &key, Vec::clear), &key).unwrap();
        assert_eq!(seen.get(), Some(tls_key::digest(&key.subject_public_key_info())));
    }
}
