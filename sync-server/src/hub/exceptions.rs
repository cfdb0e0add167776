//! Exceptions: what waits for a person, as records of kind `exception` that hold every value said.
//!
//! One about a field grows with each further value; it ends when somebody who had seen it sets the field,
//! or when the office sets its `state`. What needs no decision and should still be seen: [`super::flags`].
//!
//! An exception goes to its author, and to whoever holds the record that it is about, or, where there is none, its
//! job; but what came from somebody who never had a right there, or from a revoked device, is shown to him and to
//! the office alone.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::{Dispute, RecordState, Verdict, Why};
use fieldcard_schema::op::{Act, Op, Origin};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::exception::{Exception, ExceptionValue};
use fieldcard_schema::record::withdrawal::Withdrawal;
use fieldcard_schema::wire::sync::OpOutcome;
use serde_json::Value;

use super::audiences::Right;
use super::ledger::Ledger;
use super::take_op::From;
use crate::storage::feed::FeedState;
use crate::storage::records::{StoredException, StoredRecord};
use crate::storage::{Pk, StorageError};

/// The state of an exception that nobody waits for any more.
pub(super) const RESOLVED: &str = "resolved";
pub(super) const OPEN: &str = "open";

type Done = Result<(), StorageError>;

pub(super) fn why_code(why: Why) -> Option<String> {
    serde_json::to_value(why).ok().and_then(|value| value.as_str().map(str::to_owned))
}

/// What an op says, as one value of an exception.
pub(super) fn value_of(op: &Op, value: Value, pos: u64) -> ExceptionValue {
    ExceptionValue {
        value,
        user: Some(op.user),
        at: Some(op.t.wall()),
        pos: Some(pos),
        ..ExceptionValue::default()
    }
}

/// A new exception before it is stored.
pub(super) struct Raised<'r> {
    pub(super) fields: Exception,
    /// What it is about, and whose audiences shall hear of it.
    pub(super) about: Option<&'r StoredRecord>,
    pub(super) author: UserId,
    pub(super) why: Why,
    pub(super) pos: u64,
}

impl Ledger<'_> {
    /// An op was parked: somebody must look at it.
    pub(super) fn raise_parked(
        &mut self,
        from: &From<'_>,
        op: Option<&Op>,
        about: Option<&StoredRecord>,
        outcome: OpOutcome,
    ) -> Done {
        match from.device() {
            Some((device, _)) => self.raise_for(device.user, op, about, outcome),
            None => Ok(()),
        }
    }

    /// What came through a person's device must be looked at, as a whole.
    pub(super) fn raise_for(
        &mut self,
        user: UserId,
        op: Option<&Op>,
        about: Option<&StoredRecord>,
        outcome: OpOutcome,
    ) -> Done {
        let Some(why) = outcome.why else { return Ok(()) };
        let said = op.map(|op| value_of(op, Value::Object(op.set.clone()), outcome.pos));
        let nothing = ExceptionValue { pos: Some(outcome.pos), user: Some(user), ..Default::default() };
        let fields = Exception {
            op_id: op.map(|op| op.op_id),
            rec: op.map(|op| op.rec),
            kind: op.map(|op| op.kind.clone()),
            why: why_code(why),
            values: vec![said.unwrap_or(nothing)],
            state: Some(OPEN.to_owned()),
            ..Exception::default()
        };
        let job = op.and_then(|op| op.job).map(|job| self.tx.record(job)).transpose()?.flatten();
        let about = about.or(job.as_ref());
        // What an op has no right to is not shown to those who have one.
        let stranger = match about {
            Some(about) => why == Why::Revoked || !self.had_part_in(user, about)?,
            None => false,
        };
        if stranger {
            return self.raise_apart(&Raised { fields, about, author: user, why, pos: outcome.pos });
        }
        self.raise(&Raised { fields, about, author: user, why, pos: outcome.pos })
    }

    /// Fields of a record are in dispute.
    pub(super) fn raise_disputes(
        &mut self,
        op: &Op,
        before: &StoredRecord,
        verdict: &Verdict,
        outcome: OpOutcome,
    ) -> Done {
        if verdict.disputes.is_empty() {
            return Ok(());
        }
        let open = self.tx.exceptions_about(before.pk)?;
        for dispute in &verdict.disputes {
            let same = |one: &&StoredException| {
                one.field.as_deref() == Some(&dispute.field) && one.why == dispute.why
            };
            match open.iter().find(same) {
                Some(exception) => {
                    let theirs = self.standing_value(before, dispute)?;
                    let ours = value_of(op, dispute.ours.clone(), outcome.pos);
                    self.extend(exception, theirs, ours, outcome.pos)?;
                }
                None => self.raise_dispute(op, before, dispute, outcome.pos)?,
            }
        }
        Ok(())
    }

    fn raise_dispute(&mut self, op: &Op, before: &StoredRecord, dispute: &Dispute, pos: u64) -> Done {
        let ours = value_of(op, dispute.ours.clone(), pos);
        let theirs = self.standing_value(before, dispute)?;
        // The shown one first: the later arrival of two that clash, the office's of a proposal.
        let values = if dispute.why == Why::Clash { vec![ours, theirs] } else { vec![theirs, ours] };
        let fields = Exception {
            op_id: Some(op.op_id),
            rec: Some(op.rec),
            kind: Some(op.kind.clone()),
            field: Some(dispute.field.clone()),
            why: why_code(dispute.why),
            values,
            state: Some(OPEN.to_owned()),
            ..Exception::default()
        };
        self.raise(&Raised { fields, about: Some(before), author: op.user, why: dispute.why, pos })
    }

    /// The value that stood there, and who said it.
    fn standing_value(
        &self,
        before: &StoredRecord,
        dispute: &Dispute,
    ) -> Result<ExceptionValue, StorageError> {
        let pos = before.state.field_ver(&dispute.field);
        let op = self.tx.op_at(pos)?.and_then(|op| Op::parse(&op.body).ok());
        Ok(match op {
            Some(op) => value_of(&op, dispute.theirs.clone(), pos),
            None => ExceptionValue { value: dispute.theirs.clone(), pos: Some(pos), ..Default::default() },
        })
    }

    /// Whether a record, or the job that it hangs on, is or was in an audience of a person.
    fn had_part_in(&self, user: UserId, about: &StoredRecord) -> Result<bool, StorageError> {
        let job = about.state.job.map(|job| self.tx.record(job)).transpose()?.flatten();
        let on_job = job.map_or(Ok(Right::Never), |job| self.right(user, job.pk))?;
        Ok(on_job.max(self.right(user, about.pk)?) > Right::Never)
    }

    /// Tells those who hold what it is about, and its author.
    pub(super) fn raise(&mut self, raised: &Raised<'_>) -> Done {
        let job = raised.about.and_then(|about| match about.state.kind.as_str() {
            "job" => Some(about.rec),
            _ => about.state.job,
        });
        let pk = self.write_raised(raised, job)?;
        if let Some(about) = raised.about
            && (job.is_some() || raised.fields.field.is_some())
        {
            self.place_like(pk, about.pk)?;
        }
        let author = self.audience_of(raised.author)?;
        self.hold_alone(pk, author)
    }

    /// Tells its author alone.
    fn raise_apart(&mut self, raised: &Raised<'_>) -> Done {
        let pk = self.write_raised(raised, None)?;
        let author = self.audience_of(raised.author)?;
        self.hold_alone(pk, author)
    }

    fn write_raised(&mut self, raised: &Raised<'_>, job: Option<RecordId>) -> Result<Pk, StorageError> {
        let state = RecordState {
            kind: Exception::KIND.to_owned(),
            job,
            fields: raised.fields.to_fields(),
            ver: raised.pos,
            born: raised.pos,
            author: raised.author,
            void: false,
            field_vers: std::collections::BTreeMap::new(),
        };
        let rec = self.new_record_id();
        let pk = self.tx.insert_record(rec, &state)?;
        self.tx.open_exception(&StoredException {
            record: pk,
            op: raised.pos,
            about: raised.about.map(|about| about.pk),
            field: raised.fields.field.clone(),
            why: raised.why,
        })?;
        Ok(pk)
    }

    /// One more value for a field that is in dispute already.
    fn extend(
        &mut self,
        exception: &StoredException,
        theirs: ExceptionValue,
        ours: ExceptionValue,
        pos: u64,
    ) -> Done {
        let record = self.tx.record_at(exception.record)?.ok_or(StorageError::Damaged("exception"))?;
        let Ok(mut fields) = Exception::from_fields(&record.state.fields) else {
            return Err(StorageError::Damaged("exception"));
        };
        if exception.why == Why::Clash {
            // Who said what stands there may have followed his own word, and not this question.
            if !fields.values.iter().any(|one| one.value == theirs.value) {
                fields.values.insert(0, theirs);
            }
            fields.values.insert(0, ours);
        } else {
            fields.values.push(ours);
        }
        self.tx.open_exception(&StoredException { op: pos, ..exception.clone() })?;
        self.rewrite(&record, fields.to_fields(), pos)
    }

    pub(super) fn rewrite(&mut self, record: &StoredRecord, fields: Fields, pos: u64) -> Done {
        let state = RecordState { fields, ver: pos, ..record.state.clone() };
        self.tx.update_record(record.pk, &state)?;
        self.tell_holders(record.pk, FeedState::Put)
    }

    /// Tells every audience that holds a record now, each once.
    fn tell_holders(&mut self, rec: Pk, state: FeedState) -> Done {
        let holdings = self.tx.holdings(rec)?;
        let mut audiences: Vec<_> =
            holdings.iter().filter(|one| one.until.is_none()).map(|one| one.audience).collect();
        audiences.dedup();
        audiences.into_iter().try_for_each(|audience| self.tell(audience, rec, state))
    }

    /// Ends the exceptions that this op decides.
    pub(super) fn settle(&mut self, op: &Op, before: &StoredRecord, verdict: &Verdict, pos: u64) -> Done {
        let decided = op.set.get("state").and_then(Value::as_str) == Some(RESOLVED);
        if before.state.kind == Exception::KIND && verdict.after.is_some() && decided {
            return self.tx.close_exception(before.pk);
        }
        if !matches!(op.act, Act::Set | Act::Amend) {
            return Ok(());
        }
        let seen = self.seen_up_to(op)?;
        for exception in self.tx.exceptions_about(before.pk)? {
            let names = exception.field.as_ref().is_some_and(|field| op.set.contains_key(field));
            let disputed = verdict.disputes.iter().any(|d| Some(&d.field) == exception.field.as_ref());
            let may = match exception.why {
                Why::Clash => exception.op <= seen,
                // A proposal changed nothing that a base could cover: any word of the office is the answer.
                _ => op.device == Origin::Server,
            };
            if names && !disputed && may {
                self.resolve(&exception, pos)?;
            }
        }
        Ok(())
    }

    /// An author takes an op of his back: what it proposed waits for nobody any more.
    pub(super) fn withdraw(&mut self, op: &Op, job: Option<&StoredRecord>, pos: u64) -> Done {
        let is_one = op.kind == Withdrawal::KIND && op.act == Act::Create;
        let taken_back = is_one.then(|| Withdrawal::from_fields(&op.set).ok()?.op).flatten();
        let (Some(named), Some(job)) = (taken_back, job) else { return Ok(()) };
        let Some((_, outcome)) = self.tx.op_by_id(named)? else { return Ok(()) };
        let proposals = self.tx.exceptions_about(job.pk)?.into_iter().filter(|one| one.why == Why::Proposal);
        for exception in proposals {
            let record = self.tx.record_at(exception.record)?.ok_or(StorageError::Damaged("exception"))?;
            let Ok(mut fields) = Exception::from_fields(&record.state.fields) else { continue };
            let mut said = fields.values.iter_mut();
            let his = |value: &&mut ExceptionValue| {
                value.pos == Some(outcome.pos) && value.user == Some(op.user) && !value.withdrawn
            };
            let Some(value) = said.find(his) else { continue };
            value.withdrawn = true;
            // The first is what stands; when nothing else is proposed any more, nothing waits.
            if fields.values.iter().skip(1).all(|value| value.withdrawn) {
                fields.state = Some(RESOLVED.to_owned());
                self.tx.close_exception(record.pk)?;
            }
            self.rewrite(&record, fields.to_fields(), pos)?;
        }
        Ok(())
    }

    /// The op at `parked` was taken after all, by the one at `pos`.
    pub(super) fn settle_parked(&mut self, parked: u64, pos: u64) -> Done {
        let open = self.tx.open_exceptions()?;
        open.iter().filter(|one| one.op == parked).try_for_each(|one| self.resolve(one, pos))
    }

    fn resolve(&mut self, exception: &StoredException, pos: u64) -> Done {
        let record = self.tx.record_at(exception.record)?.ok_or(StorageError::Damaged("exception"))?;
        let mut fields = record.state.fields.clone();
        fields.insert("state".to_owned(), RESOLVED.into());
        self.tx.close_exception(record.pk)?;
        self.rewrite(&record, fields, pos)
    }
}
