//! What needs the person: ops that ended otherwise than he meant, each with all that was said.
//!
//! An exception of the server tells the most; an op whose exception has not come yet speaks for itself. What
//! he has left to the office is not told again. Reads only.

use std::collections::BTreeSet;

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::merge::Why;
use fieldcard_schema::op::Op;
use fieldcard_schema::record::exception::{Exception, ExceptionValue};
use fieldcard_schema::record::rule_of;
use fieldcard_schema::time::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::job_file::as_record;
use crate::store::outbox::StoredOp;
use crate::store::{Store, StoreError};

/// Name of the list, in the outbox's `ident`, of issues that he has left to the office.
pub const LEFT: &str = "issues_left";

/// What the person can do about an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IssueAction {
    /// His own value holds.
    KeepMine,
    /// The other one does.
    KeepTheirs,
    /// The office decides; it is not told again.
    SendToOffice,
    /// It was read; nobody has to do anything.
    Seen,
}

/// One issue.
#[derive(Debug, Clone)]
pub struct OpenIssue {
    /// The exception's record, or an id made of the op's.
    pub id: RecordId,
    /// Why.
    pub why: Why,
    /// The record in question.
    pub rec: RecordId,
    /// The field in question; none for a whole op.
    pub field: Option<String>,
    /// The job it hangs on.
    pub job: Option<RecordId>,
    /// Everything that was said, the shown value first; only his own while the office's word is awaited.
    pub values: Vec<ExceptionValue>,
    /// When he did what raised it.
    pub at: Timestamp,
}

impl OpenIssue {
    /// What he can do about it.
    pub fn actions(&self) -> &'static [IssueAction] {
        match self.why {
            Why::Clash if self.values.len() > 1 && self.field.is_some() => {
                &[IssueAction::KeepMine, IssueAction::KeepTheirs, IssueAction::SendToOffice]
            }
            _ if !self.needs_him() => &[IssueAction::Seen],
            _ => &[IssueAction::SendToOffice],
        }
    }

    /// Whether somebody has to do something: what was taken as it came is only told.
    pub fn needs_him(&self) -> bool {
        !matches!(self.why, Why::Late | Why::Impossible | Why::IncompleteGroup)
    }

    /// What `user` said, or what the others did, the latest of it.
    pub fn value_of(&self, user: UserId, his: bool) -> Option<&ExceptionValue> {
        let said = self.values.iter().filter(|value| (value.user == Some(user)) == his);
        said.max_by_key(|value| value.pos)
    }
}

/// All open issues of `user`, the oldest first.
pub fn open(store: &Store, user: UserId) -> Result<Vec<OpenIssue>, StoreError> {
    let left = left(store);
    let exceptions: Vec<(RecordId, Option<RecordId>, Exception)> = store
        .cache
        .exceptions()?
        .iter()
        .filter(|seen| !seen.state.void)
        .filter_map(|seen| Some((seen.rec, seen.state.job, as_record(seen)?)))
        .collect();
    let mut issues: Vec<OpenIssue> = exceptions
        .iter()
        .filter(|(.., exception)| exception.state.as_deref() != Some("resolved"))
        .filter_map(|(id, job, exception)| of_exception(*id, *job, exception, user))
        .collect();
    for op in store.outbox.disputed_ops()? {
        if let Some(issue) = of_op(&op, &exceptions) {
            issues.push(issue);
        }
    }
    for issue in &mut issues {
        if issue.job.is_none() {
            issue.job = job_of(store, issue.rec)?;
        }
    }
    // A proposal waits for the office, not for him (`proposal`).
    issues.retain(|issue| issue.why != Why::Proposal && !left.contains(&issue.id));
    issues.sort_by_key(|issue| (issue.at, issue.id));
    Ok(issues)
}

/// Ids of the issues that he has left to the office.
pub fn left(store: &Store) -> BTreeSet<RecordId> {
    store.outbox.ident(LEFT).and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

fn job_of(store: &Store, rec: RecordId) -> Result<Option<RecordId>, StoreError> {
    let seen = store.cache.seen(rec)?;
    Ok(seen.and_then(|seen| if seen.state.kind == "job" { Some(rec) } else { seen.state.job }))
}

fn of_exception(
    id: RecordId,
    job: Option<RecordId>,
    exception: &Exception,
    user: UserId,
) -> Option<OpenIssue> {
    let own = exception.values.iter().filter(|value| value.user == Some(user)).max_by_key(|v| v.pos)?;
    Some(OpenIssue {
        id,
        why: serde_json::from_value(exception.why.clone()?.into()).ok()?,
        rec: exception.rec?,
        field: exception.field.clone(),
        job,
        values: exception.values.clone(),
        at: own.at.unwrap_or_default(),
    })
}

/// An op that no exception here tells of.
fn of_op(stored: &StoredOp, exceptions: &[(RecordId, Option<RecordId>, Exception)]) -> Option<OpenIssue> {
    let op = Op::parse(&stored.body).ok()?;
    let told = exceptions.iter().any(|(.., exception)| {
        let of_field = exception.field.as_ref().is_some_and(|field| op.set.contains_key(field));
        exception.op_id == Some(op.op_id) || (exception.rec == Some(op.rec) && of_field)
    });
    let why = stored.outcome.and_then(|outcome| outcome.why)?;
    if told || rule_of(&op.kind).kind == "exception" {
        return None;
    }
    let field = op.set.keys().next().filter(|_| op.set.len() == 1).cloned();
    let value = field.as_ref().and_then(|field| op.set.get(field)).cloned();
    let said = ExceptionValue {
        value: value.unwrap_or_default(),
        user: Some(op.user),
        at: Some(op.t.wall()),
        pos: stored.outcome.map(|outcome| outcome.pos),
        ..ExceptionValue::default()
    };
    let values = if field.is_some() { vec![said] } else { Vec::new() };
    let id = RecordId(op.op_id.0);
    Some(OpenIssue { id, why, rec: op.rec, field, job: stored.job, values, at: op.t.wall() })
}
