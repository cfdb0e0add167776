//! No false alarm over many good cards, and no byte of a bundle that can be bent unseen.

use fieldcard_card::bundle::Bundle;
use fieldcard_card::canonical::Canonical;
use fieldcard_card::card::{
    Authority, Card, ClockTrust, How, Ink, Kind, Line, Place, Position, Row, Signer, Way,
};
use fieldcard_card::strokes::{self, Point};
use fieldcard_card::verify::{Pins, Verdict};
use fieldcard_card::{FrozenCard, SignOff};
use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::nfc;
use fieldcard_schema::time::ClockReading;
use proptest::prelude::*;

use super::world::{DEVICE, GOLDEN, bare, golden, inline, public, sealed, whole};
use super::{judge, make};

fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| nfc(&text))
}

fn name() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("王{text}")).prop_map(|text| nfc(&text))
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = ("[a-z_]{1,12}", text(), text()).prop_map(|(field, label, value)| Row(field, label, value));
    prop::collection::vec(row, 1..6)
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line =
        (any::<u128>(), rows()).prop_map(|(id, rows)| Line { id: RecordId(uuid::Uuid::from_u128(id)), rows });
    prop::collection::vec(line, 0..4)
}

fn ink() -> impl Strategy<Value = Option<Ink>> {
    let points = prop::collection::vec((-500..9_000_i32, -500..5_000_i32, 0..40_u32), 1..60);
    let ink = points.prop_map(|points| {
        let mut t = 0;
        let stroke = points.into_iter().map(|(x, y, dt)| {
            t += dt;
            Point { x, y, t }
        });
        Ink { pad: (9_000, 5_000), strokes: strokes::encode(&[stroke.collect()]).unwrap() }
    });
    prop::option::of(ink)
}

fn place() -> impl Strategy<Value = Place> {
    let at = (-900_000_000..=900_000_000_i64, -1_800_000_000..=1_800_000_000_i64, any::<u32>())
        .prop_map(|(lat_e7, lon_e7, radius_m)| Place::At(Position { lat_e7, lon_e7, radius_m }));
    prop_oneof![at, "[a-z]{1,8}".prop_map(Place::None)]
}

/// A frozen text with free fields filled by chance.
fn frozen() -> impl Strategy<Value = Card> {
    (rows(), rows(), lines(), lines(), name(), place(), any::<(bool, bool)>(), 0..1_i64 << 52).prop_map(
        |(content, charges, parts, old_parts, technician, place, (interim, checked), wall)| {
            let mut card = golden();
            card.kind = if interim { Kind::Interim } else { Kind::Final };
            card.content = content;
            card.charges.rows = charges;
            card.parts = parts;
            card.old_parts = old_parts;
            card.technician.name = technician;
            card.place = place;
            card.times.prepared = ClockReading(wall, 15_061_000, 3);
            card.times.trust = if checked { ClockTrust::Checked } else { ClockTrust::Moved };
            (card.how, card.signers, card.ink, card.words, card.satisfaction) =
                (None, None, None, None, None);
            (card.times.signed, card.consent.time) = (None, None);
            card
        },
    )
}

fn sign_off() -> impl Strategy<Value = SignOff> {
    (0..4, name(), prop::option::of(text()), prop::option::of(1..=5_u8), ink(), 0..1_i64 << 40).prop_map(
        |(way, name, words, satisfaction, ink, passed)| {
            let ways = [Way::Signed, Way::Proxy, Way::Refused, Way::Absent];
            let way = ways[usize::try_from(way).unwrap()];
            let signs = matches!(way, Way::Signed | Way::Proxy);
            let authority = if way == Way::Proxy { Authority::Listed } else { Authority::Own };
            let signer =
                Signer { name: name.clone(), role: "机手".into(), authority, identified: "known".into() };
            SignOff {
                how: How { way, reason: (!signs).then_some(name), witness: None },
                signers: if signs { vec![signer] } else { vec![] },
                words,
                satisfaction,
                ink: ink.filter(|_| signs),
                signed: ClockReading(passed, 15_061_000 + passed, 3),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_good_card_raises_no_alarm(frozen in frozen(), sign_off in sign_off(), proven: bool) {
        let card = FrozenCard::freeze(frozen).unwrap().seal(sign_off).unwrap();
        let bytes = card.to_bytes().unwrap();
        prop_assert_eq!(&Card::parse(&bytes).unwrap(), &card);
        let bundle = if proven { whole(&bytes) } else { bare(&bytes) };
        let report = judge(&bundle.to_bytes().unwrap(), &Pins::default()).unwrap();
        prop_assert_eq!(report.verdict, Verdict::Valid, "{:?}", report.checks);
    }

    #[test]
    fn a_good_card_with_one_byte_bent_is_found(frozen in frozen(), sign_off in sign_off(), at: usize, flip in 1..=255_u8) {
        let card = FrozenCard::freeze(frozen).unwrap().seal(sign_off).unwrap();
        let mut bytes = card.to_bytes().unwrap();
        let good = sealed(DEVICE, &bytes);
        let at = at % bytes.len();
        bytes[at] ^= flip;
        let mut bundle = bare(&bytes);
        bundle.card.seal = good.seal;
        let report = judge(&bundle.to_bytes().unwrap(), &Pins::default()).unwrap();
        prop_assert_eq!(report.verdict, Verdict::Changed);
    }

    #[test]
    fn garbage_is_no_bundle_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(judge(&bytes, &Pins::default()).is_none());
    }
}

#[test]
fn no_byte_of_a_whole_bundle_can_be_bent_unseen() {
    let (_, good) = make::all().into_iter().find(|(name, _)| *name == "good-whole").unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x01;
        let verdict = judge(&bytes, &Pins::default()).map(|report| report.verdict);
        assert_ne!(verdict, Some(Verdict::Valid), "byte {at}: {:?}", char::from(good[at]));
    }
}

#[test]
fn a_report_names_the_interval_and_never_the_device_clock_alone() {
    let whole = judge(&whole(GOLDEN).to_bytes().unwrap(), &Pins::default()).unwrap();
    let (from, to) = (whole.window.not_before.unwrap(), whole.window.not_after.unwrap());
    assert_eq!((from.0, to.0), (1_762_930_000_000, super::world::HELD_AT));
    let bare = judge(&bare(GOLDEN).to_bytes().unwrap(), &Pins::default()).unwrap();
    assert_eq!((bare.window.not_before, bare.window.not_after), (None, None));
}

#[test]
fn a_bundle_reads_back_as_it_was_written() {
    let mut bundle = Bundle::of(sealed(DEVICE, GOLDEN));
    bundle.attachments.push(inline(b"x"));
    assert_eq!(bundle.card.key, String::from(public(DEVICE)));
    assert_eq!(Bundle::parse(&bundle.to_bytes().unwrap()), Ok(bundle));
}
