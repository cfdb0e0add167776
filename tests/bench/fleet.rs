//! Many devices at once, as a server sees them: keys, chains, cursors and messages are a device's own, the
//! stores behind them are left out, so that one core can be a hundred devices.
//!
//! Enrolled in the server's own store before it starts. Everything that is sent is made before the clock runs.

use ed25519_dalek::SigningKey;
use fieldcard_core::driver::tls::{KeySeen, Trust, client_config};
use fieldcard_schema::chain::{link, sign_head};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, OpId, RecordId, UserId};
use fieldcard_schema::merge::Outcome;
use fieldcard_schema::op::{Act, Mark, OP_VERSION, Op, Origin};
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::enrol::{EnrolRequest, to_base64};
use fieldcard_schema::wire::sync::{Cursors, Push, SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{NonceRequest, TokenRequest};
use fieldcard_schema::wire::{MEDIA_TYPE, PROTO, SyncApi};
use fieldcard_server::desk::Desk;
use fieldcard_tests::server::Server;
use futures_util::future::try_join_all;
use reqwest::header::CONTENT_TYPE;
use uuid::Uuid;

use crate::AnyError;
use crate::measure::{Stopwatch, timed};
use crate::wire::{NOW, TECHNICIAN};
use crate::workload::Row;

/// Bytes of pages that a device asks for.
const BUDGET: u32 = 1 << 20;

/// An id that nobody else makes.
fn uuid(parts: &[&[u8]]) -> Uuid {
    let digest = Digest::of_parts(parts);
    Uuid::from_bytes(std::array::from_fn(|at| digest.0[at]))
}

/// One device.
pub(crate) struct Phone {
    pub(crate) user: UserId,
    id: DeviceId,
    key: SigningKey,
    token: String,
    incarnation: Incarnation,
    head: Digest,
    seq: u64,
    made: u64,
    cursors: Cursors,
    mark: Option<Mark>,
    epoch: Option<String>,
    /// Rows that have come.
    pub(crate) rows: usize,
    /// Bytes of the bodies of its last call, both ways.
    pub(crate) bytes: usize,
}

impl Phone {
    /// A confirmed device of a person of its own, with a token in its hand.
    pub(crate) fn enlist(desk: &mut Desk, n: u32) -> Result<Self, AnyError> {
        let (id, user) =
            (DeviceId(uuid(&[b"device", &n.to_be_bytes()])), UserId(uuid(&[b"user", &n.to_be_bytes()])));
        let key = SigningKey::from_bytes(&Digest::of_parts(&[b"key", &n.to_be_bytes()]).0);
        let code = desk.hub.make_code(user, true)?;
        let request = EnrolRequest {
            code: code.name.clone(),
            device: id,
            device_key: to_base64(&key.verifying_key().to_bytes()),
            label: "bench".to_owned(),
            app: fieldcard_core::APP_VERSION.to_owned(),
            nonce: to_base64(&[3; 16]),
            tls_key: Digest::ZERO,
            mac: String::new(),
        };
        desk.hub.enrol(&request.sealed(code.key()))?;
        desk.hub.confirm_device(id)?;
        let nonce = desk.hub.nonce(&NonceRequest { device: id })?;
        let token = desk.hub.token(&TokenRequest::sign(&key, id, nonce))?.token;
        let mut incarnation = [0; 8];
        incarnation[..4].copy_from_slice(&n.to_be_bytes());
        let (cursors, mark, epoch) = (Cursors::new(), None, None);
        let incarnation = Incarnation(incarnation);
        let (head, seq, made, rows, bytes) = (Digest::ZERO, 0, 0, 0, 0);
        Ok(Self { user, id, key, token, incarnation, head, seq, made, cursors, mark, epoch, rows, bytes })
    }

    /// The same rows as records of its own, which nobody made yet.
    pub(crate) fn own_rows<'a>(&mut self, rows: impl Iterator<Item = &'a Row>) -> Vec<Row> {
        let mut job = None;
        let mut one = |row: &Row| {
            self.made += 1;
            let rec = RecordId(uuid(&[self.id.as_bytes(), b"rec", &self.made.to_be_bytes()]));
            if row.job.is_none() {
                job = Some(rec);
            }
            Row { rec, job: job.filter(|_| row.job.is_some()), ..row.clone() }
        };
        rows.map(&mut one).collect()
    }

    /// The next push: these rows, made here.
    pub(crate) fn push(&mut self, rows: &[Row]) -> Result<SyncRequest, AnyError> {
        let (from_seq, prev) = (self.seq + 1, self.head);
        let mut bodies = Vec::new();
        for row in rows {
            self.seq += 1;
            let seq = self.seq.to_be_bytes();
            let op = Op {
                v: OP_VERSION,
                op_id: OpId(uuid(&[self.id.as_bytes(), b"op", &seq])),
                user: self.user,
                device: Origin::Device(self.id),
                kind: row.kind.to_owned(),
                rec: row.rec,
                job: row.job,
                act: Act::Create,
                set: row.set.clone(),
                base: None,
                group: None,
                t: ClockReading(NOW, i64::try_from(self.seq)?, 1),
                tz: "Asia/Shanghai".to_owned(),
                app: fieldcard_core::APP_VERSION.to_owned(),
            };
            let body = op.encode()?.into_bytes();
            self.head = link(self.head, self.incarnation, self.seq, Digest::of(&body));
            bodies.push(body);
        }
        let sig = to_base64(&sign_head(&self.key, self.id, self.head));
        let push = Some(Push { from_seq, prev, sig, bodies });
        Ok(SyncRequest { push, budget: None, ..self.pull() })
    }

    /// What it asks when it has nothing to say.
    pub(crate) fn pull(&self) -> SyncRequest {
        SyncRequest {
            proto: PROTO,
            epoch: self.epoch.clone(),
            incarnation: self.incarnation,
            cursors: self.cursors.clone(),
            mark: self.mark,
            outstanding: None,
            own: false,
            budget: Some(BUDGET),
            push: None,
            recovered: Vec::new(),
        }
    }

    /// Takes an answer: every op of a push must have been applied.
    fn take(&mut self, answer: SyncResponse) -> Result<bool, AnyError> {
        let applied =
            answer.outcomes.iter().flat_map(|all| &all.runs).all(|run| run.outcome == Outcome::Applied);
        if answer.refused.is_some() || !applied {
            return Err(format!("{:?} {:?}", answer.refused, answer.outcomes).into());
        }
        for page in answer.pages {
            self.rows += page.rows();
            self.cursors.insert(page.aud, page.cursor);
        }
        (self.mark, self.epoch) = (Some(answer.mark), Some(answer.epoch));
        Ok(answer.more)
    }
}

/// The way to the server that all of them share: one thread.
pub(crate) struct Line {
    runtime: tokio::runtime::Runtime,
    client: reqwest::Client,
    url: String,
}

impl Line {
    /// To a running server.
    pub(crate) fn to(server: &Server) -> Result<Self, AnyError> {
        let config = client_config(&Trust::OrgKey(server.code(TECHNICIAN)?.org_key), &KeySeen::default())?;
        let client =
            reqwest::Client::builder().tls_backend_preconfigured(config).http1_only().no_proxy().build()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, client, url: format!("{}/v1/sync", server.url()) })
    }

    /// One call of each phone, all at once.
    pub(crate) fn each(&self, phones: &mut [Phone], bodies: Vec<Vec<u8>>) -> Result<Vec<bool>, AnyError> {
        let calls = phones.iter_mut().zip(bodies).map(|(phone, body)| self.call(phone, body));
        self.runtime.block_on(try_join_all(calls))
    }

    /// Calls of each phone one after the other, all phones at once.
    pub(crate) fn series(&self, phones: &mut [Phone], bodies: Vec<Vec<Vec<u8>>>) -> Result<(), AnyError> {
        let calls = phones.iter_mut().zip(bodies).map(|(phone, bodies)| async move {
            for body in bodies {
                self.call(phone, body).await?;
            }
            Ok::<_, AnyError>(())
        });
        self.runtime.block_on(try_join_all(calls)).map(drop)
    }

    /// Every phone pulls until nothing waits for it.
    pub(crate) fn drain(&self, phones: &mut [Phone]) -> Result<(), AnyError> {
        let calls = phones.iter_mut().map(|phone| async move {
            let mut more = true;
            while more {
                let body = phone.pull().encode()?;
                more = self.call(phone, body).await?;
            }
            Ok::<_, AnyError>(())
        });
        self.runtime.block_on(try_join_all(calls)).map(drop)
    }

    /// Calls that each begin at their own time, whatever became of other phones' before; a phone whose last call
    /// is not answered yet sends its next one late, and that wait counts. The seconds from when each was due
    /// until it was answered.
    pub(crate) fn timetable(
        &self,
        phones: &[Phone],
        bodies: Vec<Vec<u8>>,
        a_second: u32,
    ) -> Result<Vec<f64>, AnyError> {
        let mut queues = vec![Vec::new(); phones.len()];
        for (at, body) in (0_u32..).zip(bodies) {
            queues[at as usize % phones.len()].push((f64::from(at) / f64::from(a_second), body));
        }
        let begun = Stopwatch::begin();
        let all = phones.iter().zip(queues).map(|(phone, queue)| self.keep_time(begun, phone, queue));
        Ok(self.runtime.block_on(try_join_all(all))?.concat())
    }

    async fn keep_time(
        &self,
        begun: Stopwatch,
        phone: &Phone,
        queue: Vec<(f64, Vec<u8>)>,
    ) -> Result<Vec<f64>, AnyError> {
        let mut times = Vec::new();
        for (due, body) in queue {
            tokio::time::sleep(begun.until(due)).await;
            let answer = SyncResponse::decode(&self.post(&phone.token, body).await?)?;
            if answer.outcomes.is_none() {
                return Err("a push was not taken".into());
            }
            times.push(begun.seconds() - due);
        }
        Ok(times)
    }

    /// The least that so many calls cost, from as many connections: the server says that it lives.
    pub(crate) fn looks(&self, phones: usize, times: usize) -> Result<f64, AnyError> {
        let calls = (0..phones).map(|_| async move {
            for _ in 0..times {
                let url = self.url.replace("/v1/sync", "/healthz");
                self.client.get(url).send().await?.error_for_status()?.bytes().await?;
            }
            Ok::<_, AnyError>(())
        });
        Ok(timed(|| self.runtime.block_on(try_join_all(calls)))?.1)
    }

    async fn call(&self, phone: &mut Phone, body: Vec<u8>) -> Result<bool, AnyError> {
        let sent = body.len();
        let answer = self.post(&phone.token, body).await?;
        phone.bytes = sent + answer.len();
        phone.take(SyncResponse::decode(&answer)?)
    }

    async fn post(&self, token: &str, body: Vec<u8>) -> Result<Vec<u8>, AnyError> {
        let request =
            self.client.post(&self.url).header(CONTENT_TYPE, MEDIA_TYPE).bearer_auth(token).body(body);
        let answer = request.send().await?.error_for_status()?;
        Ok(answer.bytes().await?.to_vec())
    }
}
