//! Who this device is: its key, its person, its org, and the first incarnation of its store.
//!
//! The key is made here and never leaves the keystore. A lost answer to the enrolment is asked for again
//! with the very same request. Read [`begin`], then `wire::enrol` for what the two sides prove.

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, OrgId, UserId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::enrol::{self, EnrolAnswer, EnrolCode, EnrolQr, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use crate::ports::Ports;
use crate::store::{Store, StoreError};
use crate::witness;

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
    /// It belongs to its person, and the keystore has lost its key: work is saved here and nothing is sent or
    /// sealed until the office gives it another.
    KeyLost,
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

/// The key's name in the keystore.
const KEY: &str = "device_key";
/// Under which `ident` says the public half of the key that the office was told.
const PUBLIC_KEY: &str = "public_key";
/// Under which `ident` says that an enrolment is about another key for this very device.
const NEW_KEY: &str = "new_key";
const YES: &str = "yes";
/// What `ident` says since it turned out that this store is a copy, or was put back: when, in ms.
pub(crate) const COPIED_AT: &str = "copied_at";

/// Begins: makes the key pair and remembers the request until it is answered. A device that has lost its key asks
/// for another under the id that it has: its work goes on in that name.
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
    let again = is_for_a_new_key(store);
    let device = if again { store.outbox.ident("device") } else { None };
    let device = match device.and_then(|id| id.parse().ok()) {
        Some(known) => known,
        None => ports.device_id(),
    };
    let pinned = if again { store.outbox.ident("org_key") } else { None };
    let pinned = pinned
        .map(str::to_owned)
        .or(invitation.org_key.map(|key| enrol::to_base64(&key)))
        .unwrap_or_default();
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
        ("pinned_org_key", pinned),
        ("device", device.to_string()),
        (NEW_KEY, if again { YES.to_owned() } else { String::new() }),
    ])
}

/// How far the enrolment has come.
pub fn state(store: &Store) -> Result<Enrolment, StoreError> {
    match store.outbox.ident("enrolment") {
        Some("asking") => Ok(Enrolment::Asking(Box::new(request(store)?))),
        Some("unconfirmed") => Ok(Enrolment::Unconfirmed),
        Some("active") => Ok(Enrolment::Active),
        Some("key_lost") => Ok(Enrolment::KeyLost),
        _ => Ok(Enrolment::None),
    }
}

/// Whether an enrolment is, or would be, about another key for a device that has lost its own.
fn is_for_a_new_key(store: &Store) -> bool {
    store.outbox.ident("enrolment") == Some("key_lost") || store.outbox.ident(NEW_KEY) == Some(YES)
}

/// Whether the device belongs to its person, whose work stands in it: confirmed, whatever became of its key.
pub fn is_in_use(store: &Store) -> Result<bool, StoreError> {
    Ok(state(store)? == Enrolment::Active || is_for_a_new_key(store))
}

/// Looks whether the keystore still has the key that the office knows. One that was lost may come back, with a
/// keychain that was opened again.
pub(crate) fn check_key(store: &mut Store, ports: &Ports) -> Result<(), StoreError> {
    let known = store.outbox.ident(PUBLIC_KEY);
    let own = signing_key(ports)?.map(|key| enrol::to_base64(key.verifying_key().as_bytes()));
    let there = own.is_some() && known.is_none_or(|known| own.as_deref() == Some(known));
    let now = match (store.outbox.ident("enrolment"), there) {
        (Some("unconfirmed" | "active"), false) => "key_lost",
        (Some("key_lost"), true) if known.is_some() => "active",
        _ => return Ok(()),
    };
    store.outbox.set_ident(&[("enrolment", now.into()), (NEW_KEY, String::new())])
}

fn request(store: &Store) -> Result<EnrolRequest, StoreError> {
    let text = store.outbox.ident("enrol_request").unwrap_or_default();
    serde_json::from_str(text).map_err(|_| StoreError::Damaged("enrolment"))
}

/// The code's secret is of no use any more and goes: it would open the door to another device while it holds.
fn no_secret() -> (&'static str, String) {
    ("enrol_key", String::new())
}

/// The code was refused; the person may type another.
pub(crate) fn refused(store: &mut Store, ports: &mut Ports, code: ErrorCode) -> Result<(), StoreError> {
    let code =
        serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    take_back(store, ports, code)
}

/// Back to before the request: a device that was in nobody's use is so again, one that has lost its key still has.
fn take_back(store: &mut Store, ports: &mut Ports, error: String) -> Result<(), StoreError> {
    let before = if is_for_a_new_key(store) { "key_lost" } else { "none" };
    store.outbox.set_ident(&[("enrolment", before.into()), ("enrol_error", error), no_secret()])?;
    ports.keystore.remove(KEY).map_err(|_| StoreError::Damaged("keystore"))
}

/// Takes the request back; nothing happens to a device that is in use.
pub(crate) fn cancel(store: &mut Store, ports: &mut Ports) -> Result<(), StoreError> {
    match store.outbox.ident("enrolment") {
        Some("asking" | "unconfirmed") => take_back(store, ports, String::new()),
        _ => Ok(()),
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
    if store.outbox.ident("enrolment") != Some("asking") {
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
        .ident("enrol_key")
        .unwrap_or_default()
        .parse()
        .map_err(|_| StoreError::Damaged("enrolment"))?;
    let pinned = store.outbox.ident("pinned_org_key").filter(|key| !key.is_empty());
    let ours = answer.is_sealed(key, &request) && answer.tls_key == request.tls_key;
    // Another key never makes it another person's device.
    let again = is_for_a_new_key(store);
    let same = |name, id: &str| !again || store.outbox.ident(name) == Some(id);
    let same = same("org", &answer.org.to_string()) && same("user", &answer.user.to_string());
    if !ours || !same || pinned.is_some_and(|pinned| pinned != answer.org_key) {
        return Ok(Err(ApiError::about(ErrorCode::BadSignature, "enrolment")));
    }
    let incarnation = ports.incarnation();
    store.outbox.open_incarnation(incarnation, !again)?;
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
        (PUBLIC_KEY, request.device_key.clone()),
        ("fingerprint", enrol::fingerprint(&answer.org_key, request.device, &request.device_key)),
    ])?;
    witness::remember(store, ports)?;
    Ok(Ok(()))
}

/// The office has confirmed the device: it got a token, and with it perhaps more tag prefixes.
pub(crate) fn confirmed(store: &mut Store, granted: &[String]) -> Result<(), StoreError> {
    let text = store.outbox.ident("tag_prefixes").unwrap_or_default();
    let own: Vec<String> = serde_json::from_str(text).unwrap_or_default();
    // The list only grows: its order is what the number of the one in use counts by.
    if granted.len() > own.len() && granted.starts_with(&own) {
        let text = serde_json::to_string(granted).map_err(|_| StoreError::Damaged("prefixes"))?;
        store.outbox.set_ident(&[("tag_prefixes", text)])?;
    }
    if store.outbox.ident("enrolment") == Some("unconfirmed") {
        store.outbox.set_ident(&[("enrolment", "active".into()), (NEW_KEY, String::new())])?;
    }
    Ok(())
}

/// Whose device this is; `None` before the server has answered.
pub fn owner(store: &Store) -> Option<Owner> {
    let text = |name: &str| store.outbox.ident(name).unwrap_or_default();
    let prefixes: Vec<String> = serde_json::from_str(text("tag_prefixes")).unwrap_or_default();
    let prefix_in_use: usize = text("tag_prefix").parse().unwrap_or(0);
    Some(Owner {
        device: DeviceId(text("device").parse().ok()?),
        user: UserId(text("user").parse().ok()?),
        user_name: text("user_name").to_owned(),
        org: OrgId(text("org").parse().ok()?),
        org_name: text("org_name").to_owned(),
        org_key: text("org_key").to_owned(),
        fingerprint: text("fingerprint").to_owned(),
        tag_prefix: prefixes.get(prefix_in_use).cloned().unwrap_or_default(),
    })
}

/// The device's key and id; `None` before enrolment, or when the keystore was wiped.
pub(crate) fn identity(store: &Store, ports: &Ports) -> Result<Option<(SigningKey, DeviceId)>, StoreError> {
    let device = store.outbox.ident("device").and_then(|text| text.parse().ok());
    Ok(signing_key(ports)?.zip(device))
}

/// Keeps for the screens that this store is a copy, or was put back: what it had sent goes on under a new name.
pub(crate) fn note_copy(store: &mut Store, at: Timestamp) -> Result<(), StoreError> {
    store.outbox.set_ident(&[(COPIED_AT, at.0.to_string())])
}

/// Removes key and witness: the device is nobody's.
pub(crate) fn forget_secrets(ports: &mut Ports) -> Result<(), StoreError> {
    witness::forget(ports)?;
    ports.keystore.remove(KEY).map_err(|_| StoreError::Damaged("keystore"))
}

fn signing_key(ports: &Ports) -> Result<Option<SigningKey>, StoreError> {
    let seed = ports.keystore.get(KEY).map_err(|_| StoreError::Damaged("keystore"))?;
    let seed: Option<[u8; 32]> = seed.and_then(|bytes| bytes.try_into().ok());
    Ok(seed.map(|seed| SigningKey::from_bytes(&seed)))
}
