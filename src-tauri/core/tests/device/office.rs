//! An office in memory: it takes ops in with the schema's own merge, and hands out records as pages.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::chain;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{Incarnation, OrgId, RecordId, UserId};
use fieldcard_schema::merge::{Outcome, RecordState, Why, merge};
use fieldcard_schema::op::{Mark, Op};
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, BlobState, units};
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolCode, EnrolRequest, to_base64};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::page::{Page, Row, Table};
use fieldcard_schema::wire::sync::{Head, OpOutcome, Outcomes, SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};
use serde_json::Value;

pub(crate) const CODE: &str = "7K3P-0000-0000-0000";
pub(crate) const EPOCH: &str = "epoch001";

pub(crate) fn rec(n: u128) -> RecordId {
    // Of time, as ids are: the first 48 bits are milliseconds.
    RecordId(uuid::Uuid::from_u128((1_790_000_000_000_u128 + n) << 80 | 0x7000 << 64 | 0x8 << 60 | n))
}

pub(crate) fn user(n: u128) -> UserId {
    UserId(rec(n).0)
}

/// Whose device it is.
pub(crate) const ME: u128 = 900;
/// A colleague.
pub(crate) const OTHER: u128 = 901;

#[derive(Default)]
pub(crate) struct Office {
    pub(crate) records: BTreeMap<RecordId, RecordState>,
    changed: BTreeSet<RecordId>,
    left: Vec<RecordId>,
    handed_on: Vec<(RecordId, UserId)>,
    chains: BTreeMap<Incarnation, (u64, Digest)>,
    pub(crate) blobs: BTreeMap<Digest, Vec<u8>>,
    pos: u64,
    /// How the next ops end, other than by the merge.
    pub(crate) parks: BTreeMap<String, Why>,
    pub(crate) unreachable: bool,
    /// No blob goes through.
    pub(crate) no_blobs: bool,
}

impl Office {
    /// Puts a record that the office made.
    pub(crate) fn put(&mut self, rec: RecordId, kind: &str, job: Option<RecordId>, fields: Value) {
        self.put_by(user(OTHER), rec, kind, (job, fields));
    }

    pub(crate) fn put_by(
        &mut self,
        author: UserId,
        rec: RecordId,
        kind: &str,
        (job, fields): (Option<RecordId>, Value),
    ) {
        self.pos += 1;
        let Value::Object(fields) = fields else { panic!("fields") };
        let born = self.records.get(&rec).map_or(self.pos, |state| state.born);
        let state = RecordState {
            kind: kind.into(),
            job,
            fields,
            ver: self.pos,
            born,
            author,
            void: false,
            field_vers: BTreeMap::new(),
        };
        self.records.insert(rec, state);
        self.changed.insert(rec);
    }

    /// Sets one field as somebody else would.
    pub(crate) fn set(&mut self, rec: RecordId, field: &str, value: Value) {
        let state = self.records.get(&rec).unwrap().clone();
        let mut fields = state.fields.clone();
        fields.insert(field.into(), value);
        self.put_by(state.author, rec, &state.kind, (state.job, Value::Object(fields)));
    }

    /// The device's audience no longer holds these.
    pub(crate) fn leave(&mut self, recs: &[RecordId]) {
        self.pos += 1;
        self.left.extend(recs);
    }

    /// It no longer holds this job: somebody else leads it.
    pub(crate) fn hand_on(&mut self, job: RecordId, lead: UserId) {
        self.leave(&[job]);
        self.handed_on.push((job, lead));
    }

    fn mark(&self) -> Mark {
        chain::mark(self.pos, Digest::of(&self.pos.to_be_bytes()))
    }

    fn take(&mut self, body: &[u8]) -> OpOutcome {
        self.pos += 1;
        let pos = self.pos;
        let op = Op::parse(body).unwrap();
        if let Some(why) = self.parks.get(&op.kind) {
            return OpOutcome { outcome: Outcome::Parked, why: Some(*why), pos };
        }
        let covered = op.base.map_or(0, |base| base.1.pos);
        let own = op.user;
        let current = |at: u64| at <= covered || self.records.get(&op.rec).is_some_and(|r| r.author == own);
        let verdict = merge(self.records.get(&op.rec), &op, pos, &current);
        if let Some(after) = verdict.after {
            self.records.insert(op.rec, after);
            self.changed.insert(op.rec);
        }
        OpOutcome { outcome: verdict.outcome, why: verdict.why, pos }
    }

    fn page(&mut self) -> Option<Page> {
        let changed = std::mem::take(&mut self.changed);
        let mut tables: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        let mut page = Page { aud: 1, cursor: self.pos.to_string(), ..Page::default() };
        for rec in changed {
            let state = self.records.get(&rec).unwrap().clone();
            if state.void {
                page.void.push((rec, state.ver));
            }
            tables.entry(state.kind.clone()).or_default().push(Row { rec, state });
        }
        page.put = tables.into_iter().map(|(kind, rows)| Table::from_rows(&kind, &rows).unwrap()).collect();
        page.leave = std::mem::take(&mut self.left);
        page.now_with = std::mem::take(&mut self.handed_on);
        (!page.put.is_empty() || !page.leave.is_empty()).then_some(page)
    }

    fn reach(&self) -> Result<(), ApiError> {
        if self.unreachable { Err(ErrorCode::Unreachable.into()) } else { Ok(()) }
    }
}

impl SyncApi for Office {
    fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolAnswer, ApiError> {
        self.reach()?;
        let answer = EnrolAnswer {
            org: OrgId(rec(1).0),
            org_name: "云岭办事处".into(),
            org_key: to_base64(&[5; 32]),
            user: user(ME),
            user_name: "程岳".into(),
            tag_prefixes: vec!["7K3P".into(), "7K3Q".into()],
            tls_key: request.tls_key,
            mac: String::new(),
        };
        Ok(answer.sealed(EnrolCode::parse(CODE).unwrap().key(), request))
    }

    fn nonce(&mut self, _: &NonceRequest) -> Result<Nonce, ApiError> {
        self.reach()?;
        Ok(Nonce { nonce: "n".into() })
    }

    fn token(&mut self, _: &TokenRequest) -> Result<TokenAnswer, ApiError> {
        self.reach()?;
        Ok(TokenAnswer { token: "t".into(), seconds: 86_400, tag_prefixes: vec![] })
    }

    fn sync(&mut self, _: &str, request: &SyncRequest) -> Result<SyncResponse, ApiError> {
        self.reach()?;
        let mut outcomes = None;
        if let Some(push) = &request.push {
            let mut link = push.prev;
            let mut each = Vec::new();
            for (seq, body) in (push.from_seq..).zip(&push.bodies) {
                link = chain::link(link, request.incarnation, seq, Digest::of(body));
                each.push(self.take(body));
            }
            let last = push.from_seq + push.bodies.len() as u64 - 1;
            self.chains.insert(request.incarnation, (last, link));
            outcomes = Some(Outcomes::pack(push.from_seq, link, &each));
        }
        let seq = self.chains.get(&request.incarnation).map_or(0, |(seq, _)| *seq);
        let pages = self.page().into_iter().collect();
        Ok(SyncResponse {
            epoch: EPOCH.into(),
            head: Some(Head { seq, link: None }),
            mark: self.mark(),
            refused: None,
            outcomes,
            gone: vec![],
            more: false,
            backup_pos: None,
            limits: None,
            retry_after: None,
            server_ms: 1_790_000_500_000,
            notices: vec![],
            need: vec![],
            pages,
        })
    }

    fn check(&mut self, _: &str, _: &CheckRequest) -> Result<CheckAnswer, ApiError> {
        Err(ErrorCode::NotFound.into())
    }

    fn blob_put(&mut self, _: &str, put: &BlobPut) -> Result<BlobState, ApiError> {
        self.reach()?;
        if self.no_blobs {
            return Err(ErrorCode::DiskFull.into());
        }
        put.check()?;
        let bytes = self.blobs.entry(put.sha256).or_default();
        assert_eq!(bytes.len() as u64, u64::from(put.unit) * 16 * 1024);
        bytes.extend(&put.bytes);
        let have = bytes.len() as u64;
        let stored = have == put.size && Digest::of(bytes) == put.sha256;
        let mut bits = vec![0_u8; usize::try_from(units(put.size).div_ceil(8)).unwrap()];
        for unit in 0..usize::try_from(units(have)).unwrap() {
            bits[unit / 8] |= 1 << (unit % 8);
        }
        let hex = bits.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        Ok(BlobState { sha256: put.sha256, size: put.size, have: hex, stored, pos: None, epoch: None })
    }

    fn blob_complete(&mut self, _: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        self.blob_state("", sha256)
    }

    fn blob_state(&mut self, _: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        self.reach()?;
        let size = self.blobs.get(&sha256).map_or(0, |bytes| bytes.len() as u64);
        Ok(BlobState { sha256, size, have: String::new(), stored: size > 0, pos: None, epoch: None })
    }

    fn blob_get(&mut self, _: &str, _: &BlobRange) -> Result<Vec<u8>, ApiError> {
        Err(ErrorCode::NotFound.into())
    }
}
