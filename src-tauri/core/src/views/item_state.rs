//! What each item is to the office: a query on the outbox, made once for a whole view.

use std::collections::BTreeMap;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;

use super::issues;
use super::scene::Scene;
use super::value::DataState;
use crate::enrolment;
use crate::error::ActionError;

/// The state of every item that is not held.
pub(super) struct ItemStates {
    records: BTreeMap<RecordId, DataState>,
    blobs: BTreeMap<Digest, DataState>,
    jobs: BTreeMap<RecordId, DataState>,
}

impl ItemStates {
    pub(super) fn read(scene: &Scene<'_>) -> Result<Self, ActionError> {
        let confirmed = enrolment::is_in_use(scene.store)?;
        let still = if confirmed { DataState::Waiting } else { DataState::Saved };
        let mut states = Self { records: BTreeMap::new(), blobs: BTreeMap::new(), jobs: BTreeMap::new() };
        for op in scene.store.outbox.waiting_ops()? {
            let under_way = scene.exchange.ops.is_some_and(|(incarnation, from, count)| {
                incarnation == op.incarnation && (from..from + count).contains(&op.seq)
            });
            let state = if under_way { DataState::Sending } else { still };
            raise(&mut states.records, op.rec, state);
            states.raise_job(op.job, state);
        }
        for blob in scene.store.outbox.waiting_blobs()? {
            let under_way = scene.exchange.blob == Some(blob.sha256);
            let state = if under_way { DataState::Sending } else { still };
            raise(&mut states.blobs, blob.sha256, state);
            blob.jobs.iter().for_each(|job| states.raise_job(Some(*job), state));
        }
        for (rec, job) in issues::subjects(scene)? {
            raise(&mut states.records, rec, DataState::NeedsYou);
            states.raise_job(job, DataState::NeedsYou);
        }
        Ok(states)
    }

    fn raise_job(&mut self, job: Option<RecordId>, state: DataState) {
        if let Some(job) = job {
            raise(&mut self.jobs, job, state);
        }
    }

    /// Of one record.
    pub(super) fn of(&self, rec: RecordId) -> DataState {
        self.records.get(&rec).copied().unwrap_or(DataState::Held)
    }

    /// Of a record and the bytes that it names.
    pub(super) fn with_bytes(&self, rec: RecordId, sha256: Option<Digest>) -> DataState {
        let bytes = sha256.and_then(|sha256| self.blobs.get(&sha256)).copied();
        self.of(rec).max(bytes.unwrap_or(DataState::Held))
    }

    /// Of everything that hangs on a job.
    pub(super) fn of_job(&self, job: RecordId) -> DataState {
        self.jobs.get(&job).copied().unwrap_or(DataState::Held)
    }
}

fn raise<K: Ord>(states: &mut BTreeMap<K, DataState>, key: K, state: DataState) {
    let standing = states.entry(key).or_insert(state);
    *standing = (*standing).max(state);
}
