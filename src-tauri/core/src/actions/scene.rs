//! What an action may look at while it plans: the store, the clock, who is acting.

use ed25519_dalek::SigningKey;
use fieldcard_schema::id::{Incarnation, RecordId};
use fieldcard_schema::json::{Fields, nfc};
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::{Act, Base};
use fieldcard_schema::record::{Class, Record, rule_of};
use fieldcard_schema::rules::lists;
use fieldcard_schema::rules::status::JobStatus;
use fieldcard_schema::time::{ClockReading, Timestamp};
use serde_json::Value;

use super::plan::{Plan, PlannedOp};
use super::{ActionError, ErrorCode};
use crate::enrolment::{self, Owner};
use crate::job_file::JobFile;
use crate::ports::{Images, Ports};
use crate::store::{Seen, Store, job_list};

/// The view an action has of the device.
pub struct Scene<'a> {
    /// The stores; an action reads only.
    pub store: &'a Store,
    ports: &'a mut Ports,
    /// Who acts.
    pub owner: &'a Owner,
    /// The clocks when it began.
    pub now: ClockReading,
}

impl<'a> Scene<'a> {
    pub(super) fn new(store: &'a Store, ports: &'a mut Ports, owner: &'a Owner) -> Self {
        let now = ports.clock.read();
        Self { store, ports, owner, now }
    }

    /// An id for a new record.
    pub fn new_id(&mut self) -> RecordId {
        self.ports.record_id()
    }

    /// Pictures.
    pub fn images(&self) -> &dyn Images {
        self.ports.images.as_ref()
    }

    /// Zone of the wall clock.
    pub fn zone(&self) -> String {
        self.ports.clock.zone()
    }

    /// The device's key, which seals cards.
    pub fn signing_key(&self) -> Result<SigningKey, ActionError> {
        let identity = enrolment::identity(self.store, self.ports)?;
        identity.map(|(key, _)| key).ok_or_else(|| ErrorCode::KeyLost.into())
    }

    /// Minutes that the zone is east of UTC now.
    pub fn offset_minutes(&self) -> i32 {
        self.ports.clock.offset_minutes()
    }

    /// The life that this store is in.
    pub fn incarnation(&self) -> Result<Option<Incarnation>, ActionError> {
        Ok(self.store.outbox.chain_head()?.map(|head| head.incarnation))
    }

    /// A record that is there and not struck out.
    pub fn record(&self, rec: RecordId) -> Result<Seen, ActionError> {
        self.store.cache.seen(rec)?.filter(|seen| !seen.state.void).ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// A record as its struct.
    pub fn read<T: Record>(&self, rec: RecordId) -> Result<(Seen, T), ActionError> {
        let seen = self.record(rec)?;
        let fields = (seen.state.kind == T::KIND).then(|| T::from_fields(&seen.state.fields));
        match fields {
            Some(Ok(fields)) => Ok((seen, fields)),
            _ => Err(ErrorCode::NotFound.into()),
        }
    }

    /// The job that a record hangs on, if it may be worked on from here.
    pub fn open_job(&self, job: Option<RecordId>) -> Result<RecordId, ActionError> {
        let job = job.ok_or(ErrorCode::NotFound)?;
        let seen = self.record(job)?;
        if seen.state.kind != "job" {
            return Err(ErrorCode::NotFound.into());
        }
        if seen.kept { Err(ErrorCode::NotAssigned.into()) } else { Ok(job) }
    }

    /// The same with all that hangs on it.
    pub fn job_file(&self, job: Option<RecordId>) -> Result<JobFile, ActionError> {
        let job = self.open_job(job)?;
        JobFile::read(self.store, job)?.ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// Where a job stands.
    pub fn status(&self, job: RecordId) -> Result<JobStatus, ActionError> {
        Ok(job_list::status_of(job, &self.store.cache.of_job(job)?))
    }

    /// What the author has before his eyes: the server's version of the record and the mark it came with.
    /// `None` before the first pull.
    pub fn base(&self, state: &RecordState) -> Result<Option<Base>, ActionError> {
        Ok(self.store.cache.mark()?.map(|mark| Base(state.ver, mark)))
    }

    /// What he had before his eyes when he began to type into a field.
    fn draft_base(&self, rec: RecordId, field: &str) -> Result<Option<Base>, ActionError> {
        let drafts = self.store.outbox.drafts(rec)?;
        let base = drafts.into_iter().find(|draft| draft.field == field).and_then(|draft| draft.base);
        Ok(base.and_then(|base| serde_json::from_str(&base).ok()))
    }

    /// A time that a person entered: it may not lie in the future.
    pub fn past(&self, at: Option<i64>) -> Result<Option<Timestamp>, ActionError> {
        match at {
            // A minute of grace: the picker shows whole minutes.
            Some(at) if at > self.now.0 + 60_000 => Err(ErrorCode::TimeInFuture.into()),
            at => Ok(at.map(Timestamp)),
        }
    }

    /// Refuses a word that is not in its list; `field` says which member of the request it was.
    pub fn check_word(&self, list: &str, word: &str, field: &str) -> Result<(), ActionError> {
        if lists::list(list).iter().any(|entry| entry.code == word) {
            Ok(())
        } else {
            Err(ActionError::field(ErrorCode::InvalidValue, field))
        }
    }

    /// An op that makes a record.
    pub fn create<T: Record>(&mut self, job: Option<RecordId>, record: &T) -> PlannedOp {
        let rec = self.new_id();
        self.create_as(rec, job, record)
    }

    /// An op that makes a record whose id is chosen already.
    pub fn create_as<T: Record>(&self, rec: RecordId, job: Option<RecordId>, record: &T) -> PlannedOp {
        PlannedOp {
            kind: T::KIND.into(),
            rec,
            job,
            act: Act::Create,
            set: record.to_fields(),
            base: None,
            before: None,
        }
    }

    /// An op that sets fields of a record; evidence is amended.
    pub fn change(&self, seen: &Seen, set: Fields) -> Result<PlannedOp, ActionError> {
        let evidence = rule_of(&seen.state.kind).class == Class::Evidence;
        Ok(PlannedOp {
            kind: seen.state.kind.clone(),
            rec: seen.rec,
            job: seen.state.job,
            act: if evidence { Act::Amend } else { Act::Set },
            set,
            base: self.base(&seen.state)?,
            before: Some(seen.state.clone()),
        })
    }

    /// An op that strikes a record out, by its author and only until a card that shows it is sealed.
    pub fn void(&self, file: &JobFile, seen: &Seen) -> Result<PlannedOp, ActionError> {
        if seen.state.author != self.owner.user {
            return Err(ErrorCode::NotYours.into());
        }
        self.unsealed(file, seen.rec)?;
        let set = Fields::from_iter([("void".to_owned(), Value::Bool(true))]);
        Ok(PlannedOp { act: Act::Void, ..self.change(seen, set)? })
    }

    /// Refuses what a sealed card shows.
    pub fn unsealed(&self, file: &JobFile, rec: RecordId) -> Result<(), ActionError> {
        if file.is_sealed(rec) { Err(ErrorCode::AlreadySealed.into()) } else { Ok(()) }
    }

    /// The plan that writes a text into a field and ends its draft; an empty text clears the field.
    pub fn write_text(&self, seen: &Seen, text: &Text<'_>) -> Result<Plan, ActionError> {
        self.write_value(seen, stored_text(text.typed), text)
    }

    /// The same with the value that the text means.
    pub fn write_value(&self, seen: &Seen, value: Value, text: &Text<'_>) -> Result<Plan, ActionError> {
        let (rec, name) = text.draft;
        if seen.state.fields.get(text.field).unwrap_or(&Value::Null) == &value {
            return Ok(Plan { lasting: true, ..Plan::default() }.ending_draft(rec, name));
        }
        let mut op = self.change(seen, Fields::from_iter([(text.field.to_owned(), value)]))?;
        op.base = self.draft_base(rec, name)?.or(op.base);
        Ok(Plan::of(vec![op]).ending_draft(rec, name))
    }
}

/// A text on its way into a field.
pub struct Text<'t> {
    /// The record's field.
    pub field: &'t str,
    /// What was typed.
    pub typed: &'t str,
    /// Where its draft stands.
    pub draft: (RecordId, &'t str),
}

/// A text as ops hold it: null for nothing but white space.
pub fn stored_text(typed: &str) -> Value {
    if typed.trim().is_empty() { Value::Null } else { nfc(typed).into() }
}

/// Nothing for a text of nothing but white space.
pub fn some_text(typed: String) -> Option<String> {
    if typed.trim().is_empty() { None } else { Some(typed) }
}

/// Fields from pairs.
pub fn fields<const N: usize>(pairs: [(&str, Value); N]) -> Fields {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
