//! `POST /v1/check`: what an audience holds, compared part by part with what a device says it has.
//!
//! Reads only. How parts are made and digested is `schema::wire::check`, the same on the device.

use std::collections::BTreeMap;

use fieldcard_schema::wire::check::{CheckAnswer, CheckRequest, FETCH_MAX, Listing, PARTS_MAX, PartFound};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::page::{Row, Table};

use super::ledger::Ledger;
use super::{Hub, HubError, LIMITS};
use crate::storage::StorageError;
use crate::storage::devices::DeviceState;

/// About the bytes of a row beside its fields.
const ROW_BYTES: usize = 120;

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
        match device.state {
            DeviceState::Unconfirmed => return Err(ErrorCode::Unconfirmed.into()),
            DeviceState::Revoked => return Err(ErrorCode::Revoked.into()),
            DeviceState::Active => {}
        }
        if request.ask.len() > PARTS_MAX || request.fetch.len() > FETCH_MAX {
            return Err(ApiError { limits: Some(LIMITS), ..ApiError::about(ErrorCode::TooLarge, "parts") });
        }
        self.read(|ledger| {
            let members = ledger.tx.memberships(device.user)?;
            let is_in = members.iter().any(|one| one.audience == request.aud && one.until.is_none());
            if is_in { ledger.compare(request) } else { Err(ErrorCode::NotFound.into()) }
        })
    }
}

impl Ledger<'_> {
    fn compare(&self, request: &CheckRequest) -> Result<CheckAnswer, HubError> {
        let listing = Listing::new(self.tx.listed(request.aud)?);
        let mut left = Left(request.budget.map_or(usize::MAX, |bytes| bytes as usize));
        let (mut parts, mut asked, mut fetched) = (Vec::new(), 0, 0);
        for part in &request.ask {
            if !left.is_some() {
                break;
            }
            let found = listing.compare(part);
            left.take(found.as_ref().map_or(0, PartFound::weight));
            parts.extend(found);
            asked += 1;
        }
        let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for rec in &request.fetch {
            if !left.is_some() {
                break;
            }
            fetched += 1;
            let Some(record) = self.tx.record(*rec)?.filter(|record| !record.state.void) else { continue };
            let holdings = self.tx.holdings(record.pk)?;
            if holdings.iter().any(|one| one.audience == request.aud && one.until.is_none()) {
                let mut state = record.state;
                state.field_vers.clear();
                left.take(serde_json::to_string(&state.fields).map_or(0, |text| text.len()) + ROW_BYTES);
                rows.entry(state.kind.clone()).or_default().push(Row { rec: *rec, state });
            }
        }
        let tables = rows.into_iter().map(|(kind, rows)| Table::from_rows(&kind, &rows));
        let put = tables.collect::<Result<_, _>>().map_err(|_| StorageError::Damaged("record"))?;
        Ok(CheckAnswer {
            epoch: self.org_head()?.epoch,
            parts,
            put,
            asked: (asked < request.ask.len()).then_some(asked),
            fetched: (fetched < request.fetch.len()).then_some(fetched),
        })
    }
}
