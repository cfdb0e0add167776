//! Records that this server has lost and a device gives back: after a restore from a backup.
//!
//! Taken in only when an op of that device waits for one, or when one hangs on, or is named by, a job that came
//! back this way. A record that is here stays as it is: what a device remembers never replaces anything. Each
//! that is taken raises an exception, so that the office sees where it came from. Read next: [`super::again`].

use fieldcard_schema::id::{OpId, RecordId};
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::{Act, OP_VERSION, Op, Origin};
use fieldcard_schema::record::{Class, rule_of};
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::page::{Row, Table};
use fieldcard_schema::wire::sync::OpOutcome;

use super::HubError;
use super::groups::Groups;
use super::ledger::Ledger;
use super::take_op::From;
use crate::storage::StorageError;
use crate::storage::devices::{Device, DeviceState};
use crate::storage::records::StoredRecord;

/// Beginning of `app` in the op that takes a record in.
const RECOVERED: &str = "recovered/";

impl Ledger<'_> {
    /// Takes in what a device gives back. Answers whether anything was written.
    pub(super) fn take_recovered(&mut self, device: &Device, tables: &[Table]) -> Result<bool, HubError> {
        if tables.is_empty() || device.state == DeviceState::Revoked {
            return Ok(false);
        }
        let mut rows = Vec::new();
        for table in tables {
            rows.extend(table.clone().into_rows()?);
        }
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
        if known || !(wanted.contains(&row.rec) || self.belongs_to_recovered(&row)?) {
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
        self.raise_for(device.user, Some(&op), about.as_ref(), why)?;
        Ok(true)
    }

    /// Whether a row hangs on, or is what is named by, a job that came back from a device.
    fn belongs_to_recovered(&mut self, row: &Row) -> Result<bool, StorageError> {
        let mut jobs: Vec<StoredRecord> = Vec::new();
        if let Some(job) = row.state.job {
            jobs.extend(self.tx.record(job)?);
        }
        jobs.extend(self.tx.jobs_naming(&row.state.kind, row.rec)?);
        for job in &jobs {
            if self.is_recovered(job)? {
                return Ok(true);
            }
        }
        Ok(false)
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
