//! `export`: everything that anybody ever did, as lines of JSON, and the names of all blobs.
//!
//! An op stands as the bytes it came in; one that is no JSON stands as base64 under `bytes`.

use fieldcard_schema::digest::to_hex;
use fieldcard_schema::wire::enrol::to_base64;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{CliError, Terminal, said};
use crate::folder::DataFolder;
use crate::storage::inspect::{Inspection, LoggedOp};

#[derive(Serialize)]
struct OpLine<'a> {
    pos: u64,
    at: i64,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
    /// Who sent it; the office's ops have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

#[derive(Serialize)]
struct BlobLine<'a> {
    blob: String,
    size: u64,
    media_type: &'a str,
}

/// Runs it.
pub(super) fn export(folder: &DataFolder, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    folder.expect_store()?;
    let inspection = Inspection::open(&folder.database())?;
    inspection.ops::<CliError>(|op| terminal.line(&op_line(&op)?))?;
    for blob in inspection.blobs()? {
        let line = BlobLine { blob: blob.sha256.to_string(), size: blob.size, media_type: &blob.media_type };
        terminal.line(&serde_json::to_string(&line).map_err(|e| said(e.to_string()))?)?;
    }
    Ok(())
}

fn op_line(op: &LoggedOp) -> Result<String, CliError> {
    // A line must stay one line, whatever the bytes are.
    let one_line = !op.body.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    let raw: Option<&RawValue> = serde_json::from_slice(&op.body).ok().filter(|_| one_line);
    let line = OpLine {
        pos: op.pos,
        at: op.at,
        outcome: &op.outcome,
        why: op.why.as_deref(),
        device: op.device.map(|id| to_hex(&id)),
        bytes: raw.is_none().then(|| to_base64(&op.body)),
        op: raw,
    };
    serde_json::to_string(&line).map_err(|e| said(e.to_string()))
}
