//! Dataset files: reference data as whole, versioned, content-addressed blobs. No personal data in them.
//!
//! A file is zstd over lines of strict JSON, each ended by a line feed: one [`Header`], then one row a line.
//! Its SHA-256 names it; the record of kind `dataset` says which one is current. The format is final: members
//! are only added, and readers keep those they do not know.
//!
//! ```text
//! {"format":1,"name":"parts","version":3,"rows":2,"made_at":1794700000000}
//! {"number":"HC31-02150B",…}
//! {"number":"HC72-00010A",…}
//! ```
//!
//! [`Reader`] takes nothing on trust: not the size after decompression, not the length of a line, not the
//! number of rows. [`pack`] makes a file. One kind of row a file, in the modules below.

pub mod delta;
pub mod faults;
pub mod labour;
pub mod parts;
pub mod photo_sets;
pub mod terms;

use std::io::{self, BufRead, BufReader, Read};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::json::{self, Fields};
use crate::time::Timestamp;

/// The format that this code writes and the newest it reads.
pub const FORMAT: u32 = 1;

/// Media type of a dataset file.
pub const MEDIA_TYPE: &str = "application/vnd.fieldcard.dataset+zstd";

/// Most bytes of one line, its line feed included.
pub const LINE_MAX: usize = 64 * 1024;

/// Most rows of one file.
pub const ROWS_MAX: u64 = 2_000_000;

/// Most bytes of a file after decompression: 1 GiB.
pub const TEXT_MAX: u64 = 1 << 30;

/// Every name this version knows, in their order.
pub const NAMES: [&str; 5] = [
    faults::Fault::NAME,
    labour::Operation::NAME,
    parts::Part::NAME,
    photo_sets::PhotoNeed::NAME,
    terms::Term::NAME,
];

/// The largest window a reader grants a compressor: 2²³ bytes.
const WINDOW_LOG_MAX: u32 = 23;

/// One kind of row.
pub trait Row: Serialize + DeserializeOwned {
    /// Name of the dataset.
    const NAME: &'static str;

    /// What tells this row from all others of the file.
    fn key(&self) -> String;
}

/// The key of a line of the dataset `name`; `None` where this version knows no such dataset or no such row.
pub fn key_of(name: &str, line: &[u8]) -> Option<String> {
    fn key<R: Row>(line: &[u8]) -> Option<String> {
        serde_json::from_slice::<R>(line).ok().map(|row| row.key())
    }
    match name {
        faults::Fault::NAME => key::<faults::Fault>(line),
        labour::Operation::NAME => key::<labour::Operation>(line),
        parts::Part::NAME => key::<parts::Part>(line),
        photo_sets::PhotoNeed::NAME => key::<photo_sets::PhotoNeed>(line),
        terms::Term::NAME => key::<terms::Term>(line),
        _ => None,
    }
}

/// The first line of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// Which dataset.
    pub name: String,
    /// Rises with every version of this dataset.
    pub version: u64,
    /// How many lines follow.
    pub rows: u64,
    /// When the office made it.
    pub made_at: Timestamp,
    /// Members of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Header {
    /// The header of a file with `rows` rows.
    pub fn new(name: &str, version: u64, rows: u64, made_at: Timestamp) -> Self {
        Self { format: FORMAT, name: name.to_owned(), version, rows, made_at, rest: Fields::new() }
    }
}

/// Why bytes are not a dataset file that can be taken. Names the line, never its content.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// Reading failed, or the bytes are not zstd.
    #[error("unreadable: {0}")]
    Unreadable(#[from] io::Error),
    /// Written by a later version of the program.
    #[error("format {0}, newer than {FORMAT}")]
    TooNew(u64),
    /// A line is not what it should be; the header is line 1.
    #[error("line {0}: {1}")]
    Line(u64, String),
    /// Over one of the limits.
    #[error("more than the limit of {0}")]
    TooLarge(&'static str),
    /// The header says another number of rows.
    #[error("{found} rows, the header says {said}")]
    Rows {
        /// What the header says.
        said: u64,
        /// What there is, or one more than was said.
        found: u64,
    },
}

/// One row as a line, without its line feed.
pub fn line_of<R: Row>(row: &R) -> Result<Vec<u8>, DatasetError> {
    let wrong = |e: &dyn std::fmt::Display| DatasetError::Line(0, e.to_string());
    let value = serde_json::to_value(row).map_err(|e| wrong(&e))?;
    json::check(&value).map_err(|e| wrong(&e))?;
    let line = serde_json::to_vec(row).map_err(|e| wrong(&e))?;
    if line.len() < LINE_MAX { Ok(line) } else { Err(DatasetError::TooLarge("line")) }
}

/// A file from its header and its lines: the bytes that are hashed, stored and sent.
pub fn pack(header: &Header, lines: &[Vec<u8>]) -> Result<Vec<u8>, DatasetError> {
    if lines.len() as u64 != header.rows {
        return Err(DatasetError::Rows { said: header.rows, found: lines.len() as u64 });
    }
    if header.rows > ROWS_MAX {
        return Err(DatasetError::TooLarge("rows"));
    }
    let head = serde_json::to_vec(header).map_err(|e| DatasetError::Line(1, e.to_string()))?;
    let mut text =
        Vec::with_capacity(lines.iter().map(|line| line.len() + 1).sum::<usize>() + head.len() + 1);
    for line in std::iter::once(&head).chain(lines) {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    // Made once in a while and fetched by every device: worth more than the level of messages.
    Ok(zstd::encode_all(text.as_slice(), 12)?)
}

/// Reads a file line by line; memory stays at a line and the compressor's window.
pub struct Reader<S: Read> {
    text: io::Take<BufReader<zstd::Decoder<'static, BufReader<S>>>>,
    header: Header,
    line: u64,
}

impl<S: Read> Reader<S> {
    /// Reads the header.
    pub fn open(source: S) -> Result<Self, DatasetError> {
        let mut decoder = zstd::Decoder::new(source)?;
        decoder.window_log_max(WINDOW_LOG_MAX)?;
        let header = Header::new("", 0, 0, Timestamp(0));
        let mut reader = Self { text: BufReader::new(decoder).take(TEXT_MAX), header, line: 0 };
        let line = reader.next_line()?.ok_or(DatasetError::Line(1, "no header".into()))?;
        let value = strict(&line, 1)?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format > u64::from(FORMAT) => return Err(DatasetError::TooNew(format)),
            _ => {}
        }
        reader.header = serde_json::from_value(value).map_err(|e| DatasetError::Line(1, e.to_string()))?;
        if reader.header.rows > ROWS_MAX { Err(DatasetError::TooLarge("rows")) } else { Ok(reader) }
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The next line as it stands; `None` behind the last one, once their number is right.
    pub fn next_raw(&mut self) -> Result<Option<Vec<u8>>, DatasetError> {
        let found = self.line;
        let Some(line) = self.next_line()? else {
            let said = self.header.rows;
            let rows = found - 1;
            return if rows == said { Ok(None) } else { Err(DatasetError::Rows { said, found: rows }) };
        };
        if found > self.header.rows {
            return Err(DatasetError::Rows { said: self.header.rows, found });
        }
        Ok(Some(line))
    }

    /// The next line as what it says; `T` decides what is strict enough.
    pub fn next_as<T: DeserializeOwned>(&mut self) -> Result<Option<T>, DatasetError> {
        let Some(line) = self.next_raw()? else { return Ok(None) };
        let read = serde_json::from_slice(&line);
        read.map(Some).map_err(|e| DatasetError::Line(self.line, e.to_string()))
    }

    /// The next row as an object.
    pub fn next_value(&mut self) -> Result<Option<Fields>, DatasetError> {
        let Some(line) = self.next_raw()? else { return Ok(None) };
        match strict(&line, self.line)? {
            serde_json::Value::Object(row) => Ok(Some(row)),
            _ => Err(DatasetError::Line(self.line, "not an object".into())),
        }
    }

    /// The next row of a known kind.
    pub fn next_row<R: Row>(&mut self) -> Result<Option<R>, DatasetError> {
        let Some(fields) = self.next_value()? else { return Ok(None) };
        let row = serde_json::from_value(serde_json::Value::Object(fields));
        row.map(Some).map_err(|e| DatasetError::Line(self.line, e.to_string()))
    }

    /// The next line without its line feed. The last line must have one: half a file is no file.
    fn next_line(&mut self) -> Result<Option<Vec<u8>>, DatasetError> {
        let mut line = Vec::new();
        let got = self.text.by_ref().take(LINE_MAX as u64 + 1).read_until(b'\n', &mut line)?;
        if got == 0 {
            return if self.text.limit() == 0 { Err(DatasetError::TooLarge("size")) } else { Ok(None) };
        }
        self.line += 1;
        if got > LINE_MAX {
            return Err(DatasetError::TooLarge("line"));
        }
        if line.pop() != Some(b'\n') {
            return Err(DatasetError::Line(self.line, "cut off".into()));
        }
        Ok(Some(line))
    }
}

fn strict(line: &[u8], number: u64) -> Result<serde_json::Value, DatasetError> {
    json::parse(line).map_err(|e| DatasetError::Line(number, e.to_string()))
}

#[cfg(test)]
mod tests;
