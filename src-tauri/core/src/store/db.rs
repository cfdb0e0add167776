//! One SQLite file, opened the only way we trust it.
//!
//! Every setting is read back at every open: `PRAGMA journal_mode=WAL` may answer "wal" and not be in WAL,
//! and SQLite below 3.51.3 can corrupt a WAL. Migrations run here. Statements live with their callers.

use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;

/// How much a commit may lose in a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: what is the person's own.
    Full,
    /// The newest commits: what can be fetched again.
    Normal,
}

/// Where a store lives.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder of all files; `None` keeps them in memory.
    pub folder: Option<PathBuf>,
    /// Name of the SQLite VFS; `None` is the system's own.
    pub vfs: Option<String>,
    /// The key of encrypted stores. This build has no cipher, so a key is an error.
    pub key: Option<Vec<u8>>,
    /// Bytes of the disk that photos leave free for text.
    pub photo_reserve: u64,
    /// Bytes of the disk below which no catalogue is fetched or built.
    pub dataset_room: u64,
    /// Bytes of the disk below which nothing is pulled.
    pub pull_room: u64,
    /// Bytes of the disk below which the bytes of blobs that the office stores go.
    pub blob_room: u64,
}

/// Months of text, and a day of it in the write-ahead log.
pub const PHOTO_RESERVE: u64 = 128 << 20;

/// Less than this is left for records alone, those of the office included.
pub const DATASET_ROOM: u64 = 96 << 20;
/// Less than this is left for the person's own.
pub const PULL_ROOM: u64 = 48 << 20;
/// Room for weeks of work: 1 GiB.
pub const BLOB_ROOM: u64 = 1 << 30;

impl Place {
    /// Plain files in `folder`.
    pub fn folder(folder: &Path) -> Self {
        Self { folder: Some(folder.to_owned()), ..Self::memory() }
    }

    /// Nothing but memory.
    pub fn memory() -> Self {
        Self {
            folder: None,
            vfs: None,
            key: None,
            photo_reserve: PHOTO_RESERVE,
            dataset_room: DATASET_ROOM,
            pull_room: PULL_ROOM,
            blob_room: BLOB_ROOM,
        }
    }

    /// The path of one file.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.as_ref().map_or_else(|| PathBuf::from(":memory:"), |folder| folder.join(name))
    }
}

/// One file's steps from nothing to now, in their order.
pub type Migrations = &'static [&'static str];

/// Opens `name`, checks its settings and brings its tables up to date.
pub fn open(
    place: &Place,
    name: &str,
    durability: Durability,
    steps: Migrations,
) -> Result<Connection, StoreError> {
    if place.key.is_some() {
        return Err(StoreError::NoCipher);
    }
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let path = place.path(name);
    let mut db = match &place.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(&path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(&path, flags)?,
    };
    // Before the first page is read: this connection is the file's only one as long as it lives, so that no
    // statement asks the system for a lock and gives it back.
    db.execute_batch("PRAGMA locking_mode=EXCLUSIVE")?;
    // Before any other setting: some of them write.
    version(&db, steps)?;
    configure(&db, durability)?;
    if place.folder.is_some() || place.vfs.is_some() {
        expect(&db, "journal_mode", "wal")?;
        expect(&db, "locking_mode", "exclusive")?;
    }
    if place.folder.is_some() && place.vfs.is_none() {
        // Of another file system nobody can say.
        expect(&db, "mmap_size", "0")?;
    }
    for name in ["fullfsync", "checkpoint_fullfsync"] {
        expect(&db, name, "1")?;
    }
    expect(&db, "trusted_schema", "0")?;
    expect(&db, "synchronous", if durability == Durability::Full { "2" } else { "1" })?;
    expect(&db, "foreign_keys", "1")?;
    migrate(&mut db, steps)?;
    Ok(db)
}

/// Version of the database library.
pub fn sqlite_version() -> &'static str {
    rusqlite::version()
}

/// How many steps a file has behind it.
pub(super) fn steps_of(db: &Connection) -> Result<u32, StoreError> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// SQLite 3.51.3, the first that does not corrupt a WAL when two connections checkpoint at once.
const OLDEST_SQLITE: i32 = 3_051_003;

fn configure(db: &Connection, durability: Durability) -> Result<(), StoreError> {
    // A bound value never changes a plan: else statements with a LIMIT are compiled again at every use.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(128);
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::Setting { name: "sqlite_version".into(), found: rusqlite::version().into() });
    }
    // 16 MiB of pages at hand: the default of 2 is less than the indexes of one technician's records.
    // auto_vacuum has to come before the first page is written.
    let synchronous = if durability == Durability::Full { "FULL" } else { "NORMAL" };
    db.execute_batch(&format!(
        "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};
         PRAGMA fullfsync=1; PRAGMA checkpoint_fullfsync=1; PRAGMA mmap_size=0;
         PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA busy_timeout=2000; PRAGMA temp_store=MEMORY;
         PRAGMA cache_size=-16384;"
    ))?;
    // Touch the file: only then does the journal mode say what is in force.
    db.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(())
}

fn expect(db: &Connection, name: &str, wanted: &str) -> Result<(), StoreError> {
    let found = db.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, rusqlite::types::Value>(0))?;
    let found = match found {
        rusqlite::types::Value::Integer(n) => n.to_string(),
        rusqlite::types::Value::Text(text) => text.to_lowercase(),
        other => format!("{other:?}"),
    };
    if found == wanted { Ok(()) } else { Err(StoreError::Setting { name: name.into(), found }) }
}

/// How many steps the file has behind it; more than there are means a later version of the app.
fn version(db: &Connection, steps: Migrations) -> Result<usize, StoreError> {
    let found = steps_of(db)? as usize;
    if found > steps.len() { Err(StoreError::NewerVersion { found, known: steps.len() }) } else { Ok(found) }
}

fn migrate(db: &mut Connection, steps: Migrations) -> Result<(), StoreError> {
    let found = version(db, steps)?;
    for (at, step) in steps.iter().enumerate().skip(found) {
        let tx = db.transaction()?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", at + 1)?;
        tx.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Migrations = &["CREATE TABLE a(x)"];
    const TWO: Migrations = &["CREATE TABLE a(x)", "CREATE TABLE b(x)"];

    #[test]
    fn a_store_from_a_newer_version_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::folder(folder.path());
        drop(open(&place, "x.db", Durability::Full, TWO).unwrap());
        let refused = open(&place, "x.db", Durability::Full, ONE);
        assert!(matches!(refused, Err(StoreError::NewerVersion { found: 2, known: 1 })));
        assert!(open(&place, "x.db", Durability::Full, TWO).is_ok());
    }

    #[test]
    fn a_key_without_a_cipher_is_an_error() {
        let place = Place { key: Some(vec![1; 32]), ..Place::memory() };
        assert!(matches!(open(&place, "x.db", Durability::Full, ONE), Err(StoreError::NoCipher)));
    }

    #[test]
    fn settings_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(&Place::folder(folder.path()), "x.db", Durability::Full, ONE).unwrap();
        assert!(expect(&db, "synchronous", "2").is_ok());
        db.execute_batch("PRAGMA synchronous=NORMAL").unwrap();
        assert!(matches!(expect(&db, "synchronous", "2"), Err(StoreError::Setting { .. })));
        assert!(expect(&db, "auto_vacuum", "2").is_ok());
    }

    #[test]
    fn rubbish_is_no_store() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.db"), vec![b'x'; 4096]).unwrap();
        assert!(open(&Place::folder(folder.path()), "x.db", Durability::Full, ONE).is_err());
    }
}
