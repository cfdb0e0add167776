//! The office ends an exception: one of the values that were said becomes the field's, or what stands stays.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::op::Act;
use fieldcard_schema::record::exception::Exception;
use fieldcard_schema::record::{Class, Record, class_of};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::{Actor, OfficeOp};
use crate::hub::exceptions::RESOLVED;
use crate::hub::{Hub, HubError};

impl Hub {
    /// Decides an exception. `take` is the place of the chosen value in its `values`; none leaves the
    /// record as it is.
    pub fn decide(
        &mut self,
        actor: &Actor,
        exception: RecordId,
        take: Option<usize>,
    ) -> Result<(), ApiError> {
        self.write(|ledger| {
            let found = ledger.record_or_not_found(exception)?;
            let said = Exception::from_fields(&found.state.fields)
                .ok()
                .filter(|_| found.state.kind == Exception::KIND)
                .ok_or(ErrorCode::NotFound)?;
            if said.state.as_deref() == Some(RESOLVED) {
                return Err(ErrorCode::Stale.into());
            }
            let set = Fields::from_iter([("state".to_owned(), RESOLVED.into())]);
            let mut ops = vec![OfficeOp::set(Exception::KIND, exception, set, None)];
            if let Some(at) = take {
                ops.push(chosen(&said, at)?);
            }
            ledger.office(actor, ops).map(drop)
        })
    }
}

/// The op that gives the field the chosen value.
fn chosen(said: &Exception, at: usize) -> Result<OfficeOp, HubError> {
    let value = said.values.get(at).ok_or(ApiError::about(ErrorCode::InvalidValue, "take"))?;
    let (Some(rec), Some(kind), Some(field)) = (said.rec, &said.kind, &said.field) else {
        return Err(ApiError::about(ErrorCode::InvalidValue, "take").into());
    };
    let set = Fields::from_iter([(field.clone(), value.value.clone())]);
    let act = if class_of(kind, field) == Class::Evidence { Act::Amend } else { Act::Set };
    Ok(OfficeOp { kind: kind.clone(), rec, job: None, act, set, base: None })
}
