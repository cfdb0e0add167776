//! The office ends an exception: one of the values that were said becomes the field's, or what stands stays; a
//! parked op is done after all, or only kept; a flag was seen.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::Outcome;
use fieldcard_schema::op::{Act, Op};
use fieldcard_schema::record::exception::{Exception, ExceptionValue};
use fieldcard_schema::record::{Class, Record, class_of, rule_of};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::{Actor, Author, OfficeOp, SERVER_APP};
use crate::hub::exceptions::RESOLVED;
use crate::hub::ledger::Ledger;
use crate::hub::{Hub, HubError};
use crate::storage::log::StoredOp;

impl Hub {
    /// Decides an exception. `take` is the place of the chosen value in its `values`, of a parked op its only one;
    /// none leaves the record as it is.
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
            let by = Author { user: actor.user, at: ledger.now, app: SERVER_APP };
            let mut ops = vec![(by, OfficeOp::set(Exception::KIND, exception, set, None))];
            if let Some(at) = take {
                let value = said.values.get(at).filter(|value| !value.withdrawn).ok_or_else(no_choice)?;
                ops.push(match &said.field {
                    Some(field) => (by, chosen(&said, field, value)?),
                    None => ledger.allowed(&said, value)?,
                });
            }
            ledger.office_as(ops).map(drop)
        })
    }
}

fn no_choice() -> HubError {
    ApiError::about(ErrorCode::InvalidValue, "take").into()
}

/// The op that gives the field the chosen value.
fn chosen(said: &Exception, field: &str, value: &ExceptionValue) -> Result<OfficeOp, HubError> {
    let (Some(rec), Some(kind)) = (said.rec, &said.kind) else { return Err(no_choice()) };
    let set = Fields::from_iter([(field.to_owned(), value.value.clone())]);
    let act = if class_of(kind, field) == Class::Evidence { Act::Amend } else { Act::Set };
    Ok(OfficeOp { kind: kind.clone(), rec, job: None, act, set, base: None })
}

impl Ledger<'_> {
    /// The op that does what a parked one wanted, in its author's name and at his time: the outcome of the parked
    /// one never changes. What no rule allows, or is about a record that is not here, stays refused.
    fn allowed(&self, said: &Exception, value: &ExceptionValue) -> Result<(Author, OfficeOp), HubError> {
        let parked = |stored: &StoredOp| stored.outcome.outcome == Outcome::Parked;
        let stored = value.pos.map(|pos| self.tx.op_at(pos)).transpose()?.flatten().filter(parked);
        let op = stored.and_then(|stored| Op::parse(&stored.body).ok()).ok_or_else(no_choice)?;
        // Flags are about what was applied already; nobody but the server writes what is the server's.
        if said.op_id != Some(op.op_id) || rule_of(&op.kind).class == Class::Server {
            return Err(no_choice());
        }
        let author = Author { user: op.user, at: op.t.wall(), app: SERVER_APP };
        let Op { kind, rec, job, act, set, .. } = op;
        Ok((author, OfficeOp { kind, rec, job, act, set, base: None }))
    }
}
