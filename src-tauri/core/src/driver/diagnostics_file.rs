//! Writes the report of how this device fares, with the last lines of the trace, into a file of JSON.

use std::fs;
use std::path::{Path, PathBuf};

use fieldcard_schema::time::Timestamp;
use serde::Serialize;

use super::unsent_file::{free_name, refused};
use crate::day;
use crate::diagnostics::Diagnostics;
use crate::error::ActionError;

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    diagnostics: Diagnostics,
    /// Seconds since the app began, then what the engine was told (`<-`) or wanted (`->`).
    trace: Vec<String>,
}

/// Writes it into `folder`; answers where it is.
pub(super) fn save(
    diagnostics: Diagnostics,
    trace: Vec<String>,
    folder: &Path,
) -> Result<PathBuf, ActionError> {
    let at = Timestamp(diagnostics.at());
    let minute = at.0.rem_euclid(Timestamp::DAY) / 60_000;
    let name = format!("fieldcard-diagnostics-{}-{:02}{:02}", day::of(at, 0), minute / 60, minute % 60);
    let report = Report { diagnostics, trace };
    let text = serde_json::to_string_pretty(&report).map_err(|_| ActionError::internal())?;
    fs::create_dir_all(folder).map_err(refused)?;
    let path = free_name(folder, &name, ".json");
    fs::write(&path, text).map_err(refused)?;
    Ok(path)
}
