//! The office's server as a node: the real hub on a disk that can fail, and blobs that can be half written.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ed25519_dalek::SigningKey;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::OrgId;
use fieldcard_schema::rules::role::{Role, Roles};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_server::hub::office::Actor;
use fieldcard_server::hub::{Config, Hub};
use fieldcard_server::ports::{BlobStore, BlobStoreError, Part, Ports};
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
pub const NODE: &str = "server";

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
        let mut blobs = self.lock();
        let partial = blobs.partial.entry(part).or_default();
        let end = from + bytes.len();
        if partial.len() < end {
            partial.resize(end, 0);
        }
        partial[from..end].copy_from_slice(bytes);
        Ok(())
    }

    fn finish(&mut self, part: Part, size: u64) -> Result<bool, BlobStoreError> {
        let mut blobs = self.lock();
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
        self.lock().partial.remove(&part);
        Ok(())
    }

    fn read(&self, sha256: Digest, from: u64, len: u64) -> Result<Vec<u8>, BlobStoreError> {
        let blobs = self.lock();
        let bytes = blobs.stored.get(&sha256).ok_or(BlobStoreError::Missing)?;
        let place = |n: u64| usize::try_from(n).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes[place(from)..place(from.saturating_add(len))].to_vec())
    }
}

/// A backup: the database, and the blobs it names.
#[derive(Clone)]
pub struct Backup {
    disk: disk::Copy,
    blobs: BTreeMap<Digest, Vec<u8>>,
}

/// The server.
pub struct Server {
    hub: Option<Hub>,
    blobs: SharedBlobs,
    time: TrueTime,
    chance: TestChance,
    page_rows: usize,
    /// Who acts for the office.
    pub actor: Actor,
}

impl Server {
    /// A new org.
    pub fn new(time: &TrueTime, seed: u64, page_rows: usize) -> Result<Self, AnyError> {
        let roles = Roles::of(&[Role::Supervisor, Role::InformationAdministrator]);
        let mut server = Self {
            hub: None,
            blobs: SharedBlobs::default(),
            time: time.clone(),
            chance: TestChance(seed),
            page_rows,
            actor: Actor { user: person(200), roles },
        };
        server.open()?;
        Ok(server)
    }

    fn open(&mut self) -> Result<(), AnyError> {
        let place = Place::File(PathBuf::from(format!("{NODE}/server.db")));
        let storage = SqliteStorage::open(&place, Some(vfs::NAME), None)?;
        let ports = Ports {
            clock: Box::new(self.time.clone()),
            chance: Box::new(TestChance(self.chance.draw())),
            blobs: Box::new(self.blobs.clone()),
        };
        let org_signing = SigningKey::from_bytes(&[8; 32]);
        let org_key = org_signing.verifying_key().to_bytes();
        let config = Config {
            page_rows: self.page_rows,
            org_signing: Some(org_signing),
            ..Config::new(OrgId(Uuid::from_bytes([9; 16])), "衡川重工产品服务部", org_key, [7; 32])
        };
        let hub = Hub::new(Box::new(storage), ports, config).map_err(|e| format!("the hub: {e}"))?;
        self.hub = Some(hub);
        Ok(())
    }

    /// The hub, opened again if it had to be dropped.
    pub fn hub(&mut self) -> Result<&mut Hub, AnyError> {
        for _ in 0..OPENS_MAX {
            if self.hub.is_some() {
                break;
            }
            if self.open().is_err() {
                self.end(if disk::is_dead(NODE) { End::PowerCut } else { End::Kill });
            }
        }
        self.hub.as_mut().ok_or_else(|| "the server does not open again".into())
    }

    /// Ends the process, or the machine.
    pub fn end(&mut self, how: End) {
        self.hub = None;
        if how == End::PowerCut {
            self.blobs.cut(&mut self.chance);
        }
        disk::end(NODE, how);
    }

    /// After a call: a server whose power has gone, or whose store broke, starts anew. `true` if it had to.
    pub fn mend(&mut self) -> bool {
        let dead = disk::is_dead(NODE);
        let broken = self.hub.as_ref().is_some_and(|hub| hub.broken().is_some());
        if dead || broken {
            self.end(if dead { End::PowerCut } else { End::Kill });
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
    pub fn backup(&self) -> Backup {
        Backup { disk: disk::copy(NODE), blobs: self.blobs.lock().stored.clone() }
    }

    /// The machine is lost; its successor begins with the backup, in a new epoch, which is told.
    pub fn restore(&mut self, backup: &Backup) -> Result<String, AnyError> {
        self.hub = None;
        disk::put_back(NODE, &backup.disk);
        *self.blobs.lock() = Blobs { partial: BTreeMap::new(), stored: backup.blobs.clone() };
        self.office(|hub, _| hub.restored(0))
    }

    /// SHA-256 of every op's body, sorted.
    pub fn op_digests(&mut self) -> Result<Vec<Digest>, AnyError> {
        self.office(|hub, _| hub.op_digests())
    }

    /// Whether a blob is stored and has its digest.
    pub fn holds_blob(&self, sha256: Digest) -> bool {
        self.blobs.lock().stored.get(&sha256).is_some_and(|bytes| Digest::of(bytes) == sha256)
    }
}
