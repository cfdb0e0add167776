//! `serve`: the server until somebody ends it. The only place with a runtime and signals.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::time::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;

use super::backup::{prune, run as run_backup};
use super::{CliError, Terminal, init, said};
use crate::accounts::hasher::Hasher;
use crate::app::{App, Settings};
use crate::config::Serve;
use crate::desk::reader::Reader;
use crate::desk::{Desk, StartError, setting};
use crate::folder::DataFolder;
use crate::http::listen::{self, Limits};
use crate::http::readers::Readers;
use crate::http::routes::router;
use crate::http::writer::Writer;
use crate::hub::LastWords;
use crate::ports::{Clock, SystemClock};
use crate::storage::accounts::AccountStore;
use crate::storage::db::Place;
use crate::tls::{self, ServerTls};

/// The hour of the office's night at which the backup runs.
const BACKUP_HOUR: i64 = 2;

/// The hour of the office's night at which what is over leaves the phones.
const SWEEP_HOUR: i64 = 3;

/// Runs the server.
pub(super) fn serve(
    folder: &DataFolder,
    options: &Serve,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    check(options)?;
    folder.expect_store()?;
    let _lock = folder.lock()?;
    let (url, offset_minutes) = told(folder)?;
    let tls = ending_tls(folder, options, &url)?;
    let tls_key = tls.as_ref().map_or(Digest::ZERO, |tls| tls.key);
    let org_key = tls::org_key(&folder.keys())?.verifying_key().to_bytes();
    let settings = Settings {
        secure_cookie: !options.http || options.behind_proxy,
        behind_proxy: options.behind_proxy,
        url,
        org_key,
    };
    let (desk_folder, reader_folder) = (folder.clone(), folder.clone());
    let words = LastWords::default();
    let their_words = words.clone();
    let (writer, thread) = Writer::start(move || Ok(Desk::open(&desk_folder, tls_key)?.sharing(&words)))?;
    let readers = Readers::new(move || Reader::open(&reader_folder, their_words.clone()));
    let app = App::new(writer.clone(), readers, Hasher::start()?, settings);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        tokio::spawn(daily(writer.clone(), offset_minutes));
        if !options.no_nightly_backup {
            let to = options.backups.clone().unwrap_or_else(|| folder.root().join("backups"));
            tokio::spawn(nightly(folder.clone(), to, offset_minutes, writer));
        }
        run(options.listen, tls, app, terminal).await
    });
    // Ends every task, and with them every way to the writer's thread, which then ends its work. A backup
    // under way is given up: it counts only once it is whole.
    runtime.shutdown_timeout(Duration::from_secs(5));
    if thread.join().is_err() {
        return Err(said("the writer ended badly; what was acknowledged is stored"));
    }
    tracing::info!("stopped");
    served
}

fn check(options: &Serve) -> Result<(), CliError> {
    let open = options.http && !options.behind_proxy && !options.listen.ip().is_loopback();
    if open {
        let advice = "leave --http out, listen on 127.0.0.1, or say --behind-proxy";
        return Err(said(format!("--http would send passwords and work in the open: {advice}")));
    }
    Ok(())
}

fn told(folder: &DataFolder) -> Result<(String, i32), CliError> {
    let accounts = AccountStore::open(&Place::File(folder.database()))?;
    let setting = |name| Ok::<_, CliError>(accounts.setting(name)?.ok_or(StartError::NoSetting(name))?);
    let offset = setting(setting::OFFSET_MINUTES)?.parse().unwrap_or(0);
    Ok((setting(setting::URL)?, offset))
}

fn ending_tls(folder: &DataFolder, options: &Serve, url: &str) -> Result<Option<ServerTls>, CliError> {
    if options.http {
        return Ok(None);
    }
    let org_key = tls::org_key(&folder.keys())?;
    Ok(Some(tls::load_or_make(&folder.keys(), &org_key, &init::certificate_names(url)?)?))
}

async fn run(
    listen: SocketAddr,
    tls: Option<ServerTls>,
    app: App,
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = listen::bind(listen).await.map_err(|e| said(format!("cannot listen on {listen}: {e}")))?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    terminal.line(&format!("listening on {scheme}://{}", listener.local_addr()?))?;
    terminal.output.flush()?;
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    };
    let acceptor = tls.map(|tls| TlsAcceptor::from(Arc::clone(&tls.config)));
    listen::serve(listener, acceptor, router(app), Limits::default(), stop).await;
    Ok(())
}

/// Takes from the phones what is over and drops what was begun and never ended: at the start, and each night.
async fn daily(writer: Writer, offset_minutes: i32) {
    loop {
        sweep(&writer).await;
        match writer.run(|desk| desk.hub.drop_stale_blobs()).await.and_then(|done| done) {
            Ok(0) => {}
            Ok(dropped) => tracing::info!(dropped, "blobs that were never whole"),
            Err(error) => tracing::warn!(%error, "blobs that were never whole are kept"),
        }
        tokio::time::sleep(until_hour(SWEEP_HOUR, SystemClock.now(), offset_minutes)).await;
    }
}

async fn sweep(writer: &Writer) {
    loop {
        match writer.run(|desk| desk.hub.sweep()).await.and_then(|done| done) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return tracing::warn!(%error, "what is over stays on the phones for another day"),
        }
    }
}

/// Makes a backup each night and tells the hub how far the older good ones reach.
async fn nightly(folder: DataFolder, to: PathBuf, offset_minutes: i32, writer: Writer) {
    loop {
        tokio::time::sleep(until_hour(BACKUP_HOUR, SystemClock.now(), offset_minutes)).await;
        let (folder, to) = (folder.clone(), to.clone());
        let done = tokio::task::spawn_blocking(move || {
            let report = run_backup(&folder, &to)?;
            prune(&to)?;
            Ok::<_, CliError>(report)
        })
        .await;
        match done {
            Ok(Ok(report)) => {
                let covered = report.covered;
                let noted = writer.run(move |desk| desk.hub.backed_up(covered)).await.and_then(|done| done);
                tracing::info!(head = report.head, covered, noted = noted.is_ok(), "backup");
            }
            Ok(Err(error)) => tracing::error!(%error, "no backup this night"),
            Err(_) => tracing::error!("no backup this night: it panicked"),
        }
    }
}

fn until_hour(hour: i64, now: Timestamp, offset_minutes: i32) -> Duration {
    let local = now.plus(i64::from(offset_minutes) * 60_000).0;
    let wait = (hour * 3_600_000 - local).rem_euclid(Timestamp::DAY);
    // At the very hour: the next night, not again at once.
    let wait = if wait == 0 { Timestamp::DAY } else { wait };
    Duration::from_millis(u64::try_from(wait).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backup_waits_for_the_night_of_the_office() {
        let hours =
            |now: i64, offset| until_hour(BACKUP_HOUR, Timestamp(now * 3_600_000), offset).as_secs() / 3600;
        assert_eq!(hours(0, 0), 2);
        assert_eq!(hours(3, 0), 23);
        assert_eq!(hours(2, 0), 24);
        assert_eq!(hours(12, 480), 6);
    }
}
