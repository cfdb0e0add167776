//! Checks a service card against what this server holds: stored bytes, the device's key, its own receipt.
//!
//! The judge is `fieldcard-card`, the same that the customer's copy is judged by; here the bundle is put
//! together, which is also the file that anybody can take away and verify.

use ed25519_dalek::VerifyingKey;
use fieldcard_card::bundle::{Bundle, ReceiptSlot, Sealed};
use fieldcard_card::endorsement::Endorsement;
use fieldcard_card::statement::{DeviceKey, DeviceKeyKind, Receipt as Statement};
use fieldcard_card::verify::{Pins, Report, Verdict, verify};
use fieldcard_card::{Canonical, Card, PublicKey, Seal, Signed};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::DeviceId;
use fieldcard_schema::op::Op;
use fieldcard_schema::record::card::Card as CardRecord;
use fieldcard_schema::record::countersign::Countersign;
use fieldcard_schema::record::receipt::Receipt;
use fieldcard_schema::wire::enrol::to_base64;
use fieldcard_schema::wire::error::ApiError;

use super::card::CardVerdict;
use super::scene::{JobFile, Scene};
use super::value::{BlobRef, BlobState};
use crate::hub::blobs_named;
use crate::storage::devices::{Device, DeviceState};
use crate::storage::records::StoredRecord;

/// What became of a check.
pub struct Checked {
    /// In one word.
    pub verdict: CardVerdict,
    /// The card, where its bytes are here and are one.
    pub card: Option<Card>,
    /// Check by check; none when there was nothing to check, or nothing that this version can judge.
    pub report: Option<Report>,
}

/// Checks one card of a job.
pub fn check(scene: &Scene<'_>, file: &JobFile, record: &CardRecord) -> Result<Checked, ApiError> {
    let Some((bytes, bundle)) = bundle(scene, file, record)? else {
        return Ok(Checked { verdict: CardVerdict::Awaited, card: None, report: None });
    };
    let files = |sha256, _| scene.bytes(sha256).ok().flatten();
    // Its own key: a bundle that names another office proves nothing here.
    let org = VerifyingKey::from_bytes(&scene.office.key).ok().map(|key| PublicKey(key).id());
    let Ok(report) = verify(&bundle, &Pins { card: record.sha256, org, device: None }, &files) else {
        return Ok(Checked { verdict: CardVerdict::TooNew, card: None, report: None });
    };
    let verdict = match report.verdict {
        Verdict::Valid => CardVerdict::Valid,
        Verdict::Changed => CardVerdict::Changed,
        Verdict::Missing => CardVerdict::Missing,
    };
    Ok(Checked { verdict, card: Card::parse(&bytes).ok(), report: Some(report) })
}

/// The bytes of a card and the file that proves it; none while its bytes are not here.
pub fn bundle(
    scene: &Scene<'_>,
    file: &JobFile,
    record: &CardRecord,
) -> Result<Option<(Vec<u8>, Bundle)>, ApiError> {
    let bytes = record.sha256.map(|sha256| scene.bytes(sha256)).transpose()?.flatten();
    let Some(bytes) = bytes else { return Ok(None) };
    let card = Card::parse(&bytes).ok();
    let device = card.as_ref().map(|card| card.device.id);
    let card_sealed = sealed(scene, &bytes, record.seal.clone(), device)?;
    let sealed_by = card_sealed.key.clone();
    let mut bundle = Bundle::of(card_sealed);
    for (_, later) in countersigns(file, record) {
        if let Some((bytes, seal, device)) = endorsement(scene, &later)? {
            bundle.endorsements.push(sealed(scene, &bytes, Some(seal), device)?);
        }
    }
    bundle.org_key = Some(to_base64(&scene.office.key));
    bundle.device_keys =
        device.map(|device| vouched(scene, device, &sealed_by)).transpose()?.flatten().into_iter().collect();
    bundle.receipt = receipt(scene, file)?;
    if let Some(amends) = card.and_then(|card| card.amends) {
        bundle.amended = amended(scene, file, amends)?;
    }
    Ok(Some((bytes, bundle)))
}

fn sealed(
    scene: &Scene<'_>,
    bytes: &[u8],
    seal: Option<String>,
    device: Option<DeviceId>,
) -> Result<Sealed, ApiError> {
    let device = device.map(|device| scene.tx.device(device)).transpose()?.flatten();
    let seal = Seal(seal.unwrap_or_default());
    let key = device.and_then(|device| key_of(&device, bytes, &seal));
    let key = key.map(|key| to_base64(&key)).unwrap_or_default();
    Ok(Sealed { bytes: fieldcard_card::b64::encode(bytes), seal, key })
}

/// The key of a device that made a seal; its present one where none did.
fn key_of(device: &Device, bytes: &[u8], seal: &Seal) -> Option<[u8; 32]> {
    let made = |key: &[u8; 32]| {
        VerifyingKey::from_bytes(key).is_ok_and(|key| fieldcard_card::seal::verify(&key, bytes, seal).is_ok())
    };
    device.keys().find(made).or(Some(device.key))
}

/// The office's word on the key of a device in use, the present one or one that it lost since. Of a revoked device
/// it is not known since when: no word.
fn vouched(
    scene: &Scene<'_>,
    device: DeviceId,
    sealed_by: &str,
) -> Result<Option<Signed<DeviceKey>>, ApiError> {
    let device = scene.tx.device(device)?.filter(|device| device.state == DeviceState::Active);
    let (Some(device), Some(key)) = (device, &scene.office.signing) else { return Ok(None) };
    let former = device.former.iter().find(|former| to_base64(&former.key) == sealed_by);
    let Ok(public) = PublicKey::try_from(to_base64(&former.map_or(device.key, |former| former.key))) else {
        return Ok(None);
    };
    let word = DeviceKey {
        v: 1,
        kind: DeviceKeyKind::Only,
        org: scene.office.org,
        device: device.id,
        key: public,
        from: former.map_or(device.enrolled_at, |former| former.from),
        until: former.map(|former| former.until),
    };
    Ok(Signed::sign(&word, key).ok())
}

/// The newest receipt of the job, with all that it covers where that can be told again.
fn receipt(scene: &Scene<'_>, file: &JobFile) -> Result<Option<ReceiptSlot>, ApiError> {
    let newest =
        file.all::<Receipt>().into_iter().map(|(_, receipt)| receipt).max_by_key(|receipt| receipt.n);
    let Some(newest) = newest else { return Ok(None) };
    let text = newest.rest.get("record").and_then(|text| text.as_str());
    let (Some(text), Some(sig)) = (text, newest.sig) else { return Ok(None) };
    let mut held = Vec::new();
    for stored in scene.tx.ops_of_job(file.job.pk)?.iter().filter(|stored| stored.sender.is_some()) {
        held.push(stored.hash);
        held.extend(Op::parse(&stored.body).map(|op| blobs_named(&op)).unwrap_or_default());
    }
    // Late work that no receipt covers yet makes another digest: then the receipt stands alone.
    let held = Some(held).filter(|held| newest.digest == Some(Statement::digest_over(held)));
    Ok(Some(ReceiptSlot { signed: Signed::from_parts(text.to_owned(), Seal(sig)), held }))
}

fn amended(scene: &Scene<'_>, file: &JobFile, hash: Digest) -> Result<Option<Sealed>, ApiError> {
    let cards = file.all::<CardRecord>();
    let Some((_, record)) = cards.iter().find(|(_, card)| card.sha256 == Some(hash)) else { return Ok(None) };
    let Some(bytes) = scene.bytes(hash)? else { return Ok(None) };
    let device = Card::parse(&bytes).ok().map(|card| card.device.id);
    Ok(Some(sealed(scene, &bytes, record.seal.clone(), device)?))
}

/// The later signatures and stamps on the bytes of a card that are not struck out.
fn countersigns<'f>(
    file: &'f JobFile,
    card: &CardRecord,
) -> impl Iterator<Item = (&'f StoredRecord, Countersign)> + use<'f> {
    let sha256 = card.sha256;
    let on_it = move |later: &Countersign| sha256.is_some() && later.card_sha256 == sha256;
    let all = file.all::<Countersign>().into_iter();
    all.filter(move |(record, later)| !record.state.void && on_it(later))
}

/// Sealed bytes, their seal, and the device that made it where the bytes say so.
type Endorsed = (Vec<u8>, String, Option<DeviceId>);

/// The sealed bytes of a countersign, where it names some and they are here.
fn endorsement(scene: &Scene<'_>, later: &Countersign) -> Result<Option<Endorsed>, ApiError> {
    let bytes = later.sha256.map(|sha256| scene.bytes(sha256)).transpose()?.flatten();
    let Some(bytes) = bytes else { return Ok(None) };
    let device = Endorsement::parse(&bytes).ok().map(|record| record.device.id);
    Ok(Some((bytes, later.seal.clone().unwrap_or_default(), device)))
}

/// What became of the check of a countersign: it must name the very bytes of its card, what it names must be
/// here, and where it was sealed, the seal must hold.
pub fn check_countersign(
    scene: &Scene<'_>,
    card: &CardRecord,
    later: &Countersign,
    photo: Option<&BlobRef>,
) -> Result<CardVerdict, ApiError> {
    let (Some(of), true) = (card.sha256, later.card_sha256.is_some()) else {
        return Ok(CardVerdict::Missing);
    };
    if later.card_sha256 != Some(of) {
        return Ok(CardVerdict::Changed);
    }
    if later.sha256.is_some() {
        let Some((bytes, seal, device)) = endorsement(scene, later)? else {
            return Ok(CardVerdict::Awaited);
        };
        let device = device.map(|device| scene.tx.device(device)).transpose()?.flatten();
        let seal = Seal(seal);
        let key = device.and_then(|device| key_of(&device, &bytes, &seal));
        let key = key.and_then(|key| VerifyingKey::from_bytes(&key).ok());
        let holds = key.is_some_and(|key| fieldcard_card::seal::verify(&key, &bytes, &seal).is_ok());
        if !holds || !Endorsement::parse(&bytes).is_ok_and(|record| record.cards.contains(&of)) {
            return Ok(CardVerdict::Changed);
        }
    }
    let here = photo.map_or(later.photo.is_none(), |photo| photo.state == BlobState::Stored);
    Ok(if here { CardVerdict::Valid } else { CardVerdict::Missing })
}
