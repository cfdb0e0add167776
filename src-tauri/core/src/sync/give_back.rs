//! What the server has lost and asks for: records that ops of this device hang on, as they last stood here.
//!
//! Read from the cache in use, which stays until all of it was given: a server that was restored is the reason to
//! build another one. What this device made itself is not among it, that comes as its ops.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::id::RecordId;
use fieldcard_schema::op::{Act, Op};
use fieldcard_schema::wire::page::{Row, Table};

use crate::store::{Store, StoreError};

/// About the bytes of a row beside its fields.
const ROW_BYTES: usize = 120;

/// Records to be given back.
#[derive(Debug, Default)]
pub(super) struct GiveBack {
    rows: Vec<Row>,
    /// How many of them are under way.
    sent: usize,
    /// What was asked for before: it is given once, and what is not here is not looked for again.
    asked: BTreeSet<RecordId>,
}

impl GiveBack {
    /// Looks up what is asked for the first time.
    pub(super) fn ask(&mut self, need: &[RecordId], store: &Store) -> Result<(), StoreError> {
        for rec in need {
            if self.asked.insert(*rec) {
                self.rows.extend(remembered(store, *rec)?);
            }
        }
        Ok(())
    }

    /// The next of them, up to about `bytes`.
    pub(super) fn next(&mut self, bytes: usize) -> Result<Vec<Table>, StoreError> {
        let mut left = bytes;
        let fits = |row: &&Row| {
            let size = serde_json::to_string(&row.state.fields).map_or(0, |text| text.len()) + ROW_BYTES;
            let fits = size <= left || left == bytes;
            left = left.saturating_sub(size);
            fits
        };
        let batch: Vec<Row> = self.rows.iter().take_while(fits).cloned().collect();
        self.sent = batch.len();
        let mut kinds: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for row in batch {
            kinds.entry(row.state.kind.clone()).or_default().push(row);
        }
        let tables = kinds.iter().map(|(kind, rows)| Table::from_rows(kind, rows));
        tables.collect::<Result<_, _>>().map_err(|_| StoreError::Damaged("record"))
    }

    /// The server has answered the call that carried them.
    pub(super) fn taken(&mut self) {
        self.rows.drain(..std::mem::take(&mut self.sent).min(self.rows.len()));
    }

    /// Whether something is still to be given.
    pub(super) fn is_due(&self) -> bool {
        !self.rows.is_empty()
    }
}

/// A record as the server last told it; with a job all that hangs on it, its machine and its customer.
fn remembered(store: &Store, rec: RecordId) -> Result<Vec<Row>, StoreError> {
    let Some(job) = store.cache.shadow(rec)? else { return Ok(Vec::new()) };
    let mut recs = vec![rec];
    if job.kind == "job" {
        let id = |field: &str| job.fields.get(field)?.as_str()?.parse::<RecordId>().ok();
        recs.extend(["machine", "customer"].into_iter().filter_map(id));
        recs.extend(store.cache.of_job(rec)?.into_iter().map(|seen| seen.rec));
    }
    let mut rows = Vec::new();
    for rec in recs {
        let shadow = store.cache.shadow(rec)?.filter(|shadow| !shadow.void);
        if let Some(state) = shadow
            && !is_made_here(store, rec)?
        {
            rows.push(Row { rec, state });
        }
    }
    Ok(rows)
}

/// Whether the op that made the record goes to the server from here.
fn is_made_here(store: &Store, rec: RecordId) -> Result<bool, StoreError> {
    let first = store.outbox.ops_over(rec)?.into_iter().next();
    Ok(first.and_then(|body| Op::parse(&body).ok()).is_some_and(|op| op.act == Act::Create))
}
