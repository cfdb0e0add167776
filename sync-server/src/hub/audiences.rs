//! Who sees a record: its job decides, and the job's assignee and crew decide for the job.
//!
//! ```text
//! job                  assignee and crew; made on a device also its author, until the office assigns it
//! hangs on a job       wherever the job goes
//! machine, customer    wherever a job that names it goes, with the machine's history; also when it comes later
//! campaign             the part of the org tree that it names as its region, else the org
//! dataset, person      the org
//! van_stock            its owner
//! anything else        its author, when made on a device
//! ```
//!
//! What a device makes without a job comes to its author alone: a person, or another's van stock, is the
//! office's to make.
//!
//! A holding that ends keeps its row: who once saw a record may still hand in late work on it.

use std::collections::BTreeSet;

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::op::{Op, Origin};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::Audience;
use serde_json::Value;

use super::ledger::Ledger;
use super::regions::BY_REGION;
use super::take_op::From;
use crate::storage::feed::{FeedState, Holding, NO_DAY};
use crate::storage::records::StoredRecord;
use crate::storage::{Pk, StorageError};

type Done = Result<(), StorageError>;

/// What a person may do with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Right {
    /// It was never in an audience of the person.
    Never,
    /// It was once.
    Once,
    /// It is now.
    Now,
}

/// The fields of a job that name its people.
const PEOPLE: [&str; 2] = ["assignee", "crew"];
/// The fields of a job that name what it brings along, which are also the kinds of that.
const BROUGHT: [&str; 2] = ["machine", "customer"];

/// The record that a field names.
pub(super) fn id_in(fields: &Fields, field: &str) -> Option<RecordId> {
    fields.get(field)?.as_str()?.parse().ok()
}

/// The people on a job.
pub(super) fn people_of(fields: &Fields) -> BTreeSet<UserId> {
    let crew = fields.get("crew").and_then(Value::as_array).into_iter().flatten();
    let everyone = fields.get("assignee").into_iter().chain(crew);
    everyone.filter_map(Value::as_str).filter_map(|id| id.parse().ok()).collect()
}

/// The audiences that hold a record now, each once.
fn current(holdings: &[Holding]) -> BTreeSet<Audience> {
    holdings.iter().filter(|one| one.until.is_none()).map(|one| one.audience).collect()
}

/// The owner of what is in a van.
fn owner_of(fields: &Fields) -> Option<UserId> {
    fields.get("person")?.as_str()?.parse().ok()
}

/// Whether a record that a device makes would come to others for no other reason than that it says so.
pub(super) fn imposes(op: &Op) -> bool {
    op.device != Origin::Server && is_imposed(&op.kind, &op.set, op.user)
}

/// Whether a record in the hands of `user` would come to others for no other reason than that it says so.
pub(super) fn is_imposed(kind: &str, fields: &Fields, user: UserId) -> bool {
    match kind {
        "person" => true,
        "van_stock" => owner_of(fields).is_some_and(|owner| owner != user),
        _ => false,
    }
}

impl Ledger<'_> {
    /// The day of a job: planned, else due.
    pub(super) fn day_of(&self, fields: &Fields) -> i64 {
        let time = |field| fields.get(field).and_then(Value::as_i64);
        let time = time("plan_from").or_else(|| time("due"));
        time.map_or(NO_DAY, |ms| Timestamp(ms).day(self.config.offset_minutes))
    }

    /// What `user` may do with the record in row `rec`.
    pub(super) fn right(&self, user: UserId, rec: Pk) -> Result<Right, StorageError> {
        let memberships = self.memberships(user)?;
        let mut best = Right::Never;
        for one in self.holdings(rec)?.iter() {
            let Some(member) = memberships.iter().find(|m| m.audience == one.audience) else { continue };
            let now = one.until.is_none() && member.until.is_none();
            best = best.max(if now { Right::Now } else { Right::Once });
        }
        Ok(best)
    }

    /// The job that what is parked counts for: none where its sender never was, or anyone could hold up any
    /// job's receipt.
    pub(super) fn reached(&self, from: &From<'_>, job: Option<Pk>) -> Result<Option<Pk>, StorageError> {
        match (from, job) {
            (From::Device(device, _) | From::Again(device, _), Some(job)) => {
                Ok((self.right(device.user, job)? > Right::Never).then_some(job))
            }
            _ => Ok(job),
        }
    }

    /// Puts a new record where it belongs and tells everybody there.
    pub(super) fn place(&mut self, record: &StoredRecord, op: &Op, job: Option<&StoredRecord>) -> Done {
        if record.state.kind == "job" {
            self.place_job(record, op)
        } else if record.state.job.is_some() {
            let job = job.ok_or(StorageError::Damaged("job"))?;
            self.place_like(record.pk, job.pk)
        } else {
            self.place_free(record, op)
        }
    }

    fn place_job(&mut self, job: &StoredRecord, op: &Op) -> Done {
        let mut people = people_of(&job.state.fields);
        if matches!(op.device, Origin::Device(_)) {
            people.insert(op.user);
        }
        for user in people {
            let audience = self.audience_of(user)?;
            self.enter(job, audience)?;
        }
        Ok(())
    }

    /// Puts `rec`, which was made just now, wherever `model` is, for the same reasons.
    pub(super) fn place_like(&mut self, rec: Pk, model: Pk) -> Done {
        for one in self.holdings(model)?.iter().filter(|one| one.until.is_none()) {
            self.hold_as(&Holding { rec, ..*one }, FeedState::Put)?;
        }
        Ok(())
    }

    /// A machine or customer that a job named before anybody knew it comes where the job is.
    fn place_brought(&mut self, record: &StoredRecord) -> Done {
        for job in self.tx.jobs_naming(&record.state.kind, record.rec)? {
            let day = self.day_of(&job.state.fields);
            for audience in current(&self.holdings(job.pk)?) {
                for rec in self.brought(&job.state.fields, &record.state.kind)? {
                    self.hold(&Holding { rec, audience, via: job.pk, until: None, day })?;
                }
            }
        }
        Ok(())
    }

    fn place_free(&mut self, record: &StoredRecord, op: &Op) -> Done {
        if BROUGHT.contains(&record.state.kind.as_str()) {
            self.place_brought(record)?;
        }
        let fields = &record.state.fields;
        let audience = match (record.state.kind.as_str(), op.device, owner_of(fields)) {
            (kind @ ("campaign" | "dataset" | "person"), _, _) => self.public_audience(kind, fields)?,
            ("machine_history", _, _) => {
                let machine = id_in(fields, "machine").map(|id| self.tx.record(id)).transpose()?;
                return machine.flatten().map_or(Ok(()), |machine| self.place_like(record.pk, machine.pk));
            }
            ("van_stock", _, Some(owner)) => self.audience_of(owner)?,
            (_, Origin::Device(_), _) => self.audience_of(op.user)?,
            (_, Origin::Server, _) => return Ok(()),
        };
        self.hold_alone(record.pk, audience)
    }

    /// Puts a record, which was made just now, into an audience for its own sake.
    pub(super) fn hold_alone(&mut self, rec: Pk, audience: Audience) -> Done {
        self.hold_as(&Holding { rec, audience, via: rec, until: None, day: NO_DAY }, FeedState::Put)
    }

    /// Writes a holding and tells its audience, struck out as the record may be.
    fn hold(&mut self, holding: &Holding) -> Done {
        let void = self.tx.record_at(holding.rec)?.is_some_and(|record| record.state.void);
        self.hold_as(holding, if void { FeedState::Void } else { FeedState::Put })
    }

    fn hold_as(&mut self, holding: &Holding, state: FeedState) -> Done {
        self.put_holding(holding)?;
        self.tell(holding.audience, holding.rec, state)
    }

    /// Ends a holding, and tells the audience when it was the last.
    pub(super) fn release(&mut self, rec: Pk, audience: Audience, via: Pk) -> Done {
        let holdings = self.holdings(rec)?;
        let ends = |one: &Holding| (one.audience, one.via, one.until) == (audience, via, None);
        let Some(ending) = holdings.iter().find(|one| ends(one)) else { return Ok(()) };
        let until = Some(self.org_head()?.head);
        self.put_holding(&Holding { until, ..*ending })?;
        let stays = |one: &&Holding| one.audience == audience && one.until.is_none() && !ends(one);
        if holdings.iter().find(stays).is_none() {
            self.tell(audience, rec, FeedState::Leave)?;
        }
        Ok(())
    }

    /// The job itself, all that hangs on it, and what it brings along: in the order they should arrive.
    fn bundle(&self, job: &StoredRecord) -> Result<Vec<Pk>, StorageError> {
        let mut bundle = vec![job.pk];
        for field in BROUGHT {
            bundle.extend(self.brought(&job.state.fields, field)?);
        }
        bundle.extend(self.tx.records_of_job(job.pk)?.iter().map(|record| record.pk));
        Ok(bundle)
    }

    /// The machine with its histories, or the customer; with what is said about them.
    fn brought(&self, fields: &Fields, field: &str) -> Result<Vec<Pk>, StorageError> {
        let Some(id) = id_in(fields, field) else { return Ok(vec![]) };
        let Some(record) = self.tx.record(id)? else { return Ok(vec![]) };
        let histories = if field == "machine" { self.tx.histories_of(id)? } else { vec![] };
        let said = self.tx.exceptions_of(record.pk)?;
        let histories = histories.iter().map(|history| history.pk);
        Ok(std::iter::once(record.pk).chain(histories).chain(said).collect())
    }

    /// A job comes to an audience, with its bundle.
    pub(super) fn enter(&mut self, job: &StoredRecord, audience: Audience) -> Done {
        let day = self.day_of(&job.state.fields);
        for rec in self.bundle(job)? {
            self.hold(&Holding { rec, audience, via: job.pk, until: None, day })?;
        }
        Ok(())
    }

    /// A job leaves an audience, with its bundle.
    pub(super) fn leave(&mut self, job: &StoredRecord, audience: Audience) -> Done {
        for rec in self.bundle(job)? {
            self.release(rec, audience, job.pk)?;
        }
        Ok(())
    }

    /// Tells everybody of a change, and moves a job to where its people now are.
    pub(super) fn follow(&mut self, before: &StoredRecord, after: &StoredRecord) -> Done {
        let mut stay = current(&self.holdings(after.pk)?);
        let differs = |field: &str| before.state.fields.get(field) != after.state.fields.get(field);
        if after.state.kind == "job" && PEOPLE.iter().any(|field| differs(field)) {
            stay = self.reassign(before, after, &stay)?;
        }
        if BY_REGION.contains(&after.state.kind.as_str()) && differs("region") {
            stay = self.move_to_region(after, &stay)?;
        }
        let state = if after.state.void { FeedState::Void } else { FeedState::Put };
        for audience in &stay {
            self.tell(*audience, after.pk, state)?;
        }
        if after.state.kind == "job" {
            for field in BROUGHT.iter().filter(|field| differs(field)) {
                self.exchange(before, after, field)?;
            }
            self.bereft.extend(id_in(&before.state.fields, "machine").filter(|_| differs("machine")));
            self.redate(before, after, &stay)?;
        }
        Ok(())
    }

    /// Moves a record to the people of another region; answers the audiences that it stays in.
    fn move_to_region(
        &mut self,
        after: &StoredRecord,
        old: &BTreeSet<Audience>,
    ) -> Result<BTreeSet<Audience>, StorageError> {
        let new = BTreeSet::from([self.public_audience(&after.state.kind, &after.state.fields)?]);
        for audience in old.difference(&new) {
            self.release(after.pk, *audience, after.pk)?;
        }
        for audience in new.difference(old) {
            self.hold(&Holding {
                rec: after.pk,
                audience: *audience,
                via: after.pk,
                until: None,
                day: NO_DAY,
            })?;
        }
        Ok(old & &new)
    }

    /// Moves a job between audiences; answers those that it stays in.
    fn reassign(
        &mut self,
        before: &StoredRecord,
        after: &StoredRecord,
        old: &BTreeSet<Audience>,
    ) -> Result<BTreeSet<Audience>, StorageError> {
        let mut new = BTreeSet::new();
        for user in people_of(&after.state.fields) {
            new.insert(self.audience_of(user)?);
        }
        for audience in old.difference(&new) {
            self.leave(before, *audience)?;
        }
        for audience in new.difference(old) {
            self.enter(after, *audience)?;
        }
        Ok(old & &new)
    }

    /// A job names another machine or customer.
    fn exchange(&mut self, before: &StoredRecord, after: &StoredRecord, field: &str) -> Done {
        let day = self.day_of(&after.state.fields);
        let old = self.brought(&before.state.fields, field)?;
        let new = self.brought(&after.state.fields, field)?;
        for audience in current(&self.holdings(after.pk)?) {
            for rec in &new {
                self.hold(&Holding { rec: *rec, audience, via: after.pk, until: None, day })?;
            }
            for rec in old.iter().filter(|rec| !new.contains(rec)) {
                self.release(*rec, audience, after.pk)?;
            }
        }
        Ok(())
    }

    /// A job has another day. Its bundle moves in the feed too: a first pull, which goes by days, may have
    /// passed the new day and not yet reached the old one.
    fn redate(&mut self, before: &StoredRecord, after: &StoredRecord, stay: &BTreeSet<Audience>) -> Done {
        let day = self.day_of(&after.state.fields);
        if day == self.day_of(&before.state.fields) {
            return Ok(());
        }
        let bundle = self.bundle(after)?;
        for audience in stay {
            for rec in &bundle {
                self.hold(&Holding { rec: *rec, audience: *audience, via: after.pk, until: None, day })?;
            }
        }
        Ok(())
    }
}
