//! What was taken as it came and should still be seen by somebody: late work, impossible steps, actions of which a
//! part is missing.
//!
//! One exception a job (or record without one), author and reason, which grows; the office ends it by saying that it was seen. Nothing
//! waits for that: the work counts already.

use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::Why;
use fieldcard_schema::op::{Op, Origin};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::exception::Exception;
use fieldcard_schema::wire::sync::OpOutcome;
use serde_json::Value;

use super::exceptions::{OPEN, Raised, value_of, why_code};
use super::ledger::Ledger;
use crate::storage::StorageError;
use crate::storage::records::{StoredException, StoredRecord};

/// Remarks on what counts already.
pub const FLAGS: [Why; 3] = [Why::Late, Why::Impossible, Why::IncompleteGroup];

/// Most entries that one flag tells of; the history of the job tells all.
const TOLD_MAX: usize = 50;

/// What is told of an entry: its kind, and of a step which one it is.
fn told(op: &Op) -> Value {
    let mut told = Fields::from_iter([("kind".to_owned(), op.kind.clone().into())]);
    told.extend(op.set.get("step").map(|step| ("step".to_owned(), step.clone())));
    Value::Object(told)
}

impl Ledger<'_> {
    /// An op of a device was applied with a remark that somebody should see.
    pub(super) fn raise_flag(
        &mut self,
        op: &Op,
        about: Option<&StoredRecord>,
        outcome: OpOutcome,
    ) -> Result<(), StorageError> {
        let flagged = outcome.why.filter(|why| FLAGS.contains(why));
        let (Some(why), Some(about)) = (flagged, about) else { return Ok(()) };
        if op.device == Origin::Server {
            return Ok(());
        }
        let value = value_of(op, told(op), outcome.pos);
        for open in self.tx.exceptions_about(about.pk)?.into_iter().filter(|open| open.why == why) {
            let record = self.tx.record_at(open.record)?.ok_or(StorageError::Damaged("exception"))?;
            let Ok(mut fields) = Exception::from_fields(&record.state.fields) else { continue };
            if record.state.author != op.user || open.field.is_some() {
                continue;
            }
            if fields.values.len() >= TOLD_MAX {
                return Ok(());
            }
            fields.values.push(value);
            self.tx.open_exception(&StoredException { op: outcome.pos, ..open })?;
            return self.rewrite(&record, fields.to_fields(), outcome.pos);
        }
        let fields = Exception {
            op_id: Some(op.op_id),
            rec: Some(about.rec),
            kind: Some(about.state.kind.clone()),
            why: why_code(why),
            values: vec![value],
            state: Some(OPEN.to_owned()),
            ..Exception::default()
        };
        let (author, pos) = (op.user, outcome.pos);
        self.raise(&Raised { fields, about: Some(about), author, why, pos })
    }
}
