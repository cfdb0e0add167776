//! The office's server as a node: the real hub on a disk that can fail, and blobs that can be half written.
//!
//! A call of the blob store is a place where the process may die. A backup is the disk and the blobs at one moment;
//! what a machine is set back to is one, too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::OrgId;
use fieldcard_schema::op::{OP_VERSION, Versions};
use fieldcard_schema::rules::role::{Role, Roles};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_server::hub::office::Actor;
use fieldcard_server::hub::{Config, Hub};
use fieldcard_server::ports::{BlobStore, BlobStoreError, Part, Ports};
use fieldcard_server::storage::Storage;
use fieldcard_server::storage::db::Place;
use fieldcard_server::storage::sqlite::SqliteStorage;
use uuid::Uuid;

use super::clock::TrueTime;
use super::disk::{self, End};
use super::vfs;
use crate::AnyError;
use crate::office::person;
use crate::ports::TestChance;

/// The node's name on the disk.
pub const NODE: &str = disk::SERVER;

/// Tries of an open that a fault may hit, too.
const OPENS_MAX: usize = 50;

#[derive(Clone, Default)]
struct Blobs {
    partial: BTreeMap<Part, Vec<u8>>,
    stored: BTreeMap<Digest, Vec<u8>>,
}

/// Blobs that outlive the hub. Partial ones are in the operating system's memory only.
#[derive(Clone, Default)]
struct SharedBlobs(Arc<Mutex<Blobs>>);

impl SharedBlobs {
    fn lock(&self) -> MutexGuard<'_, Blobs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The blobs, as a call of the port that may be the last one.
    fn call(&self) -> Result<MutexGuard<'_, Blobs>, BlobStoreError> {
        if disk::port_call(NODE) { Ok(self.lock()) } else { Err(BlobStoreError::Broken("no process".into())) }
    }

    /// What a power cut leaves: partial blobs are kept, emptied, or gone.
    fn cut(&self, chance: &mut TestChance) {
        self.lock().partial.retain(|_, bytes| {
            let fate = chance.draw() % 3;
            if fate == 1 {
                bytes.fill(0);
            }
            fate != 2
        });
    }
}

impl BlobStore for SharedBlobs {
    fn write(&mut self, part: Part, offset: u64, bytes: &[u8]) -> Result<(), BlobStoreError> {
        let from = usize::try_from(offset).map_err(|_| BlobStoreError::Full)?;
        let mut blobs = self.call()?;
        let partial = blobs.partial.entry(part).or_default();
        let end = from + bytes.len();
        if partial.len() < end {
            partial.resize(end, 0);
        }
        partial[from..end].copy_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self, part: Part, size: u64) -> Result<bool, BlobStoreError> {
        let mut blobs = self.call()?;
        let Some(mut bytes) = blobs.partial.remove(&part) else {
            return if blobs.stored.contains_key(&part.sha256) {
                Ok(true)
            } else {
                Err(BlobStoreError::Missing)
            };
        };
        bytes.resize(usize::try_from(size).map_err(|_| BlobStoreError::Full)?, 0);
        let whole = Digest::of(&bytes) == part.sha256;
        if whole {
            blobs.stored.insert(part.sha256, bytes);
        }
        Ok(whole)
    }

    fn discard(&mut self, part: Part) -> Result<(), BlobStoreError> {
        self.call()?.partial.remove(&part);
        Ok(())
    }

    fn read(&self, sha256: Digest, from: u64, len: u64) -> Result<Vec<u8>, BlobStoreError> {
        let blobs = self.call()?;
        let bytes = blobs.stored.get(&sha256).ok_or(BlobStoreError::Missing)?;
        let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes[place(from)..place(from.saturating_add(len))].to_vec())
    }
}

/// The database and the blobs at one moment.
#[derive(Clone)]
pub struct Backup {
    disk: disk::Copy,
    blobs: BTreeMap<Digest, Vec<u8>>,
    /// The head then.
    pub head: u64,
}

/// Its secret.
pub const SECRET: [u8; 32] = [7; 32];

/// The server.
pub struct Server {
    hub: Option<Hub>,
    blobs: SharedBlobs,
    time: TrueTime,
    chance: TestChance,
    /// Most rows of one page.
    pub page_rows: usize,
    /// The newest version of ops that it reads.
    pub op_version: u32,
    /// What stands between hub and store: nothing, unless a control breaks something.
    pub broken: Option<Wrap>,
    /// How often it ended, and came back with what was durable.
    pub ends: u64,
    /// Who acts for the office.
    pub actor: Actor,
}

/// Puts something between hub and store.
pub type Wrap = fn(SqliteStorage) -> Box<dyn Storage>;

impl Server {
    /// A new org.
    pub fn new(time: &TrueTime, seed: u64, page_rows: usize) -> Result<Self, AnyError> {
        Self::with(time, seed, page_rows, None)
    }

    /// The same with something between hub and store.
    pub fn with(
        time: &TrueTime,
        seed: u64,
        page_rows: usize,
        broken: Option<Wrap>,
    ) -> Result<Self, AnyError> {
        let roles = Roles::of(&[Role::Supervisor, Role::InformationAdministrator]);
        let mut server = Self {
            hub: None,
            blobs: SharedBlobs::default(),
            time: time.clone(),
            chance: TestChance(seed),
            page_rows,
            op_version: OP_VERSION,
            broken,
            ends: 0,
            actor: Actor { user: person(200), roles },
        };
        server.open()?;
        Ok(server)
    }

    fn open(&mut self) -> Result<(), AnyError> {
        let place = Place::File(PathBuf::from(format!("{NODE}/server.db")));
        let storage = SqliteStorage::open(&place, Some(vfs::NAME), None)?;
        let storage: Box<dyn Storage> = match self.broken {
            Some(wrap) => wrap(storage),
            None => Box::new(storage),
        };
        let ports = Ports {
            clock: Box::new(self.time.clone()),
            chance: Box::new(TestChance(self.chance.draw())),
            blobs: Box::new(self.blobs.clone()),
        };
        let org_signing = SigningKey::from_bytes(&[8; 32]);
        let org_key = org_signing.verifying_key().to_bytes();
        let config = Config {
            page_rows: self.page_rows,
            versions: Versions { newest: self.op_version, steps: &[] },
            org_signing: Some(org_signing),
            ..Config::new(OrgId(Uuid::from_bytes([9; 16])), "衡川重工产品服务部", org_key, SECRET)
        };
        let hub = Hub::new(storage, ports, config).map_err(|e| format!("the hub: {e}"))?;
        self.hub = Some(hub);
        Ok(())
    }

    /// The hub, opened again if it had to be dropped.
    pub fn hub(&mut self) -> Result<&mut Hub, AnyError> {
        let mut said = None;
        for _ in 0..OPENS_MAX {
            if self.hub.is_some() {
                break;
            }
            if let Err(error) = self.open() {
                said = Some(error);
                self.stop(End::Kill);
            }
        }
        self.hub.as_mut().ok_or_else(|| format!("the server does not open again: {said:?}").into())
    }

    /// The process ends as processes do, or as what has happened to its disk says.
    fn stop(&mut self, how: End) {
        self.hub = None;
        self.ends += 1;
        if disk::end(NODE, how) == End::PowerCut {
            self.blobs.cut(&mut self.chance);
        }
    }

    /// Ends the process or the machine without warning: nothing is written any more.
    pub fn end(&mut self, how: End) {
        disk::die(NODE, how);
        self.stop(how);
    }

    /// A program that was told something else.
    pub fn restart(&mut self) {
        self.stop(End::Kill);
    }

    /// After a call: a server whose power has gone, or whose store broke, starts anew. `true` if it had to.
    pub fn mend(&mut self) -> bool {
        let dead = disk::is_dead(NODE);
        let broken = self.hub.as_ref().is_some_and(|hub| hub.broken().is_some());
        if dead || broken {
            self.stop(End::Kill);
        }
        dead || broken
    }

    /// Something the office does; a fault may hit it, and then it is done again.
    pub fn office<T>(
        &mut self,
        mut act: impl FnMut(&mut Hub, &Actor) -> Result<T, ApiError>,
    ) -> Result<T, AnyError> {
        for _ in 0..OPENS_MAX {
            let actor = self.actor;
            let done = act(self.hub()?, &actor);
            let mended = self.mend();
            match done {
                Ok(value) => return Ok(value),
                Err(error) if !mended && error.code != ErrorCode::DiskFull => {
                    return Err(format!("the office: {error}").into());
                }
                Err(_) => {}
            }
        }
        Err("the office gets nothing done".into())
    }

    /// A backup of now.
    pub fn backup(&self, head: u64) -> Backup {
        Backup { disk: disk::copy(NODE), blobs: self.blobs.lock().stored.clone(), head }
    }

    /// The machine is set back to what it was, and nobody tells it.
    pub fn set_back(&mut self, to: &Backup) {
        disk::die(NODE, End::Kill);
        self.stop(End::Kill);
        disk::put_back(NODE, &to.disk);
        *self.blobs.lock() = Blobs { partial: BTreeMap::new(), stored: to.blobs.clone() };
    }

    /// The machine is lost; its successor begins with the backup, in a new epoch, which is told.
    pub fn restore(&mut self, backup: &Backup) -> Result<String, AnyError> {
        self.set_back(backup);
        self.office(|hub, _| hub.restored(0))
    }

    /// SHA-256 of every op's body, sorted, as the hub says it.
    pub fn op_digests(&mut self) -> Result<Vec<Digest>, AnyError> {
        self.office(|hub, _| hub.op_digests())
    }

    /// The stored blobs that are what their names say.
    pub fn whole_blobs(&self) -> BTreeSet<Digest> {
        let blobs = self.blobs.lock();
        let whole = blobs.stored.iter().filter(|(name, bytes)| Digest::of(bytes) == **name);
        whole.map(|(name, _)| *name).collect()
    }

    /// How many stored blobs are not.
    pub fn bad_blobs(&self) -> usize {
        self.blobs.lock().stored.iter().filter(|(name, bytes)| Digest::of(bytes) != **name).count()
    }
}
