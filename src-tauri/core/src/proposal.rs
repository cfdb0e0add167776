//! What the technician proposed for the office's fields of a job (修改申请), and what the office made of it.
//!
//! Read from his own ops; an exception of the server says when it was decided, the field what was decided.
//! Nothing here needs the person: a proposal waits for the office, so it is never an issue.

use fieldcard_schema::id::OpId;
use fieldcard_schema::merge::Why;
use fieldcard_schema::op::Op;
use fieldcard_schema::record::exception::Exception;
use fieldcard_schema::record::job::OFFICE_FIELDS;
use fieldcard_schema::record::withdrawal::Withdrawal;
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use crate::job_file::{JobFile, as_record};
use crate::store::outbox::StoredOp;
use crate::store::{Store, StoreError};

/// What became of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// The office has not decided.
    Pending,
    /// The field has the proposed value.
    Taken,
    /// The office decided otherwise.
    Declined,
    /// He has taken it back.
    Withdrawn,
}

/// One proposal: the newest for its field.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The field of the job.
    pub field: String,
    /// The value proposed; null clears.
    pub value: Value,
    /// When.
    pub at: Timestamp,
    /// What became of it.
    pub state: ProposalState,
    /// The office has the op.
    pub held: bool,
    /// The ops that proposed something for the field, the newest first: what a withdrawal names.
    pub ops: Vec<OpId>,
}

/// The person's proposals for a job, the newest first.
pub fn of_job(store: &Store, file: &JobFile) -> Result<Vec<Proposal>, StoreError> {
    let exceptions: Vec<Exception> = store.cache.exceptions()?.iter().filter_map(as_record).collect();
    let mut found: Vec<Proposal> = Vec::new();
    for stored in store.outbox.open_ops()?.iter().rev().filter(|stored| stored.rec == file.job()) {
        let Some((op, fields)) = proposed(stored) else { continue };
        for (field, value) in fields {
            if let Some(newer) = found.iter_mut().find(|newer| newer.field == field) {
                newer.ops.push(op);
                continue;
            }
            let state = state(file, &exceptions, (op, stored), (&field, &value));
            let (at, held) = (Timestamp(stored.at), stored.outcome.is_some());
            found.push(Proposal { field, value, at, state, held, ops: vec![op] });
        }
    }
    Ok(found)
}

/// The office's fields that an op would change.
fn proposed(stored: &StoredOp) -> Option<(OpId, Vec<(String, Value)>)> {
    let waits = stored.outcome.is_none_or(|outcome| outcome.why == Some(Why::Proposal));
    let op = Op::parse(&stored.body).ok().filter(|op| waits && op.kind == "job" && op.base.is_some())?;
    let fields = op.set.into_iter().filter(|(field, _)| OFFICE_FIELDS.contains(&field.as_str()));
    Some((op.op_id, fields.collect()))
}

fn state(
    file: &JobFile,
    exceptions: &[Exception],
    (op, stored): (OpId, &StoredOp),
    (field, value): (&str, &Value),
) -> ProposalState {
    let pos = stored.outcome.map(|outcome| outcome.pos);
    let told = exceptions.iter().find(|one| {
        one.rec == Some(file.job())
            && one.field.as_deref() == Some(field)
            && one.values.iter().any(|said| pos.is_some() && said.pos == pos)
    });
    let decided = told.is_some_and(|one| one.state.as_deref() == Some("resolved"));
    let withdrawn = file.all::<Withdrawal>().iter().any(|(_, one)| one.op == Some(op));
    match (decided, file.seen.state.fields.get(field).unwrap_or(&Value::Null) == value) {
        _ if withdrawn && told.is_none_or(|one| is_taken_back(one, pos)) => ProposalState::Withdrawn,
        (false, _) => ProposalState::Pending,
        (true, true) => ProposalState::Taken,
        (true, false) => ProposalState::Declined,
    }
}

/// Whether the office has heard in time that the op at `pos` was taken back, or can still hear it.
fn is_taken_back(exception: &Exception, pos: Option<u64>) -> bool {
    let open = exception.state.as_deref() != Some("resolved");
    open || exception.values.iter().any(|said| said.pos == pos && said.withdrawn)
}
