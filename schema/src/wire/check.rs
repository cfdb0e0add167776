//! Compares what a device holds of an audience with what the server lists, part by part, where they differ.
//!
//! A part is all records whose ids end with the same hex digits: beginnings of UUIDv7 are all alike. Both ends
//! digest a part over ids and versions ([`Listing`]); the server answers only for parts that differ, with sixteen
//! smaller ones or, once they are few, with the records themselves. Struck-out records are on neither list.

use serde::{Deserialize, Serialize};

use super::page::Table;
use super::sync::Audience;
use crate::digest::Digest;
use crate::id::RecordId;

/// Most parts of one request.
pub const PARTS_MAX: usize = 64;
/// Most records that one request fetches.
pub const FETCH_MAX: usize = 200;
/// A part with at most so many records is listed, not split.
pub const LIST_MAX: usize = 64;
/// Hex digits of an id.
const DIGITS_MAX: usize = 32;

/// What a device asks of one audience.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRequest {
    /// The audience.
    pub aud: Audience,
    /// Parts, each with the digest of what the device holds.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ask: Vec<Part>,
    /// Records that it lacks or holds otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fetch: Vec<RecordId>,
    /// Most bytes that it wants back, before compression; none: whatever the answer takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub budget: Option<u32>,
}

/// A part and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The last hex digits of its ids, lower case; empty is everything.
    pub end: String,
    /// Over its records.
    pub digest: Digest,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckAnswer {
    /// Another than the device knows means that it must not believe the rest.
    pub epoch: String,
    /// The parts that differ; one that is equal is left out.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parts: Vec<PartFound>,
    /// The records that were fetched, as far as the audience holds them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub put: Vec<Table>,
    /// How many of `ask`, from the first on, this answers; none: all. What is left is asked again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub asked: Option<usize>,
    /// How many of `fetch`, from the first on, this answers; none: all.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fetched: Option<usize>,
}

/// A part that differs: split, or listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartFound {
    /// As it was asked.
    pub end: String,
    /// Digests of the sixteen parts with one more digit before it, from `0` to `f`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub split: Vec<Digest>,
    /// Its records and their versions; empty without `split` when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub list: Vec<(RecordId, u64)>,
}

/// The records of one audience and their versions.
#[derive(Debug, Clone, Default)]
pub struct Listing(Vec<(String, RecordId, u64)>);

impl PartFound {
    /// About its bytes in an answer.
    pub fn weight(&self) -> usize {
        const DIGEST: usize = 67;
        const LISTED: usize = 52;
        self.end.len() + self.split.len() * DIGEST + self.list.len() * LISTED
    }
}

impl Listing {
    /// Of records in any order.
    pub fn new(records: impl IntoIterator<Item = (RecordId, u64)>) -> Self {
        let line = |(rec, ver): (RecordId, u64)| (rec.0.simple().to_string(), rec, ver);
        let mut lines: Vec<_> = records.into_iter().map(line).collect();
        lines.sort_unstable();
        lines.dedup();
        Self(lines)
    }

    /// The records of a part, by id.
    pub fn under<'l>(&'l self, end: &'l str) -> impl Iterator<Item = (RecordId, u64)> + 'l {
        self.0.iter().filter(move |(id, ..)| id.ends_with(end)).map(|(_, rec, ver)| (*rec, *ver))
    }

    /// The digest of a part: SHA-256 over id and version, 8 bytes big-endian, of each record, by id.
    pub fn digest(&self, end: &str) -> Digest {
        let mut bytes = Vec::new();
        for (rec, ver) in self.under(end) {
            bytes.extend_from_slice(rec.as_bytes());
            bytes.extend_from_slice(&ver.to_be_bytes());
        }
        Digest::of(&bytes)
    }

    /// What is said of a part whose other side has `theirs`; none when both are equal.
    pub fn compare(&self, part: &Part) -> Option<PartFound> {
        if self.digest(&part.end) == part.digest {
            return None;
        }
        let (end, list): (_, Vec<_>) = (part.end.clone(), self.under(&part.end).collect());
        if list.len() <= LIST_MAX || end.len() >= DIGITS_MAX {
            return Some(PartFound { end, split: Vec::new(), list });
        }
        let split = smaller(&end).iter().map(|end| self.digest(end)).collect();
        Some(PartFound { end, split, list: Vec::new() })
    }
}

/// The sixteen parts that a part consists of.
pub fn smaller(end: &str) -> Vec<String> {
    (0..16).map(|digit| format!("{digit:x}{end}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(n: u128, lost: u128) -> Listing {
        let rec = |n: u128| (RecordId(uuid::Uuid::from_u128(0x0192_0000 << 96 | n)), 7);
        Listing::new((0..n).filter(|n| *n != lost).map(rec))
    }

    #[test]
    fn bisecting_ends_at_the_record_that_is_missing() {
        let (ours, theirs) = (listing(5_000, 4_321), listing(5_000, 5_001));
        let (mut ask, mut calls, mut missing) = (vec![String::new()], 0, Vec::new());
        while !ask.is_empty() {
            calls += 1;
            for end in std::mem::take(&mut ask) {
                let part = Part { digest: ours.digest(&end), end };
                let Some(found) = theirs.compare(&part) else { continue };
                if found.split.is_empty() {
                    let own: Vec<_> = ours.under(&found.end).collect();
                    missing.extend(found.list.into_iter().filter(|one| !own.contains(one)));
                } else {
                    let differs =
                        |(end, theirs): (String, Digest)| (ours.digest(&end) != theirs).then_some(end);
                    ask.extend(smaller(&found.end).into_iter().zip(found.split).filter_map(differs));
                }
            }
        }
        assert_eq!(missing.iter().map(|(rec, _)| rec.0.as_u128() & 0xffff).collect::<Vec<_>>(), [4_321]);
        assert_eq!(calls, 3);
    }

    #[test]
    fn equal_parts_are_left_out_and_order_means_nothing() {
        let one = listing(100, 100);
        let other = Listing::new(one.under("").collect::<Vec<_>>().into_iter().rev());
        assert_eq!(one.compare(&Part { end: String::new(), digest: other.digest("") }), None);
        assert_ne!(one.digest(""), listing(100, 3).digest(""));
    }
}
