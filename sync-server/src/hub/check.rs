//! `POST /v1/check`: what an audience holds, compared part by part with what a device says it has.
//!
//! Reads only, so that it is answered beside the writer. How parts are made and digested is `schema::wire::check`,
//! the same on the device.

use std::collections::BTreeMap;

use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest, FETCH_MAX, Listing, PARTS_MAX, PartFound};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::page::{RowText, Table};

use super::pull::{BUDGET_MAX, ROW_BYTES};
use super::{Hub, HubError, LIMITS, heard};
use crate::storage::devices::{Device, DeviceState};
use crate::storage::{StorageError, Tx};

/// What is left of a budget. Something is always told, so that every call gets on.
struct Left(usize);

impl Left {
    fn is_some(&self) -> bool {
        self.0 > 0
    }

    fn take(&mut self, bytes: usize) {
        self.0 = self.0.saturating_sub(bytes);
    }
}

impl Hub {
    pub(super) fn compare(&mut self, token: &str, request: &CheckRequest) -> Result<CheckAnswer, ApiError> {
        let device = self.device_of(token)?;
        self.read(|ledger| compared(ledger.tx.as_ref(), &device, request))
    }
}

/// Compares an audience with what a device holds of it.
pub fn compare(tx: &dyn Tx, device: &Device, request: &CheckRequest) -> Result<CheckAnswer, ApiError> {
    compared(tx, device, request).map_err(heard)
}

fn compared(tx: &dyn Tx, device: &Device, request: &CheckRequest) -> Result<CheckAnswer, HubError> {
    match device.state {
        DeviceState::Unconfirmed => return Err(ErrorCode::Unconfirmed.into()),
        DeviceState::Revoked => return Err(ErrorCode::Revoked.into()),
        DeviceState::Active => {}
    }
    if request.ask.len() > PARTS_MAX || request.fetch.len() > FETCH_MAX {
        return Err(ApiError { limits: Some(LIMITS), ..ApiError::about(ErrorCode::TooLarge, "parts") }.into());
    }
    let members = tx.memberships(device.user)?;
    if !members.iter().any(|one| one.audience == request.aud && one.until.is_none()) {
        return Err(ErrorCode::NotFound.into());
    }
    let budget = request.budget.unwrap_or(BUDGET_MAX).min(BUDGET_MAX);
    let mut left = Left(usize::try_from(budget).unwrap_or(usize::MAX));
    let (parts, asked) = compared_parts(tx, request, &mut left)?;
    let (put, fetched) = fetched(tx, request, &mut left)?;
    let epoch = tx.org_head()?.ok_or(StorageError::Damaged("org_head"))?.epoch;
    let (asked, fetched) =
        ((asked < request.ask.len()).then_some(asked), (fetched < request.fetch.len()).then_some(fetched));
    Ok(CheckAnswer { epoch, parts, put, asked, fetched })
}

/// The parts that differ, and how many of those that were asked this is about.
fn compared_parts(
    tx: &dyn Tx,
    request: &CheckRequest,
    left: &mut Left,
) -> Result<(Vec<PartFound>, usize), StorageError> {
    if request.ask.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let listing = Listing::new(tx.listed(request.aud)?);
    let (mut parts, mut asked) = (Vec::new(), 0);
    for part in &request.ask {
        if !left.is_some() {
            break;
        }
        let found = listing.compare(part);
        left.take(found.as_ref().map_or(0, PartFound::weight));
        parts.extend(found);
        asked += 1;
    }
    Ok((parts, asked))
}

/// The rows that are wanted, as far as the audience holds them, and how many of the wanted this is about.
fn fetched(
    tx: &dyn Tx,
    request: &CheckRequest,
    left: &mut Left,
) -> Result<(Vec<Table>, usize), StorageError> {
    let mut rows: BTreeMap<String, Vec<RowText>> = BTreeMap::new();
    let mut count = 0;
    for rec in &request.fetch {
        if !left.is_some() {
            break;
        }
        count += 1;
        let Some(record) = tx.record(*rec)?.filter(|record| !record.state.void) else { continue };
        let holdings = tx.holdings(record.pk)?;
        if holdings.iter().any(|one| one.audience == request.aud && one.until.is_none()) {
            let told = tx.told_at(record.pk)?.ok_or(StorageError::Damaged("record"))?.row;
            left.take(told.fields.len() + ROW_BYTES);
            rows.entry(told.kind.clone()).or_default().push(told);
        }
    }
    let tables = rows.into_iter().map(|(kind, rows)| Table::from_texts(&kind, rows));
    let put = tables.collect::<Result<_, _>>().map_err(|_| StorageError::Damaged("record"))?;
    Ok((put, count))
}
