//! What a script put into a device against what the office holds: each text, number and choice under its own job,
//! kind and field, by SHA-256; a photo by its look, since a device shrinks it and writes it anew.
//!
//! The office's side comes from `fieldcard-server export` and its blobs, and of that only from what devices sent:
//! an import may say the same words. Nothing is read from the device, which could have lost what was entered.

use std::collections::BTreeSet;
use std::fmt::Display;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::job::Job;
use serde_json::Value;

use crate::AnyError;
use crate::server::Server;

/// How far a dot of a photo may be from the original, of 255, on average: what JPEG costs.
const LOSS: u64 = 6;

/// A photo of a phase of a job.
#[derive(Debug, Clone)]
struct Photo {
    job: String,
    phase: String,
    bytes: Vec<u8>,
}

/// What a person put in, each with words for it.
#[derive(Debug, Default)]
pub struct Entered {
    values: Vec<(String, Digest)>,
    photos: Vec<Photo>,
}

impl Entered {
    /// A field of a record that hangs on a job, or of the job itself.
    pub fn field(&mut self, job: impl Display, kind: &str, field: &str, value: &Value) {
        let job = job.to_string();
        self.values.push((format!("{job} {kind}.{field} {value}"), digest_of(&job, (kind, field), value)));
    }

    /// Something that only a card of the job says: a member's name and its value.
    pub fn on_card(&mut self, job: impl Display, member: &str, value: &Value) {
        self.field(job, Card::KIND, member, value);
    }

    /// A photo of a phase, as the camera left it.
    pub fn photo(&mut self, job: impl Display, phase: &str, original: Vec<u8>) {
        self.photos.push(Photo { job: job.to_string(), phase: phase.to_owned(), bytes: original });
    }

    /// How much it is.
    pub fn count(&self) -> usize {
        self.values.len() + self.photos.len()
    }

    /// What of it the office does not hold.
    pub fn lost(&self, held: &Held) -> Result<Vec<String>, AnyError> {
        let lost = self.values.iter().filter(|(_, digest)| !held.values.contains(digest));
        let mut lost: Vec<String> = lost.map(|(what, _)| what.clone()).collect();
        for Photo { job, phase, bytes } in &self.photos {
            let mut like = false;
            for photo in held.photos.iter().filter(|photo| photo.job == *job && photo.phase == *phase) {
                like |= looks_like(bytes, &photo.bytes)?;
            }
            if !like {
                lost.push(format!("{job} photo {phase}"));
            }
        }
        Ok(lost)
    }
}

/// What devices sent and the office holds.
pub struct Held {
    values: BTreeSet<Digest>,
    photos: Vec<Photo>,
    cards: Vec<Card>,
}

impl Held {
    /// Everything.
    pub fn read(server: &Server) -> Result<Self, AnyError> {
        Self::of(&server.ops()?, |sha256| server.blob(sha256))
    }

    /// The same of ops as they are exported, and the bytes that are stored under a name.
    pub fn of(ops: &[Value], blob: impl Fn(Digest) -> Option<Vec<u8>>) -> Result<Self, AnyError> {
        let mut held = Self { values: BTreeSet::new(), photos: Vec::new(), cards: Vec::new() };
        for op in ops.iter().filter(|op| op["device"] != "server") {
            let kind = op["kind"].as_str().unwrap_or_default();
            let job = &op[if kind == Job::KIND { "rec" } else { "job" }];
            let job = job.as_str().unwrap_or_default();
            let fields = op["set"].as_object().into_iter().flatten();
            held.values.extend(fields.map(|(field, value)| digest_of(job, (kind, field), value)));
            let Some(sha256) = op["set"]["sha256"].as_str() else { continue };
            let sha256: Digest = sha256.parse()?;
            let bytes = blob(sha256).filter(|bytes| Digest::of(bytes) == sha256);
            let bytes = bytes.ok_or_else(|| format!("the office lacks the bytes of {sha256}"))?;
            if kind == Card::KIND {
                members(&serde_json::from_slice(&bytes)?, &mut |name, value| {
                    held.values.insert(digest_of(job, (kind, name), value));
                });
                held.cards.push(Card::from_fields(&serde_json::from_value(op["set"].clone())?)?);
            } else {
                let phase = op["set"]["phase"].as_str().unwrap_or_default().to_owned();
                held.photos.push(Photo { job: job.to_owned(), phase, bytes });
            }
        }
        Ok(held)
    }

    /// The office's record of the card whose bytes have this digest.
    pub fn card(&self, sha256: Digest) -> Option<&Card> {
        self.cards.iter().find(|card| card.sha256 == Some(sha256))
    }
}

fn digest_of(job: &str, (kind, field): (&str, &str), value: &Value) -> Digest {
    Digest::of(format!("{job}\n{kind}\n{field}\n{value}").as_bytes())
}

/// Every member of every object in a document.
fn members(value: &Value, found: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| members(value, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            found(name, value);
            members(value, found);
        }),
        _ => {}
    }
}

fn looks_like(original: &[u8], kept: &[u8]) -> Result<bool, AnyError> {
    let [original, kept] =
        [original, kept].map(|bytes| image::load_from_memory(bytes).map(|it| it.to_rgb8()));
    let (original, kept) = (original?, kept?);
    let dots = original.as_raw().iter().zip(kept.as_raw());
    let off: u64 = dots.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    Ok(original.dimensions() == kept.dimensions() && off <= LOSS * original.as_raw().len() as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pictures;

    #[test]
    fn another_photo_does_not_look_like_it() {
        assert!(looks_like(&pictures::scene(1), &pictures::scene(1)).unwrap());
        assert!(!looks_like(&pictures::scene(1), &pictures::scene(2)).unwrap());
    }

    /// An op of a device, and an office with the bytes that are given it.
    fn op(device: &str, job: &str, kind: &str, set: &Value) -> Value {
        json!({"device": device, "kind": kind, "rec": "r", "job": job, "set": set})
    }

    fn office(ops: &[Value], blobs: &[Vec<u8>]) -> Held {
        let stored = |sha256| blobs.iter().find(|bytes| Digest::of(bytes) == sha256).cloned();
        Held::of(ops, stored).unwrap()
    }

    #[test]
    fn what_the_office_lacks_or_holds_otherwise_is_lost() {
        let mut entered = Entered::default();
        let cause = json!("主泵调节器卡滞");
        for job in ["one", "two", "three"] {
            entered.field(job, "fault", "cause", &cause);
        }
        entered.field("one", "note", "text", &json!("下次带内六角"));
        entered.photo("one", "fault", pictures::scene(1));
        let photos = [pictures::scene(2), pictures::scene(1)];
        let [other, same] = [0, 1].map(|n: usize| json!(Digest::of(&photos[n]).to_string()));
        let ops = [
            op("d", "one", "fault", &json!({ "cause": cause })),
            // Another field of the second job; of the third only the office itself says it.
            op("d", "two", "fault", &json!({ "phenomenon": cause })),
            op("server", "three", "fault", &json!({ "cause": cause })),
            op("d", "one", "note", &json!({"text": "下次带内六角 "})),
            op("d", "one", "photo", &json!({"phase": "fault", "sha256": other})),
            op("d", "one", "photo", &json!({"phase": "new_part", "sha256": same})),
            op("d", "two", "photo", &json!({"phase": "fault", "sha256": same})),
        ];
        let lost = [
            "two fault.cause \"主泵调节器卡滞\"",
            "three fault.cause \"主泵调节器卡滞\"",
            "one note.text \"下次带内六角\"",
            "one photo fault",
        ];
        assert_eq!(entered.lost(&office(&ops, &photos)).unwrap(), lost);
    }

    #[test]
    fn what_a_card_says_is_found_on_the_card_of_its_own_job() {
        let mut entered = Entered::default();
        for job in ["one", "two"] {
            entered.on_card(job, "words", &json!("修得快"));
        }
        let card = json!({"sign_off": {"words": "修得快"}}).to_string().into_bytes();
        let record = json!({"sha256": Digest::of(&card).to_string()});
        let held = office(&[op("d", "one", "card", &record)], std::slice::from_ref(&card));
        assert!(held.card(Digest::of(&card)).is_some() && held.card(Digest::ZERO).is_none());
        assert_eq!(entered.lost(&held).unwrap(), ["two card.words \"修得快\""]);
    }
}
