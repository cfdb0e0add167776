//! The engine's state as it stands in a report: what it is about, what it waits for, what failed last.

use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::error::ErrorCode;
use serde::Serialize;

use super::engine::Engine;
use super::patience::Patience;
use super::state::Pending;

/// Numbers and codes only.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "what is so or not, each by itself")]
pub struct EngineReport {
    online: bool,
    metered: Option<bool>,
    has_token: bool,
    in_round: bool,
    calls: u64,
    pending: Option<&'static str>,
    app_old: bool,
    revoked: bool,
    checking: bool,
    /// Bytes of the next body: ops, runs of blobs, rows.
    budgets: [usize; 3],
    /// Ms to wait before the next exchange, push, blob, check, dataset run.
    waits_ms: [i64; 5],
    /// How often these failed in a row.
    failures: [u32; 5],
    /// Blobs and dataset files set aside.
    set_aside: usize,
    /// The last codes, oldest first.
    last_codes: Vec<ErrorCode>,
}

impl Engine {
    /// Its state for a report.
    pub fn report(&self, now: ClockReading) -> EngineReport {
        let memory = &self.memory;
        let (budgets, patience) = (&memory.budgets, &memory.patience);
        let waits = [&patience.office, &patience.push, &patience.blobs, &patience.check, &patience.datasets];
        EngineReport {
            online: memory.online,
            metered: memory.metered,
            has_token: memory.token.is_some(),
            in_round: memory.round.is_some(),
            calls: memory.calls,
            pending: memory.pending.as_ref().map(|(_, pending)| named(pending)),
            app_old: memory.app_old,
            revoked: memory.revoked,
            checking: memory.checking.is_some(),
            budgets: [budgets.push.bytes(), budgets.runs.bytes(), budgets.pull.bytes()],
            waits_ms: waits.map(|patience| patience.left(now)),
            failures: waits.map(Patience::failures),
            set_aside: patience.items.len(),
            last_codes: memory.codes.clone(),
        }
    }
}

fn named(pending: &Pending) -> &'static str {
    match pending {
        Pending::Enrol => "enrol",
        Pending::Nonce => "nonce",
        Pending::Token => "token",
        Pending::Sync(_) => "sync",
        Pending::Blob { .. } => "blob",
        Pending::Check { .. } => "check",
        Pending::Dataset { .. } => "dataset",
    }
}
