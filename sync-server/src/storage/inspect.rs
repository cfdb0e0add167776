//! Reading a store from beside: what `backup`, `export` and `doctor` need, and nothing that writes to it.
//!
//! The server may run meanwhile. A copy is made by SQLite's own online backup, page by page, and is one
//! state of the store. What the findings mean is for the caller to say.

use std::path::Path;
use std::time::Duration;

use fieldcard_schema::chain::running_hash;
use fieldcard_schema::digest::Digest;
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags, Row};

use super::StorageError;
use super::sqlite::MIGRATIONS;

/// Pages copied before the online backup lets a writer in.
const PAGES_AT_ONCE: i32 = 1024;

/// A store that is only looked at.
pub struct Inspection {
    conn: Connection,
}

/// The org's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heads {
    /// The last position given out.
    pub head: u64,
    /// Eight characters; another after each restore.
    pub epoch: String,
    /// Everything up to here is in a good backup.
    pub backup_pos: Option<u64>,
}

/// An op of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedOp {
    /// Its position.
    pub pos: u64,
    /// The bytes.
    pub body: Vec<u8>,
    /// Who sent it, as 16 bytes; none for the office.
    pub device: Option<[u8; 16]>,
    /// How it ended.
    pub outcome: String,
    /// Why.
    pub why: Option<String>,
    /// When it came, in ms.
    pub at: i64,
    hash: Digest,
    running: Digest,
}

/// A blob that the store says it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedBlob {
    /// Its name.
    pub sha256: Digest,
    /// Its size.
    pub size: u64,
    /// Its media type.
    pub media_type: String,
}

/// A question whose answer must be 0: what is wrong if it is not, and how to count it.
pub struct Consistency {
    /// What is wrong.
    pub says: &'static str,
    sql: &'static str,
}

/// What must hold between the tables.
pub const CONSISTENCY: &[Consistency] = &[
    Consistency {
        says: "feed rows point to records that do not exist",
        sql: "SELECT count(*) FROM feed WHERE rec NOT IN (SELECT pk FROM record)",
    },
    Consistency {
        says: "records in an audience are missing from its feed",
        // What is struck out is forgotten by the feed after half a year.
        sql: "SELECT count(*) FROM (SELECT DISTINCT audience, rec FROM rec_audience WHERE until IS NULL) a
              JOIN record r ON r.pk = a.rec AND r.void = 0
              LEFT JOIN feed f ON f.audience = a.audience AND f.rec = a.rec
              WHERE f.state IS NULL OR f.state = 'leave'",
    },
    Consistency {
        says: "records have versions that no op made",
        sql: "SELECT count(*) FROM record WHERE ver NOT IN (SELECT pos FROM op)",
    },
    Consistency {
        says: "positions stand above the head",
        sql: "SELECT (SELECT count(*) FROM op WHERE pos > (SELECT head FROM org_head))
                   + (SELECT count(*) FROM feed WHERE pos > (SELECT head FROM org_head))",
    },
];

impl Inspection {
    /// Opens the store at `path` without ever writing rows to it.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        // Read-write, since a WAL left behind by a crash can only be read by somebody who may recover it.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(Duration::from_secs(10))?;
        conn.pragma_update(None, "query_only", "1")?;
        let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if usize::try_from(found).is_ok_and(|found| found <= MIGRATIONS.len()) {
            Ok(Self { conn })
        } else {
            Err(StorageError::FromLaterVersion { found, newest: MIGRATIONS.len() })
        }
    }

    /// Copies the store to a new file at `to`, as it is at one moment.
    pub fn copy_to(&self, to: &Path) -> Result<(), StorageError> {
        let mut copy = Connection::open(to)?;
        // With the writer at work a backup starts over at each of its commits: a short pause lets it finish.
        Backup::new(&self.conn, &mut copy)?.run_to_completion(PAGES_AT_ONCE, Duration::ZERO, None)?;
        copy.pragma_update(None, "journal_mode", "delete")?;
        Ok(())
    }

    /// What SQLite finds wrong with the file; empty when nothing is.
    pub fn integrity(&self) -> Result<Vec<String>, StorageError> {
        let mut statement = self.conn.prepare("PRAGMA integrity_check(20)")?;
        let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
        let lines: Vec<String> = lines.collect::<Result<_, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    /// The journal mode that the file is in.
    pub fn journal_mode(&self) -> Result<String, StorageError> {
        Ok(self.conn.pragma_query_value(None, "journal_mode", |row| row.get(0))?)
    }

    /// The org's row.
    pub fn heads(&self) -> Result<Heads, StorageError> {
        let sql = "SELECT head, epoch, backup_pos FROM org_head";
        let read = |row: &Row<'_>| -> Result<Heads, rusqlite::Error> {
            let backup_pos: Option<i64> = row.get(2)?;
            Ok(Heads {
                head: positive(row.get(0)?),
                epoch: row.get(1)?,
                backup_pos: backup_pos.map(positive),
            })
        };
        Ok(self.conn.query_row(sql, [], read)?)
    }

    /// Gives every op to `each`, oldest first; an error of `each` ends the walk.
    pub fn ops<E: From<StorageError>>(
        &self,
        mut each: impl FnMut(LoggedOp) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT pos, body, device, outcome, why, at, hash, running FROM op ORDER BY pos";
        let mut statement = self.conn.prepare(sql).map_err(StorageError::from)?;
        let mut rows = statement.query([]).map_err(StorageError::from)?;
        while let Some(row) = rows.next().map_err(StorageError::from)? {
            each(logged(row).map_err(StorageError::from)?)?;
        }
        Ok(())
    }

    /// The first position at which body, digest and running hash do not fit together.
    pub fn first_broken_op(&self) -> Result<Option<u64>, StorageError> {
        let (mut running, mut broken) = (Digest::ZERO, None);
        self.ops::<StorageError>(|op| {
            let hash = Digest::of(&op.body);
            running = running_hash(running, op.pos, hash);
            if broken.is_none() && (hash != op.hash || running != op.running) {
                broken = Some(op.pos);
            }
            Ok(())
        })?;
        Ok(broken)
    }

    /// Every blob that the store says it has whole, by name.
    pub fn blobs(&self) -> Result<Vec<ListedBlob>, StorageError> {
        let sql = "SELECT sha256, size, media_type FROM blob WHERE pos IS NOT NULL ORDER BY sha256";
        let mut statement = self.conn.prepare(sql)?;
        let rows = statement.query_map([], |row| {
            let size: i64 = row.get(1)?;
            Ok(ListedBlob { sha256: Digest(row.get(0)?), size: positive(size), media_type: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How often a rule between the tables is broken.
    pub fn count(&self, rule: &Consistency) -> Result<u64, StorageError> {
        Ok(positive(self.conn.query_row(rule.sql, [], |row| row.get(0))?))
    }
}

fn positive(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn logged(row: &Row<'_>) -> Result<LoggedOp, rusqlite::Error> {
    Ok(LoggedOp {
        pos: positive(row.get(0)?),
        body: row.get(1)?,
        device: row.get(2)?,
        outcome: row.get(3)?,
        why: row.get(4)?,
        at: row.get(5)?,
        hash: Digest(row.get(6)?),
        running: Digest(row.get(7)?),
    })
}
