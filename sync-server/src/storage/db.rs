//! Opens a SQLite file and believes nothing: every promise it needs is read back.
//!
//! `PRAGMA journal_mode=WAL` may answer "wal" and not be in WAL; SQLite below 3.51.3 can corrupt one. A file
//! that does not keep its promises is not opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::StorageError;

/// Oldest SQLite that does not corrupt a WAL when two connections checkpoint at once: 3.51.3.
const SQLITE_MIN: i32 = 3_051_003;

/// Pages that the connection which writes keeps at hand, in KiB: without them every op of a push reads its indexes from
/// the system again.
const CACHE_KIB: i64 = 32 << 10;

/// The same of each connection that only reads: there are several, and what one list reads the next seldom needs.
const READ_CACHE_KIB: i64 = 4 << 10;

/// Where a database lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file; made when missing.
    File(PathBuf),
    /// Memory, for tests.
    Memory,
}

/// How much a commit outlives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut.
    Full,
    /// The end of the process.
    Normal,
}

/// A raw key of an encrypted file. This build has no cipher and refuses one.
pub struct Key(pub [u8; 32]);

/// How to open a database.
pub struct Opening<'a> {
    /// Name of the VFS; none is the default.
    pub vfs: Option<&'a str>,
    /// Key of the file.
    pub key: Option<&'a Key>,
    /// What a commit outlives.
    pub durability: Durability,
}

/// An open database that has been checked.
pub struct Db {
    pub(super) conn: Connection,
}

impl Db {
    /// Opens `place`; any promise not kept is [`StorageError::Broken`].
    pub fn open(place: &Place, opening: &Opening<'_>) -> Result<Self, StorageError> {
        if opening.key.is_some() {
            // `PRAGMA key` is silently ignored without a cipher: the file would lie open.
            return Err(StorageError::Broken("a key was given, and this build has no cipher".into()));
        }
        if rusqlite::version_number() < SQLITE_MIN {
            return Err(StorageError::Broken(format!("SQLite {} is too old", rusqlite::version())));
        }
        let path = match place {
            Place::File(path) => path.as_path(),
            Place::Memory => Path::new(":memory:"),
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = match opening.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs)?,
            None => Connection::open_with_flags(path, flags)?,
        };
        conn.busy_timeout(Duration::from_secs(10))?;
        conn.set_prepared_statement_cache_capacity(128);
        // A bound value never changes a plan: else statements with a LIMIT are compiled again at every use.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
        let db = Self { conn };
        db.promise("journal_mode", "wal", if *place == Place::Memory { "memory" } else { "wal" })?;
        match opening.durability {
            Durability::Full => db.promise("synchronous", "full", "2")?,
            Durability::Normal => db.promise("synchronous", "normal", "1")?,
        }
        if cfg!(target_vendor = "apple") {
            db.promise("fullfsync", "1", "1")?;
            db.promise("checkpoint_fullfsync", "1", "1")?;
        }
        db.promise("foreign_keys", "1", "1")?;
        db.promise("trusted_schema", "0", "0")?;
        if *place != Place::Memory {
            db.promise("mmap_size", "0", "0")?;
        }
        Ok(db)
    }

    /// Opens a file that another connection keeps up to date; every write through this one fails.
    pub fn open_to_read(place: &Place) -> Result<Self, StorageError> {
        let db = Self::open(place, &Opening { vfs: None, key: None, durability: Durability::Full })?;
        db.promise("query_only", "1", "1")?;
        db.conn.pragma_update(None, "cache_size", -READ_CACHE_KIB)?;
        Ok(db)
    }

    /// Sets a pragma and reads it back by a second statement.
    fn promise(&self, pragma: &str, value: &str, expected: &str) -> Result<(), StorageError> {
        self.conn.pragma_update(None, pragma, value)?;
        let found: rusqlite::types::Value = self.conn.pragma_query_value(None, pragma, |row| row.get(0))?;
        let found = match found {
            rusqlite::types::Value::Integer(number) => number.to_string(),
            rusqlite::types::Value::Text(text) => text,
            other => format!("{other:?}"),
        };
        if found == expected {
            Ok(())
        } else {
            Err(StorageError::Broken(format!("{pragma} is {found}, not {expected}")))
        }
    }

    /// Brings the file to the newest of `migrations`; refuses one from a later version of the program.
    pub fn migrate(&mut self, migrations: &[&str]) -> Result<(), StorageError> {
        let tx = self.conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let found: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let done = usize::try_from(found).unwrap_or(usize::MAX);
        let Some(todo) = migrations.get(done..) else {
            return Err(StorageError::FromLaterVersion { found, newest: migrations.len() });
        };
        for migration in todo {
            tx.execute_batch(migration)?;
        }
        if !todo.is_empty() {
            tx.pragma_update(None, "user_version", i64::try_from(migrations.len()).unwrap_or(i64::MAX))?;
        }
        Ok(tx.commit()?)
    }
}
