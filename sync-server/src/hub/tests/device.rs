//! A device of the tests' own: a chain, what it holds of each audience, and nothing clever.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use fieldcard_schema::chain::{link, sign_head};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, OpId, RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::{Act, Base, Mark, Op, Origin};
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolCode, EnrolRequest, to_base64};
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::page::{Page, Row, RowText};
use fieldcard_schema::wire::sync::{Audience, Cursors, OpOutcome, Push, SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{NonceRequest, TokenRequest};
use serde_json::Value;
use uuid::Uuid;

use super::world::{World, fields, user};

pub(super) struct TestDevice {
    pub(super) id: DeviceId,
    pub(super) user: UserId,
    pub(super) key: SigningKey,
    pub(super) token: String,
    pub(super) incarnation: Incarnation,
    /// Link and body of each op of this incarnation.
    pub(super) chain: Vec<(Digest, Vec<u8>)>,
    /// What the first link stands on.
    pub(super) first_prev: Digest,
    /// How many ops have outcomes.
    pub(super) acked: usize,
    pub(super) outcomes: Vec<OpOutcome>,
    pub(super) cursors: Cursors,
    pub(super) view: BTreeMap<RecordId, RecordState>,
    pub(super) held: BTreeMap<Audience, BTreeSet<RecordId>>,
    pub(super) mark: Option<Mark>,
    pub(super) epoch: Option<String>,
    /// Order in which records first arrived.
    pub(super) arrived: Vec<RecordId>,
    pub(super) budget: u32,
    /// It makes the rows of its own ops by itself.
    pub(super) own: bool,
    pub(super) made: u64,
}

impl TestDevice {
    /// A device that has sent its enrolment; the office has not confirmed it.
    pub(super) fn unconfirmed(world: &mut World, n: u8, owner: UserId) -> Self {
        let code = world.hub.make_code(owner, true).unwrap();
        let mut device = Self::blank(n, owner);
        device.enrol(world, &code).unwrap();
        device
    }

    /// A device that is confirmed and has a token.
    pub(super) fn new(world: &mut World, n: u8) -> Self {
        let mut device = Self::unconfirmed(world, n, user(n));
        world.hub.confirm_device(device.id).unwrap();
        device.log_in(world).unwrap();
        device
    }

    pub(super) fn blank(n: u8, user: UserId) -> Self {
        Self {
            id: DeviceId(Uuid::from_bytes([n.wrapping_add(100); 16])),
            user,
            key: SigningKey::from_bytes(&[n; 32]),
            token: String::new(),
            incarnation: Incarnation([n; 8]),
            chain: Vec::new(),
            first_prev: Digest::ZERO,
            acked: 0,
            outcomes: Vec::new(),
            cursors: Cursors::new(),
            view: BTreeMap::new(),
            held: BTreeMap::new(),
            mark: None,
            epoch: None,
            arrived: Vec::new(),
            budget: 1 << 20,
            own: true,
            made: 0,
        }
    }

    pub(super) fn enrolment(&self, code: &EnrolCode) -> EnrolRequest {
        EnrolRequest {
            code: code.name.clone(),
            device: self.id,
            device_key: to_base64(&self.key.verifying_key().to_bytes()),
            label: "坚果手机".into(),
            app: "0.1.0".into(),
            nonce: to_base64(&[3; 16]),
            tls_key: Digest::ZERO,
            mac: String::new(),
        }
        .sealed(code.key())
    }

    pub(super) fn enrol(&mut self, world: &mut World, code: &EnrolCode) -> Result<EnrolAnswer, ApiError> {
        let request = self.enrolment(code);
        let answer = world.hub.enrol(&request)?;
        assert!(answer.is_sealed(code.key(), &request));
        Ok(answer)
    }

    pub(super) fn log_in(&mut self, world: &mut World) -> Result<(), ApiError> {
        let nonce = world.hub.nonce(&NonceRequest { device: self.id })?;
        self.token = world.hub.token(&TokenRequest::sign(&self.key, self.id, nonce))?.token;
        Ok(())
    }

    pub(super) fn new_id(&mut self) -> Uuid {
        self.made += 1;
        let digest = Digest::of_parts(&[self.id.as_bytes(), &self.incarnation.0, &self.made.to_be_bytes()]);
        Uuid::from_bytes(std::array::from_fn(|i| digest.0[i]))
    }

    /// An op of this device on `rec`; its base is what the device has before its eyes.
    pub(super) fn op(&mut self, act: Act, kind: &str, rec: RecordId, set: Value) -> Op {
        let base = self.view.get(&rec).zip(self.mark).map(|(state, mark)| Base(state.ver, mark));
        Op {
            v: 1,
            op_id: OpId(self.new_id()),
            user: self.user,
            device: Origin::Device(self.id),
            kind: kind.into(),
            rec,
            job: None,
            act,
            set: fields(set),
            base: base.filter(|_| act != Act::Create),
            group: None,
            t: ClockReading(5, 6, 7),
            tz: "Asia/Shanghai".into(),
            app: "0.1.0".into(),
        }
    }

    /// Seals bytes into the chain.
    pub(super) fn seal(&mut self, body: Vec<u8>) {
        let previous = self.chain.last().map_or(self.first_prev, |one| one.0);
        let seq = self.chain.len() as u64 + 1;
        let link = link(previous, self.incarnation, seq, Digest::of(&body));
        self.chain.push((link, body));
    }

    pub(super) fn commit(&mut self, op: &Op) {
        self.seal(op.encode().unwrap().into_bytes());
    }

    pub(super) fn create(&mut self, kind: &str, job: Option<RecordId>, set: Value) -> RecordId {
        let rec = RecordId(self.new_id());
        let op = Op { job, ..self.op(Act::Create, kind, rec, set) };
        self.commit(&op);
        rec
    }

    pub(super) fn set(&mut self, kind: &str, rec: RecordId, set: Value) {
        let op = self.op(Act::Set, kind, rec, set);
        self.commit(&op);
    }

    pub(super) fn push_from(&self, from: usize) -> Option<Push> {
        let head = self.chain.last()?.0;
        (from < self.chain.len()).then(|| Push {
            from_seq: from as u64 + 1,
            prev: if from == 0 { self.first_prev } else { self.chain[from - 1].0 },
            sig: to_base64(&sign_head(&self.key, self.id, head)),
            bodies: self.chain[from..].iter().map(|one| one.1.clone()).collect(),
        })
    }

    pub(super) fn request(&self) -> SyncRequest {
        SyncRequest {
            proto: 1,
            epoch: self.epoch.clone(),
            incarnation: self.incarnation,
            cursors: self.cursors.clone(),
            mark: self.mark,
            outstanding: None,
            own: self.own,
            budget: Some(self.budget),
            push: self.push_from(self.acked),
            recovered: Vec::new(),
        }
    }

    /// One call, its answer taken in.
    pub(super) fn call(&mut self, world: &mut World) -> Result<SyncResponse, ApiError> {
        let response = world.sync(&self.token, &self.request())?;
        self.take_answer(&response);
        Ok(response)
    }

    pub(super) fn take_answer(&mut self, response: &SyncResponse) {
        if let Some(outcomes) = &response.outcomes {
            let each = outcomes.each();
            let from = usize::try_from(outcomes.from).unwrap();
            let last = from + each.len() - 1;
            assert_eq!(outcomes.link, self.chain[last - 1].0, "the server's link is not this chain's");
            self.outcomes.truncate(from - 1);
            self.outcomes.extend(each);
            self.acked = last;
        }
        for gone in &response.gone {
            self.cursors.remove(gone);
            self.held.remove(gone);
        }
        for page in &response.pages {
            self.take_page(page);
        }
        let held: BTreeSet<RecordId> = self.held.values().flatten().copied().collect();
        self.view.retain(|rec, _| held.contains(rec));
        self.mark = Some(response.mark);
        self.epoch = Some(response.epoch.clone());
    }

    /// The row of an op that this device sent.
    fn own_row(&self, seq: u64) -> Row {
        let at = usize::try_from(seq).unwrap() - 1;
        RowText::made_by(&self.chain[at].1, self.outcomes[at].pos).unwrap().read().unwrap()
    }

    fn take_page(&mut self, page: &Page) {
        let seqs = page.own.iter().flat_map(|(first, count)| *first..first + count);
        let own: Vec<Row> = seqs.map(|seq| self.own_row(seq)).collect();
        let held = self.held.entry(page.aud).or_default();
        for row in page.put.iter().cloned().flat_map(|table| table.into_rows().unwrap()).chain(own) {
            held.insert(row.rec);
            if !self.arrived.contains(&row.rec) {
                self.arrived.push(row.rec);
            }
            let newer = self.view.get(&row.rec).is_none_or(|mine| mine.ver <= row.state.ver);
            if newer {
                self.view.insert(row.rec, row.state);
            }
        }
        for (rec, _) in &page.void {
            self.view.remove(rec);
        }
        for rec in &page.leave {
            held.remove(rec);
        }
        self.cursors.insert(page.aud, page.cursor.clone());
    }

    /// Calls until nothing waits on either side. Answers the number of calls.
    pub(super) fn drain(&mut self, world: &mut World) -> usize {
        for calls in 1..10_000 {
            let response = self.call(world).unwrap();
            assert_eq!(response.refused, None);
            if !response.more && self.acked == self.chain.len() {
                return calls;
            }
        }
        panic!("a device does not drain");
    }

    /// The outcome of the op that was sealed last.
    pub(super) fn last_outcome(&self) -> OpOutcome {
        *self.outcomes.last().unwrap()
    }

    pub(super) fn field(&self, rec: RecordId, field: &str) -> Option<&Value> {
        self.view.get(&rec)?.fields.get(field)
    }

    /// What the device shows: every record with its fields.
    pub(super) fn shown(&self) -> BTreeMap<RecordId, (u64, Fields)> {
        self.view.iter().map(|(rec, state)| (*rec, (state.ver, state.fields.clone()))).collect()
    }
}
