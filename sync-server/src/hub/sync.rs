//! `POST /v1/sync`: many devices' pushes in one transaction, then everybody's pages from one reading.
//!
//! Push and pull are independent: a refused push still pulls, and what fails in one device's push is undone
//! alone. A batch in which nobody pushes opens no writing transaction.

use std::collections::BTreeMap;

use fieldcard_schema::wire::PROTO;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{Outstanding, Refused, SyncRequest, SyncResponse};

use super::cursor::Cursor;
use super::ledger::Ledger;
use super::pull::{Asked, Pulled};
use super::push::Pushed;
use super::restore::without_backup;
use super::{Hub, HubError, LIMITS, Seen, heard};
use crate::storage::StorageError;
use crate::storage::devices::{Device, DeviceState};

/// The notice to a device whose mark this server's log does not hold.
const MARK_UNKNOWN: &str = "mark_unknown";

/// One call of a batch, on its way.
struct Call<'a> {
    request: &'a SyncRequest,
    device: Device,
    pushed: Result<Pushed, ApiError>,
}

impl Call<'_> {
    /// What its device holds once it has the answer: what it said, less the ops whose outcomes it is told.
    fn still_holds(&self) -> Option<Outstanding> {
        let said = self.request.outstanding?;
        let outcomes = self.pushed.as_ref().ok().and_then(|pushed| pushed.outcomes.as_ref());
        let told: usize = outcomes.map_or(0, |told| told.runs.iter().map(|run| run.pos.len()).sum());
        let left = Outstanding { ops: said.ops.saturating_sub(told as u64), ..said };
        (left.ops + left.blobs > 0).then_some(left)
    }
}

/// A later protocol may mean what is not known here. An older one is taken in, whatever its age: it only reads nothing.
fn check_proto(request: &SyncRequest) -> Result<(), ApiError> {
    if request.proto > PROTO { Err(ErrorCode::ProtoTooNew.into()) } else { Ok(()) }
}

/// Whether a device that pulls has not all of its scope yet.
fn is_partial(request: &SyncRequest) -> bool {
    let first = |cursor: &String| matches!(cursor.parse(), Ok(Cursor::First(_)));
    request.budget.is_some() && (request.cursors.is_empty() || request.cursors.values().any(first))
}

impl Hub {
    /// Answers many calls at once: their pushes share one commit.
    pub fn sync_batch(&mut self, calls: &[(&str, &SyncRequest)]) -> Vec<Result<SyncResponse, ApiError>> {
        let mut admitted: Vec<Result<Call<'_>, ApiError>> =
            calls.iter().map(|(token, request)| self.admit(token, request)).collect();
        self.take_pushes(&mut admitted);
        let pulled = self.read(|ledger| {
            Ok(admitted.into_iter().map(|call| call.and_then(|call| answer(ledger, call))).collect())
        });
        let mut answers: Vec<_> =
            pulled.unwrap_or_else(|error| calls.iter().map(|_| Err(error.clone())).collect());
        self.hear_rollback(calls, &mut answers);
        answers
    }

    /// A device whose mark is unknown says so once: what it proves is written before it is answered.
    fn hear_rollback(
        &mut self,
        calls: &[(&str, &SyncRequest)],
        answers: &mut [Result<SyncResponse, ApiError>],
    ) {
        let unknown = |answer: &&mut Result<SyncResponse, ApiError>| {
            answer.as_ref().is_ok_and(|answer| answer.notices.iter().any(|code| code == MARK_UNKNOWN))
        };
        let told = calls.iter().zip(answers).map(|((_, request), answer)| (request.mark, answer));
        let (marks, told): (Vec<_>, Vec<_>) = told.filter(|(_, answer)| unknown(answer)).unzip();
        let marks: Vec<_> = marks.into_iter().flatten().collect();
        if let Err(error) = self.note_rollback(&marks) {
            for answer in told {
                *answer = Err(error.clone());
            }
        }
    }

    /// Lets a call in, and notes that its device was here.
    fn admit<'a>(&mut self, token: &str, request: &'a SyncRequest) -> Result<Call<'a>, ApiError> {
        check_proto(request)?;
        let device = self.device_of(token)?;
        if device.state == DeviceState::Unconfirmed {
            return Err(ErrorCode::Unconfirmed.into());
        }
        let at = self.ports.clock.now();
        let partial = is_partial(request);
        self.seen.note(device.id, Seen { at, held: request.outstanding, partial });
        Ok(Call { request, device, pushed: Ok(Pushed::default()) })
    }

    /// One transaction for all pushes. When its commit fails none of them was stored.
    fn take_pushes(&mut self, calls: &mut [Result<Call<'_>, ApiError>]) {
        let pushes = |call: &&mut Result<Call<'_>, ApiError>| {
            let writes = |call: &Call<'_>| call.request.push.is_some() || !call.request.recovered.is_empty();
            call.as_ref().is_ok_and(writes)
        };
        let mut pushing: Vec<&mut Call<'_>> =
            calls.iter_mut().filter(pushes).filter_map(|call| call.as_mut().ok()).collect();
        if pushing.is_empty() {
            return;
        }
        let mut seen = self.seen.all();
        let stored = self.write(|ledger| {
            let mut wrote = false;
            for call in &mut pushing {
                call.pushed = take_one(ledger, call)?;
                wrote |= call.pushed.as_ref().is_ok_and(|pushed| pushed.wrote);
                seen.entry(call.device.id).and_modify(|seen| seen.held = call.still_holds());
            }
            if wrote {
                seen.iter().try_for_each(|(id, seen)| ledger.tx.note_seen(*id, seen))?;
            }
            Ok(wrote)
        });
        match stored {
            Ok(true) => self.seen.forget(),
            Ok(false) => seen.into_iter().for_each(|(id, seen)| self.seen.note(id, seen)),
            Err(error) => pushing.iter_mut().for_each(|call| call.pushed = Err(error.clone())),
        }
    }

    /// Writes down who was here; for the end of a server's life.
    pub fn flush_seen(&mut self) -> Result<(), ApiError> {
        let seen = self.seen.all();
        if seen.is_empty() {
            return Ok(());
        }
        self.seen.forget();
        self.write(|ledger| Ok(seen.iter().try_for_each(|(id, seen)| ledger.tx.note_seen(*id, seen))?))
    }
}

/// One device's push behind a savepoint: what fails for it alone is undone for it alone.
fn take_one(ledger: &mut Ledger<'_>, call: &Call<'_>) -> Result<Result<Pushed, ApiError>, HubError> {
    let request = call.request;
    let ops = request.push.as_ref().map_or(0, |push| push.bodies.len());
    if ops > fieldcard_schema::wire::sync::PUSH_OPS_MAX {
        let too_large = ApiError::about(ErrorCode::TooLarge, "ops");
        return Ok(Err(ApiError { limits: Some(LIMITS), ..too_large }));
    }
    ledger.tx.savepoint()?;
    let back = ledger.take_recovered(&call.device, &request.recovered);
    let taken = back.and_then(|back| match &request.push {
        Some(push) => {
            Ok(ledger.take_push(&call.device, request.incarnation, push, true)?.having_written(back))
        }
        None => Ok(Pushed::default().having_written(back)),
    });
    let taken = taken.and_then(|pushed| {
        ledger.take_waiting()?;
        ledger.number_walk_ups()?;
        ledger.write_histories()?;
        ledger.issue_receipts()?;
        Ok(pushed)
    });
    match taken {
        Ok(pushed) => {
            ledger.tx.keep()?;
            Ok(Ok(pushed))
        }
        Err(error @ HubError::Store(StorageError::Broken(_) | StorageError::DiskFull)) => Err(error),
        Err(error) => {
            ledger.undo()?;
            ledger.forget_notes();
            Ok(Err(heard(error)))
        }
    }
}

/// Builds the answer to one call.
fn answer(ledger: &Ledger<'_>, mut call: Call<'_>) -> Result<SyncResponse, ApiError> {
    let pushed = std::mem::replace(&mut call.pushed, Ok(Pushed::default()))?;
    let build = || -> Result<SyncResponse, HubError> {
        let org = ledger.org_head()?;
        let (pulled, notice) = pages(ledger, &call, &pushed, &org.epoch)?;
        let head = match pushed.head {
            Some(head) => head,
            None => ledger.head_of(&call.device, call.request.incarnation)?,
        };
        let near =
            call.request.push.as_ref().is_some_and(|push| push.bodies.len() as u64 * 4 > LIMITS.ops * 3);
        let unbacked = without_backup(&org, ledger.now).map(|_| "no_backup");
        Ok(SyncResponse {
            epoch: org.epoch,
            head: Some(head),
            mark: ledger.mark()?,
            refused: pushed.refused,
            outcomes: pushed.outcomes,
            gone: pulled.gone,
            more: pulled.more,
            backup_pos: org.backup_pos,
            limits: (near || pushed.refused == Some(Refused::Gap)).then_some(LIMITS),
            retry_after: None,
            server_ms: ledger.now.0,
            notices: notice.into_iter().chain(unbacked).map(str::to_owned).collect(),
            need: ledger.need_of(&call.device)?,
            pages: pulled.pages,
        })
    };
    build().map_err(heard)
}

/// The pages of one call, or the notice that says why there are none.
fn pages(
    ledger: &Ledger<'_>,
    call: &Call<'_>,
    pushed: &Pushed,
    epoch: &str,
) -> Result<(Pulled, Option<&'static str>), StorageError> {
    let (request, device) = (call.request, &call.device);
    let Some(budget) = request.budget else { return Ok((Pulled::default(), None)) };
    if device.state == DeviceState::Revoked {
        return Ok((Pulled::default(), Some("revoked")));
    }
    if request.proto < PROTO {
        return Ok((Pulled::default(), Some("app_old")));
    }
    // Cursors of another life of this server mean nothing here: the device starts its restore flow first.
    if request.epoch.as_ref().is_some_and(|known| known != epoch) {
        return Ok((Pulled::default(), Some("epoch_changed")));
    }
    if let Some(mark) = request.mark
        && !ledger.holds(mark)?
    {
        return Ok((Pulled::default(), Some(MARK_UNKNOWN)));
    }
    let push = request.push.as_ref().filter(|_| request.own);
    let own = push.map_or_else(BTreeMap::new, |push| pushed.made(push));
    let asked = Asked { user: device.user, cursors: &request.cursors, budget, own };
    Ok((ledger.pull(&asked)?, None))
}
