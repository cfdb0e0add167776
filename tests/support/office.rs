//! An office in a test: the real hub over SQLite, in this process, spoken to in encoded bytes.

use std::path::Path;

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{OrgId, RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::rules::role::{Role, Roles};
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, BlobState};
use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest};
use fieldcard_schema::wire::enrol::{EnrolAnswer, EnrolRequest};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};
use fieldcard_schema::wire::token::{Nonce, NonceRequest, TokenAnswer, TokenRequest};
use fieldcard_server::hub::office::{Actor, Assignment, OfficeOp};
use fieldcard_server::hub::{Config, Hub};
use fieldcard_server::ports::Ports;
use fieldcard_server::storage::blob_files::BlobMemory;
use fieldcard_server::storage::db::Place;
use fieldcard_server::storage::sqlite::SqliteStorage;
use uuid::Uuid;

use crate::AnyError;
use crate::device::Device;
use crate::ports::{TestChance, TestClock};

/// The office.
pub struct Office {
    /// The real hub.
    pub hub: Hub,
    /// The supervisor who acts.
    pub actor: Actor,
}

impl Office {
    /// A new org whose store is the file at `path`, or memory.
    pub fn new(path: Option<&Path>, clock: &TestClock, page_rows: usize) -> Result<Self, AnyError> {
        Self::open(path, clock, page_rows, 1)
    }

    /// The same over a store that may be there already; each life of a store has a chance of its own.
    pub fn open(
        path: Option<&Path>,
        clock: &TestClock,
        page_rows: usize,
        seed: u64,
    ) -> Result<Self, AnyError> {
        let place = path.map_or(Place::Memory, |path| Place::File(path.to_owned()));
        let storage = SqliteStorage::open(&place, None, None)?;
        let ports = Ports {
            clock: Box::new(clock.clone()),
            chance: Box::new(TestChance(seed)),
            blobs: Box::new(BlobMemory::default()),
        };
        let org = OrgId(Uuid::from_bytes([9; 16]));
        let org_signing = SigningKey::from_bytes(&[8; 32]);
        let org_key = org_signing.verifying_key().to_bytes();
        let org_signing = Some(org_signing);
        let config =
            Config {
                page_rows, org_signing, ..Config::new(org, "衡川重工产品服务部", org_key, [7; 32])
            };
        let roles = Roles::of(&[Role::Supervisor, Role::InformationAdministrator]);
        Ok(Self {
            hub: Hub::new(Box::new(storage), ports, config)?,
            actor: Actor { user: person(200), roles },
        })
    }

    /// Makes a record that belongs to the office.
    pub fn create<T: Record>(&mut self, record: &T) -> Result<RecordId, ApiError> {
        let rec = self.hub.new_record()?;
        self.hub.office(&self.actor, vec![OfficeOp::create(T::KIND, rec, None, record.to_fields())])?;
        Ok(rec)
    }

    /// Makes a job.
    pub fn create_job(&mut self, job: &Job) -> Result<RecordId, ApiError> {
        let (to, job) = (job.assignee, Job { assignee: None, crew: Vec::new(), ..job.clone() });
        let rec = self.hub.create_job(&self.actor, &job)?;
        if to.is_some() {
            self.assign(rec, to, Vec::new())?;
        }
        Ok(rec)
    }

    /// Makes a record that hangs on a job.
    pub fn create_on<T: Record>(&mut self, job: RecordId, record: &T) -> Result<RecordId, ApiError> {
        let rec = self.hub.new_record()?;
        self.hub.office(&self.actor, vec![OfficeOp::create(T::KIND, rec, Some(job), record.to_fields())])?;
        Ok(rec)
    }

    /// The newest visit of a job.
    pub fn visit_of(&mut self, job: RecordId) -> Result<RecordId, ApiError> {
        let rows = self.hub.job_records(job)?;
        let visit = rows.into_iter().rev().find(|row| row.state.kind == "visit");
        visit.map(|row| row.rec).ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// Makes a repair that person 1 leads; the job and its visit.
    pub fn repair(&mut self) -> Result<(RecordId, RecordId), ApiError> {
        let job = Job { assignee: Some(person(1)), job_type: Some("repair".into()), ..Job::default() };
        let job = self.create_job(&job)?;
        Ok((job, self.visit_of(job)?))
    }

    /// A phone that person 1 has enrolled, its stores at `place`.
    pub fn phone(
        &mut self,
        place: fieldcard_core::store::Place,
        clock: &TestClock,
    ) -> Result<Device, AnyError> {
        let mut device = Device::new(place, clock, 5)?;
        self.take_in(&mut device, person(1))?;
        Ok(device)
    }

    /// Gives a job to people.
    pub fn assign(&mut self, job: RecordId, to: Option<UserId>, crew: Vec<UserId>) -> Result<(), ApiError> {
        self.hub.assign(&self.actor, job, Assignment { assignee: to, crew, base: None })
    }

    /// Sets fields of a record.
    pub fn set(&mut self, kind: &str, rec: RecordId, set: Fields) -> Result<(), ApiError> {
        self.hub.office(&self.actor, vec![OfficeOp::set(kind, rec, set, None)]).map(drop)
    }

    /// Takes a device in: code, request, comparing the six digits, first pull.
    pub fn take_in(&mut self, device: &mut Device, user: UserId) -> Result<(), AnyError> {
        if self.hub.record(RecordId(user.0))?.is_none() {
            let name = Fields::from_iter([("name".to_owned(), "王建国".into())]);
            let person = OfficeOp::create("person", RecordId(user.0), None, name);
            self.hub.office(&self.actor, vec![person])?;
        }
        let code = self.hub.make_code(user, true)?;
        device.enrol("http://127.0.0.1", &code.grouped(), Digest::ZERO)?;
        device.exchange(self)?;
        let owner = device.owner()?.ok_or("the enrolment got no answer")?;
        self.hub.confirm_device(owner.device)?;
        device.exchange(self)?;
        Ok(())
    }
}

/// The id of a person of the demo org.
pub fn person(n: u8) -> UserId {
    UserId(Uuid::from_bytes([n; 16]))
}

/// What a real path would carry: every message as bytes, there and back.
impl SyncApi for Office {
    fn enrol(&mut self, request: &EnrolRequest) -> Result<EnrolAnswer, ApiError> {
        let answer = self.hub.enrol(&through(request)?)?;
        through(&answer)
    }

    fn nonce(&mut self, request: &NonceRequest) -> Result<Nonce, ApiError> {
        let answer = self.hub.nonce(&through(request)?)?;
        through(&answer)
    }

    fn token(&mut self, request: &TokenRequest) -> Result<TokenAnswer, ApiError> {
        let answer = self.hub.token(&through(request)?)?;
        through(&answer)
    }

    fn sync(&mut self, token: &str, request: &SyncRequest) -> Result<SyncResponse, ApiError> {
        let request = SyncRequest::decode(&request.encode()?)?;
        SyncResponse::decode(&self.hub.sync(token, &request)?.encode()?)
    }

    fn check(&mut self, token: &str, request: &CheckRequest) -> Result<CheckAnswer, ApiError> {
        let answer = self.hub.check(token, &through(request)?)?;
        through(&answer)
    }

    fn blob_put(&mut self, token: &str, put: &BlobPut) -> Result<BlobState, ApiError> {
        let state = self.hub.blob_put(token, put)?;
        through(&state)
    }

    fn blob_complete(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        let state = self.hub.blob_complete(token, sha256)?;
        through(&state)
    }

    fn blob_state(&mut self, token: &str, sha256: Digest) -> Result<BlobState, ApiError> {
        let state = self.hub.blob_state(token, sha256)?;
        through(&state)
    }

    fn blob_get(&mut self, token: &str, range: &BlobRange) -> Result<Vec<u8>, ApiError> {
        self.hub.blob_get(token, range)
    }
}

fn through<T: serde::Serialize + serde::de::DeserializeOwned>(message: &T) -> Result<T, ApiError> {
    let bytes = serde_json::to_vec(message).map_err(|_| ErrorCode::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| ErrorCode::Malformed.into())
}

/// Whether what the office holds of a person's scope and what his device shows are the same.
pub fn converged(office: &mut Office, device: &mut Device, user: UserId) -> Result<bool, AnyError> {
    let scope = office.hub.scope(user)?;
    let store = device.core.store()?;
    for row in &scope {
        let seen = store.cache.seen(row.rec)?.map(|seen| (seen.state.fields, seen.state.ver));
        if seen != Some((row.state.fields.clone(), row.state.ver)) {
            return Ok(false);
        }
    }
    Ok(store.cache.count()? == scope.len() as u64)
}
