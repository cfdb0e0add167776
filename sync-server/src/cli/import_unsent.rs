//! `import --unsent`: takes phones' files of unsent work in, and says how each entry ended.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::unsent::Manifest;

use super::{CliError, Terminal, desk, moment, said};
use crate::config::Import;
use crate::folder::DataFolder;
use crate::hub::Hub;
use crate::unsent::{self, Taken};

/// Runs it. A file that is refused does not stop the others.
pub(super) fn import(
    folder: &DataFolder,
    options: &Import,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    let mut desk = desk(folder)?;
    let mut refused = 0;
    for path in &options.from {
        let told = if options.check {
            check(&mut desk.hub, path, options.unsigned, terminal)
        } else {
            take(&mut desk.hub, path, options.unsigned, terminal)
        };
        match told {
            Err(CliError::Said(why)) => {
                refused += 1;
                terminal.line(&format!("{}: {why}", path.display()))?;
            }
            told => told?,
        }
    }
    if refused == 0 {
        Ok(())
    } else {
        Err(said(format!("{refused} of {} files were not taken in whole", options.from.len())))
    }
}

fn open(path: &Path) -> Result<File, CliError> {
    File::open(path).map_err(|error| said(error.to_string()))
}

fn check(hub: &mut Hub, path: &Path, vouched: bool, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let manifest = unsent::check(hub, open(path)?, vouched).map_err(|error| said(error.to_string()))?;
    head(path, &manifest, terminal)?;
    let ops: u64 = manifest.pushes.iter().map(|push| push.ops).sum();
    let signed = if manifest.unsigned { "unsigned" } else { "signed" };
    terminal.line(&format!("  whole and {signed}: {ops} entries, {} photos and cards", manifest.blobs.len()))
}

fn take(hub: &mut Hub, path: &Path, vouched: bool, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let taken = unsent::take(hub, open(path)?, vouched).map_err(|error| said(error.to_string()))?;
    head(path, &taken.manifest, terminal)?;
    terminal.line("                               new  held before")?;
    for (name, (new, again)) in counts(&taken) {
        terminal.line(&format!("  {name:<28}{new:>4}{again:>13}"))?;
    }
    terminal.line(&format!("  {:<28}{:>4}{:>13}", "photos and cards", taken.stored, taken.held))
}

fn head(path: &Path, manifest: &Manifest, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let Manifest { user_name, device, at, .. } = manifest;
    let when = moment(Timestamp(*at));
    terminal.line(&format!("{}: {user_name}, device {device}, written {when}", path.display()))?;
    for sha256 in &manifest.unreadable {
        terminal.line(&format!("  the phone itself can no longer read the photo or card {sha256}"))?;
    }
    Ok(())
}

/// How many ops ended in each way: now, and when they came before.
fn counts(taken: &Taken) -> BTreeMap<String, (usize, usize)> {
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for one in &taken.outcomes {
        let (new, again) = counts.entry(name(one.outcome.outcome, one.outcome.why)).or_default();
        *if one.again { again } else { new } += 1;
    }
    counts
}

fn name(outcome: Outcome, why: Option<Why>) -> String {
    let word = |value: Result<serde_json::Value, _>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let outcome = word(serde_json::to_value(outcome));
    why.map_or(outcome.clone(), |why| format!("{outcome} ({})", word(serde_json::to_value(why))))
}
