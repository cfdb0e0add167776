//! A store as one would write it without knowing better, for the controls: its faults must be caught.
//!
//! With `FULL` and `execute` it is as good as the real ones, so that only the fault under test differs.

use fieldcard_schema::digest::Digest;
use fieldcard_tests::simulation::disk::{self, End};
use fieldcard_tests::simulation::vfs;
use rusqlite::{Connection, OpenFlags};

use super::lives::{Book, Failed, Keeper};

const NODE: &str = "plain";

/// How a row is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    Execute,
    /// Reads the row that `RETURNING` gives and never hears how the commit ended.
    QueryRow,
}

pub(crate) struct Plain {
    synchronous: &'static str,
    write: Write,
    fresh: disk::Copy,
    db: Option<Connection>,
}

impl Plain {
    pub(crate) fn new(synchronous: &'static str, write: Write) -> Self {
        disk::reset(0);
        drop(connect("FULL").unwrap());
        disk::end(NODE, End::PowerCut);
        Self { synchronous, write, fresh: disk::copy(NODE), db: None }
    }
}

fn connect(synchronous: &str) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let db = Connection::open_with_flags_and_vfs(format!("{NODE}/a.db"), flags, vfs::NAME)?;
    db.execute_batch(&format!(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA wal_autocheckpoint=20;
         CREATE TABLE IF NOT EXISTS row(body BLOB);"
    ))?;
    Ok(db)
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        let full = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
        if full { Self::Full } else { Self::Broken }
    }
}

impl Keeper for Plain {
    const SCRIPT: u64 = 40;

    fn node(&self) -> &'static str {
        NODE
    }

    fn begin(&mut self, seed: u64) {
        self.db = None;
        disk::reset(seed);
        disk::put_back(NODE, &self.fresh);
    }

    fn open(&mut self) -> Result<(), Failed> {
        if self.db.is_none() {
            self.db = Some(connect(self.synchronous)?);
        }
        Ok(())
    }

    fn act(&mut self, n: u64, book: &mut Book) -> Result<(), Failed> {
        let db = self.db.as_ref().ok_or(Failed::Broken)?;
        let body = n.to_be_bytes().repeat(60);
        let digest = Digest::of(&body);
        book.asks(vec![digest]);
        match self.write {
            Write::Execute => db.execute("INSERT INTO row VALUES (?1)", [&body]).map(drop)?,
            Write::QueryRow => {
                db.query_row("INSERT INTO row VALUES (?1) RETURNING rowid", [&body], |_| Ok(()))?;
            }
        }
        book.acknowledged(&[digest]);
        Ok(())
    }

    fn end(&mut self, how: End) {
        self.db = None;
        disk::end(NODE, how);
    }

    fn held(&mut self) -> Result<Vec<Digest>, Failed> {
        let db = self.db.as_ref().ok_or(Failed::Broken)?;
        let mut select = db.prepare("SELECT body FROM row")?;
        let rows = select.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
        Ok(rows.map(|body| body.map(|body| Digest::of(&body))).collect::<Result<_, _>>()?)
    }
}
