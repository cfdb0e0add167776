//! Who this device is: its key, its person, its org, and the first incarnation of its store.
//!
//! The key is made here and never leaves the keystore. A lost answer to the enrolment is asked for again
//! with the very same request. Read [`begin`], then `wire::enrol` for what the two sides prove.

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, OrgId, UserId};
use fieldcard_schema::wire::enrol::{self, EnrolAnswer, EnrolCode, EnrolQr, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use crate::ports::Ports;
use crate::store::{Store, StoreError};

/// How far the enrolment has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Enrolment {
    /// Not begun.
    None,
    /// The request is on its way.
    Asking(Box<EnrolRequest>),
    /// The office still has to confirm the six digits.
    Unconfirmed,
    /// Done.
    Active,
}

/// Whose device this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The device.
    pub device: DeviceId,
    /// The person.
    pub user: UserId,
    /// The person's name.
    pub user_name: String,
    /// The org.
    pub org: OrgId,
    /// The org's name.
    pub org_name: String,
    /// The org's public key, base64url.
    pub org_key: String,
    /// The six digits.
    pub fingerprint: String,
    /// Prefix of the old-part tags made here.
    pub tag_prefix: String,
}

/// What a person typed or scanned, as an address, a pinned org key if the QR brought one, and a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Address of the server.
    pub url: String,
    /// The org's key, when the QR brought it.
    pub org_key: Option<[u8; 32]>,
    /// The code.
    pub code: EnrolCode,
}

impl Invitation {
    /// Reads a QR text, or an address and a typed code; `None` when the code cannot be one.
    pub fn read(address: &str, code: &str) -> Option<Self> {
        if let Some(qr) = EnrolQr::parse(code) {
            return Some(Self { url: qr.url, org_key: Some(qr.org_key), code: qr.code });
        }
        Some(Self {
            url: address.trim().trim_end_matches('/').to_owned(),
            org_key: None,
            code: EnrolCode::parse(code)?,
        })
    }
}

/// What `ident` says under `trust` where no TLS key of the org was seen: behind a proxy with its own certificate.
pub(crate) const TRUST_ROOTS: &str = "roots";

const KEY: &str = "device_key";
const WITNESS: &str = "chain_witness";

/// Begins: makes the key pair and remembers the request until it is answered.
pub fn begin(
    store: &mut Store,
    ports: &mut Ports,
    invitation: &Invitation,
    tls_key: Digest,
    label: &str,
) -> Result<(), StoreError> {
    let mut seed = [0; 32];
    ports.chance.fill(&mut seed);
    let key = SigningKey::from_bytes(&seed);
    ports.keystore.put(KEY, &seed).map_err(|_| StoreError::Damaged("keystore"))?;
    let mut nonce = [0; 16];
    ports.chance.fill(&mut nonce);
    let device = ports.device_id();
    let request = EnrolRequest {
        code: invitation.code.name.clone(),
        device,
        device_key: enrol::to_base64(key.verifying_key().as_bytes()),
        label: label.to_owned(),
        app: crate::APP_VERSION.to_owned(),
        nonce: enrol::to_base64(&nonce),
        tls_key,
        mac: String::new(),
    }
    .sealed(invitation.code.key());
    let request = serde_json::to_string(&request).map_err(|_| StoreError::Damaged("enrolment"))?;
    store.outbox.set_ident(&[
        ("enrolment", "asking".into()),
        ("enrol_request", request),
        ("enrol_key", invitation.code.key().to_string()),
        ("enrol_error", String::new()),
        ("url", invitation.url.clone()),
        ("trust", if tls_key == Digest::ZERO { TRUST_ROOTS.to_owned() } else { String::new() }),
        ("pinned_org_key", invitation.org_key.map(|key| enrol::to_base64(&key)).unwrap_or_default()),
        ("device", device.to_string()),
    ])
}

/// How far the enrolment has come.
pub fn state(store: &Store) -> Result<Enrolment, StoreError> {
    match store.outbox.ident("enrolment")?.as_deref() {
        Some("asking") => Ok(Enrolment::Asking(Box::new(request(store)?))),
        Some("unconfirmed") => Ok(Enrolment::Unconfirmed),
        Some("active") => Ok(Enrolment::Active),
        _ => Ok(Enrolment::None),
    }
}

fn request(store: &Store) -> Result<EnrolRequest, StoreError> {
    let text = store.outbox.ident("enrol_request")?.unwrap_or_default();
    serde_json::from_str(&text).map_err(|_| StoreError::Damaged("enrolment"))
}

/// The code's secret is of no use any more and goes: it would open the door to another device while it holds.
fn no_secret() -> (&'static str, String) {
    ("enrol_key", String::new())
}

/// The code was refused; the person may type another.
pub fn refused(store: &mut Store, code: ErrorCode) -> Result<(), StoreError> {
    let code =
        serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    store.outbox.set_ident(&[("enrolment", "none".into()), ("enrol_error", code), no_secret()])
}

/// Takes the request back; nothing happens to a device that is in use.
pub(crate) fn cancel(store: &mut Store) -> Result<(), StoreError> {
    match store.outbox.ident("enrolment")?.as_deref() {
        Some("active") | None => Ok(()),
        Some(_) => store.outbox.set_ident(&[("enrolment", "none".into()), no_secret()]),
    }
}

/// What stops an answer from being believed, or the store from keeping it.
pub(crate) enum Unbelieved {
    /// The store.
    Store(StoreError),
    /// The answer.
    Api(ApiError),
}

/// The server answered: believe it only with its HMAC, then keep who we are and open the first incarnation.
/// An answer to a request that was taken back meanwhile changes nothing.
pub(crate) fn answered(store: &mut Store, ports: &mut Ports, answer: &EnrolAnswer) -> Result<(), Unbelieved> {
    if store.outbox.ident("enrolment").map_err(Unbelieved::Store)?.as_deref() != Some("asking") {
        return Ok(());
    }
    keep_answer(store, ports, answer).map_err(Unbelieved::Store)?.map_err(Unbelieved::Api)
}

fn keep_answer(
    store: &mut Store,
    ports: &mut Ports,
    answer: &EnrolAnswer,
) -> Result<Result<(), ApiError>, StoreError> {
    let request = request(store)?;
    let key: Digest = store
        .outbox
        .ident("enrol_key")?
        .unwrap_or_default()
        .parse()
        .map_err(|_| StoreError::Damaged("enrolment"))?;
    let pinned = store.outbox.ident("pinned_org_key")?.filter(|key| !key.is_empty());
    let ours = answer.is_sealed(key, &request) && answer.tls_key == request.tls_key;
    if !ours || pinned.is_some_and(|pinned| pinned != answer.org_key) {
        return Ok(Err(ApiError::about(ErrorCode::BadSignature, "enrolment")));
    }
    let incarnation = ports.incarnation();
    store.outbox.open_incarnation(incarnation, true)?;
    let prefixes =
        serde_json::to_string(&answer.tag_prefixes).map_err(|_| StoreError::Damaged("enrolment"))?;
    store.outbox.set_ident(&[
        ("enrolment", "unconfirmed".into()),
        no_secret(),
        ("org", answer.org.to_string()),
        ("org_name", answer.org_name.clone()),
        ("org_key", answer.org_key.clone()),
        ("user", answer.user.to_string()),
        ("user_name", answer.user_name.clone()),
        ("tag_prefixes", prefixes),
        ("tag_prefix", "0".into()),
        ("fingerprint", enrol::fingerprint(&answer.org_key, request.device, &request.device_key)),
    ])?;
    remember_chain(store, ports)?;
    Ok(Ok(()))
}

/// The office has confirmed the device: it got a token, and with it perhaps more tag prefixes.
pub(crate) fn confirmed(store: &mut Store, granted: &[String]) -> Result<(), StoreError> {
    let text = store.outbox.ident("tag_prefixes")?.unwrap_or_default();
    let own: Vec<String> = serde_json::from_str(&text).unwrap_or_default();
    // The list only grows: its order is what the number of the one in use counts by.
    if granted.len() > own.len() && granted.starts_with(&own) {
        let text = serde_json::to_string(granted).map_err(|_| StoreError::Damaged("prefixes"))?;
        store.outbox.set_ident(&[("tag_prefixes", text)])?;
    }
    if store.outbox.ident("enrolment")?.as_deref() == Some("unconfirmed") {
        store.outbox.set_ident(&[("enrolment", "active".into())])?;
    }
    Ok(())
}

/// Whose device this is; `None` before the server has answered.
pub fn owner(store: &Store) -> Result<Option<Owner>, StoreError> {
    let text = |name: &str| Ok::<_, StoreError>(store.outbox.ident(name)?.unwrap_or_default());
    let (Ok(device), Ok(user), Ok(org)) =
        (text("device")?.parse(), text("user")?.parse(), text("org")?.parse())
    else {
        return Ok(None);
    };
    let prefixes: Vec<String> = serde_json::from_str(&text("tag_prefixes")?).unwrap_or_default();
    let prefix_in_use: usize = text("tag_prefix")?.parse().unwrap_or(0);
    Ok(Some(Owner {
        device: DeviceId(device),
        user: UserId(user),
        user_name: text("user_name")?,
        org: OrgId(org),
        org_name: text("org_name")?,
        org_key: text("org_key")?,
        fingerprint: text("fingerprint")?,
        tag_prefix: prefixes.get(prefix_in_use).cloned().unwrap_or_default(),
    }))
}

/// The device's key and id; `None` before enrolment, or when the keystore was wiped.
pub(crate) fn identity(store: &Store, ports: &Ports) -> Result<Option<(SigningKey, DeviceId)>, StoreError> {
    let seed = ports.keystore.get(KEY).map_err(|_| StoreError::Damaged("keystore"))?;
    let device = store.outbox.ident("device")?.and_then(|text| text.parse().ok());
    let seed: Option<[u8; 32]> = seed.and_then(|bytes| bytes.try_into().ok());
    Ok(seed.zip(device).map(|(seed, device)| (SigningKey::from_bytes(&seed), device)))
}

/// Writes where the chain ends into the keystore: store first, then keystore.
pub(crate) fn remember_chain(store: &Store, ports: &mut Ports) -> Result<(), StoreError> {
    if let Some(head) = store.outbox.chain_head()? {
        let lives = store.outbox.lives()?;
        let witness = format!("{} {} {} {lives}", head.incarnation, head.seq, head.link);
        ports.keystore.put(WITNESS, witness.as_bytes()).map_err(|_| StoreError::Damaged("keystore"))?;
    }
    Ok(())
}

/// At start: a keystore that is ahead of the store, or remembers another link, means that the store was
/// restored or copied; then a new incarnation begins.
pub(crate) fn check_chain(store: &mut Store, ports: &mut Ports) -> Result<bool, StoreError> {
    let Some(head) = store.outbox.chain_head()? else { return Ok(false) };
    let witness = ports.keystore.get(WITNESS).map_err(|_| StoreError::Damaged("keystore"))?;
    let text = witness.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let mut words = text.split(' ');
    let (incarnation, seq, link) = (words.next(), words.next(), words.next());
    let lives: u32 = words.next().and_then(|lives| lives.parse().ok()).unwrap_or(0);
    let known = incarnation
        .and_then(|i| i.parse().ok())
        .zip(seq.and_then(|s| s.parse().ok()))
        .zip(link.and_then(|l| l.parse().ok()));
    let Some(((incarnation, seq), link)) = known else {
        remember_chain(store, ports)?;
        return Ok(false);
    };
    let agrees = match seq {
        0 => incarnation == head.incarnation || store.outbox.confirmed_seq(incarnation)? > 0,
        _ => store.outbox.link_at(incarnation, seq)? == Some(link),
    };
    if !agrees {
        let fresh = ports.incarnation();
        store.outbox.open_incarnation(fresh, false)?;
        // The same old copy may come back twice: what was used up in between is known here only.
        let lives = store.outbox.lives()?.max(lives + 1);
        store.outbox.set_ident(&[("lives", lives.to_string())])?;
    }
    remember_chain(store, ports)?;
    Ok(!agrees)
}
