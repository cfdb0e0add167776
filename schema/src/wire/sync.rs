//! The one call that carries work both ways.
//!
//! A request is a header line and the bodies of the pushed ops, byte for byte; an answer is a header line
//! and one line a page. Empty members are left out. What a status code says is no acknowledgement: only
//! [`Outcomes`] whose `link` the device computed itself is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{ApiError, ErrorCode};
use super::frame;
use super::page::{Page, Table};
use crate::digest::Digest;
use crate::id::{Incarnation, RecordId};
use crate::merge::{Outcome, Why};
use crate::op::Mark;

/// Number of an audience: a person, a region, the org. Means nothing to a device.
pub type Audience = u32;

/// The newest row a device holds of each audience; the strings are the server's own.
pub type Cursors = BTreeMap<Audience, String>;

/// What a device says and asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SyncRequest {
    /// [`super::PROTO`].
    pub proto: u32,
    /// The epoch the device knows; none before its first answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub epoch: Option<String>,
    /// The incarnation that pushes, or the current one.
    pub incarnation: Incarnation,
    /// Where each audience stands.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub cursors: Cursors,
    /// The newest mark the device got.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mark: Option<Mark>,
    /// What it still holds unsent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outstanding: Option<Outstanding>,
    /// It takes a record that stands as an op of this very push made it by the number of that op alone.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub own: bool,
    /// Most bytes of pages it wants back, before compression; none means no pull.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub budget: Option<u32>,
    /// The ops it pushes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub push: Option<Push>,
    /// Records that the server asked for in `need`, as they last stood on the device.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub recovered: Vec<Table>,
}

/// What a device holds that the server has not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outstanding {
    /// Ops without an outcome.
    pub ops: u64,
    /// Blobs not stored.
    pub blobs: u64,
    /// Wall time of the oldest of them.
    pub oldest: i64,
}

/// A run of ops of one incarnation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// Seq of the first body, from 1.
    pub from_seq: u64,
    /// The link before it.
    pub prev: Digest,
    /// Ed25519 over the link of the last body (`chain::sign_head`), base64url.
    pub sig: String,
    /// The ops, byte for byte: the lines after the header.
    #[serde(skip)]
    pub bodies: Vec<Vec<u8>>,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SyncResponse {
    /// Eight characters; another than before means that the server was restored.
    pub epoch: String,
    /// How far the server holds this incarnation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub head: Option<Head>,
    /// The server's newest mark.
    pub mark: Mark,
    /// Why nothing of the push was stored.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refused: Option<Refused>,
    /// How each op of the push ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub outcomes: Option<Outcomes>,
    /// Audiences the person has left.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub gone: Vec<Audience>,
    /// More rows wait: ask again.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub more: bool,
    /// Everything up to here is in a good backup.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub backup_pos: Option<u64>,
    /// The limits, when a request came near one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limits: Option<Limits>,
    /// Seconds after which to come again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_after: Option<u32>,
    /// The server's wall clock, for showing a difference; it decides nothing.
    pub server_ms: i64,
    /// Codes for the person: `app_old`, `no_backup`, …
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notices: Vec<String>,
    /// Records that ops of this device hang on and that the server has lost: send them in `recovered`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub need: Vec<RecordId>,
    /// The rows: the lines after the header.
    #[serde(skip)]
    pub pages: Vec<Page>,
}

/// How far the server holds an incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The last seq it holds; 0 for none.
    pub seq: u64,
    /// The link there; only in the answer to a gap or a fork.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<Digest>,
}

/// Why a push was not taken. `head` says where to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// It starts behind the server's head: send what lies between.
    Gap,
    /// The server holds another op at one of these seqs: open a new incarnation.
    Fork,
    /// The signature is not this device's over this head.
    BadSignature,
}

/// How the ops of one push ended. They never change: sending again gives the same.
///
/// `link` is the server's link of the last op told here. Since a link covers incarnation, seq and digest of
/// every op before it, an equal link of the device's own proves that the server holds these very bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcomes {
    /// Seq of the first op told.
    pub from: u64,
    /// The link of the last.
    pub link: Digest,
    /// Runs of ops that ended alike.
    pub runs: Vec<OutcomeRun>,
}

/// Ops one after the other that ended alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeRun {
    /// How they ended.
    #[serde(rename = "as")]
    pub outcome: Outcome,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub why: Option<Why>,
    /// Position of the first, then the step from each to the next; one number an op.
    pub pos: Vec<u64>,
}

/// How one op ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpOutcome {
    /// How.
    pub outcome: Outcome,
    /// Why.
    pub why: Option<Why>,
    /// Its position in the server's log.
    pub pos: u64,
}

impl Outcomes {
    /// Packs the outcomes of consecutive ops.
    pub fn pack(from: u64, link: Digest, each: &[OpOutcome]) -> Self {
        let mut runs: Vec<OutcomeRun> = Vec::new();
        let mut last_pos = 0;
        for one in each {
            match runs.last_mut() {
                // A re-sent op may have any position, also a lower one: then a new run starts.
                Some(run) if (run.outcome, run.why) == (one.outcome, one.why) && one.pos > last_pos => {
                    run.pos.push(one.pos - last_pos);
                }
                _ => runs.push(OutcomeRun { outcome: one.outcome, why: one.why, pos: vec![one.pos] }),
            }
            last_pos = one.pos;
        }
        Self { from, link, runs }
    }

    /// The outcomes one by one, in the order of their seqs.
    pub fn each(&self) -> Vec<OpOutcome> {
        let mut each = Vec::new();
        for run in &self.runs {
            let mut pos = 0_u64;
            for step in &run.pos {
                pos = pos.saturating_add(*step);
                each.push(OpOutcome { outcome: run.outcome, why: run.why, pos });
            }
        }
        each
    }
}

/// What a server takes in one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of a request after decompression.
    pub body: u64,
    /// Ops of one push.
    pub ops: u64,
    /// Bytes of one blob.
    pub blob: u64,
}

/// Most ops of one push.
pub const PUSH_OPS_MAX: usize = 2_000;

impl SyncRequest {
    /// The bytes that go over the wire.
    pub fn encode(&self) -> Result<Vec<u8>, ApiError> {
        let header = line(self)?;
        let bodies = self.push.iter().flat_map(|push| push.bodies.iter().map(Vec::as_slice));
        Ok(frame::pack(&std::iter::once(header.as_slice()).chain(bodies).collect::<Vec<_>>()))
    }

    /// Reads a request from outside.
    pub fn decode(bytes: &[u8]) -> Result<Self, ApiError> {
        let mut lines = frame::unpack(bytes, frame::REQUEST_MAX)?.into_iter();
        let mut request: Self = read(&lines.next().unwrap_or_default())?;
        match &mut request.push {
            Some(push) => push.bodies = lines.collect(),
            None if lines.next().is_some() => return Err(ApiError::about(ErrorCode::Malformed, "push")),
            None => {}
        }
        request.recovered.iter().try_for_each(Table::check)?;
        match &request.push {
            Some(push) if push.bodies.is_empty() || push.from_seq == 0 => {
                Err(ApiError::about(ErrorCode::Malformed, "push"))
            }
            Some(push) if push.bodies.len() > PUSH_OPS_MAX => {
                Err(ApiError::about(ErrorCode::TooLarge, "ops"))
            }
            _ => Ok(request),
        }
    }
}

impl SyncResponse {
    /// The bytes that go over the wire.
    pub fn encode(&self) -> Result<Vec<u8>, ApiError> {
        let mut lines = vec![line(self)?];
        for page in &self.pages {
            lines.push(line(page)?);
        }
        Ok(frame::pack(&lines))
    }

    /// Reads an answer from outside. A captive portal's page is `Malformed`.
    pub fn decode(bytes: &[u8]) -> Result<Self, ApiError> {
        let mut lines = frame::unpack(bytes, frame::RESPONSE_MAX)?.into_iter();
        let mut response: Self = read(&lines.next().unwrap_or_default())?;
        response.pages = lines.map(|l| read(&l)).collect::<Result<_, _>>()?;
        response.pages.iter().try_for_each(Page::check)?;
        Ok(response)
    }
}

fn line<T: Serialize>(message: &T) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(message).map_err(|_| ErrorCode::Internal.into())
}

fn read<T: for<'de> Deserialize<'de>>(line: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(line).map_err(|_| ApiError::about(ErrorCode::Malformed, "line"))
}
