//! Parked ops that the server takes again by itself, as ops of its own and in their order.
//!
//! ```text
//! unknown_record ... once the record is there: from a device's hands, or because its own op came
//! too_new .......... once the program was replaced by one that reads it
//! ```
//!
//! The outcome that was told never changes: what is applied is a new op, in the name and with the rights of who
//! sent the first one. Its `app` names that one's position. Read next: [`super::recovered`].

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{OpId, RecordId};
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::op::{Act, OP_VERSION, Op, Origin};
use fieldcard_schema::wire::sync::OpOutcome;

use super::ledger::Ledger;
use super::take_op::{From, Incoming};
use crate::storage::StorageError;
use crate::storage::log::Waiting;

type Done = Result<(), StorageError>;

impl Ledger<'_> {
    /// Notes what a parked op waits for, if time can bring it.
    pub(super) fn await_record(&mut self, from: &From<'_>, op: Option<&Op>, outcome: OpOutcome) -> Done {
        let From::Device(device, _) = from else { return Ok(()) };
        let makes = op.filter(|op| op.act == Act::Create).map(|op| op.rec);
        let wants = match (outcome.why, op) {
            (Some(Why::TooNew), _) => None,
            (Some(Why::UnknownRecord), Some(op)) if makes.is_some() => op.job,
            (Some(Why::UnknownRecord), Some(op)) => Some(op.rec),
            _ => return Ok(()),
        };
        self.tx.put_waiting(&Waiting { pos: outcome.pos, device: device.id, wants, makes })
    }

    /// Makes a record, for which ops may have been waiting.
    pub(super) fn insert_record(
        &mut self,
        rec: RecordId,
        state: &fieldcard_schema::merge::RecordState,
    ) -> Result<crate::storage::Pk, StorageError> {
        self.came.push(rec);
        self.tx.insert_record(rec, state)
    }

    /// Takes the ops again that waited for records which are there now.
    pub(super) fn take_waiting(&mut self) -> Done {
        while !self.came.is_empty() {
            let mut waiting = Vec::new();
            for rec in std::mem::take(&mut self.came) {
                waiting.extend(self.tx.waiting_for(Some(rec))?);
            }
            waiting.sort_by_key(|one| one.pos);
            waiting.iter().try_for_each(|one| self.take_again(one))?;
        }
        Ok(())
    }

    /// Takes the ops again that an earlier program could not read and this one can.
    pub(super) fn take_readable(&mut self) -> Done {
        let waiting = self.tx.waiting_for(None)?;
        waiting.iter().try_for_each(|one| self.take_again(one))
    }

    fn take_again(&mut self, waiting: &Waiting) -> Done {
        let Some(held) = self.tx.op_at(waiting.pos)? else { return Ok(()) };
        let (Ok(op), Some(sender)) = (Op::parse_as(&held.body, self.config.versions), held.sender) else {
            return Ok(());
        };
        let device = self.tx.device(sender.device)?.ok_or(StorageError::Damaged("device"))?;
        if op.device != Origin::Device(device.id) || op.user != device.user {
            return self.tx.drop_waiting(waiting.pos);
        }
        let own = Op {
            v: OP_VERSION,
            op_id: OpId(self.new_uuid()),
            device: Origin::Server,
            app: format!("again/{}", waiting.pos),
            ..op.clone()
        };
        let body = own.encode().map_err(|_| StorageError::Damaged("op"))?;
        self.tx.drop_waiting(waiting.pos)?;
        let incoming = Incoming {
            from: &From::Again(&device, sender.place),
            body: body.as_bytes(),
            hash: Digest::of(body.as_bytes()),
            op_id: Some(own.op_id),
            whole: true,
        };
        let outcome = self.judge(&incoming, &op)?;
        if outcome.outcome != Outcome::Parked {
            self.settle_parked(waiting.pos, outcome.pos)?;
        }
        Ok(())
    }
}
