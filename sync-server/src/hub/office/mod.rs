//! What the office does: ops like any other, made here, judged at once, and refused as a whole when one of
//! them cannot be.
//!
//! [`Hub::office`] takes plain ops; one file an action says what the common ones are made of. Who may do
//! what is the caller's table; only the state machines ask for roles here.

mod assign;
mod create_job;
mod decide;
mod import_rows;
mod publish;
mod step_job;

pub use self::assign::Assignment;
pub use self::import_rows::{Imported, Wanted};

use fieldcard_schema::id::{GroupId, OpId, OrgId, RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::{Act, Base, Body, Group, OP_VERSION, Op, OpError, Origin, check_group};
use fieldcard_schema::rules::role::Roles;
use fieldcard_schema::time::{ClockReading, Timestamp};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::OpOutcome;

use super::groups::Groups;
use super::ledger::Ledger;
use super::take_op::From;
use super::{Hub, HubError};

/// Who acts in the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub user: UserId,
    /// The hats he wears.
    pub roles: Roles,
}

impl Actor {
    /// The office as such, not a person in it: what it derives and certifies.
    pub(super) fn org(org: OrgId) -> Self {
        Self { user: UserId(org.0), roles: Roles::NONE }
    }
}

/// What ops of the office name as the app that made them.
pub(super) const SERVER_APP: &str = concat!("server/", env!("CARGO_PKG_VERSION"));

/// Who did something, when, and with what.
#[derive(Debug, Clone, Copy)]
struct Author {
    user: UserId,
    at: Timestamp,
    app: &'static str,
}

/// One change by the office, before it is an op.
#[derive(Debug, Clone, PartialEq)]
pub struct OfficeOp {
    /// Kind of the record.
    pub kind: String,
    /// The record; [`Hub::new_record`] makes an id for one that is created.
    pub rec: RecordId,
    /// The job it hangs on.
    pub job: Option<RecordId>,
    /// What it does.
    pub act: Act,
    /// The fields it names.
    pub set: Fields,
    /// The version that the actor had before his eyes; none takes whatever is there now.
    pub base: Option<u64>,
}

impl OfficeOp {
    /// Makes a record.
    pub fn create(kind: &str, rec: RecordId, job: Option<RecordId>, set: Fields) -> Self {
        Self { kind: kind.to_owned(), rec, job, act: Act::Create, set, base: None }
    }

    /// Sets fields of a record that was seen at version `base`.
    pub fn set(kind: &str, rec: RecordId, set: Fields, base: Option<u64>) -> Self {
        Self { kind: kind.to_owned(), rec, job: None, act: Act::Set, set, base }
    }
}

impl Hub {
    /// Does all of `ops` as one action, or nothing: `Stale` when a record was changed since it was read,
    /// `NotFound` when there is none, `InvalidValue` when no rule allows it.
    pub fn office(&mut self, actor: &Actor, ops: Vec<OfficeOp>) -> Result<Vec<OpOutcome>, ApiError> {
        self.write(|ledger| ledger.office(actor, ops))
    }

    /// An id for a record that is about to be created.
    pub fn new_record(&mut self) -> Result<RecordId, ApiError> {
        self.read(|ledger| Ok(ledger.new_record_id()))
    }
}

fn refusal(outcome: &OpOutcome) -> Option<ApiError> {
    match (outcome.outcome, outcome.why) {
        (Outcome::Applied | Outcome::Merged, _) => None,
        (Outcome::Conflict, _) => Some(ErrorCode::Stale.into()),
        (Outcome::Parked, Some(Why::UnknownRecord)) => Some(ErrorCode::NotFound.into()),
        (Outcome::Parked, Some(Why::IdTaken)) => Some(ApiError::about(ErrorCode::InvalidValue, "rec")),
        (Outcome::Parked, _) => Some(ApiError::about(ErrorCode::InvalidValue, "set")),
    }
}

fn not_an_op(error: &OpError) -> ApiError {
    match error {
        OpError::TooLarge(_) => ApiError::about(ErrorCode::TooLarge, "op"),
        _ => ApiError::about(ErrorCode::InvalidValue, "set"),
    }
}

impl Ledger<'_> {
    /// Makes ops of what the office wants, and takes them in.
    pub(super) fn office(&mut self, actor: &Actor, ops: Vec<OfficeOp>) -> Result<Vec<OpOutcome>, HubError> {
        let author = Author { user: actor.user, at: self.now, app: SERVER_APP };
        self.office_as(ops.into_iter().map(|op| (author, op)).collect())
    }

    /// As [`Ledger::office`], each op with its own author and time.
    fn office_as(&mut self, ops: Vec<(Author, OfficeOp)>) -> Result<Vec<OpOutcome>, HubError> {
        let count = u32::try_from(ops.len()).map_err(|_| ErrorCode::TooLarge)?;
        let group = (count > 1).then(|| GroupId(self.new_uuid()));
        let bodies: Vec<Body> = (0..)
            .zip(ops)
            .map(|(i, (author, op))| self.office_body(author, op, group.map(|id| Group { id, i, n: count })))
            .collect::<Result<_, HubError>>()?;
        check_group(&bodies).map_err(|error| not_an_op(&error))?;
        let groups = Groups::of(bodies.iter().map(Body::as_bytes));
        let mut outcomes = Vec::new();
        for body in &bodies {
            let outcome = self.take_op(&From::Office, body.as_bytes(), &groups)?.outcome;
            if let Some(refusal) = refusal(&outcome) {
                return Err(refusal.into());
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn office_body(&mut self, author: Author, op: OfficeOp, group: Option<Group>) -> Result<Body, HubError> {
        let base = if op.act == Act::Create {
            None
        } else {
            let now = self.tx.record(op.rec)?.ok_or(ErrorCode::NotFound)?.state.ver;
            Some(Base(op.base.unwrap_or(now), self.mark()?))
        };
        let op = Op {
            v: OP_VERSION,
            op_id: OpId(self.new_uuid()),
            user: author.user,
            device: Origin::Server,
            kind: op.kind,
            rec: op.rec,
            job: op.job,
            act: op.act,
            set: op.set,
            base,
            group,
            t: ClockReading(author.at.0, author.at.0, 0),
            tz: self.config.tz.clone(),
            app: author.app.to_owned(),
        };
        Ok(op.encode().map_err(|error| not_an_op(&error))?)
    }
}
