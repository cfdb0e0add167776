//! Judges a bundle: is this card what was sealed, by whom, between when, and is all there that it names.
//!
//! [`verify`] runs every check even after one failed and says each as code and facts; words are the
//! caller's business. It trusts nothing in the bundle beyond what a seal covers, and prints no time of a
//! device's clock as proof. Who is who: `verify/office.rs`; what the card names: `verify/named.rs`. A
//! second implementation judges the same vectors: tests/protocol/verify_card.py.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::VerifyingKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::time::Timestamp;
use serde::Serialize;

use crate::b64;
use crate::bundle::{Bundle, Sealed};
use crate::canonical::{Canonical, FormatError};
use crate::card::Card;
use crate::seal::{self, KeyId, PublicKey};
use crate::statement::DeviceKey;

mod named;
mod office;

/// The one-word answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every check held. Empty slots are not held against it.
    Valid,
    /// At least one check failed.
    Changed,
    /// Nothing failed, but something that the card names is not there.
    Missing,
}

impl Verdict {
    /// Exit code of `fieldcard verify`.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::Changed => 1,
            Self::Missing => 2,
        }
    }
}

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The device's seal over the card.
    Seal,
    /// The card's own bytes.
    Card,
    /// What the caller said to expect.
    Pin,
    /// The office's key.
    OrgKey,
    /// The office's word that the key is the device's.
    DeviceKey,
    /// The checkpoint in the card.
    Checkpoint,
    /// The server's receipt.
    Receipt,
    /// The interval in which the card was made.
    Time,
    /// The card that it amends.
    Amended,
    /// The device's chain.
    Chain,
    /// A countersign or batch.
    Endorsement,
    /// An attachment.
    Attachment,
    /// A proof that this version does not check.
    Slot,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It held.
    Held,
    /// Worth knowing; moves no verdict.
    Note,
    /// What it needs is not there.
    Missing,
    /// It failed.
    Failed,
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is about.
    pub code: Code,
    /// How it went.
    pub outcome: Outcome,
    /// What was found, by name; values are codes, hashes, numbers or milliseconds, never prose.
    pub facts: BTreeMap<&'static str, String>,
}

/// The time sandwich: bounds that do not rest on the device's clock. Both by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Window {
    /// The card is not older: it holds a checkpoint of this moment.
    pub not_before: Option<Timestamp>,
    /// The card is not younger: the server held it at this moment.
    pub not_after: Option<Timestamp>,
}

/// What the caller knows from elsewhere: a QR code, a printed fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pins {
    /// Hash of the card, as in its QR code.
    pub card: Option<Digest>,
    /// Fingerprint of the device's key.
    pub device: Option<KeyId>,
    /// Fingerprint of the org's key.
    pub org: Option<KeyId>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In one word.
    pub verdict: Verdict,
    /// Hash of the card's bytes; none when they cannot be read out of the bundle.
    pub hash: Option<Digest>,
    /// Between when it was made.
    pub window: Window,
    /// Line by line.
    pub checks: Vec<Check>,
}

/// Fetches the bytes of an attachment that lies outside the bundle, given its hash and size.
pub type Files<'a> = &'a dyn Fn(Digest, u64) -> Option<Vec<u8>>;

/// Judges `bundle`. An error means that this version cannot judge it: the card is of a later one.
pub fn verify(bundle: &Bundle, pins: &Pins, files: Files<'_>) -> Result<Report, FormatError> {
    let mut judge = Judge { bundle, pins, files, office: Office::default(), checks: vec![] };
    let (hash, card) = judge.card()?;
    judge.pinned(hash);
    judge.office_key();
    if let (Some(hash), Some(card)) = (hash, &card) {
        judge.office_words(card, hash);
        judge.device_key(&bundle.card, card.device.id, hash);
        judge.window(card);
        judge.amended(card);
        judge.chain(card, hash);
        let endorsements = judge.endorsements(card, hash);
        judge.attachments(card, &endorsements);
    }
    judge.slots();
    let any = |outcome| judge.checks.iter().any(|check| check.outcome == outcome);
    let verdict = match (any(Outcome::Failed), any(Outcome::Missing)) {
        (true, _) => Verdict::Changed,
        (false, true) => Verdict::Missing,
        (false, false) => Verdict::Valid,
    };
    Ok(Report { verdict, hash, window: judge.office.window, checks: judge.checks })
}

/// What the office's key has shown so far.
#[derive(Default)]
struct Office {
    key: Option<VerifyingKey>,
    device_keys: Vec<DeviceKey>,
    held: BTreeSet<Digest>,
    held_at: Option<Timestamp>,
    window: Window,
}

struct Judge<'a> {
    bundle: &'a Bundle,
    pins: &'a Pins,
    files: Files<'a>,
    office: Office,
    checks: Vec<Check>,
}

impl Judge<'_> {
    fn say<const N: usize>(&mut self, code: Code, outcome: Outcome, facts: [(&'static str, String); N]) {
        self.checks.push(Check { code, outcome, facts: facts.into() });
    }

    /// Judges seal and bytes of the card itself.
    fn card(&mut self) -> Result<(Option<Digest>, Option<Card>), FormatError> {
        let Some(bytes) = b64::decode(&self.bundle.card.bytes) else {
            self.say(Code::Card, Outcome::Failed, [("why", "not base64url".into())]);
            return Ok((None, None));
        };
        let sealed = open(&self.bundle.card, &bytes);
        match &sealed {
            Ok(key) => self.say(Code::Seal, Outcome::Held, [("key", key.to_string())]),
            Err(why) => self.say(Code::Seal, Outcome::Failed, [("why", why.clone())]),
        }
        let hash = Card::hash(&bytes);
        match Card::parse(&bytes) {
            Ok(card) => {
                self.say(Code::Card, Outcome::Held, [("hash", hash.to_string())]);
                Ok((Some(hash), Some(card)))
            }
            Err(later @ FormatError::TooNew(_)) if sealed.is_ok() => Err(later),
            Err(why) => {
                self.say(Code::Card, Outcome::Failed, [("why", why.to_string())]);
                Ok((Some(hash), None))
            }
        }
    }

    /// Compares with what the caller said to expect.
    fn pinned(&mut self, hash: Option<Digest>) {
        if let Some(expected) = self.pins.card {
            let outcome = if hash == Some(expected) { Outcome::Held } else { Outcome::Failed };
            self.say(Code::Pin, outcome, [("card", expected.to_string())]);
        }
        if let Some(expected) = self.pins.device {
            let is = key_of(&self.bundle.card.key).map(|key| key.id());
            let outcome = if is == Some(expected) { Outcome::Held } else { Outcome::Failed };
            self.say(Code::Pin, outcome, [("device_key", expected.to_string())]);
        }
    }

    /// Names the proofs that are there and that this version does not check.
    fn slots(&mut self) {
        let Bundle { checkpoint, inclusion, rfc3161, .. } = self.bundle;
        for (slot, there) in [("checkpoint", checkpoint), ("inclusion", inclusion), ("rfc3161", rfc3161)] {
            if there.is_some() {
                self.say(Code::Slot, Outcome::Note, [("not_checked", slot.into())]);
            }
        }
    }
}

/// The key of a public key's text.
fn key_of(text: &str) -> Option<PublicKey> {
    PublicKey::try_from(text.to_owned()).ok()
}

/// Checks the seal of `sealed` over `bytes`; the fingerprint of its key, or why not.
fn open(sealed: &Sealed, bytes: &[u8]) -> Result<KeyId, String> {
    let key = key_of(&sealed.key).ok_or("the key is garbled")?;
    seal::verify(&key.0, bytes, &sealed.seal).map_err(|e| e.to_string())?;
    Ok(key.id())
}
