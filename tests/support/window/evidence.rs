//! What was entered in the window against what the office holds: by SHA-256 for all that has a text, by its look
//! for a photo, which the device shrinks and writes anew.
//!
//! The office's side comes from `fieldcard-server export` and its blobs; nothing is read from the device.

use std::collections::BTreeSet;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use serde_json::Value;

use crate::AnyError;
use crate::server::Server;

/// How far a dot of a photo may be from the original, of 255, on average: what JPEG costs.
const LOSS: u64 = 6;

/// What a person put in, each with words for it.
#[derive(Debug, Default)]
pub struct Entered {
    values: Vec<(String, Digest)>,
    photos: Vec<(String, Vec<u8>)>,
}

impl Entered {
    /// A field of a record.
    pub fn field(&mut self, kind: &str, field: &str, value: &str) {
        let value = Value::from(value);
        self.values.push((format!("{kind}.{field} {value}"), digest_of(kind, field, &value)));
    }

    /// Something that only the card says: a member's name and its value.
    pub fn on_card(&mut self, member: &str, value: &Value) {
        self.values.push((format!("card.{member} {value}"), digest_of("card", member, value)));
    }

    /// A photo of a phase, as the camera left it.
    pub fn photo(&mut self, phase: &str, original: Vec<u8>) {
        self.photos.push((phase.to_owned(), original));
    }

    /// How much it is.
    pub fn count(&self) -> usize {
        self.values.len() + self.photos.len()
    }

    /// What of it the office does not hold of this job.
    pub fn lost(&self, held: &Held) -> Result<Vec<String>, AnyError> {
        let lost = self.values.iter().filter(|(_, digest)| !held.digests.contains(digest));
        let mut lost: Vec<String> = lost.map(|(what, _)| what.clone()).collect();
        for (phase, original) in &self.photos {
            let mut like = false;
            for (_, photo) in held.photos.iter().filter(|(of, _)| of == phase) {
                like |= looks_like(original, photo)?;
            }
            if !like {
                lost.push(format!("photo {phase}"));
            }
        }
        Ok(lost)
    }
}

/// What the office holds of one job.
pub struct Held {
    digests: BTreeSet<Digest>,
    photos: Vec<(String, Vec<u8>)>,
    /// The office's record of the card.
    pub card: Card,
}

impl Held {
    /// Everything under `job`, with the card whose bytes have this digest.
    pub fn read(server: &Server, job: &str, card: Digest) -> Result<Self, AnyError> {
        let mut digests = BTreeSet::new();
        let mut photos = Vec::new();
        let mut record = None;
        for op in server.ops()?.iter().filter(|op| op["job"] == job || op["rec"] == job) {
            let kind = op["kind"].as_str().unwrap_or_default();
            let fields = op["set"].as_object().into_iter().flatten();
            digests.extend(fields.map(|(field, value)| digest_of(kind, field, value)));
            let sha256 = op["set"]["sha256"].as_str().unwrap_or_default();
            if kind == "photo" {
                let bytes = blob(server, sha256.parse()?)?;
                photos.push((op["set"]["phase"].as_str().unwrap_or_default().to_owned(), bytes));
            }
            if kind == Card::KIND && sha256 == card.to_string() {
                record = Some(Card::from_fields(&serde_json::from_value(op["set"].clone())?)?);
            }
        }
        let document: Value = serde_json::from_slice(&blob(server, card)?)?;
        members(&document, &mut |name, value| {
            digests.insert(digest_of("card", name, value));
        });
        let card = record.ok_or("the office has no record of the card")?;
        Ok(Self { digests, photos, card })
    }
}

/// A blob, if its bytes are what its name says.
fn blob(server: &Server, sha256: Digest) -> Result<Vec<u8>, AnyError> {
    let bytes = server.blob(sha256).filter(|bytes| Digest::of(bytes) == sha256);
    bytes.ok_or_else(|| format!("the office lacks the bytes of {sha256}").into())
}

fn digest_of(kind: &str, field: &str, value: &Value) -> Digest {
    Digest::of(format!("{kind}\n{field}\n{value}").as_bytes())
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
    use super::*;
    use crate::pictures;

    #[test]
    fn another_photo_does_not_look_like_it() {
        assert!(looks_like(&pictures::scene(1), &pictures::scene(1)).unwrap());
        assert!(!looks_like(&pictures::scene(1), &pictures::scene(2)).unwrap());
    }

    #[test]
    fn what_the_office_lacks_or_holds_otherwise_is_lost() {
        let mut entered = Entered::default();
        entered.field("fault", "cause", "主泵调节器卡滞");
        entered.field("note", "text", "下次带内六角");
        entered.photo("fault", pictures::scene(1));
        let digests = BTreeSet::from([
            digest_of("fault", "cause", &"主泵调节器卡滞".into()),
            digest_of("note", "text", &"下次带内六角 ".into()),
        ]);
        let photos =
            vec![("fault".to_owned(), pictures::scene(2)), ("new_part".to_owned(), pictures::scene(1))];
        let held = Held { digests, photos, card: Card::default() };
        assert_eq!(entered.lost(&held).unwrap(), ["note.text \"下次带内六角\"", "photo fault"]);
    }
}
