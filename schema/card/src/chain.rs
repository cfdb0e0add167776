//! The chain of a device's cards: what is missing, what forks, what stands in the wrong order.
//!
//! Each card names its number and the hash of the card before it, so a card that is left out, slipped in
//! or moved shows, even to one who holds the device's key: he would have to seal every later card anew,
//! and some of their hashes are with customers and in the server's log. Findings are kept and raise an
//! alarm; nothing is ever dropped for them. Seals are checked elsewhere ([`crate::verify`]).

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::digest::Digest;
use fieldcard_schema::time::ClockReading;
use serde::{Deserialize, Serialize};

use crate::card::{Card, Link};

/// What the chain needs to know of one card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainCard {
    /// Its place.
    pub link: Link,
    /// Its hash.
    pub hash: Digest,
    /// When it was signed, by its device.
    pub signed: Option<ClockReading>,
}

impl ChainCard {
    /// The link of `card`, whose stored bytes have this `hash`.
    pub fn of(card: &Card, hash: Digest) -> Self {
        Self { link: card.chain, hash, signed: card.times.signed }
    }
}

/// The high-water mark: the newest card that is known to exist (keystore, QR code, server).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Its number.
    pub card_seq: u64,
    /// Its hash.
    pub hash: Digest,
}

/// What is wrong with a chain; all empty when nothing is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainFindings {
    /// Numbers, from and to, of which no card is there.
    pub gaps: Vec<(u64, u64)>,
    /// Numbers at which there are two histories.
    pub forks: BTreeSet<u64>,
    /// Numbers whose card stands where it cannot: on a card that is not the one before it, listed after a
    /// later one, or signed before its predecessor in the same boot.
    pub reordered: BTreeSet<u64>,
}

impl ChainFindings {
    /// Whether the chain is whole and straight.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }
}

/// Checks the cards of one device, in the order they were listed, from number `from` on.
///
/// The same card twice is harmless. `head`, where one is known, shows a missing tail.
pub fn check_chain(cards: &[ChainCard], from: u64, head: Option<Head>) -> ChainFindings {
    let mut found = ChainFindings::default();
    let mut at: BTreeMap<u64, BTreeSet<Digest>> = BTreeMap::new();
    for card in cards {
        at.entry(card.link.card_seq).or_default().insert(card.hash);
    }
    found.forks.extend(at.iter().filter(|(_, hashes)| hashes.len() > 1).map(|(seq, _)| *seq));
    for card in cards {
        judge_link(card, cards, &at, &mut found);
    }
    for pair in cards.windows(2) {
        if pair[1].link.card_seq < pair[0].link.card_seq {
            found.reordered.insert(pair[1].link.card_seq);
        }
    }
    if at.keys().next().is_some_and(|&first| first < from) {
        found.reordered.insert(from);
    }
    if let Some(hashes) = head.and_then(|head| at.get(&head.card_seq)) {
        found.forks.extend(head.filter(|head| !hashes.contains(&head.hash)).map(|head| head.card_seq));
    }
    found.gaps = gaps(at.keys().copied(), from, head.map(|head| head.card_seq));
    found
}

/// Whether `card` stands on the card before it, as far as that one is there.
fn judge_link(
    card: &ChainCard,
    cards: &[ChainCard],
    at: &BTreeMap<u64, BTreeSet<Digest>>,
    found: &mut ChainFindings,
) {
    let Link { card_seq, prev } = card.link;
    let Some(before) = card_seq.checked_sub(1).and_then(|seq| at.get(&seq)) else { return };
    if !before.contains(&prev) {
        let elsewhere = cards.iter().any(|other| other.hash == prev);
        if elsewhere {
            found.reordered.insert(card_seq)
        } else {
            found.forks.insert(card_seq)
        };
        return;
    }
    let earlier = cards.iter().find(|other| other.hash == prev).and_then(|other| other.signed);
    if let (Some(earlier), Some(later)) = (earlier, card.signed)
        && later.since(earlier).is_some_and(|passed| passed < 0)
    {
        found.reordered.insert(card_seq);
    }
}

/// The holes between `from`, the numbers `there` and the head.
fn gaps(there: impl Iterator<Item = u64>, from: u64, head: Option<u64>) -> Vec<(u64, u64)> {
    let mut next = from;
    let mut gaps = Vec::new();
    let end = head.map(|seq| seq.saturating_add(1));
    for seq in there.chain(end) {
        if seq > next {
            gaps.push((next, seq - 1));
        }
        next = next.max(seq.saturating_add(1));
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(card_seq: u64) -> Digest {
        if card_seq == 0 { Digest::ZERO } else { Digest::of(&card_seq.to_be_bytes()) }
    }

    fn card(card_seq: u64) -> ChainCard {
        let signed = i64::try_from(card_seq * 1000).ok().map(|t| ClockReading(t, t, 1));
        ChainCard { link: Link { card_seq, prev: hash(card_seq - 1) }, hash: hash(card_seq), signed }
    }

    fn chain() -> Vec<ChainCard> {
        (1..=5).map(card).collect()
    }

    fn head(card_seq: u64) -> Head {
        Head { card_seq, hash: hash(card_seq) }
    }

    #[test]
    fn a_whole_chain_is_clean_from_wherever_it_begins() {
        assert!(check_chain(&chain(), 1, Some(head(5))).is_clean());
        assert!(check_chain(&chain()[2..], 3, Some(head(5))).is_clean());
        assert!(
            check_chain(&chain(), 1, Some(head(4))).is_clean(),
            "the mark may be older than the newest card"
        );
        assert!(check_chain(&[card(1), card(1), card(2)], 1, None).is_clean(), "the same card twice");
        assert!(check_chain(&[], 1, None).is_clean());
    }

    #[test]
    fn gaps_are_named() {
        let found = check_chain(&[card(2), card(5)], 1, Some(head(7)));
        assert_eq!(found.gaps, [(1, 1), (3, 4), (6, 7)]);
        assert!(found.forks.is_empty() && found.reordered.is_empty());
        assert_eq!(check_chain(&[], 1, Some(head(u64::MAX))).gaps, [(1, u64::MAX - 1)]);
    }

    #[test]
    fn two_histories_are_a_fork() {
        let other = ChainCard { hash: Digest::of(b"other"), ..card(3) };
        let twice = [chain(), vec![]].concat();
        let twice = [&twice[..3], &[other], &twice[3..]].concat();
        assert_eq!(check_chain(&twice, 1, None).forks, BTreeSet::from([3]));
        // Swapped for another: the next card does not stand on it.
        let swapped = [card(1), card(2), other, card(4)];
        assert_eq!(check_chain(&swapped, 1, None).forks, BTreeSet::from([4]));
        // The mark names another newest card.
        assert_eq!(check_chain(&[card(1), card(2), other], 1, Some(head(3))).forks, BTreeSet::from([3]));
    }

    #[test]
    fn cards_out_of_order_are_found() {
        let listed = [card(1), card(3), card(2)];
        assert_eq!(check_chain(&listed, 1, None).reordered, BTreeSet::from([2]));
        let renumbered = ChainCard { link: Link { card_seq: 3, prev: hash(1) }, ..card(3) };
        assert_eq!(check_chain(&[card(1), card(2), renumbered], 1, None).reordered, BTreeSet::from([3]));
        let earlier = ChainCard { signed: Some(ClockReading(9_000, 500, 1)), ..card(2) };
        assert_eq!(check_chain(&[card(1), earlier], 1, None).reordered, BTreeSet::from([2]));
        let rebooted = ChainCard { signed: Some(ClockReading(0, 500, 2)), ..card(2) };
        assert!(check_chain(&[card(1), rebooted], 1, None).is_clean());
        assert!(!check_chain(&chain(), 2, None).is_clean(), "a card before the named beginning");
    }
}
