//! Records that this server has lost and a device gives back: after a restore from a backup.
//!
//! A device could say anything here, in anybody's name. So a record is taken in only if
//!
//! ```text
//! the store ........ was put back, not long ago, and the record is of a version that it lost
//! an op ............ of that device waits for it, or it belongs to a job that came back this way
//! a job ............ names the device's person, or he made it
//! on a job ......... he is or was on that job, by what the server knows
//! machine, customer  such a job names it
//! van stock ........ is his own
//! anything else .... never; nor what only the server writes, nor what would come to others because it says so
//! ```
//!
//! A record that is here stays as it is: what a device remembers never replaces anything. Each that is taken raises
//! an exception, so that the office sees where it came from. Read next: [`super::again`], [`super::restore`].

use fieldcard_schema::id::{OpId, RecordId, UserId};
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::{Act, OP_VERSION, Op, Origin};
use fieldcard_schema::record::{Class, rule_of};
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::page::{Row, Table};
use fieldcard_schema::wire::sync::OpOutcome;

use super::HubError;
use super::audiences::{Right, is_imposed, people_of};
use super::groups::Groups;
use super::ledger::Ledger;
use super::take_op::From;
use crate::storage::StorageError;
use crate::storage::devices::{Device, DeviceState};
use crate::storage::records::StoredRecord;

/// Beginning of `app` in the op that takes a record in.
const RECOVERED: &str = "recovered/";

/// Most records that one answer asks for.
const NEED_MAX: usize = 100;

impl Ledger<'_> {
    /// What ops of a device wait for and this store may have lost.
    pub(super) fn need_of(&self, device: &Device) -> Result<Vec<RecordId>, StorageError> {
        match self.open_loss()? {
            Some(_) => self.tx.needed(device.id, NEED_MAX),
            None => Ok(Vec::new()),
        }
    }

    /// Takes in what a device gives back. Answers whether anything was written.
    pub(super) fn take_recovered(&mut self, device: &Device, tables: &[Table]) -> Result<bool, HubError> {
        let Some(loss) = self.open_loss()? else { return Ok(false) };
        if tables.is_empty() || device.state == DeviceState::Revoked {
            return Ok(false);
        }
        let mut rows = Vec::new();
        for table in tables {
            rows.extend(table.clone().into_rows()?);
        }
        rows.retain(|row| row.state.ver > loss.above);
        // What the others hang on comes first.
        rows.sort_by_key(|row| row.state.kind != "job");
        let wanted = self.tx.needed(device.id, usize::MAX)?;
        let mut wrote = false;
        for row in rows {
            wrote |= self.take_back(device, &wanted, row)?;
        }
        Ok(wrote)
    }

    fn take_back(&mut self, device: &Device, wanted: &[RecordId], row: Row) -> Result<bool, StorageError> {
        let known = self.tx.record(row.rec)?.is_some() || rule_of(&row.state.kind).class == Class::Server;
        if known || !self.may_give(device.user, wanted.contains(&row.rec), &row)? {
            return Ok(false);
        }
        let op = Op {
            v: OP_VERSION,
            op_id: OpId(self.new_uuid()),
            user: row.state.author,
            device: Origin::Server,
            kind: row.state.kind,
            rec: row.rec,
            job: row.state.job,
            act: Act::Create,
            set: row.state.fields,
            base: None,
            group: None,
            t: ClockReading(self.now.0, self.now.0, 0),
            tz: self.config.tz.clone(),
            app: format!("{RECOVERED}{}", device.id),
        };
        let Ok(body) = op.encode() else { return Ok(false) };
        let groups = Groups::of(std::iter::empty());
        let outcome = self.take_op(&From::Office, body.as_bytes(), &groups)?.outcome;
        if outcome.outcome == Outcome::Parked {
            return Ok(true);
        }
        let why = OpOutcome { outcome: Outcome::Parked, why: Some(Why::Recovered), ..outcome };
        let about = self.tx.record(row.rec)?;
        if let Some(job) = about.as_ref().filter(|record| record.state.kind == "job")
            && self.right(device.user, job.pk)? == Right::Never
        {
            // Made on another device of his and given to nobody yet: it names no people.
            let own = self.audience_of(device.user)?;
            self.enter(job, own)?;
        }
        self.raise_for(device.user, Some(&op), about.as_ref(), why)?;
        Ok(true)
    }

    /// Whether a row may come from a person's hands.
    fn may_give(&mut self, user: UserId, wanted: bool, row: &Row) -> Result<bool, StorageError> {
        let state = &row.state;
        if is_imposed(&state.kind, &state.fields, user) {
            return Ok(false);
        }
        if state.kind == "job" {
            let his = state.author == user || people_of(&state.fields).contains(&user);
            return Ok(wanted && his && state.job.is_none());
        }
        let jobs = match state.job {
            Some(job) => self.tx.record(job)?.into_iter().filter(|job| job.state.kind == "job").collect(),
            None => self.tx.jobs_naming(&state.kind, row.rec)?,
        };
        for job in &jobs {
            if (wanted || self.is_recovered(job)?) && self.right(user, job.pk)? > Right::Never {
                return Ok(true);
            }
        }
        Ok(wanted && state.job.is_none() && state.kind == "van_stock")
    }

    /// Whether a record came back from a device's hands.
    fn is_recovered(&self, record: &StoredRecord) -> Result<bool, StorageError> {
        let op = self.tx.op_at(record.state.born)?.and_then(|stored| Op::parse(&stored.body).ok());
        Ok(op.is_some_and(|op| op.device == Origin::Server && op.app.starts_with(RECOVERED)))
    }

    /// A create whose record came back before it: its author says again what he said. What is equal is merged,
    /// what was changed since is kept beside it.
    pub(super) fn as_change<'o>(
        &self,
        op: &'o Op,
        before: Option<&StoredRecord>,
    ) -> Result<std::borrow::Cow<'o, Op>, StorageError> {
        use std::borrow::Cow;
        let again = match before {
            Some(before) if op.act == Act::Create && before.state.author == op.user => {
                self.is_recovered(before)?
            }
            _ => false,
        };
        if !again {
            return Ok(Cow::Borrowed(op));
        }
        let evidence = rule_of(&op.kind).class == Class::Evidence;
        let act = if evidence { Act::Amend } else { Act::Set };
        Ok(Cow::Owned(Op { act, ..op.clone() }))
    }
}
