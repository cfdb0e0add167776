//! What people type, scan and sign: QR texts, codes, tags, marks, cards, seals, ink.

use fieldcard_card::bundle::Bundle;
use fieldcard_card::canonical::Canonical;
use fieldcard_card::card::Card;
use fieldcard_card::seal::{self, Seal};
use fieldcard_card::strokes;
use fieldcard_card::verify::{Pins, verify};
use fieldcard_core::enrolment::Invitation;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::op::Mark;
use fieldcard_schema::rules::tag_code;
use fieldcard_schema::wire::enrol::{EnrolCode, EnrolQr};

use super::{fuzz, seeds_in};

const MANY: usize = 20_000;

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn qr() -> Vec<u8> {
    let code = EnrolCode::from_random(&[7; 20], false);
    let key = ed25519_dalek::SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes();
    EnrolQr { org_key: key, code, url: "https://10.1.2.3:8443".into() }.to_text().into_bytes()
}

#[test]
fn an_invitation_is_read_back_as_it_was() {
    fuzz("invitation", MANY, vec![qr(), b"7K3P-0000-0000-0000".to_vec()], |bytes| {
        let Some(text) = text(bytes) else { return false };
        if let Some(qr) = EnrolQr::parse(text) {
            assert_eq!(EnrolQr::parse(&qr.to_text()), Some(qr));
        }
        if let Some(code) = EnrolCode::parse(text) {
            assert_eq!(EnrolCode::parse(&code.grouped()), Some(code));
        }
        Invitation::read("https://10.1.2.3:8443/", text).is_some()
    });
}

#[test]
fn a_tag_code_is_read_back_as_it_was() {
    let good = tag_code::make(tag_code::Prefix::new(4_711).unwrap(), 12).text();
    fuzz("tag_code", MANY, vec![good.into_bytes()], |bytes| {
        let Some(code) = text(bytes).and_then(|text| tag_code::parse(text).ok()) else { return false };
        assert_eq!(tag_code::parse(&code.text()), Ok(code));
        true
    });
}

#[test]
fn marks_have_one_spelling_and_ids_are_written_in_one() {
    let seeds = vec![b"42.0123456789abcdef".to_vec(), b"01890a5d-ac96-774b-bcce-b302099a8057".to_vec()];
    fuzz("ids", MANY, seeds, |bytes| {
        let Some(text) = text(bytes) else { return false };
        let mark = text.parse::<Mark>().ok();
        let id = text.parse::<RecordId>().ok();
        if let Some(mark) = mark {
            assert_eq!(mark.to_string(), text);
        }
        // Any spelling of an id is read; it is written in one.
        if let Some(id) = id {
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        mark.is_some() || id.is_some()
    });
}

#[test]
fn a_card_has_exactly_one_byte_string() {
    fuzz("card", 10_000, seeds_in("../schema/card/fixtures/card-v1.json"), |bytes| {
        let Ok(card) = Card::parse(bytes) else { return false };
        assert_eq!(card.to_bytes().as_deref(), Ok(bytes));
        true
    });
}

#[test]
fn no_other_bytes_pass_under_a_seal() {
    let key = ed25519_dalek::SigningKey::from_bytes(&[8; 32]);
    let good = seal::seal(&key, b"a card");
    let seed = serde_json::to_vec(&good).unwrap();
    fuzz("seal", 5_000, vec![seed], |bytes| {
        let Ok(other) = serde_json::from_slice::<Seal>(bytes) else { return false };
        let _ = seal::kid(&other);
        let passes = seal::verify(&key.verifying_key(), b"a card", &other).is_ok();
        assert_eq!(passes, other == good, "{other:?}");
        passes
    });
}

#[test]
fn a_bundle_is_judged_and_never_panics() {
    fuzz("bundle", 6_000, seeds_in("../schema/card/fixtures/vectors"), |bytes| {
        let Ok(bundle) = Bundle::parse(bytes) else { return false };
        drop(verify(&bundle, &Pins::default(), &|_, _| None));
        true
    });
}

#[test]
fn ink_is_read_back_as_it_was() {
    let pad = fieldcard_tests::pictures::ink(1);
    let ink = pad.split_once('.').unwrap().1.as_bytes().to_vec();
    fuzz("ink", MANY, vec![ink], |bytes| {
        let Some(text) = text(bytes) else { return false };
        let Ok(strokes) = strokes::decode(text) else { return false };
        assert_eq!(strokes::encode(&strokes).as_deref(), Ok(text));
        true
    });
}
