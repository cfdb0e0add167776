//! A hub over memory with a clock and a chance that the test holds, every message passing as bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{OrgId, RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::op::Act;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::rules::role::{Role, Roles};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::hub::office::{Actor, OfficeOp};
use crate::hub::{Config, Hub};
use crate::ports::{BlobStore, Chance, Clock, Ports};
use crate::storage::blob_files::BlobMemory;
use crate::storage::db::Place;
use crate::storage::sqlite::SqliteStorage;
use fieldcard_schema::wire::SyncApi;

/// 2026-11-23 09:00 in Shanghai.
pub(super) const MORNING: i64 = 1_795_395_600_000;

#[derive(Clone)]
pub(super) struct TestClock(pub(super) Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// SHA-256 of a counter.
pub(super) struct TestChance(pub(super) u64);

impl Chance for TestChance {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            self.0 += 1;
            chunk.copy_from_slice(&Digest::of(&self.0.to_be_bytes()).0[..chunk.len()]);
        }
    }
}

pub(super) struct World {
    pub(super) hub: Hub,
    pub(super) clock: TestClock,
}

pub(super) fn user(n: u8) -> UserId {
    UserId(Uuid::from_bytes([n; 16]))
}

pub(super) fn office() -> Actor {
    let roles = Roles::of(&[Role::Supervisor, Role::Manager, Role::InformationAdministrator]);
    Actor { user: user(200), roles }
}

pub(super) fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        other => panic!("not an object: {other}"),
    }
}

pub(super) fn config() -> Config {
    let org = OrgId(Uuid::from_bytes([9; 16]));
    Config::new(org, "产品服务部", [8; 32], [7; 32])
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(config())
    }

    pub(super) fn with(config: Config) -> Self {
        Self::over(&Place::Memory, config)
    }

    /// Over a store that may be there already.
    pub(super) fn over(place: &Place, config: Config) -> Self {
        Self::open(place, config, Box::new(BlobMemory::default()))
    }

    /// Over blobs of the test's own.
    pub(super) fn with_blobs(blobs: Box<dyn BlobStore>) -> Self {
        Self::open(&Place::Memory, config(), blobs)
    }

    fn open(place: &Place, config: Config, blobs: Box<dyn BlobStore>) -> Self {
        let clock = TestClock(Arc::new(AtomicI64::new(MORNING)));
        let storage = SqliteStorage::open(place, None, None).unwrap();
        let ports = Ports { clock: Box::new(clock.clone()), chance: Box::new(TestChance(0)), blobs };
        Self { hub: Hub::new(Box::new(storage), ports, config).unwrap(), clock }
    }

    pub(super) fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// One call as it goes over the wire.
    pub(super) fn sync(&mut self, token: &str, request: &SyncRequest) -> Result<SyncResponse, ApiError> {
        let request = SyncRequest::decode(&request.encode()?)?;
        let response = self.hub.sync(token, &request)?;
        let again = SyncResponse::decode(&response.encode()?)?;
        assert_eq!(again, response);
        Ok(again)
    }

    pub(super) fn job(&mut self, set: Value) -> RecordId {
        let job = Job::from_fields(&fields(set)).unwrap();
        self.hub.create_job(&office(), &job).unwrap()
    }

    /// A job of this person, planned for so many days from now.
    pub(super) fn job_of(&mut self, person: UserId, in_days: i64) -> RecordId {
        self.job(json!({"assignee": person, "plan_from": MORNING + in_days * Timestamp::DAY}))
    }

    pub(super) fn create(&mut self, kind: &str, job: Option<RecordId>, set: Value) -> RecordId {
        let rec = self.hub.new_record().unwrap();
        self.hub.office(&office(), vec![OfficeOp::create(kind, rec, job, fields(set))]).unwrap();
        rec
    }

    pub(super) fn set(&mut self, kind: &str, rec: RecordId, set: Value) {
        self.act(Act::Set, kind, rec, set);
    }

    pub(super) fn act(&mut self, act: Act, kind: &str, rec: RecordId, set: Value) {
        let op = OfficeOp { act, ..OfficeOp::set(kind, rec, fields(set), None) };
        self.hub.office(&office(), vec![op]).unwrap();
    }

    pub(super) fn field(&mut self, rec: RecordId, field: &str) -> Value {
        self.hub.record(rec).unwrap().unwrap().state.fields.get(field).cloned().unwrap_or(json!("absent"))
    }
}
