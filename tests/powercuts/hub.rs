//! The server's store as a keeper: the real hub, and a device that pushes signed ops until they are answered.
//!
//! An op counts as acknowledged when an outcome covers it under the link that the device worked out itself.

use ed25519_dalek::SigningKey;
use fieldcard_schema::chain::{link, sign_head};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, GroupId, Incarnation, OpId, RecordId};
use fieldcard_schema::op::{Act, Group, Op, Origin};
use fieldcard_schema::record::job::Job;
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::enrol::{EnrolRequest, to_base64};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{Cursors, Push, SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{NonceRequest, TokenRequest};
use fieldcard_server::hub::office::{Assignment, OfficeOp};
use fieldcard_tests::AnyError;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::office::person;
use fieldcard_tests::ports::TestChance;
use fieldcard_tests::simulation::clock::TrueTime;
use fieldcard_tests::simulation::disk::{self, End};
use fieldcard_tests::simulation::server::{NODE, Server};
use serde_json::json;
use uuid::Uuid;

use super::lives::{Book, Failed, Keeper};

const DEVICE: DeviceId = DeviceId(Uuid::from_bytes([4; 16]));
const INCARNATION: Incarnation = Incarnation([5; 8]);

pub(crate) struct HubKeeper {
    server: Server,
    fresh: disk::Copy,
    /// What the office had written before the first life.
    before: Vec<Digest>,
    key: SigningKey,
    token: String,
    job: RecordId,
    /// Link, body and whole action of each op.
    chain: Vec<(Digest, Vec<u8>, Vec<Digest>)>,
    answered: usize,
}

impl HubKeeper {
    pub(crate) fn new() -> Self {
        Self::make().expect("a new org")
    }

    fn make() -> Result<Self, AnyError> {
        disk::reset(0);
        let time = TrueTime::at(MORNING);
        let mut server = Server::new(&time, 1, 2_000)?;
        let key = SigningKey::from_bytes(&[6; 32]);
        let token = enrol(&mut server, &key)?;
        let job = server.office(|hub, actor| {
            let job = hub.create_job(actor, &Job { number: Some("J1".into()), ..Job::default() })?;
            let plan = Assignment { assignee: Some(person(1)), crew: Vec::new(), base: None };
            hub.assign(actor, job, plan)?;
            Ok(job)
        })?;
        let before = server.op_digests()?;
        server.end(End::PowerCut);
        let (chain, fresh) = (Vec::new(), disk::copy(NODE));
        Ok(Self { server, fresh, before, key, token, job, chain, answered: 0 })
    }

    fn op(&self, chance: &mut TestChance, group: Option<Group>) -> Op {
        let mut id = || Uuid::from_u128(u128::from(chance.draw()) << 64 | u128::from(chance.draw()));
        let (op_id, rec) = (OpId(id()), RecordId(id()));
        let text = "压力正常".repeat(usize::try_from(1 + chance.draw() % 24).unwrap_or(1));
        Op {
            v: 1,
            op_id,
            user: person(1),
            device: Origin::Device(DEVICE),
            kind: "note".into(),
            rec,
            job: Some(self.job),
            act: Act::Create,
            set: json!({"text": text}).as_object().cloned().unwrap_or_default(),
            base: None,
            group,
            t: ClockReading(MORNING, 6, 7),
            tz: "Asia/Shanghai".into(),
            app: "0.1.0".into(),
        }
    }

    /// One user action: an op, or a group.
    fn write(&mut self, n: u64, book: &mut Book) {
        let mut chance = TestChance(n);
        let count = if chance.draw().is_multiple_of(4) { 3 } else { 1 };
        let id = GroupId(Uuid::from_u128(u128::from(chance.draw())));
        let part = |i| (count > 1).then_some(Group { id, i, n: count });
        let bodies: Vec<Vec<u8>> = (0..count)
            .map(|i| self.op(&mut chance, part(i)).encode().expect("a valid op").into_bytes())
            .collect();
        let whole: Vec<Digest> = bodies.iter().map(|body| Digest::of(body)).collect();
        for body in bodies {
            let previous = self.chain.last().map_or(Digest::ZERO, |last| last.0);
            let head = link(previous, INCARNATION, self.chain.len() as u64 + 1, Digest::of(&body));
            self.chain.push((head, body, whole.clone()));
        }
        self.chain[self.answered..].iter().for_each(|(.., whole)| book.asks(whole.clone()));
    }

    fn request(&self) -> SyncRequest {
        let (waiting, head) = (&self.chain[self.answered..], self.chain.last().map_or(Digest::ZERO, |l| l.0));
        SyncRequest {
            proto: 1,
            epoch: None,
            incarnation: INCARNATION,
            cursors: Cursors::new(),
            mark: None,
            outstanding: None,
            budget: None,
            push: Some(Push {
                from_seq: self.answered as u64 + 1,
                prev: self.answered.checked_sub(1).map_or(Digest::ZERO, |last| self.chain[last].0),
                sig: to_base64(&sign_head(&self.key, DEVICE, head)),
                bodies: waiting.iter().map(|one| one.1.clone()).collect(),
            }),
            own: false,
            recovered: Vec::new(),
        }
    }

    /// Believes outcomes that are proven, and no others.
    fn believe(&mut self, response: &SyncResponse, book: &mut Book) -> Result<(), Failed> {
        let outcomes = response.outcomes.as_ref().ok_or(Failed::Broken)?;
        let covered = outcomes.from == self.answered as u64 + 1
            && self.answered + outcomes.each().len() == self.chain.len()
            && self.chain.last().is_some_and(|last| last.0 == outcomes.link);
        if !covered {
            return Err(Failed::Broken);
        }
        let told: Vec<Digest> = self.chain[self.answered..].iter().map(|one| Digest::of(&one.1)).collect();
        book.acknowledged(&told);
        self.answered = self.chain.len();
        Ok(())
    }
}

fn enrol(server: &mut Server, key: &SigningKey) -> Result<String, AnyError> {
    let name = json!({"name": "王建国"}).as_object().cloned().unwrap_or_default();
    let code = server.office(|hub, actor| {
        hub.office(actor, vec![OfficeOp::create("person", RecordId(person(1).0), None, name.clone())])?;
        hub.make_code(person(1), true)
    })?;
    let request = EnrolRequest {
        code: code.name.clone(),
        device: DEVICE,
        device_key: to_base64(&key.verifying_key().to_bytes()),
        label: "坚果手机".into(),
        app: "0.1.0".into(),
        nonce: to_base64(&[3; 16]),
        tls_key: Digest::ZERO,
        mac: String::new(),
    }
    .sealed(code.key());
    let hub = server.hub()?;
    hub.enrol(&request)?;
    hub.confirm_device(DEVICE)?;
    let nonce = hub.nonce(&NonceRequest { device: DEVICE })?;
    Ok(hub.token(&TokenRequest::sign(key, DEVICE, nonce))?.token)
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        if error.code == ErrorCode::DiskFull { Self::Full } else { Self::Broken }
    }
}

impl Keeper for HubKeeper {
    const SCRIPT: u64 = 12;

    fn node(&self) -> &'static str {
        NODE
    }

    fn begin(&mut self, seed: u64) {
        self.server.end(End::Kill);
        disk::reset(seed);
        disk::put_back(NODE, &self.fresh);
        self.chain.clear();
        self.answered = 0;
    }

    fn open(&mut self) -> Result<(), Failed> {
        self.server.hub().map(drop).map_err(|_| Failed::Broken)
    }

    fn act(&mut self, n: u64, book: &mut Book) -> Result<(), Failed> {
        self.write(n, book);
        let request = self.request();
        let hub = self.server.hub().map_err(|_| Failed::Broken)?;
        let answer = hub.sync(&self.token, &request);
        let broken = hub.broken().is_some();
        match answer {
            Ok(response) => self.believe(&response, book),
            Err(_) if broken => Err(Failed::Broken),
            Err(error) => Err(error.into()),
        }
    }

    fn end(&mut self, how: End) {
        self.server.end(how);
    }

    fn held(&mut self) -> Result<Vec<Digest>, Failed> {
        let mut held = self.server.op_digests().map_err(|_| Failed::Broken)?;
        for one in &self.before {
            let at = held.iter().position(|digest| digest == one).ok_or(Failed::Broken)?;
            held.remove(at);
        }
        Ok(held)
    }
}
