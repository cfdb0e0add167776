//! The documents of `workload.py` as records: ids as they are, kinds as the glossary has them.
//!
//! ```text
//! part_new → part_line     part_old → old_part     labour → time_entry, a kind that this version does not
//! know: it is kept like any other     value → a decimal as text     customer, priority → the job's own words
//! ```
//! Every other field travels as an unknown one. Never measures.

use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use serde_json::Value;
use tempfile::TempDir;

use crate::AnyError;

/// A document as a record that is about to be made.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) kind: &'static str,
    pub(crate) rec: RecordId,
    pub(crate) job: Option<RecordId>,
    pub(crate) set: Fields,
}

/// Documents of one file.
pub(crate) struct Documents {
    pub(crate) rows: Vec<Row>,
    /// The file as it is, cut after the last document that was read.
    pub(crate) text: String,
}

/// Where the files are, once they are written: every part takes the same, each for a server of its own.
static WRITTEN: Mutex<Option<TempDir>> = Mutex::new(None);

fn text_of(file: &str) -> Result<String, AnyError> {
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    if written.is_none() {
        let folder = tempfile::tempdir()?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/workload.py");
        let output = Command::new("python3").arg(script).arg(folder.path()).output()?;
        if !output.status.success() {
            return Err(format!("workload.py: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        *written = Some(folder);
    }
    let folder = written.as_ref().ok_or("no documents")?;
    Ok(std::fs::read_to_string(folder.path().join(file))?)
}

/// Removes the files.
pub(crate) fn clean() {
    WRITTEN.lock().unwrap_or_else(PoisonError::into_inner).take();
}

/// The first `most` documents of a file; five make a job.
pub(crate) fn read(file: &str, most: usize) -> Result<Documents, AnyError> {
    let mut documents = Documents { rows: Vec::new(), text: String::new() };
    for line in text_of(file)?.lines().take(most) {
        documents.rows.push(row(serde_json::from_str(line)?)?);
        documents.text.push_str(line);
        documents.text.push('\n');
    }
    Ok(documents)
}

fn row(mut set: Fields) -> Result<Row, AnyError> {
    let mut text = |name: &str| set.remove(name).and_then(|value| value.as_str().map(str::to_owned));
    let rec = text("id").ok_or("a document without an id")?.parse()?;
    let job = text("job_id").map(|job| job.parse()).transpose()?;
    let kind = match text("kind").as_deref() {
        Some("job") => "job",
        Some("part_new") => "part_line",
        Some("part_old") => "old_part",
        Some("labour") => "time_entry",
        Some("reading") => "reading",
        other => return Err(format!("a document of kind {other:?}").into()),
    };
    for (name, ours) in [("value", "value"), ("priority", "priority"), ("customer", "customer_name")] {
        match set.remove(name) {
            Some(Value::Number(number)) => set.insert(ours.to_owned(), number.to_string().into()),
            Some(other) => set.insert(ours.to_owned(), other),
            None => None,
        };
    }
    Ok(Row { kind, rec, job, set })
}
