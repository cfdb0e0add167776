//! The people, keys and good cards that vectors are made of. Deterministic; expects nothing.

use ed25519_dalek::SigningKey;
use fieldcard_card::bundle::{Bundle, ChainSlot, Inline, ReceiptSlot, Sealed};
use fieldcard_card::canonical::Canonical;
use fieldcard_card::card::{Attachment, Card, ClockTrust, How, Way};
use fieldcard_card::chain::Head;
use fieldcard_card::endorsement::{Endorsement, EndorsementKind};
use fieldcard_card::statement::{DeviceKey, DeviceKeyKind, ReceiptKind};
use fieldcard_card::{PublicKey, Receipt, Seal, Signed, b64, seal};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, OrgId, RecordId};
use fieldcard_schema::time::{ClockReading, Timestamp};
use uuid::Uuid;

/// The hand-written card.
pub(crate) const GOLDEN: &[u8] = include_bytes!("../../fixtures/card-v1.json");
/// Attachments of the golden card, and one that only a stamped countersign names.
pub(crate) const FAULT: &[u8] = b"fault photo\n";
pub(crate) const OLD_PART: &[u8] = b"old part photo\n";
pub(crate) const STAMP: &[u8] = b"stamped paper\n";
/// The server's clock: before the golden card, after it, and later still.
pub(crate) const BEFORE: i64 = 1_762_900_000_000;
pub(crate) const HELD_AT: i64 = 1_763_020_000_000;
pub(crate) const LATER: i64 = 1_763_900_000_000;

pub(crate) const DEVICE: u8 = 7;
pub(crate) const COLLEAGUE: u8 = 8;
pub(crate) const ORG: u8 = 9;
pub(crate) const STRANGER: u8 = 66;

pub(crate) fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

pub(crate) fn public(n: u8) -> PublicKey {
    PublicKey(key(n).verifying_key())
}

pub(crate) fn id(text: &str) -> Uuid {
    text.parse().unwrap()
}

pub(crate) fn golden() -> Card {
    Card::parse(GOLDEN).unwrap()
}

pub(crate) fn golden_text() -> String {
    String::from_utf8(GOLDEN.to_vec()).unwrap()
}

/// The golden card bent by `bend`, as an honest app would write it.
pub(crate) fn card(bend: impl FnOnce(&mut Card)) -> Vec<u8> {
    let mut card = golden();
    bend(&mut card);
    card.to_bytes().unwrap()
}

/// `bytes` sealed by key `n`, whatever they are.
pub(crate) fn sealed(n: u8, bytes: &[u8]) -> Sealed {
    Sealed::new(bytes, seal::seal(&key(n), bytes), public(n))
}

pub(crate) fn inline(bytes: &[u8]) -> Inline {
    Inline { sha256: Digest::of(bytes), bytes: b64::encode(bytes) }
}

/// A card with its photos and no proof beyond its seal.
pub(crate) fn bare(bytes: &[u8]) -> Bundle {
    Bundle { attachments: vec![inline(FAULT), inline(OLD_PART)], ..Bundle::of(sealed(DEVICE, bytes)) }
}

pub(crate) fn device_key(n: u8, device: DeviceId) -> DeviceKey {
    let (kind, org) = (DeviceKeyKind::Only, golden().org.id);
    DeviceKey { v: 1, kind, org, device, key: public(n), from: Timestamp(BEFORE), until: None }
}

pub(crate) fn word(bend: impl FnOnce(&mut DeviceKey)) -> Signed<DeviceKey> {
    let mut word = device_key(DEVICE, golden().device.id);
    bend(&mut word);
    Signed::sign(&word, &key(ORG)).unwrap()
}

/// A receipt over `bytes` and one op, bent by `bend`.
pub(crate) fn receipt(bytes: &[u8], bend: impl FnOnce(&mut Receipt)) -> ReceiptSlot {
    let held = vec![Digest::of(b"op body"), Digest::of(bytes)];
    let Card { org, job, .. } = golden();
    let mut receipt = Receipt {
        v: 1,
        kind: ReceiptKind::Only,
        org: org.id,
        epoch: "k3f9a0zq".into(),
        job: job.id,
        n: 1,
        digest: Receipt::digest_over(&held),
        at: Timestamp(HELD_AT),
    };
    bend(&mut receipt);
    ReceiptSlot { signed: Signed::sign(&receipt, &key(ORG)).unwrap(), held: Some(held) }
}

/// A card with all that the office says of it.
pub(crate) fn whole(bytes: &[u8]) -> Bundle {
    Bundle {
        org_key: Some(public(ORG).into()),
        device_keys: vec![word(|_| {})],
        receipt: Some(receipt(bytes, |_| {})),
        ..bare(bytes)
    }
}

/// Cards 1 to 4 of the golden card's device.
pub(crate) fn chain() -> Vec<Vec<u8>> {
    let mut cards = vec![GOLDEN.to_vec()];
    for card_seq in 2..=4 {
        let prev = Digest::of(&cards[cards.len() - 1]);
        cards.push(next_card(card_seq, prev));
    }
    cards
}

/// An honest card at this place of the chain, an hour after the one before.
pub(crate) fn next_card(card_seq: u64, prev: Digest) -> Vec<u8> {
    card(|card| {
        let hours = i64::try_from(card_seq - 1).unwrap() * 3_600_000;
        let later = |t: ClockReading| ClockReading(t.0 + hours, t.1 + hours, t.2);
        card.chain.card_seq = card_seq;
        card.chain.prev = prev;
        card.card = RecordId(id(&format!("0c000000-0000-7000-8000-{card_seq:012}")));
        card.times.prepared = later(card.times.prepared);
        card.times.signed = card.times.signed.map(later);
        card.consent.time = card.consent.time.map(later);
        card.ink.as_mut().unwrap().pad.0 += u32::try_from(card_seq).unwrap();
        let moved = fieldcard_card::strokes::Point { x: 3, y: 4, t: u32::try_from(card_seq).unwrap() };
        card.ink.as_mut().unwrap().strokes = fieldcard_card::strokes::encode(&[vec![moved]]).unwrap();
    })
}

/// The golden card in the chain `cards`.
pub(crate) fn chained(cards: &[Vec<u8>], bend: impl FnOnce(&mut ChainSlot)) -> Bundle {
    let last = cards.last().unwrap();
    let head = Head { card_seq: Card::parse(last).unwrap().chain.card_seq, hash: Digest::of(last) };
    let cards = cards.iter().map(|bytes| sealed(DEVICE, bytes)).collect();
    let mut slot = ChainSlot { from: 1, cards, head: Some(head) };
    bend(&mut slot);
    Bundle { chain: Some(slot), ..bare(GOLDEN) }
}

/// A countersign of the golden card by a colleague's device, bent by `bend`.
pub(crate) fn countersign(bend: impl FnOnce(&mut Endorsement)) -> Sealed {
    let Card { consent, signers, ink, device, technician, times, org, .. } = golden();
    let mut device = device;
    device.id = DeviceId(id("0d000000-0000-7000-8000-000000000002"));
    let mut record = Endorsement {
        v: 1,
        kind: EndorsementKind::Countersign,
        org: org.id,
        id: RecordId(id("0c500000-0000-7000-8000-000000000001")),
        cards: vec![Digest::of(GOLDEN)],
        consent,
        signers: signers.unwrap(),
        ink,
        attachments: vec![],
        device,
        technician,
        signed: times.signed.unwrap(),
        trust: ClockTrust::Unchecked,
    };
    bend(&mut record);
    sealed(COLLEAGUE, &record.to_bytes().unwrap())
}

/// Makes a countersign a mere stamp.
pub(crate) fn stamp(record: &mut Endorsement) {
    record.consent.time = None;
    record.signers.clear();
    record.ink = None;
    let stamped = (record.id, Digest::of(STAMP), STAMP.len() as u64);
    record.attachments =
        vec![Attachment(stamped.0, stamped.1, stamped.2, "image/jpeg".into(), "stamped_paper".into())];
}

/// A bundle with endorsements, the colleague's device vouched for.
pub(crate) fn endorsed(records: Vec<Sealed>) -> Bundle {
    let colleague = DeviceId(id("0d000000-0000-7000-8000-000000000002"));
    let mut bundle = whole(GOLDEN);
    bundle.device_keys.push(word(|word| {
        word.device = colleague;
        word.key = public(COLLEAGUE);
    }));
    bundle.endorsements = records;
    bundle
}

/// A card that nobody signed.
pub(crate) fn unsigned(way: Way) -> Vec<u8> {
    card(|card| {
        card.how = Some(How { way, reason: Some("嫌贵".into()), witness: Some("李工".into()) });
        card.signers = Some(vec![]);
        card.ink = None;
        card.consent.time = None;
    })
}

/// A card that amends the golden one.
pub(crate) fn amendment() -> Vec<u8> {
    card(|card| {
        card.amends = Some(Digest::of(GOLDEN));
        card.card = RecordId(id("0c000000-0000-7000-8000-000000000009"));
        card.chain.card_seq = 2;
        card.chain.prev = Digest::of(GOLDEN);
    })
}

pub(crate) fn other_org() -> OrgId {
    OrgId(id("02020202-0202-4202-8202-020202020202"))
}

/// A seal with a header of one's own over the golden card, properly signed.
pub(crate) fn seal_with_header(header: &str) -> Seal {
    use ed25519_dalek::Signer as _;
    let header = b64::encode(header.as_bytes());
    let signature = key(DEVICE).sign(&[header.as_bytes(), b".", GOLDEN].concat());
    Seal(format!("{header}..{}", b64::encode(&signature.to_bytes())))
}
