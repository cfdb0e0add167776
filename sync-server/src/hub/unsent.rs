//! Work that came as a file: the same pushes and blobs as over the wire, from a device that is not calling.
//!
//! The device's own signature lets them in, not a token; chain, rights, merge and outcomes are those of a sync.
//! Taken whole or not at all. What a file is, and what is wrong with one, is `crate::unsent`.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::DeviceId;
use fieldcard_schema::unsent::BlobMember;
use fieldcard_schema::wire::blob::{BlobPut, RUN_MAX, UNIT};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{OpOutcome, Refused, SyncRequest};

use super::{Hub, HubError};
use crate::storage::devices::{Device, DeviceState};

/// Units of one run.
const UNITS_A_RUN: usize = (RUN_MAX / UNIT) as usize;

/// Pushes that were not taken, with which of them it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Place of the push, from 0.
    pub push: usize,
    /// Why.
    pub why: Refused,
    /// The last seq that is held of its incarnation.
    pub held: u64,
}

/// How an op ended, and whether it had been held before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnsentOutcome {
    /// How.
    pub outcome: OpOutcome,
    /// It had come before.
    pub again: bool,
}

impl Hub {
    /// The device that wrote a file, if it may hand work in: all but those that the office never confirmed.
    pub fn device_of_file(&mut self, id: DeviceId) -> Result<Device, ApiError> {
        let device = self.read(|ledger| Ok(ledger.tx.device(id)?))?.ok_or(ErrorCode::NotFound)?;
        if device.state == DeviceState::Unconfirmed { Err(ErrorCode::Unconfirmed.into()) } else { Ok(device) }
    }

    /// Takes all pushes of a file in one transaction, or none. What is not `proven` to be the device's is parked.
    pub fn take_unsent(
        &mut self,
        device: &Device,
        requests: &[SyncRequest],
        proven: bool,
    ) -> Result<Result<Vec<UnsentOutcome>, Stopped>, ApiError> {
        let mut stopped = None;
        let taken = self.write(|ledger| {
            let before = ledger.org_head()?.head;
            let mut outcomes = Vec::new();
            for (push, request) in requests.iter().enumerate() {
                let Some(ops) = &request.push else { continue };
                let pushed = ledger.take_push(device, request.incarnation, ops, proven)?;
                if let Some(why) = pushed.refused {
                    let held = pushed.head.map_or(0, |head| head.seq);
                    stopped = Some(Stopped { push, why, held });
                    // An error is what leaves no trace.
                    return Err(HubError::from(ErrorCode::Stale));
                }
                let each = pushed.outcomes.map(|told| told.each()).unwrap_or_default();
                outcomes.extend(
                    each.into_iter().map(|outcome| UnsentOutcome { outcome, again: outcome.pos <= before }),
                );
            }
            ledger.issue_receipts()?;
            Ok(outcomes)
        });
        match (taken, stopped) {
            (Err(_), Some(stopped)) => Ok(Err(stopped)),
            (taken, _) => taken.map(Ok),
        }
    }

    /// Takes a blob of a file, run by run as over the wire; `false` when it was stored before.
    pub fn take_unsent_blob(
        &mut self,
        device: &Device,
        blob: &BlobMember,
        bytes: &[u8],
    ) -> Result<bool, ApiError> {
        if self.held_blob(blob.sha256)?.is_some() {
            return Ok(false);
        }
        let run = usize::try_from(RUN_MAX).unwrap_or(usize::MAX);
        for (unit, bytes) in (0..).step_by(UNITS_A_RUN).zip(bytes.chunks(run)) {
            let (sha256, digest) = (blob.sha256, Digest::of(bytes));
            let (size, media_type, bytes) = (blob.size, blob.media_type.clone(), bytes.to_vec());
            self.take_run(device, &BlobPut { sha256, size, media_type, unit, bytes, digest })?;
        }
        Ok(true)
    }
}
