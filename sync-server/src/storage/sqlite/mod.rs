//! The store over SQLite: one connection, WAL, full durability.
//!
//! Writes go through `execute` inside an explicit transaction: a `RETURNING` read as a query would
//! acknowledge rows whose commit failed. Each part of [`super::Tx`] is one file here.

mod blobs;
mod devices;
mod feed;
mod lists;
mod log;
mod records;

use rusqlite::types::Type;
use rusqlite::{Connection, ErrorCode, Params, Row};

use super::db::{Db, Durability, Key, Opening, Place};
use super::{Storage, StorageError, Tx};

/// The schema, step by step; the index of the last is the version of the store.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../../../../schema/migrations/server-sqlite/0001_first.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0002_accounts.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0003_jobs_naming.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0004_job_line.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0005_one_time_password.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0006_who_had_the_bytes.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0007_waiting.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0008_new_keys.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0009_jobs_of_stations.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0010_blob_part.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0011_lost.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0012_exceptions_of.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0013_scope.sql"),
    include_str!("../../../../schema/migrations/server-sqlite/0014_counted_numbers.sql"),
];

/// A store in one SQLite file, or in memory.
pub struct SqliteStorage {
    db: Db,
}

impl SqliteStorage {
    /// Opens a store and brings it up to date.
    pub fn open(place: &Place, vfs: Option<&str>, key: Option<&Key>) -> Result<Self, StorageError> {
        let opening = Opening { vfs, key, durability: Durability::Full };
        let mut db = Db::open(place, &opening)?;
        db.migrate(MIGRATIONS)?;
        Ok(Self { db })
    }
}

impl SqliteStorage {
    /// Opens an up-to-date store for reading beside the one that writes.
    pub fn open_to_read(place: &Place) -> Result<Self, StorageError> {
        Ok(Self { db: Db::open_to_read(place)? })
    }
}

impl Storage for SqliteStorage {
    fn begin(&mut self) -> Result<Box<dyn Tx + '_>, StorageError> {
        SqliteTx::begin(&self.db.conn, "BEGIN IMMEDIATE")
    }

    fn read(&mut self) -> Result<Box<dyn Tx + '_>, StorageError> {
        SqliteTx::begin(&self.db.conn, "BEGIN DEFERRED")
    }
}

/// One transaction; a drop rolls it back.
struct SqliteTx<'s> {
    conn: &'s Connection,
    open: bool,
    /// The head with the positions taken here, until it is written: nobody else can take one meanwhile.
    head: Option<u64>,
}

impl<'s> SqliteTx<'s> {
    fn begin(conn: &'s Connection, sql: &str) -> Result<Box<dyn Tx + 's>, StorageError> {
        let mut tx = Self { conn, open: false, head: None };
        tx.run(sql, ())?;
        tx.open = true;
        Ok(Box::new(tx))
    }

    /// Runs one statement that writes or steers; answers the number of rows it changed.
    fn run<P: Params>(&self, sql: &str, params: P) -> Result<usize, StorageError> {
        Ok(self.conn.prepare_cached(sql)?.execute(params)?)
    }

    /// After a commit that could not be synced: one more by this very connection takes its place. Else what is read from
    /// the system's memory as if it stood on the disk would be taken for committed by whoever opens the file anew, and
    /// every commit behind it would go with the power. Where this fails too, the disk takes nothing.
    ///
    /// The version is written as it is: an UPDATE to what stands there already writes no page, and so settles nothing.
    fn settle(&self) -> Result<(), StorageError> {
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK")?;
        }
        let version: i64 = self.conn.query_row("PRAGMA user_version", (), |row| row.get(0))?;
        Ok(self.conn.execute_batch(&format!("BEGIN IMMEDIATE; PRAGMA user_version = {version}; COMMIT"))?)
    }

    /// Writes the head down, if positions were taken since it was.
    fn write_head(&mut self) -> Result<(), StorageError> {
        match self.head.take() {
            Some(head) => self.run("UPDATE org_head SET head = ?1", [signed(head)]).map(drop),
            None => Ok(()),
        }
    }

    /// The rows of one statement that only reads.
    fn list<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl Fn(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Vec<T>, StorageError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, |row| read(row))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first row of one statement that only reads.
    fn first<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl Fn(&Row<'_>) -> Result<T, rusqlite::Error>,
    ) -> Result<Option<T>, StorageError> {
        Ok(self.list(sql, params, read)?.into_iter().next())
    }
}

impl Tx for SqliteTx<'_> {
    fn commit(mut self: Box<Self>) -> Result<(), StorageError> {
        self.write_head()?;
        let done = self.run("COMMIT", ());
        if matches!(done, Err(StorageError::Broken(_))) {
            drop(self.settle());
        }
        done?;
        self.open = false;
        Ok(())
    }

    fn savepoint(&mut self) -> Result<(), StorageError> {
        self.write_head()?;
        self.run("SAVEPOINT one", ()).map(drop)
    }

    fn keep(&mut self) -> Result<(), StorageError> {
        self.run("RELEASE one", ()).map(drop)
    }

    fn undo(&mut self) -> Result<(), StorageError> {
        self.head = None;
        self.run("ROLLBACK TO one", ())?;
        self.keep()
    }
}

impl Drop for SqliteTx<'_> {
    fn drop(&mut self) {
        // An error that SQLite answered by rolling back itself leaves no transaction to end. A rollback that
        // fails leaves one open: the next BEGIN fails and says so.
        if self.open && !self.conn.is_autocommit() {
            drop(self.run("ROLLBACK", ()));
        }
    }
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Broken(error.to_string()),
        }
    }
}

/// A position as SQLite holds it: positions stay below 2⁶³.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number that a column holds as it is never negative.
fn unsigned(row: &Row<'_>, at: usize) -> Result<u64, rusqlite::Error> {
    let number: i64 = row.get(at)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(at, number))
}

/// The same, when the column may be NULL.
fn maybe_unsigned(row: &Row<'_>, at: usize) -> Result<Option<u64>, rusqlite::Error> {
    match row.get_ref(at)? {
        rusqlite::types::ValueRef::Null => Ok(None),
        _ => unsigned(row, at).map(Some),
    }
}

/// A column of N bytes.
fn bytes<const N: usize>(row: &Row<'_>, at: usize) -> Result<[u8; N], rusqlite::Error> {
    row.get(at)
}

/// A column that holds the text form of a value, without quotes.
fn coded<T: serde::de::DeserializeOwned>(row: &Row<'_>, at: usize) -> Result<T, rusqlite::Error> {
    let text: String = row.get(at)?;
    from_code(text).map_err(|e| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(e)))
}

fn from_code<T: serde::de::DeserializeOwned>(text: String) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(text))
}

/// The text form of a value whose JSON is a string.
fn code<T: serde::Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// A column of JSON.
fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, at: usize) -> Result<T, rusqlite::Error> {
    let text = row.get_ref(at)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(e)))
}
