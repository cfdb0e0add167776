//! `import`: reads the department's own files; says what became of each table and which cells are wrong.

use std::path::{Path, PathBuf};

use super::import_words::line;
use super::{CliError, Terminal, desk, operator, said};
use crate::config::{Import, Language};
use crate::folder::DataFolder;
use crate::import::{self, Mode, Report, Source};

/// Most problems that are written out.
const PROBLEMS_MAX: usize = 200;

/// Runs it. What was not taken in makes it fail, after the rest was written.
pub(super) fn import(
    folder: &DataFolder,
    options: &Import,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    let mut sources = Vec::new();
    for path in &options.from {
        add_sources(path, &mut sources)?;
    }
    if sources.is_empty() {
        return Err(said(
            "there is no .csv or .xlsx file there; unsent work of a phone (.zip) goes in with --unsent",
        ));
    }
    let mode = match (options.check, options.strict) {
        (true, _) => Mode::Check,
        (false, true) => Mode::Strict,
        (false, false) => Mode::Lenient,
    };
    let mut desk = desk(folder)?;
    let by = operator(&desk);
    let report = import::import(&mut desk, by, &sources, mode)?;
    tell(&report, mode, options.lang, terminal)
}

fn add_sources(path: &Path, sources: &mut Vec<Source>) -> Result<(), CliError> {
    let at = |error: std::io::Error| said(format!("{}: {error}", path.display()));
    let mut files: Vec<PathBuf> = if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(at)?;
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|file| file.is_file()).collect()
    } else {
        vec![path.to_owned()]
    };
    files.sort();
    for file in files {
        let kind = file.extension().map(|kind| kind.to_string_lossy().to_lowercase()).unwrap_or_default();
        if !matches!(kind.as_str(), "csv" | "xlsx") {
            continue;
        }
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        sources.push(Source { name, bytes: std::fs::read(&file).map_err(at)? });
    }
    Ok(())
}

fn tell(
    report: &Report,
    mode: Mode,
    language: Option<Language>,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    terminal.line("table            rows  created  changed     same  refused")?;
    for (table, counts) in &report.tables {
        let crate::import::Counts { rows, created, changed, same, refused } = counts;
        terminal.line(&format!("{table:<15}{rows:>6}{created:>9}{changed:>9}{same:>9}{refused:>9}"))?;
    }
    for problem in report.problems.iter().take(PROBLEMS_MAX) {
        terminal.line(&line(problem, language))?;
    }
    if report.problems.len() > PROBLEMS_MAX {
        terminal.line(&format!("… and {} more", report.problems.len() - PROBLEMS_MAX))?;
    }
    let errors = report.errors().count();
    match (errors, report.written, mode) {
        (0, ..) => Ok(()),
        (_, true, _) => Err(said(format!("{errors} rows or cells were left out; all else was taken in"))),
        (_, false, Mode::Check) => {
            Err(said(format!("{errors} rows or cells are wrong; nothing was written")))
        }
        (_, false, _) => Err(said(format!("{errors} rows or cells are wrong; strict: nothing was written"))),
    }
}
