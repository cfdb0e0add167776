//! `doctor`: looks for damage and for what will become damage. One line a finding.
//!
//! It changes nothing and runs beside the server. Each check goes on when another has found something.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use fieldcard_schema::time::Timestamp;

use super::backup::{digest_of, files, good_backups};
use super::{CliError, Terminal, moment, said};
use crate::config::Doctor;
use crate::folder::{self, DataFolder};
use crate::ports::{Clock, SystemClock};
use crate::storage::inspect::{CONSISTENCY, Inspection};
use crate::tls;

/// Less free space than this is a finding: 1 GiB.
const FREE_MIN: u64 = 1 << 30;

/// An older newest backup than this is a finding.
const BACKUP_AGE_MAX: i64 = 2 * Timestamp::DAY;

type Findings = Vec<String>;

/// Runs it.
pub(super) fn doctor(
    folder: &DataFolder,
    options: &Doctor,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    folder.expect_store()?;
    let backups = options.backups.clone().unwrap_or_else(|| folder.root().join("backups"));
    let mut findings = Findings::new();
    keys(folder, &mut findings);
    space(folder.root(), &mut findings);
    store(folder, &mut findings);
    age_of_backups(&backups, SystemClock.now(), &mut findings);
    for finding in &findings {
        terminal.line(finding)?;
    }
    match findings.len() {
        0 => terminal.line("all is well"),
        1 => Err(said("1 finding")),
        n => Err(said(format!("{n} findings"))),
    }
}

fn keys(folder: &DataFolder, findings: &mut Findings) {
    if let Err(error) = tls::org_key(&folder.keys()) {
        findings.push(format!("org key: {error}"));
    }
    if let Err(error) = tls::token_secret(&folder.keys()) {
        findings.push(format!("token key: {error}"));
    }
    for name in ["tls.key.pem", "tls.cert.pem"] {
        let path = folder.keys().join(name);
        if let Some(Err(error)) = path.exists().then(|| folder::read_secret(&path)) {
            findings.push(format!("TLS key: {error}"));
        }
    }
    let open = std::fs::metadata(folder.root()).is_ok_and(|meta| meta.mode() & 0o027 != 0);
    if open {
        findings.push(format!("permissions: other users can enter {}", folder.root().display()));
    }
}

fn space(root: &Path, findings: &mut Findings) {
    match rustix::fs::statvfs(root) {
        Ok(stat) if stat.f_bavail.saturating_mul(stat.f_frsize) < FREE_MIN => {
            let mib = stat.f_bavail.saturating_mul(stat.f_frsize) >> 20;
            findings.push(format!("space: only {mib} MiB are free"));
        }
        Ok(_) => {}
        Err(error) => findings.push(format!("space: cannot be asked: {error}")),
    }
}

fn store(folder: &DataFolder, findings: &mut Findings) {
    let looked = Inspection::open(&folder.database()).map_err(CliError::from).and_then(|inspection| {
        settings(&inspection, findings)?;
        findings.extend(inspection.integrity()?.into_iter().map(|line| format!("store: {line}")));
        if let Some(pos) = inspection.first_broken_op()? {
            findings.push(format!("op log: body, digest and running hash do not fit at position {pos}"));
        }
        for rule in CONSISTENCY {
            let count = inspection.count(rule)?;
            if count > 0 {
                findings.push(format!("tables: {count} {}", rule.says));
            }
        }
        blobs(folder, &inspection, findings)
    });
    if let Err(error) = looked {
        findings.push(format!("store: {error}"));
    }
}

fn settings(inspection: &Inspection, findings: &mut Findings) -> Result<(), CliError> {
    let mode = inspection.journal_mode()?;
    if mode != "wal" {
        findings.push(format!("store: journal mode is {mode}, not wal"));
    }
    Ok(())
}

fn blobs(folder: &DataFolder, inspection: &Inspection, findings: &mut Findings) -> Result<(), CliError> {
    let files = files(&folder.blobs())?;
    for blob in inspection.blobs()? {
        let path = files.path(blob.sha256);
        if !path.exists() {
            findings.push(format!("blob {}: missing", blob.sha256));
        } else if digest_of(&path).map_or(true, |digest| digest != blob.sha256) {
            findings.push(format!("blob {}: its bytes are not what its name says", blob.sha256));
        }
    }
    Ok(())
}

fn age_of_backups(folder: &Path, now: Timestamp, findings: &mut Findings) {
    let newest = good_backups(folder).ok().and_then(|mut good| good.pop());
    match newest {
        None => findings.push(format!("backup: {} holds none", folder.display())),
        Some((_, manifest)) if now.0 - manifest.at.0 > BACKUP_AGE_MAX => {
            findings.push(format!("backup: the newest is of {}", moment(manifest.at)));
        }
        Some(_) => {}
    }
}
