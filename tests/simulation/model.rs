//! What the harness knows by itself: who leads and crews what, until when, and what hangs on it.
//!
//! It is told by whoever acts for the office, at the moment of acting; the hub's audiences are never asked. Once a
//! server has been set back its office has lost work, and nobody can say here what a device gives it back: from
//! then on the fields of its jobs say who works on them.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use serde_json::Value;

use super::look::{Look, Record};

/// Who works on which job.
#[derive(Debug, Default)]
pub struct Model {
    people: BTreeMap<RecordId, BTreeSet<UserId>>,
    /// A server was set back.
    pub uncertain: bool,
    /// Called off while the office's clock was a month behind: the next night may take them for long over.
    over: BTreeSet<RecordId>,
}

/// The people that the fields of a job name.
fn named(job: &Record) -> BTreeSet<UserId> {
    let crew = job.fields.get("crew").and_then(Value::as_array).into_iter().flatten();
    let all = job.fields.get("assignee").into_iter().chain(crew);
    all.filter_map(Value::as_str).filter_map(|id| id.parse().ok()).collect()
}

fn id_in(fields: &Fields, field: &str) -> Option<RecordId> {
    fields.get(field)?.as_str()?.parse().ok()
}

impl Model {
    /// The office gives a job to people; all others are off it.
    pub fn assign(&mut self, job: RecordId, people: impl IntoIterator<Item = UserId>) {
        self.people.insert(job, people.into_iter().collect());
    }

    /// The office's clock says that a job was over long ago.
    pub fn may_leave(&mut self, job: RecordId) {
        self.over.insert(job);
    }

    /// Whether `user` may see what hangs on `job` now; none where nothing is known of it.
    pub fn may_see(&self, user: UserId, job: RecordId) -> Option<bool> {
        let people = self.people.get(&job).filter(|_| !self.uncertain && !self.over.contains(&job))?;
        Some(people.contains(&user))
    }

    /// The jobs that `user` works on.
    fn jobs_of(&self, user: UserId, look: &Look, with_over: bool) -> BTreeSet<RecordId> {
        let stays = |rec: &RecordId| with_over || !self.over.contains(rec);
        let jobs = look.records.iter().filter(|(rec, record)| record.kind == "job" && stays(rec));
        let his = |rec: &RecordId, job: &Record| match self.may_see(user, *rec) {
            Some(sees) => sees,
            // A walk-up job is its author's until the office gives it to somebody.
            None if named(job).is_empty() => job.author == user,
            None => named(job).contains(&user),
        };
        jobs.filter(|(rec, job)| his(rec, job)).map(|(rec, _)| *rec).collect()
    }

    /// Every record that a device of `user` must hold, or with `over` that it may: no other one.
    pub fn scope(&self, user: UserId, look: &Look, over: bool) -> BTreeSet<RecordId> {
        let jobs = self.jobs_of(user, look, over);
        let mut brought = BTreeSet::new();
        for job in jobs.iter().filter_map(|job| look.records.get(job)) {
            brought.extend(["machine", "customer"].iter().filter_map(|field| id_in(&job.fields, field)));
        }
        let me = user.to_string();
        let held = |rec: &RecordId, record: &Record| match record.kind.as_str() {
            "job" => jobs.contains(rec),
            "machine" | "customer" => brought.contains(rec),
            "machine_history" => id_in(&record.fields, "machine").is_some_and(|it| brought.contains(&it)),
            "person" | "campaign" | "dataset" => true,
            "van_stock" => record.fields.get("person").and_then(Value::as_str) == Some(&me),
            "office_act" => false,
            _ => record.job.is_some_and(|job| jobs.contains(&job)),
        };
        // What is said about a record is for its author and for whoever holds the record. What came from somebody
        // without a part in it names no job, as does what is about a record without one: a field of such a one only.
        let has_left = |job: RecordId| !over && self.over.contains(&job);
        let told = |record: &Record| {
            let his = record.author == user && !record.job.is_some_and(has_left);
            let about = id_in(&record.fields, "rec").filter(|_| record.fields.contains_key("field"));
            let about = about.and_then(|rec| look.records.get_key_value(&rec));
            his || record.job.map_or(about.is_some_and(|(rec, it)| held(rec, it)), |job| jobs.contains(&job))
        };
        let seen = |rec: &RecordId, record: &Record| match record.kind.as_str() {
            "exception" => told(record),
            _ => held(rec, record),
        };
        let alive = look.records.iter().filter(|(_, record)| !record.void);
        alive.filter(|(rec, record)| seen(rec, record)).map(|(rec, _)| *rec).collect()
    }
}
