//! The service card: what the customer signs, one a visit.
//!
//! A plain value whose bytes ([`Canonical::to_bytes`]) are all that screen, PDF and picture draw from.
//! Format 1 is final: a member is never added, renamed or given another meaning without a new `v`. What a
//! card says before it is signed, and how it is signed: [`crate::frozen`]. How it is proven:
//! [`mod@crate::seal`].

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, OrgId, RecordId, UserId};
use fieldcard_schema::time::ClockReading;
use serde::{Deserialize, Serialize};

use crate::canonical::{Canonical, FormatError};
use crate::statement::{Checkpoint, Signed};

mod rules;

pub(crate) use rules::{attachments_rule, frozen as frozen_rules, ink_rule, signers_rule};

/// A service card, format 1, with its sign-off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Format version: 1.
    pub v: u64,
    /// Interim or final.
    pub kind: Kind,
    /// Whose card it is.
    pub org: Org,
    /// Id of this card.
    pub card: RecordId,
    /// Hash of the card that this one amends.
    pub amends: Option<Digest>,
    /// The job.
    pub job: JobRef,
    /// The visit.
    pub visit: RecordId,
    /// Language of the screen that was signed (BCP 47).
    pub language: String,
    /// Zone of the wall clock: an IANA name or `+08:00`.
    pub zone: String,
    /// What was done, row by row as shown.
    pub content: Vec<Row>,
    /// What it costs, and what was agreed before the work.
    pub charges: Charges,
    /// Part lines, each by its record.
    pub parts: Vec<Line>,
    /// Old parts with where they go, each by its record.
    pub old_parts: Vec<Line>,
    /// Photos and papers that belong to the card.
    pub attachments: Vec<Attachment>,
    /// The sentence above the box.
    pub consent: Consent,
    /// How it ended; null until Confirm.
    pub how: Option<How>,
    /// Who signed; null until Confirm, empty when nobody did.
    pub signers: Option<Vec<Signer>>,
    /// The customer's own words.
    pub words: Option<String>,
    /// The customer's satisfaction, 1 to 5.
    pub satisfaction: Option<u8>,
    /// What was drawn; null until Confirm, and where a name was typed or nobody signed.
    pub ink: Option<Ink>,
    /// The device it was made on.
    pub device: Device,
    /// Who made it.
    pub technician: Technician,
    /// When, by the clocks of the device.
    pub times: Times,
    /// Where, or why that is not known.
    pub place: Place,
    /// Its place in the device's chain of cards.
    pub chain: Link,
    /// The newest checkpoint the device had seen: the card is not older.
    pub checkpoint: Option<Signed<Checkpoint>>,
}

/// Whether work goes on after this card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The job goes on with another visit.
    Interim,
    /// The work is done.
    Final,
}

/// The organisation that runs the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Org {
    /// Its id.
    pub id: OrgId,
    /// Its name as shown.
    pub name: String,
}

/// The job of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobRef {
    /// Its id.
    pub id: RecordId,
    /// Its number as people say it; a walk-up job has none yet.
    pub number: Option<String>,
}

/// One row as shown: field code, label, value, in the language and units of the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row(
    /// Field code.
    pub String,
    /// Label as shown.
    pub String,
    /// Value as shown.
    pub String,
);

/// The rows of one record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The record.
    pub id: RecordId,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// Charges as shown, with the consents that were taken before the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charges {
    /// The rows, sums included.
    pub rows: Vec<Row>,
    /// Quote first, then each extra cost.
    pub agreed: Vec<Agreement>,
}

/// A price agreed before the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// What was agreed, as shown.
    pub text: String,
    /// In which language.
    pub language: String,
    /// Who agreed.
    pub name: String,
    /// When.
    pub time: ClockReading,
}

/// One attachment: `[id, sha256, size, type, role]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment(
    /// Its record.
    pub RecordId,
    /// SHA-256 of its bytes.
    pub Digest,
    /// How many bytes.
    pub u64,
    /// Media type.
    pub String,
    /// What it shows: `fault`, `new_part`, `old_part`, `stamped_paper`, `payment_proof`, …
    pub String,
);

/// The sentence that the customer agrees to by signing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The sentence as shown.
    pub text: String,
    /// In which language.
    pub language: String,
    /// When consent was given; null until Confirm, and when it was not given.
    pub time: Option<ClockReading>,
}

/// How the sign-off ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// Which way.
    pub way: Way,
    /// Why; always there for refused and absent.
    pub reason: Option<String>,
    /// Who saw it.
    pub witness: Option<String>,
}

/// The ways a sign-off can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The customer signed.
    Signed,
    /// Somebody signed for him.
    Proxy,
    /// He refused.
    Refused,
    /// Nobody was there.
    Absent,
}

/// Somebody who signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signer {
    /// Name as typed.
    pub name: String,
    /// Role as shown: operator, owner, …
    pub role: String,
    /// By what right.
    pub authority: Authority,
    /// How the technician knew who it was.
    pub identified: String,
}

/// By what right somebody signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authority {
    /// He is the customer.
    #[serde(rename = "self")]
    Own,
    /// The office lists him as one who may.
    #[serde(rename = "listed")]
    Listed,
    /// Taken from the circumstances.
    #[serde(rename = "presumed")]
    Presumed,
}

/// What was drawn in the box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ink {
    /// Width and height of the pad, in tenths of a CSS pixel.
    pub pad: (u32, u32),
    /// The strokes, packed by [`crate::strokes::encode`].
    pub strokes: String,
}

/// The device that made a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The life of its store.
    pub incarnation: Incarnation,
    /// Version of the app.
    pub app: String,
}

/// The person who made a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Technician {
    /// The account.
    pub id: UserId,
    /// Name as shown.
    pub name: String,
}

/// When a card came to be, by the clocks of its device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// Hand-over: the text was frozen.
    pub prepared: ClockReading,
    /// Confirm; null until then.
    pub signed: Option<ClockReading>,
    /// What the device knew about its own clock.
    pub trust: ClockTrust,
}

/// What a device knows about its wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockTrust {
    /// It agreed with the server's clock since the device started.
    Checked,
    /// It jumped since it was last checked.
    Moved,
    /// Nothing to compare it with.
    Unchecked,
}

/// Where a card was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A position in WGS 84.
    At(Position),
    /// Why there is none: `denied`, `no_fix`, `off`, …
    None(String),
}

/// A position in WGS 84, in whole numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Latitude in 10⁻⁷ degrees, north positive.
    pub lat_e7: i64,
    /// Longitude in 10⁻⁷ degrees, east positive.
    pub lon_e7: i64,
    /// Radius of uncertainty in metres.
    pub radius_m: u32,
}

/// A card's place in the chain of its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// 1 for the first card of the device, then without a gap, across incarnations.
    pub card_seq: u64,
    /// Hash of the device's previous card; 64 zeros for the first.
    pub prev: Digest,
}

impl Card {
    /// The hash of a card: SHA-256 of its stored bytes.
    pub fn hash(bytes: &[u8]) -> Digest {
        Digest::of(bytes)
    }
}

impl Canonical for Card {
    const VERSION: u64 = 1;
    const MAX_BYTES: usize = 1024 * 1024;

    fn check(&self) -> Result<(), FormatError> {
        rules::sealed(self).map_err(FormatError::Contradiction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written by hand; its seal and that of its checkpoint made by another program (Python's
    /// `cryptography`) with the key of 32 bytes 07 for the device and 09 for the org.
    const GOLDEN: &[u8] = include_bytes!("../fixtures/card-v1.json");
    const GOLDEN_SEAL: &str = include_str!("../fixtures/card-v1.seal");
    const GOLDEN_HASH: &str = "bd2a09925b5246f10be3ac36ad3058551353861714a9d63ff3e72664fb51dc6b";

    fn golden() -> String {
        String::from_utf8(GOLDEN.to_vec()).unwrap()
    }

    #[test]
    fn golden_card_has_its_bytes_its_hash_and_its_seal() {
        let card = Card::parse(GOLDEN).unwrap();
        assert_eq!(card.to_bytes().unwrap(), GOLDEN);
        assert_eq!(Card::hash(GOLDEN).to_string(), GOLDEN_HASH);
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
        assert_eq!(crate::seal::seal(&key, GOLDEN).0, GOLDEN_SEAL);
        let org = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
        let seen = card.checkpoint.unwrap().verify(&org.verifying_key()).unwrap();
        assert_eq!((seen.size, seen.at.0), (40_213, 1_762_930_000_000));
    }

    #[test]
    fn every_changed_byte_of_the_golden_card_is_found() {
        let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key();
        let seal = crate::seal::Seal(GOLDEN_SEAL.into());
        assert_eq!(crate::seal::verify(&key, GOLDEN, &seal), Ok(()));
        let mut bytes = GOLDEN.to_vec();
        for at in 0..bytes.len() {
            for flip in [0x01, 0x20, 0x80, 0xff] {
                bytes[at] ^= flip;
                assert!(crate::seal::verify(&key, &bytes, &seal).is_err(), "byte {at} ^ {flip:#x}");
                bytes[at] ^= flip;
            }
        }
    }

    #[test]
    fn what_is_not_the_one_spelling_is_refused() {
        let spelt = |from: &str, to: &str| {
            let bent = golden().replacen(from, to, 1);
            assert_ne!(bent, golden(), "{from}");
            Card::parse(bent.as_bytes())
        };
        let not_canonical = [
            ("{\"amends\"", "{ \"amends\""),
            ("\"zone\":\"Asia/Shanghai\"}", "\"zone\":\"Asia/Shanghai\"}\n"),
            ("服务卡", "\\u670d务卡"),
            ("\\n", "\\u000a"),
            ("Asia/", "Asia\\/"),
            (
                "\"v\":1,\"visit\":\"0b000000-0000-7000-8000-000000000002\"",
                "\"visit\":\"0b000000-0000-7000-8000-000000000002\",\"v\":1",
            ),
        ];
        for (from, to) in not_canonical {
            assert_eq!(spelt(from, to), Err(FormatError::NotCanonical), "{to}");
        }
        let not_strict = [
            ("{\"amends\"", "\u{feff}{\"amends\""),
            ("\"v\":1", "\"v\":1,\"v\":1"),
            ("\"satisfaction\":5", "\"satisfaction\":5.0"),
            ("\"satisfaction\":5", "\"satisfaction\":5e0"),
            ("1762999700000", "9007199254740993"),
            ("服务卡", "Cafe\u{301}"),
        ];
        for (from, to) in not_strict {
            assert!(matches!(spelt(from, to), Err(FormatError::NotStrict(_))), "{to}");
        }
        let wrong_shape = [
            ("\"amends\":null", "\"aa\":1,\"amends\":null"),
            ("\"device\":{\"app\"", "\"device\":{\"aaa\":1,\"app\""),
            ("\"amends\":null,", ""),
            (
                "\"how\":{\"reason\":null,\"way\":\"signed\",\"witness\":null}",
                "\"how\":[\"signed\",null,null]",
            ),
            ("\"kind\":\"final\"", "\"kind\":{\"final\":null}"),
            ("0c000000-0000-7000-8000-000000000001", "0c000000000070008000000000000001"),
            ("0c000000-0000-7000-8000-000000000001", "0C000000-0000-7000-8000-000000000001"),
            ("[\"title\",\"\",\"服务卡\"]", "[\"title\",\"服务卡\"]"),
        ];
        for (from, to) in wrong_shape {
            assert!(
                matches!(spelt(from, to), Err(FormatError::WrongShape(_))),
                "{to}: {:?}",
                spelt(from, to)
            );
        }
    }

    #[test]
    fn a_later_version_is_told_from_rubbish() {
        let later = golden().replacen("\"v\":1,", "\"v\":2,\"vast\":0,", 1);
        assert_eq!(Card::parse(later.as_bytes()), Err(FormatError::TooNew(2)));
        assert_eq!(FormatError::TooNew(2).to_string(), "written by a later version (format 2)");
        assert!(matches!(Card::parse(b"\xff\xd8\xff"), Err(FormatError::NotStrict(_))));
        assert!(matches!(Card::parse(&vec![b' '; Card::MAX_BYTES + 1]), Err(FormatError::TooLarge(_))));
    }

    #[test]
    fn a_card_that_contradicts_itself_has_no_bytes() {
        let bend: [fn(&mut Card); 16] = [
            |card| card.v = 0,
            |card| card.chain.card_seq = 0,
            |card| card.chain.card_seq = 2,
            |card| card.chain.prev = Digest::of(b"x"),
            |card| card.org.name.clear(),
            |card| card.content.clear(),
            |card| card.content[1].0.clear(),
            |card| card.attachments[1].0 = card.attachments[0].0,
            |card| card.charges.agreed[0].time.1 = card.times.prepared.1 + 1,
            |card| card.place = Place::None(String::new()),
            |card| card.place = Place::At(Position { lat_e7: 900_000_001, lon_e7: 0, radius_m: 0 }),
            |card| card.how = None,
            |card| card.signers = None,
            |card| card.times.signed = None,
            |card| card.consent.time = None,
            |card| card.satisfaction = Some(0),
        ];
        for (i, bend) in bend.iter().enumerate() {
            let mut card = Card::parse(GOLDEN).unwrap();
            bend(&mut card);
            assert!(matches!(card.to_bytes(), Err(FormatError::Contradiction(_))), "{i}");
        }
    }
}
