//! Deltas: how the rows of one version of a dataset become those of the next, in a fraction of the bytes.
//!
//! A delta is packed like a dataset file and carried by the same blobs, but its lines are [`Edit`]s, to be
//! followed in order over the lines of the old version. Its header says, beside what every header says, which
//! file it starts from, which one it stands for, and what the text of the result hashes to:
//!
//! ```text
//! {"format":1,"name":"parts","version":4,"rows":3,"made_at":…,"base":"<sha256>","makes":"<sha256>","text":"<sha256>","total":1000}
//! {"keep":417}
//! {"set":{"price":120000}}
//! {"keep":582}
//! ```
//!
//! Nothing is taken on trust: [`Text`] hashes the lines that come out, byte for byte, and only the lines that
//! the office had give the digest that it said. What is left of the old version behind the last edit is gone.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::{DatasetError, Header, pack};
use crate::digest::{Digest, Hasher};

/// Media type of a delta.
pub const MEDIA_TYPE: &str = "application/vnd.fieldcard.dataset-delta+zstd";

/// What the header of a delta says beside what every header says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The file whose rows it starts from.
    pub base: Digest,
    /// The file that the result is the same as.
    pub makes: Digest,
    /// What [`Text`] gives for the lines of the result.
    pub text: Digest,
    /// Lines of the result.
    pub total: u64,
}

impl Header {
    /// What the header of a delta promises; `None` if it is not one.
    pub fn promise(&self) -> Option<Promise> {
        serde_json::from_value(serde_json::Value::Object(self.rest.clone())).ok()
    }
}

/// One line of a delta.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// The next lines of the old version, as they are.
    Keep(u64),
    /// Passes over the next lines of the old version.
    Drop(u64),
    /// The next line of the old version with these members changed: in their place, new ones at the end, null
    /// takes one out.
    Set(Members),
    /// A line of its own.
    Put(Box<RawValue>),
}

/// The members of one object in their order, each value as the text it is.
#[derive(Debug, Clone, Default)]
pub struct Members(Vec<(String, Box<RawValue>)>);

impl Serialize for Members {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl Members {
    fn of(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }

    /// The members of `new` that this one lacks or has otherwise, null for what `new` lacks.
    fn changed_in(&self, new: &Self) -> Self {
        let value = |of: &Self, name: &str| {
            of.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.get().to_owned())
        };
        let gone = self.0.iter().filter(|(name, _)| value(new, name).is_none());
        let mut changed: Vec<(String, Box<RawValue>)> =
            gone.map(|(name, _)| (name.clone(), RawValue::NULL.to_owned())).collect();
        let other = new.0.iter().filter(|(name, text)| value(self, name).as_deref() != Some(text.get()));
        changed.extend(other.cloned());
        Self(changed)
    }
}

/// A line of the old version with some members changed, as [`Edit::Set`] says. `None` if it is no object.
pub fn set(line: &str, changes: &Members) -> Option<String> {
    let mut members = Members::of(line)?;
    for (name, value) in &changes.0 {
        let at = members.0.iter().position(|(other, _)| other == name);
        match (at, value.get() == "null") {
            (Some(at), true) => drop(members.0.remove(at)),
            (Some(at), false) => members.0.get_mut(at)?.1.clone_from(value),
            (None, true) => {}
            (None, false) => members.0.push((name.clone(), value.clone())),
        }
    }
    serde_json::to_string(&members).ok()
}

/// The digest of lines, each with its line feed; the header's is not among them.
#[derive(Default)]
pub struct Text {
    hasher: Hasher,
    lines: u64,
}

impl Text {
    /// The next line.
    pub fn push(&mut self, line: &[u8]) {
        self.hasher.push(line);
        self.hasher.push(b"\n");
        self.lines += 1;
    }

    /// Whether these are the lines that were promised.
    pub fn keeps(self, promise: &Promise) -> bool {
        self.lines == promise.total && self.hasher.finish() == promise.text
    }
}

/// What a delta is made between: a file's digest and its lines, each with the key of its row.
pub struct Version<'a> {
    /// Digest of the file.
    pub sha256: Digest,
    /// Its lines in their order.
    pub lines: &'a [Vec<u8>],
    /// The key of each line's row.
    pub keys: &'a [String],
}

/// The delta from `old` to `new` as the bytes of a blob; `header` is the new file's.
///
/// Rows are told apart by their keys, so that it is short when few rows changed. It is right for any two
/// versions: what moved is dropped and put.
pub fn between(old: &Version<'_>, new: &Version<'_>, header: &Header) -> Result<Vec<u8>, DatasetError> {
    let mut edits = edits(old, new);
    let mut text = Text::default();
    new.lines.iter().for_each(|line| text.push(line));
    let promise =
        Promise { base: old.sha256, makes: new.sha256, total: text.lines, text: text.hasher.finish() };
    let wrong = |e: serde_json::Error| DatasetError::Line(1, e.to_string());
    let serde_json::Value::Object(rest) = serde_json::to_value(&promise).map_err(wrong)? else {
        return Err(DatasetError::Line(1, "no header".into()));
    };
    let lines = edits
        .drain(..)
        .map(|edit| serde_json::to_vec(&edit))
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong)?;
    pack(&Header { rows: lines.len() as u64, rest, ..header.clone() }, &lines)
}

fn edits(old: &Version<'_>, new: &Version<'_>) -> Vec<Edit> {
    let at: BTreeMap<&str, usize> = old.keys.iter().enumerate().map(|(at, key)| (key.as_str(), at)).collect();
    let mut edits = Edits::default();
    let mut next = 0;
    for (line, key) in new.lines.iter().zip(new.keys) {
        match at.get(key.as_str()).copied().filter(|at| *at >= next) {
            Some(at) => {
                edits.drop_lines(at - next);
                edits.line(old.lines.get(at).map_or(&[], Vec::as_slice), line);
                next = at + 1;
            }
            None => edits.put(line),
        }
    }
    edits.0
}

#[derive(Default)]
struct Edits(Vec<Edit>);

impl Edits {
    fn drop_lines(&mut self, count: usize) {
        if count > 0 {
            self.0.push(Edit::Drop(count as u64));
        }
    }

    fn put(&mut self, line: &[u8]) {
        let raw = String::from_utf8_lossy(line).into_owned();
        // A line of a dataset file is JSON; anything else would fail the digest on every device.
        self.0.extend(RawValue::from_string(raw).ok().map(Edit::Put));
    }

    /// The line of the new version beside the one with the same key.
    fn line(&mut self, old: &[u8], new: &[u8]) {
        if old == new {
            match self.0.last_mut() {
                Some(Edit::Keep(count)) => *count += 1,
                _ => self.0.push(Edit::Keep(1)),
            }
            return;
        }
        if let Some(change) = change(old, new) {
            self.0.push(Edit::Set(change));
        } else {
            self.drop_lines(1);
            self.put(new);
        }
    }
}

/// The members that make `new` of `old`; `None` if setting members does not give these very bytes.
fn change(old: &[u8], new: &[u8]) -> Option<Members> {
    let (old, new) = (std::str::from_utf8(old).ok()?, std::str::from_utf8(new).ok()?);
    let change = Members::of(old)?.changed_in(&Members::of(new)?);
    (set(old, &change)? == new).then_some(change)
}
