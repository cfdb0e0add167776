//! What the office's key says about a card: whose key sealed it, that it was held, and between when.
//!
//! A revoked key proves a card only if the server held that card before: the thief of a phone can set its
//! clock, but not the server's. Never reads a clock itself.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::DeviceId;
use fieldcard_schema::time::{ClockReading, Timestamp};

use super::{Code, Judge, Outcome, key_of};
use crate::bundle::{ReceiptSlot, Sealed};
use crate::card::Card;
use crate::statement::Receipt;

impl Judge<'_> {
    /// Reads the org's key and compares it with the pinned one.
    pub(super) fn office_key(&mut self) {
        let key = self.bundle.org_key.as_deref().map(key_of);
        let needed = self.bundle.receipt.is_some() || !self.bundle.device_keys.is_empty();
        match (key, self.pins.org) {
            (Some(None), _) => self.say(Code::OrgKey, Outcome::Failed, [("why", "garbled".into())]),
            (Some(Some(key)), Some(pin)) if key.id() != pin => {
                self.say(Code::OrgKey, Outcome::Failed, [("expected", pin.to_string())]);
            }
            (Some(Some(key)), pin) => {
                self.office.key = Some(key.0);
                let outcome = if pin.is_some() { Outcome::Held } else { Outcome::Note };
                self.say(Code::OrgKey, outcome, [("key", key.id().to_string())]);
            }
            (None, Some(pin)) => self.say(Code::OrgKey, Outcome::Missing, [("expected", pin.to_string())]),
            (None, None) if needed => self.say(Code::OrgKey, Outcome::Missing, []),
            (None, None) => {}
        }
    }

    /// Reads the statements of the office and keeps those that hold.
    pub(super) fn office_words(&mut self, card: &Card, hash: Digest) {
        let Some(key) = self.office.key else {
            if card.checkpoint.is_some() {
                self.say(Code::Checkpoint, Outcome::Note, [("not_checked", "no org key".into())]);
            }
            return;
        };
        for signed in &self.bundle.device_keys {
            match signed.verify(&key) {
                Ok(word) if word.org == card.org.id => self.office.device_keys.push(word),
                Ok(_) => self.say(Code::DeviceKey, Outcome::Failed, [("why", "of another org".into())]),
                Err(why) => self.say(Code::DeviceKey, Outcome::Failed, [("why", why.to_string())]),
            }
        }
        match card.checkpoint.as_ref().map(|signed| signed.verify(&key)) {
            Some(Ok(seen)) if seen.org == card.org.id => {
                self.office.window.not_before = Some(seen.at);
                self.say(Code::Checkpoint, Outcome::Held, [("size", seen.size.to_string())]);
            }
            Some(Ok(_)) => self.say(Code::Checkpoint, Outcome::Failed, [("why", "of another org".into())]),
            Some(Err(why)) => self.say(Code::Checkpoint, Outcome::Failed, [("why", why.to_string())]),
            None => {}
        }
        if let Some(slot) = &self.bundle.receipt {
            match slot.signed.verify(&key) {
                Ok(receipt) => self.receipt(slot, &receipt, card, hash),
                Err(why) => self.say(Code::Receipt, Outcome::Failed, [("why", why.to_string())]),
            }
        }
    }

    fn receipt(&mut self, slot: &ReceiptSlot, receipt: &Receipt, card: &Card, hash: Digest) {
        if receipt.org != card.org.id || receipt.job != card.job.id {
            return self.say(Code::Receipt, Outcome::Failed, [("why", "of another job".into())]);
        }
        let code = ("code", receipt.code());
        let Some(held) = &slot.held else {
            return self.say(Code::Receipt, Outcome::Note, [code, ("covers", "unknown".into())]);
        };
        if Receipt::digest_over(held) != receipt.digest {
            return self.say(Code::Receipt, Outcome::Failed, [code, ("why", "held differs".into())]);
        }
        if !held.contains(&hash) {
            return self.say(Code::Receipt, Outcome::Failed, [code, ("why", "card not covered".into())]);
        }
        self.office.held = held.iter().copied().collect();
        self.office.held_at = Some(receipt.at);
        self.office.window.not_after = Some(receipt.at);
        self.say(Code::Receipt, Outcome::Held, [code, ("n", receipt.n.to_string())]);
    }

    /// Whether the office vouches for the key of `sealed` as that of `device`.
    ///
    /// Nobody's word is needed for the card's own key unless the org is pinned; any other key needs it.
    pub(super) fn device_key(&mut self, sealed: &Sealed, device: DeviceId, hash: Digest) {
        let fact = ("device", device.to_string());
        if self.bundle.device_keys.is_empty() {
            let needed = self.pins.org.is_some() || sealed.key != self.bundle.card.key;
            let outcome = if needed { Outcome::Missing } else { Outcome::Note };
            return self.say(Code::DeviceKey, outcome, [fact, ("why", "nobody vouches".into())]);
        }
        if self.office.key.is_none() {
            return;
        }
        let key = key_of(&sealed.key);
        let words =
            self.office.device_keys.iter().filter(|word| word.device == device && Some(word.key) == key);
        let (first, last) = words.fold((None, None), |(first, last), word| {
            let earlier = |old: Option<_>| Some(old.map_or(word.from, |old| word.from.min(old)));
            (earlier(first), [last, word.until].into_iter().flatten().min())
        });
        let held_at = self.office.held_at.filter(|_| self.office.held.contains(&hash));
        let why = match (first, last, held_at) {
            (None, ..) => "unknown key",
            (Some(from), _, Some(at)) if at < from => "held before the key was active",
            (_, Some(until), held_at) if held_at.is_none_or(|at| at > until) => "key revoked",
            _ => return self.say(Code::DeviceKey, Outcome::Held, [fact]),
        };
        self.say(Code::DeviceKey, Outcome::Failed, [fact, ("why", why.into())]);
    }

    /// Says the interval, and whether the device's clock agrees with it.
    pub(super) fn window(&mut self, card: &Card) {
        let window = self.office.window;
        let shown = |bound: Option<_>| bound.map_or("open".into(), |at: Timestamp| at.0.to_string());
        let facts = [("not_before", shown(window.not_before)), ("not_after", shown(window.not_after))];
        if window.not_before.zip(window.not_after).is_some_and(|(from, to)| from > to) {
            return self.say(Code::Time, Outcome::Failed, facts);
        }
        let bounded = window.not_before.is_some() || window.not_after.is_some();
        self.say(Code::Time, if bounded { Outcome::Held } else { Outcome::Note }, facts);
        let Some(signed) = card.times.signed.map(ClockReading::wall) else { return };
        let outside = window.not_before.is_some_and(|from| signed < from)
            || window.not_after.is_some_and(|to| signed > to);
        if outside {
            self.say(Code::Time, Outcome::Note, [("device_clock_outside", signed.0.to_string())]);
        }
    }
}
