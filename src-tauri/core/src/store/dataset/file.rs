//! `<name>-<sha8>.db`: one version of one dataset, from its first byte to the last word of its search.
//!
//! ```text
//! fetching ── all bytes, digest right ──▶ rows ──▶ words ──▶ done
//! ```
//! Each arrow is one committed transaction; what was cut off goes on where it stood, but for rows, which
//! begin anew. From `words` on nothing changes the rows. Read [`super::build`] for how they come.

use fieldcard_schema::dataset::Row;
use fieldcard_schema::dataset::faults::Fault;
use fieldcard_schema::dataset::parts::Part;
use fieldcard_schema::digest::Digest;
use rusqlite::{Connection, OptionalExtension, params};

use super::words;
use crate::store::StoreError;
use crate::store::db::{self, Durability, Migrations, Place};

const STEPS: Migrations = &[include_str!("../../../../../schema/migrations/dataset/0001_first.sql")];

/// Rows that something newer takes the place of have their numbers above this.
pub(super) const OLD: i64 = 1 << 40;

/// Rows of one slice of work, of some forty words each: some tens of milliseconds.
const WORDS_PER_SLICE: usize = 500;

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Bytes are missing, or not looked at yet.
    Fetching,
    /// Rows can be read; numbers can be searched.
    Words,
    /// Every word can be searched.
    Done,
}

/// The file.
pub(super) struct DatasetFile {
    pub(super) name: String,
    pub(super) sha256: Digest,
    pub(super) stage: Stage,
    pub(super) db: Connection,
}

/// The name of a file.
pub(super) fn file_name(name: &str, sha256: Digest) -> String {
    let sha = sha256.to_string();
    format!("{name}-{}.db", sha.get(..8).unwrap_or_default())
}

impl DatasetFile {
    /// Opens or makes it.
    pub(super) fn open(place: &Place, name: &str, sha256: Digest) -> Result<Self, StoreError> {
        let db = db::open(place, &file_name(name, sha256), Durability::Normal, STEPS)?;
        let mut file = Self { name: name.to_owned(), sha256, stage: Stage::Fetching, db };
        file.stage = match file.mark("stage")? {
            2 => Stage::Done,
            1 => Stage::Words,
            _ => Stage::Fetching,
        };
        file.close_if_done()?;
        Ok(file)
    }

    /// How many bytes have come.
    pub(super) fn fetched(&self) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(at + length(bytes)), 0) FROM chunk";
        Ok(self.db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// Takes bytes that stand right behind those that have come; others are passed over.
    pub(super) fn append(&mut self, from: u64, bytes: &[u8]) -> Result<(), StoreError> {
        if from == self.fetched()? && !bytes.is_empty() {
            let tx = self.db.transaction()?;
            tx.prepare_cached("INSERT INTO chunk(at, bytes) VALUES (?1, ?2)")?
                .execute(params![from, bytes])?;
            tx.commit()?;
        }
        Ok(())
    }

    /// The bytes that come are those of `blob`: what had come of another one goes.
    pub(super) fn fetches(&mut self, blob: Digest) -> Result<(), StoreError> {
        let (begin, _) = blob.0.split_at(8);
        let tag = i64::from_be_bytes(begin.try_into().unwrap_or_default());
        if self.mark("blob")? != tag {
            let tx = self.db.transaction()?;
            tx.execute("DELETE FROM chunk", [])?;
            tx.execute("INSERT OR REPLACE INTO stage(name, value) VALUES ('blob', ?1)", [tag])?;
            tx.commit()?;
        }
        Ok(())
    }

    /// All bytes that have come.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::new();
        let mut select = self.db.prepare_cached("SELECT bytes FROM chunk ORDER BY at")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let run = row.get_ref(0)?.as_blob().map_err(|_| StoreError::Damaged("chunk"))?;
            bytes.extend_from_slice(run);
        }
        Ok(bytes)
    }

    /// The rows are all there: they can be read, and numbers can be searched.
    pub(super) fn rows_are_in(&mut self) -> Result<(), StoreError> {
        self.db.execute_batch("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE);")?;
        self.stage = Stage::Words;
        Ok(())
    }

    /// Makes the next rows searchable by their words. `true` once all are.
    pub(super) fn words_slice(&mut self) -> Result<bool, StoreError> {
        let from = self.mark("words")?;
        let tx = self.db.transaction()?;
        let mut last = None;
        {
            let mut select =
                tx.prepare_cached("SELECT pk, body FROM row WHERE pk > ?1 ORDER BY pk LIMIT ?2")?;
            let mut insert = tx.prepare_cached("INSERT INTO words(rowid, text) VALUES (?1, ?2)")?;
            let mut rows = select.query(params![from, WORDS_PER_SLICE])?;
            while let Some(row) = rows.next()? {
                let pk: i64 = row.get(0)?;
                let line = words_of(&self.name, row.get_ref(1)?.as_str().unwrap_or_default());
                insert.execute(params![pk, line])?;
                last = Some(pk);
            }
        }
        let (name, value) = last.map_or(("stage", 2), |pk| ("words", pk));
        tx.prepare_cached(
            "INSERT INTO stage(name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![name, value])?;
        tx.commit()?;
        if last.is_none() {
            self.stage = Stage::Done;
            self.close_if_done()?;
        }
        Ok(last.is_none())
    }

    /// Every row, in the order of the file; what is superseded comes last.
    pub(super) fn bodies(&self) -> Result<Vec<String>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT body FROM row ORDER BY pk")?;
        let rows = select.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Rows whose folded key is that of `key`.
    pub(super) fn bodies_at(&self, key: &str) -> Result<Vec<String>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT body FROM row WHERE fold = ?1 ORDER BY pk")?;
        let rows = select.query_map([words::fold(key)], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether every page can be read and fits the others.
    pub(super) fn is_whole(&self) -> bool {
        let answer = self.db.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        answer.is_ok_and(|answer| answer == "ok")
    }

    fn mark(&self, name: &str) -> Result<i64, StoreError> {
        let mut select = self.db.prepare_cached("SELECT value FROM stage WHERE name = ?1")?;
        Ok(select.query_row([name], |row| row.get(0)).optional()?.unwrap_or(0))
    }

    /// Read-only from now on: SQLite itself refuses a write.
    fn close_if_done(&self) -> Result<(), StoreError> {
        if self.stage == Stage::Done {
            self.db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA query_only = ON;")?;
        }
        Ok(())
    }
}

fn words_of(name: &str, body: &str) -> String {
    match name {
        _ if name == Part::NAME => {
            serde_json::from_str(body).map(|part| words::of_part(&part)).unwrap_or_default()
        }
        _ if name == Fault::NAME => {
            serde_json::from_str(body).map(|fault| words::of_fault(&fault)).unwrap_or_default()
        }
        _ => String::new(),
    }
}
