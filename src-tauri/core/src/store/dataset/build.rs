//! The rows of a dataset file: from the whole file, or from a delta and the rows of the version in use.
//!
//! In slices, so that whoever waits for the core gets it; nothing of the version in use is touched. A whole
//! file is believed for its digest, a delta for its own and for that of the lines that come out.

use std::io::Cursor;

use fieldcard_schema::dataset::delta::{self, Edit, Promise, Text};
use fieldcard_schema::dataset::parts::Part;
use fieldcard_schema::dataset::{self, Reader, Row};
use fieldcard_schema::digest::Digest;
use rusqlite::{OptionalExtension, Transaction, params};

use super::file::{DatasetFile, OLD};
use super::told::Blob;
use super::words;
use crate::store::StoreError;

/// Rows of one slice of work: some tens of milliseconds.
const ROWS_PER_SLICE: usize = 1_000;

/// Why a file is not built.
#[derive(Debug)]
pub(super) enum Unbuilt {
    /// The bytes do not have their digest.
    Garbled,
    /// They have, and are no dataset of this name that this version reads, or no delta that gives one.
    Bad,
    /// The store failed.
    Store(StoreError),
}

impl<E: Into<StoreError>> From<E> for Unbuilt {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

/// The rows of a file on their way into its table.
pub(super) struct Build {
    reader: Reader<Cursor<Vec<u8>>>,
    /// Rows that are in.
    line: i64,
    /// Where a delta stands.
    over: Option<Over>,
}

/// A delta on its way over the version in use.
struct Over {
    promise: Promise,
    text: Text,
    /// Rows of the old version that are behind.
    line: i64,
    /// Rows of the old version that come next as they are.
    keep: u64,
}

/// One row as the table has it.
struct Entry {
    fold: String,
    body: String,
    is_old: bool,
}

impl Build {
    /// Begins, all bytes being there. `base` is the version in use, where the bytes are a delta over it.
    pub(super) fn begin(
        file: &mut DatasetFile,
        blob: &Blob,
        base: Option<&DatasetFile>,
    ) -> Result<Self, Unbuilt> {
        let bytes = file.bytes()?;
        if Digest::of(&bytes) != blob.sha256 {
            return Err(Unbuilt::Garbled);
        }
        let reader = Reader::open(Cursor::new(bytes)).map_err(|_| Unbuilt::Bad)?;
        let header = reader.header();
        let promise = header.promise();
        let is_meant = match (&promise, blob.base, base) {
            (None, None, _) => true,
            (Some(promise), Some(_), Some(base)) => {
                promise.makes == file.sha256 && promise.base == base.sha256
            }
            _ => false,
        };
        if header.name != file.name || !is_meant {
            return Err(Unbuilt::Bad);
        }
        let tx = file.db.transaction()?;
        tx.execute("DELETE FROM row", [])?;
        tx.commit()?;
        let over = promise.map(|promise| Over { promise, text: Text::default(), line: 0, keep: 0 });
        Ok(Self { reader, line: 0, over })
    }

    /// Writes the next rows. `true` once all are in.
    pub(super) fn slice(
        &mut self,
        file: &mut DatasetFile,
        base: Option<&DatasetFile>,
    ) -> Result<bool, Unbuilt> {
        let tx = file.db.transaction()?;
        let ended = self.rows(&tx, &file.name, base)?;
        if ended {
            tx.execute("DELETE FROM chunk", [])?;
            tx.execute("INSERT INTO stage(name, value) VALUES ('stage', 1)", [])?;
        }
        tx.commit()?;
        if ended {
            file.rows_are_in()?;
        }
        Ok(ended)
    }

    fn rows(
        &mut self,
        tx: &Transaction<'_>,
        name: &str,
        base: Option<&DatasetFile>,
    ) -> Result<bool, Unbuilt> {
        let mut insert = tx.prepare_cached("INSERT INTO row(pk, fold, body) VALUES (?1, ?2, ?3)")?;
        for _ in 0..ROWS_PER_SLICE {
            let Some(entry) = self.next(name, base)? else { return self.ended().map(|()| true) };
            self.line += 1;
            let pk = self.line + if entry.is_old { OLD } else { 0 };
            insert.execute(params![pk, entry.fold, entry.body])?;
        }
        Ok(false)
    }

    /// The next row.
    fn next(&mut self, name: &str, base: Option<&DatasetFile>) -> Result<Option<Entry>, Unbuilt> {
        let Some(over) = &mut self.over else {
            let line = self.reader.next_raw().map_err(|_| Unbuilt::Bad)?;
            return line.map(|line| Entry::of(name, text_of(line)?)).transpose();
        };
        let entry = over.next(&mut self.reader, name, base.ok_or(Unbuilt::Bad)?)?;
        if let Some(entry) = &entry {
            over.text.push(entry.body.as_bytes());
        }
        Ok(entry)
    }

    /// A delta has to have given what it promised.
    fn ended(&mut self) -> Result<(), Unbuilt> {
        let Some(over) = self.over.take() else { return Ok(()) };
        if over.text.keeps(&over.promise) { Ok(()) } else { Err(Unbuilt::Bad) }
    }
}

impl Over {
    fn next(
        &mut self,
        reader: &mut Reader<Cursor<Vec<u8>>>,
        name: &str,
        base: &DatasetFile,
    ) -> Result<Option<Entry>, Unbuilt> {
        loop {
            if self.keep > 0 {
                self.keep -= 1;
                return self.old_row(base).map(Some);
            }
            match reader.next_as::<Edit>().map_err(|_| Unbuilt::Bad)? {
                None => return Ok(None),
                Some(Edit::Keep(count)) => self.keep = count,
                Some(Edit::Drop(count)) => {
                    self.line = i64::try_from(count)
                        .ok()
                        .and_then(|count| self.line.checked_add(count))
                        .ok_or(Unbuilt::Bad)?;
                }
                Some(Edit::Put(body)) => return Entry::of(name, body.get().to_owned()).map(Some),
                Some(Edit::Set(changes)) => {
                    let old = self.old_row(base)?;
                    let body = delta::set(&old.body, &changes).ok_or(Unbuilt::Bad)?;
                    return Entry::of(name, body).map(Some);
                }
            }
        }
    }

    /// The next row of the old version.
    fn old_row(&mut self, base: &DatasetFile) -> Result<Entry, Unbuilt> {
        self.line += 1;
        base.row(self.line)?.ok_or(Unbuilt::Bad)
    }
}

impl DatasetFile {
    /// The row on this line of the file, from 1.
    fn row(&self, line: i64) -> Result<Option<Entry>, StoreError> {
        let sql = "SELECT fold, body, pk > ?2 FROM row WHERE pk IN (?1, ?1 + ?2)";
        let mut select = self.db.prepare_cached(sql)?;
        let entry = select.query_row(params![line, OLD], |row| {
            Ok(Entry { fold: row.get(0)?, body: row.get(1)?, is_old: row.get(2)? })
        });
        Ok(entry.optional()?)
    }
}

fn text_of(line: Vec<u8>) -> Result<String, Unbuilt> {
    String::from_utf8(line).map_err(|_| Unbuilt::Bad)
}

impl Entry {
    /// A row of the dataset `name`. Of one that this version does not know, rows are kept and not found.
    fn of(name: &str, body: String) -> Result<Self, Unbuilt> {
        let (key, is_old) = if name == Part::NAME {
            let part: Part = serde_json::from_str(&body).map_err(|_| Unbuilt::Bad)?;
            (part.number, part.superseded_by.is_some())
        } else if dataset::NAMES.contains(&name) {
            (dataset::key_of(name, body.as_bytes()).ok_or(Unbuilt::Bad)?, false)
        } else {
            (String::new(), false)
        };
        Ok(Self { fold: words::fold(&key), body, is_old })
    }
}
