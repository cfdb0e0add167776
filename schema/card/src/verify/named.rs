//! What a card names, and what names the card: amended card, chain, endorsements, attachments.
//!
//! Each stands under a seal of its own; what is named but absent is missing, what is there but not what
//! was named has changed.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::digest::Digest;

use super::{Code, Judge, Outcome, open};
use crate::b64;
use crate::bundle::Sealed;
use crate::canonical::Canonical;
use crate::card::{Attachment, Card};
use crate::chain::{ChainCard, check_chain};
use crate::endorsement::Endorsement;

/// Opens a sealed record: its hash and itself, or why not.
fn read<T: Canonical>(sealed: &Sealed) -> Result<(Digest, T), String> {
    let bytes = b64::decode(&sealed.bytes).ok_or("not base64url")?;
    open(sealed, &bytes)?;
    let record = T::parse(&bytes).map_err(|e| e.to_string())?;
    Ok((Digest::of(&bytes), record))
}

impl Judge<'_> {
    pub(super) fn amended(&mut self, card: &Card) {
        let why = match (card.amends, &self.bundle.amended) {
            (None, None) => return,
            (Some(named), None) => {
                return self.say(Code::Amended, Outcome::Missing, [("hash", named.to_string())]);
            }
            (None, Some(_)) => "the card amends none".to_owned(),
            (Some(named), Some(sealed)) => match read::<Card>(sealed) {
                Ok((hash, _)) if hash != named => "another card".to_owned(),
                Ok((_, old)) if (&old.org.id, &old.job.id) != (&card.org.id, &card.job.id) => {
                    "of another job".to_owned()
                }
                Ok(_) => return self.say(Code::Amended, Outcome::Held, [("hash", named.to_string())]),
                Err(why) => why,
            },
        };
        self.say(Code::Amended, Outcome::Failed, [("why", why)]);
    }

    pub(super) fn chain(&mut self, card: &Card, hash: Digest) {
        let Some(slot) = &self.bundle.chain else { return };
        let mut links = Vec::new();
        let mut drawn = BTreeMap::new();
        for sealed in &slot.cards {
            match read::<Card>(sealed) {
                Ok((_, other)) if other.device.id != card.device.id => {
                    self.say(Code::Chain, Outcome::Failed, [("why", "of another device".into())]);
                }
                Ok((hash, other)) => {
                    if sealed.key != self.bundle.card.key {
                        self.device_key(sealed, other.device.id, hash);
                    }
                    links.push(ChainCard::of(&other, hash));
                    let first = other.ink.and_then(|ink| drawn.insert(ink.strokes, hash));
                    if first.is_some_and(|first| first != hash) {
                        let seq = other.chain.card_seq.to_string();
                        self.say(Code::Chain, Outcome::Note, [("strokes_repeated", seq)]);
                    }
                }
                Err(why) => self.say(Code::Chain, Outcome::Failed, [("why", why)]),
            }
        }
        if !links.iter().any(|link| link.hash == hash) {
            self.say(Code::Chain, Outcome::Failed, [("why", "the card is not in its chain".into())]);
        }
        let found = check_chain(&links, slot.from, slot.head);
        for seq in &found.forks {
            self.say(Code::Chain, Outcome::Failed, [("fork", seq.to_string())]);
        }
        for seq in &found.reordered {
            self.say(Code::Chain, Outcome::Failed, [("reordered", seq.to_string())]);
        }
        for (from, to) in &found.gaps {
            self.say(Code::Chain, Outcome::Missing, [("from", from.to_string()), ("to", to.to_string())]);
        }
        if found.is_clean() {
            self.say(Code::Chain, Outcome::Held, [("cards", links.len().to_string())]);
        }
    }

    pub(super) fn endorsements(&mut self, card: &Card, hash: Digest) -> Vec<Endorsement> {
        let mut good = Vec::new();
        for sealed in &self.bundle.endorsements {
            match read::<Endorsement>(sealed) {
                Ok((_, record)) if record.org != card.org.id => {
                    self.say(Code::Endorsement, Outcome::Failed, [("why", "of another org".into())]);
                }
                Ok((_, record)) if !record.cards.contains(&hash) => {
                    self.say(Code::Endorsement, Outcome::Failed, [("why", "names other cards".into())]);
                }
                Ok((own, record)) => {
                    self.device_key(sealed, record.device.id, own);
                    self.say(Code::Endorsement, Outcome::Held, [("id", record.id.to_string())]);
                    good.push(record);
                }
                Err(why) => self.say(Code::Endorsement, Outcome::Failed, [("why", why)]),
            }
        }
        good
    }

    pub(super) fn attachments(&mut self, card: &Card, endorsements: &[Endorsement]) {
        let mut inside = BTreeMap::new();
        for inline in &self.bundle.attachments {
            match b64::decode(&inline.bytes) {
                Some(bytes) if Digest::of(&bytes) == inline.sha256 => {
                    inside.insert(inline.sha256, bytes);
                }
                _ => self.say(Code::Attachment, Outcome::Failed, [("sha256", inline.sha256.to_string())]),
            }
        }
        let mut named = BTreeSet::new();
        let all = card.attachments.iter().chain(endorsements.iter().flat_map(|one| &one.attachments));
        for Attachment(_, sha256, size, _, role) in all {
            named.insert(*sha256);
            let bytes = inside.get(sha256).cloned().or_else(|| (self.files)(*sha256, *size));
            let outcome = match bytes {
                None => Outcome::Missing,
                Some(bytes) if bytes.len() as u64 == *size && Digest::of(&bytes) == *sha256 => Outcome::Held,
                Some(_) => Outcome::Failed,
            };
            self.say(Code::Attachment, outcome, [("sha256", sha256.to_string()), ("role", role.clone())]);
        }
        for extra in self.bundle.attachments.iter().filter(|inline| !named.contains(&inline.sha256)) {
            let facts = [("sha256", extra.sha256.to_string()), ("why", "nothing names it".into())];
            self.say(Code::Attachment, Outcome::Failed, facts);
        }
    }
}
