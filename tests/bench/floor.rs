//! The floor: the rows that the engine wrote, written again by prepared inserts and nothing else.
//!
//! Tables, indexes, page size and vacuum mode are copied from the engine's own file, the durability is the
//! one it ran with, and the rows go in by as many transactions, each record's rows together as the engine
//! wrote them. Read [`Written::of`], then [`Written::insert_again`].

use std::io::Write;
use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::AnyError;
use crate::measure::{Took, median, timed, took};

/// Rows of one table, in the order in which the engine wrote them.
struct Table {
    insert: String,
    rows: Vec<Vec<Value>>,
}

/// What the engine wrote into one file.
pub(crate) struct Written {
    schema: Vec<String>,
    auto_vacuum: i64,
    tables: Vec<Table>,
}

impl Written {
    /// Reads the rows that each `SELECT * FROM table …` gives; nobody else may write to the file meanwhile.
    pub(crate) fn of(file: &Path, selects: &[(&str, &str)]) -> Result<Self, AnyError> {
        // Not read-only: the log of a process that was killed has to be read in first.
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let mut written = Self { schema: schema(&db)?, auto_vacuum: 0, tables: Vec::new() };
        written.auto_vacuum = db.query_row("PRAGMA auto_vacuum", [], |row| row.get(0))?;
        for (table, behind) in selects {
            written.tables.push(read(&db, table, behind)?);
        }
        Ok(written)
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len()).sum()
    }

    /// Writes all rows into a new file in `batches` transactions. `synchronous` is the engine's own setting.
    pub(crate) fn insert_again(&self, synchronous: &str, batches: usize) -> Result<Took, AnyError> {
        let folder = tempfile::tempdir()?;
        let db = Connection::open(folder.path().join("floor.db"))?;
        db.execute_batch(&format!(
            "PRAGMA auto_vacuum={}; PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};
             PRAGMA foreign_keys=ON; PRAGMA mmap_size=0; PRAGMA cache_size=-65536;",
            self.auto_vacuum
        ))?;
        self.schema.iter().try_for_each(|sql| db.execute_batch(sql))?;
        let ((), took) = took(&[], || (0..batches).try_for_each(|batch| self.batch(&db, batch, batches)))?;
        Ok(took)
    }

    fn batch(&self, db: &Connection, batch: usize, batches: usize) -> Result<(), AnyError> {
        db.execute_batch("BEGIN IMMEDIATE")?;
        let mut inserts: Vec<_> =
            self.tables.iter().map(|table| db.prepare_cached(&table.insert)).collect::<Result<_, _>>()?;
        let longest = self.tables.iter().map(|table| table.rows.len()).max().unwrap_or(0);
        for at in longest * batch / batches..longest * (batch + 1) / batches {
            for (table, insert) in self.tables.iter().zip(&mut inserts) {
                // A shorter table's rows are spread evenly among the longest one's.
                let of = table.rows.len();
                for row in &table.rows[of * at / longest..of * (at + 1) / longest] {
                    insert.execute(params_from_iter(row))?;
                }
            }
        }
        drop(inserts);
        Ok(db.execute_batch("COMMIT")?)
    }
}

/// Every table and index of a file, in the order of their making.
fn schema(db: &Connection) -> Result<Vec<String>, AnyError> {
    let sql =
        // The tables inside a full-text index are made by it.
        "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite%'
         AND tbl_name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY rowid";
    Ok(db.prepare(sql)?.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

fn read(db: &Connection, table: &str, behind: &str) -> Result<Table, AnyError> {
    let mut select = db.prepare(&format!("SELECT * FROM {table} {behind}"))?;
    let columns = select.column_count();
    let marks = vec!["?"; columns].join(", ");
    let rows = select.query_map([], |row| (0..columns).map(|at| row.get(at)).collect())?;
    let rows: Vec<Vec<Value>> = rows.collect::<Result<_, _>>()?;
    Ok(Table { insert: format!("INSERT INTO {table} VALUES ({marks})"), rows })
}

/// Seconds of each of so many writes of a block, each made durable: what every durable figure stands on.
pub(crate) fn fdatasyncs(folder: &Path, times: usize) -> Result<Vec<f64>, AnyError> {
    let mut file = std::fs::File::create(folder.join("bare.block"))?;
    let one = |_| {
        file.write_all(&[b'x'; 4096])?;
        Ok(timed(|| Ok(file.sync_data()?))?.1)
    };
    (0..times).map(one).collect()
}

/// Commits of one row, each durable by itself: the least that saving costs.
pub(crate) struct Bare {
    db: Connection,
    body: Vec<u8>,
}

impl Bare {
    /// A file of its own in `folder`, for rows of `bytes`.
    pub(crate) fn new(folder: &Path, bytes: usize) -> Result<Self, AnyError> {
        let db = Connection::open(folder.join("bare.db"))?;
        db.execute_batch(
            "PRAGMA auto_vacuum=2; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=0;
             CREATE TABLE one(pk INTEGER PRIMARY KEY, body BLOB NOT NULL);",
        )?;
        Ok(Self { db, body: vec![b'x'; bytes] })
    }

    /// One commit; the seconds it took.
    pub(crate) fn commit(&self) -> Result<f64, AnyError> {
        let mut insert = self.db.prepare_cached("INSERT INTO one(body) VALUES (?1)")?;
        Ok(timed(|| Ok(insert.execute([&self.body])?))?.1)
    }
}

/// The rows of one select, read and nothing made of them; the seconds that takes, the middle of `times`.
pub(crate) fn bare_select(file: &Path, sql: &str, values: &[Value], times: usize) -> Result<f64, AnyError> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut select = db.prepare(sql)?;
    let columns = select.column_count();
    let mut all = Vec::new();
    for _ in 0..times {
        let read = || {
            let mut rows = select.query(params_from_iter(values))?;
            while let Some(row) = rows.next()? {
                for at in 0..columns {
                    std::hint::black_box(row.get_ref(at)?);
                }
            }
            Ok(())
        };
        all.push(timed(read)?.1);
    }
    Ok(median(all))
}
