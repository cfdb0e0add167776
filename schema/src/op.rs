//! One user action on one record, as bytes that never change.
//!
//! An op is encoded once, where it is made; those very bytes are stored, hashed, linked and sent, and
//! nobody serialises them again. [`Op::encode`] makes them, [`Op::parse`] reads them, [`check_group`] is
//! the one function that says whether a device may commit them. What an op does: [`crate::merge`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::{from_hex, to_hex};
use crate::id::{DeviceId, GroupId, OpId, RecordId, UserId};
use crate::json::{self, Fields};
use crate::time::ClockReading;

/// The version of op that this code writes. Fields are only added and never change meaning.
pub const OP_VERSION: u32 = 1;

/// Largest body of one op, and largest sum of the bodies of one group, in bytes. Never shrinks.
pub const BODY_MAX: usize = 64 * 1024;

/// What an op does to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Makes the record.
    Create,
    /// Sets fields; null clears one.
    Set,
    /// Adds a signed integer to each named field (stock).
    Add,
    /// Corrects evidence, which is otherwise never overwritten.
    Amend,
    /// `void: true` strikes the record out, `void: false` takes that back.
    Void,
}

/// Who made an op: a device, which chains it, or the server for an office or import action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Origin {
    /// A device of a technician.
    Device(DeviceId),
    /// The office or an import: `"server"`.
    Server,
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Device(device) => device.to_string(),
            Origin::Server => "server".into(),
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = crate::id::BadId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "server" { Ok(Self::Server) } else { text.parse().map(Self::Device) }
    }
}

/// A place in the server's op log, provable: `pos.hash`, the first 8 bytes of the running hash there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Mark {
    /// Position of the newest op covered.
    pub pos: u64,
    /// First 8 bytes of the running hash up to and including it.
    pub hash: [u8; 8],
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.pos, to_hex(&self.hash))
    }
}

impl FromStr for Mark {
    type Err = crate::id::BadId;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (pos, hash) = text.split_once('.')?;
            let mark = Self { pos: pos.parse().ok()?, hash: from_hex(hash)? };
            (mark.to_string() == text).then_some(mark)
        };
        read().ok_or_else(|| crate::id::BadId(text.to_owned()))
    }
}

impl From<Mark> for String {
    fn from(mark: Mark) -> Self {
        mark.to_string()
    }
}

impl TryFrom<String> for Mark {
    type Error = crate::id::BadId;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// What the author had before his eyes: the record's version and the server's mark, read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base(
    /// Position of the last op that had changed the record.
    pub u64,
    /// The mark that came with the rows.
    pub Mark,
);

/// Membership in the ops of one user action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The action.
    pub id: GroupId,
    /// This op's place, from 0.
    pub i: u32,
    /// How many ops the action has.
    pub n: u32,
}

/// One change to one record by one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Op {
    /// [`OP_VERSION`] of the code that made it.
    pub v: u32,
    /// Its identity, across incarnations and epochs.
    pub op_id: OpId,
    /// Who did it.
    pub user: UserId,
    /// Where.
    pub device: Origin,
    /// Kind of the record.
    pub kind: String,
    /// The record.
    pub rec: RecordId,
    /// The job that the record hangs on; absent for a job itself and for what belongs to none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub job: Option<RecordId>,
    /// What it does.
    pub act: Act,
    /// The fields it names.
    pub set: Fields,
    /// What its author saw; absent on `create`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base: Option<Base>,
    /// The user action it is part of, when that has several ops.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<Group>,
    /// When, by the clocks of the device.
    pub t: ClockReading,
    /// Zone of the wall clock: an IANA name or `+08:00`.
    pub tz: String,
    /// Version of the app.
    pub app: String,
}

/// Why a body is not an op that can be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpError {
    /// Not strict JSON, or a member is missing or of the wrong shape.
    #[error("{0}")]
    Invalid(String),
    /// Made by a later version of the app.
    #[error("the op has version {0}, newer than {OP_VERSION}")]
    TooNew(u64),
    /// Over [`BODY_MAX`].
    #[error("{0} bytes, more than {BODY_MAX}")]
    TooLarge(usize),
}

impl Op {
    /// The op as one line of JSON, the bytes that are stored, hashed and sent.
    pub fn encode(&self) -> Result<Body, OpError> {
        let value = serde_json::to_value(self).map_err(|e| OpError::Invalid(e.to_string()))?;
        json::check(&value).map_err(|e| OpError::Invalid(e.to_string()))?;
        let bytes = serde_json::to_vec(self).map_err(|e| OpError::Invalid(e.to_string()))?;
        if bytes.len() > BODY_MAX { Err(OpError::TooLarge(bytes.len())) } else { Ok(Body(bytes)) }
    }

    /// Reads a body from outside. Members unknown to this version are passed over; the bytes keep them.
    pub fn parse(body: &[u8]) -> Result<Self, OpError> {
        Self::parse_as(body, Versions::KNOWN)
    }

    /// Reads a body as a program does that knows these versions.
    ///
    /// Older ops are read as what they mean in the newest version: a copy is changed, never the bytes.
    pub fn parse_as(body: &[u8], versions: Versions) -> Result<Self, OpError> {
        if body.len() > BODY_MAX {
            return Err(OpError::TooLarge(body.len()));
        }
        let value = json::parse(body).map_err(|e| OpError::Invalid(e.to_string()))?;
        match value.get("v").and_then(serde_json::Value::as_u64) {
            Some(v) if v > u64::from(versions.newest) => return Err(OpError::TooNew(v)),
            _ => {}
        }
        serde_json::from_value(versions.upcast(value)).map_err(|e| OpError::Invalid(e.to_string()))
    }
}

/// Makes a copy of an op of one version what it means in the next: its members, without `v`.
pub type Step = fn(&mut Fields);

/// The versions of ops that a program reads.
#[derive(Debug, Clone, Copy)]
pub struct Versions {
    /// The newest.
    pub newest: u32,
    /// The way to it: the first step makes an op of version 1 one of version 2.
    pub steps: &'static [Step],
}

impl Versions {
    /// Those of this program. Version 1 is the first: nothing is older, and no step leads anywhere yet. A version to
    /// come adds its step here and never rewrites what stands in an outbox or a log.
    pub const KNOWN: Self = Self { newest: OP_VERSION, steps: &[] };

    fn upcast(self, mut op: serde_json::Value) -> serde_json::Value {
        let version = op.get("v").and_then(serde_json::Value::as_u64).and_then(|v| usize::try_from(v).ok());
        if let (Some(version @ 1..), Some(members)) = (version, op.as_object_mut()) {
            self.steps.iter().skip(version - 1).for_each(|step| step(members));
            members.insert("v".to_owned(), self.newest.into());
        }
        op
    }
}

/// The bytes of one op: one line, valid, within [`BODY_MAX`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body(Vec<u8>);

impl Body {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Checks the ops of one user action against the limits, before a device commits them.
pub fn check_group(bodies: &[Body]) -> Result<(), OpError> {
    let sum = bodies.iter().map(|body| body.0.len()).sum();
    if sum > BODY_MAX { Err(OpError::TooLarge(sum)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op() -> Op {
        let id = |n: u8| uuid::Uuid::from_bytes([n; 16]);
        Op {
            v: 1,
            op_id: OpId(id(1)),
            user: UserId(id(2)),
            device: Origin::Device(DeviceId(id(3))),
            kind: "note".into(),
            rec: RecordId(id(4)),
            job: Some(RecordId(id(5))),
            act: Act::Create,
            set: serde_json::json!({"text": "热车后动臂无力", "about": null}).as_object().unwrap().clone(),
            base: Some(Base(12, Mark { pos: 40, hash: [0xab; 8] })),
            group: Some(Group { id: GroupId(id(6)), i: 0, n: 2 }),
            t: ClockReading(1_763_000_000_123, 5_000, 7),
            tz: "Asia/Shanghai".into(),
            app: "0.1.0".into(),
        }
    }

    /// Written by hand: the format is final, and a change here breaks every stored outbox.
    const GOLDEN: &str = concat!(
        r#"{"v":1,"op_id":"01010101-0101-0101-0101-010101010101","user":"02020202-0202-0202-0202-020202020202","#,
        r#""device":"03030303-0303-0303-0303-030303030303","kind":"note","rec":"04040404-0404-0404-0404-040404040404","#,
        r#""job":"05050505-0505-0505-0505-050505050505","act":"create","set":{"about":null,"text":"热车后动臂无力"},"#,
        r#""base":[12,"40.abababababababab"],"group":{"id":"06060606-0606-0606-0606-060606060606","i":0,"n":2},"#,
        r#""t":[1763000000123,5000,7],"tz":"Asia/Shanghai","app":"0.1.0"}"#
    );

    #[test]
    fn body_has_its_golden_bytes() {
        assert_eq!(std::str::from_utf8(op().encode().unwrap().as_bytes()).unwrap(), GOLDEN);
        assert_eq!(Op::parse(GOLDEN.as_bytes()), Ok(op()));
    }

    #[test]
    fn optional_members_are_left_out() {
        let bare = Op { job: None, base: None, group: None, device: Origin::Server, ..op() };
        let text = String::from_utf8(bare.encode().unwrap().into_bytes()).unwrap();
        assert!(text.contains(r#""device":"server""#), "{text}");
        for absent in ["\"job\"", "\"base\"", "\"group\""] {
            assert!(!text.contains(absent), "{text}");
        }
        assert_eq!(Op::parse(text.as_bytes()), Ok(bare));
    }

    #[test]
    fn a_later_version_is_told_from_rubbish() {
        assert_eq!(Op::parse(br#"{"v":2,"whatever":[]}"#), Err(OpError::TooNew(2)));
        assert!(matches!(Op::parse(br#"{"v":1}"#), Err(OpError::Invalid(_))));
        assert!(matches!(Op::parse(b"\0\xff"), Err(OpError::Invalid(_))));
        let unknown = GOLDEN.replacen("{\"v\":1,", "{\"v\":1,\"colour\":\"red\",", 1);
        assert_eq!(Op::parse(unknown.as_bytes()), Ok(op()));
    }

    #[test]
    fn limits_hold_for_op_and_group() {
        let sized = |n: usize| {
            let mut one = op();
            one.set.insert("text".into(), "x".repeat(n).into());
            one.encode()
        };
        assert!(matches!(sized(BODY_MAX), Err(OpError::TooLarge(_))));
        let half = sized(BODY_MAX / 2).unwrap();
        assert!(check_group(std::slice::from_ref(&half)).is_ok());
        assert!(matches!(check_group(&[half.clone(), half]), Err(OpError::TooLarge(_))));
    }

    #[test]
    fn text_that_is_not_normal_is_refused_before_it_is_stored() {
        let mut one = op();
        one.set.insert("text".into(), "e\u{301}".into());
        assert!(matches!(one.encode(), Err(OpError::Invalid(_))));
    }

    #[test]
    fn mark_has_one_spelling() {
        let mark = Mark { pos: 7, hash: [1; 8] };
        assert_eq!(mark.to_string().parse(), Ok(mark));
        for bad in ["07.0101010101010101", "7.01", "7", ".0101010101010101", "+7.0101010101010101"] {
            assert!(bad.parse::<Mark>().is_err(), "{bad}");
        }
    }
}
