//! How this device fares, for whoever helps from afar: versions, sizes, counts, codes and the engine's state.
//!
//! Nothing personal: no name, no address, no text that a person wrote, no id of a person, job or record, no key and
//! no token. What goes in is written here member by member, so that nothing comes along unseen.

use std::collections::BTreeMap;

use fieldcard_schema::wire::PROTO;
use serde::Serialize;

use crate::enrolment::{self, Enrolment};
use crate::error::ActionError;
use crate::store::Store;
use crate::sync::report::EngineReport;
use crate::{APP_VERSION, Core};

/// The report.
#[derive(Debug, Serialize)]
pub struct Diagnostics {
    format: &'static str,
    v: u32,
    /// Wall clock, ms.
    at: i64,
    app: &'static str,
    protocol: u32,
    system: &'static str,
    sqlite: &'static str,
    enrolment: &'static str,
    key_guarded: bool,
    outbox: OutboxReport,
    cache: CacheReport,
    engine: EngineReport,
}

/// The person's own work, counted.
#[derive(Debug, Serialize)]
struct OutboxReport {
    version: u32,
    bytes: u64,
    blob_bytes: u64,
    /// By state and outcome.
    ops: BTreeMap<String, u64>,
    /// By state.
    blobs: BTreeMap<String, u64>,
    drafts: usize,
    incarnations: u32,
    /// Age of what waits longest, in ms.
    oldest_waits_ms: Option<i64>,
    knows_epoch: bool,
    knows_mark: bool,
}

/// What the office told, counted.
#[derive(Debug, Serialize)]
struct CacheReport {
    number: u32,
    version: u32,
    bytes: u64,
    records: u64,
    audiences: usize,
    partial: bool,
    next_begun: bool,
    /// Wall clocks, ms.
    last_exchange: Option<i64>,
    checked_at: Option<i64>,
    check_mended: Option<i64>,
    clock_ahead_ms: Option<i64>,
}

impl Diagnostics {
    /// When it was made, by the wall clock, ms.
    pub fn at(&self) -> i64 {
        self.at
    }
}

impl Core {
    /// How this device fares.
    pub fn diagnostics(&mut self) -> Result<Diagnostics, ActionError> {
        self.store()?;
        let now = self.ports.clock.read();
        let Some(store) = &self.store else { return Err(ActionError::internal()) };
        let enrolment = match enrolment::state(store)? {
            Enrolment::None => "none",
            Enrolment::Asking(_) => "asking",
            Enrolment::Unconfirmed => "unconfirmed",
            Enrolment::Active => "active",
            Enrolment::KeyLost => "key_lost",
        };
        Ok(Diagnostics {
            format: "fieldcard-diagnostics",
            v: 1,
            at: now.0,
            app: APP_VERSION,
            protocol: PROTO,
            system: std::env::consts::OS,
            sqlite: crate::store::db::sqlite_version(),
            enrolment,
            key_guarded: self.ports.keystore.is_guarded(),
            outbox: outbox(store, now.0)?,
            cache: cache(store)?,
            engine: self.engine.report(now),
        })
    }
}

fn outbox(store: &Store, now: i64) -> Result<OutboxReport, ActionError> {
    let outbox = &store.outbox;
    let (blob_bytes, bytes) = outbox.sizes()?;
    Ok(OutboxReport {
        version: outbox.version()?,
        bytes,
        blob_bytes,
        ops: outbox.ops_counted()?,
        blobs: outbox.blobs_counted()?,
        drafts: outbox.draft_records()?.len(),
        incarnations: outbox.lives(),
        oldest_waits_ms: outbox.outstanding()?.map(|left| now - left.oldest),
        knows_epoch: outbox.last_epoch()?.is_some(),
        knows_mark: outbox.last_mark()?.is_some(),
    })
}

fn cache(store: &Store) -> Result<CacheReport, ActionError> {
    let cache = &store.cache;
    let number = |name: &str| -> Result<Option<i64>, ActionError> {
        Ok(cache.state(name)?.and_then(|text| text.parse().ok()))
    };
    Ok(CacheReport {
        number: cache.number,
        version: cache.version()?,
        bytes: cache.size()?,
        records: cache.count()?,
        audiences: cache.cursors()?.len(),
        partial: cache.is_partial()?,
        next_begun: store.next_cache.is_some(),
        last_exchange: number("last_exchange")?,
        checked_at: number("checked_at")?,
        check_mended: number("check_mended")?,
        clock_ahead_ms: number("clock_ahead")?,
    })
}
