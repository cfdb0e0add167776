//! What a disk holds, read by the oracle itself: a copy of a node's files, opened beside it with SQL of its own.
//!
//! The system under test is not asked, and does not notice: neither hub nor outbox runs a line for it.

use std::collections::BTreeMap;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use rusqlite::{Connection, OpenFlags, Row};
use uuid::Uuid;

use super::{disk, server, vfs};
use crate::AnyError;

/// The node under which copies are opened.
const BESIDE: &str = "beside";

/// An op of the server's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOp {
    /// Its position.
    pub pos: u64,
    /// Its id, if the log knows it by one.
    pub op_id: Option<[u8; 16]>,
    /// SHA-256 of the bytes that stand there, worked out here.
    pub digest: Digest,
    /// The bytes.
    pub body: Vec<u8>,
    /// How it ended, and why: the words of the columns.
    pub outcome: (String, Option<String>),
    /// First bytes of the running hash there.
    pub running: [u8; 8],
    /// Whether a device sent it.
    pub by_device: bool,
}

/// A record of the server's.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its kind.
    pub kind: String,
    /// The job it hangs on.
    pub job: Option<RecordId>,
    /// Its fields.
    pub fields: Fields,
    /// Its version.
    pub ver: u64,
    /// Position of its making.
    pub born: u64,
    /// Who made it.
    pub author: UserId,
    /// Struck out.
    pub void: bool,
}

/// A row of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedRow {
    /// The audience.
    pub audience: u32,
    /// Its position.
    pub pos: u64,
    /// The record.
    pub rec: RecordId,
    /// The record is to be held; else it has left or was struck out.
    pub put: bool,
}

/// Everything of the server's store that the oracle judges by.
#[derive(Debug, Clone)]
pub struct Look {
    /// The log.
    pub ops: Vec<LoggedOp>,
    /// The records.
    pub records: BTreeMap<RecordId, Record>,
    /// The feeds.
    pub feed: Vec<FeedRow>,
}

fn beside<T>(node: &str, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, AnyError> {
    disk::remove(BESIDE);
    disk::lay_beside(BESIDE, &disk::copy(node));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let name = if node == server::NODE { "server.db" } else { "outbox.db" };
    let db = Connection::open_with_flags_and_vfs(format!("{BESIDE}/{name}"), flags, vfs::NAME)?;
    let found = read(&db);
    drop(db);
    disk::remove(BESIDE);
    Ok(found?)
}

fn all<T>(
    db: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut select = db.prepare(sql)?;
    let rows = select.query_map([], read)?;
    rows.collect()
}

fn id(bytes: [u8; 16]) -> RecordId {
    RecordId(Uuid::from_bytes(bytes))
}

fn ops_of(db: &Connection) -> rusqlite::Result<Vec<LoggedOp>> {
    let sql = "SELECT pos, op_id, body, outcome, why, running, device IS NOT NULL FROM op ORDER BY pos";
    all(db, sql, |row| {
        let (body, running): (Vec<u8>, [u8; 32]) = (row.get(2)?, row.get(5)?);
        Ok(LoggedOp {
            pos: row.get(0)?,
            op_id: row.get(1)?,
            digest: Digest::of(&body),
            body,
            outcome: (row.get(3)?, row.get(4)?),
            running: std::array::from_fn(|at| running[at]),
            by_device: row.get(6)?,
        })
    })
}

/// The server's log.
pub fn log() -> Result<Vec<LoggedOp>, AnyError> {
    beside(server::NODE, ops_of)
}

/// The server's store.
pub fn server() -> Result<Look, AnyError> {
    beside(server::NODE, |db| {
        let sql = "SELECT r.rec, r.kind, j.rec, r.fields, r.ver, r.born, r.author, r.void FROM record r
                   LEFT JOIN record j ON j.pk = r.job ORDER BY r.pk";
        let records = all(db, sql, |row| {
            let fields: String = row.get(3)?;
            let record = Record {
                kind: row.get(1)?,
                job: row.get::<_, Option<[u8; 16]>>(2)?.map(id),
                fields: serde_json::from_str(&fields).unwrap_or_default(),
                ver: row.get(4)?,
                born: row.get(5)?,
                author: UserId(Uuid::from_bytes(row.get(6)?)),
                void: row.get(7)?,
            };
            Ok((id(row.get(0)?), record))
        })?;
        let sql = "SELECT f.audience, f.pos, r.rec, f.state = 'put' FROM feed f JOIN record r ON r.pk = f.rec
                   ORDER BY f.audience, f.pos";
        let feed = all(db, sql, |row| {
            Ok(FeedRow { audience: row.get(0)?, pos: row.get(1)?, rec: id(row.get(2)?), put: row.get(3)? })
        })?;
        Ok(Look { ops: ops_of(db)?, records: records.into_iter().collect(), feed })
    })
}

/// What a device's outbox holds: ops by digest of their bytes, blobs whose bytes are what their names say, drafts.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// Digests of the ops' bodies.
    pub ops: Vec<Digest>,
    /// Names of the blobs whose bytes are whole.
    pub blobs: Vec<Digest>,
}

/// The outbox of a device, as its disk holds it.
pub fn outbox(node: &str) -> Result<Outbox, AnyError> {
    beside(node, |db| {
        let ops =
            all(db, "SELECT body FROM op ORDER BY pk", |row| Ok(Digest::of(&row.get::<_, Vec<u8>>(0)?)))?;
        let blobs = all(db, "SELECT sha256, bytes FROM blob ORDER BY pk", |row| {
            let (name, bytes): ([u8; 32], Vec<u8>) = (row.get(0)?, row.get(1)?);
            Ok((Digest(name), Digest::of(&bytes) == Digest(name)))
        })?;
        let blobs = blobs.into_iter().filter(|(_, whole)| *whole).map(|(name, _)| name).collect();
        Ok(Outbox { ops, blobs })
    })
}
