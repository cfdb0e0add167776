//! The job list: one row a job, folded from its records whenever one of them changes.
//!
//! Today and search read only this table, so that they cost the same with ten jobs and ten thousand. It is
//! derived and dropped with the cache.

use std::collections::BTreeSet;
use std::ops::Range;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::rules::status::{self, JobStatus};
use fieldcard_schema::rules::visit_state::VisitState;
use fieldcard_schema::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Seen, StoreError, cache};

/// Work has begun.
pub const IN_PROGRESS: i64 = 0;
/// Work has not begun.
pub const OPEN: i64 = 1;
/// The technician is done with it.
pub const DONE: i64 = 2;

/// What lists show of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobLine {
    /// The job.
    pub job: RecordId,
    /// Its fields.
    pub fields: Job,
    /// Name of the customer.
    pub customer_name: Option<String>,
    /// First phone to call.
    pub phone: Option<String>,
    /// The machine.
    pub machine: Option<MachineLine>,
    /// Where it stands.
    pub state: JobState,
    /// Why it waits.
    pub waiting_for: Option<String>,
    /// Its newest visit.
    pub visit: Option<RecordId>,
    /// Where that stands.
    pub visit_state: Option<VisitState>,
    /// When it is planned, from and to; for a visit without a plan of its own, the job's.
    pub window: Option<(Timestamp, Timestamp)>,
    /// When something happened last: its newest step, else its report.
    pub last_at: Option<Timestamp>,
    /// When the technician was done.
    pub done_at: Option<Timestamp>,
    /// It has left this person's scope.
    pub kept: bool,
}

/// What lists show of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MachineLine {
    /// The machine; none for one that is in no archive.
    #[ts(type = "Id | null")]
    pub machine: Option<RecordId>,
    /// Model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// What people call it.
    pub nickname: Option<String>,
}

/// The jobs whose rows say something else once some records have changed.
#[derive(Default)]
pub(super) struct Concerned(BTreeSet<RecordId>);

impl Concerned {
    /// A record changed: a job, what hangs on one, or a customer or machine that jobs name.
    pub(super) fn by(
        &mut self,
        tx: &Transaction<'_>,
        rec: RecordId,
        kind: &str,
        job: Option<RecordId>,
    ) -> Result<(), StoreError> {
        match kind {
            "job" => self.0.extend([rec]),
            "customer" | "machine" => self.0.extend(jobs_naming(tx, rec)?),
            "step" | "visit" => self.0.extend(job),
            _ => {}
        }
        Ok(())
    }

    /// The same for a record that is looked up; nothing when it is gone, for its row went with it.
    pub(super) fn by_record(&mut self, tx: &Transaction<'_>, rec: RecordId) -> Result<(), StoreError> {
        let sql = "SELECT kind, job FROM rec WHERE id = ?1";
        let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, Option<[u8; 16]>>(1)?));
        match tx.prepare_cached(sql)?.query_row([rec.as_bytes()], read).optional()? {
            Some((kind, job)) => self.by(tx, rec, &kind, job.map(|b| RecordId(uuid::Uuid::from_bytes(b)))),
            None => Ok(()),
        }
    }

    /// Folds their rows.
    pub(super) fn refresh(self, tx: &Transaction<'_>) -> Result<(), StoreError> {
        for job in self.0 {
            match line_of(tx, job)? {
                Some((line, pk, words)) => write(tx, pk, &line, &words)?,
                None => {
                    tx.prepare_cached("DELETE FROM job_list WHERE rec = (SELECT pk FROM rec WHERE id = ?1)")?
                        .execute([job.as_bytes()])?;
                }
            }
        }
        Ok(())
    }
}

fn jobs_naming(tx: &Transaction<'_>, rec: RecordId) -> Result<Vec<RecordId>, StoreError> {
    let sql = "SELECT rec.id FROM job_list JOIN rec ON rec.pk = job_list.rec WHERE customer = ?1
               UNION SELECT rec.id FROM job_list JOIN rec ON rec.pk = job_list.rec WHERE machine = ?1";
    let ids: Vec<[u8; 16]> =
        tx.prepare_cached(sql)?.query_map([rec.as_bytes()], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids.into_iter().map(|b| RecordId(uuid::Uuid::from_bytes(b))).collect())
}

fn read_record<T: Record>(db: &Connection, rec: Option<RecordId>) -> Result<Option<T>, StoreError> {
    let seen = rec.map(|rec| cache::seen(db, rec)).transpose()?.flatten();
    let seen = seen.filter(|seen| seen.state.kind == T::KIND);
    Ok(seen.and_then(|seen| T::from_fields(&seen.state.fields).ok()))
}

fn line_of(tx: &Transaction<'_>, job: RecordId) -> Result<Option<(JobLine, i64, String)>, StoreError> {
    let seen = cache::seen(tx, job)?.filter(|seen| seen.state.kind == Job::KIND && !seen.state.void);
    let Some(Seen { pk, kept, state, .. }) = seen else { return Ok(None) };
    let fields = Job::from_fields(&state.fields).unwrap_or_default();
    let customer = read_record::<Customer>(tx, fields.customer)?;
    let machine = read_record::<Machine>(tx, fields.machine)?;
    let records = cache::times_of_job(tx, job)?;
    let status = status_of(job, &records);
    let words = words_of(&fields, customer.as_ref(), machine.as_ref());
    let line = JobLine {
        job,
        customer_name: customer.as_ref().and_then(|c| c.name.clone()).or(fields.customer_name.clone()),
        phone: fields.contact_phone.clone().or_else(|| customer.as_ref().and_then(|c| c.phone.clone())),
        machine: MachineLine::of(&fields, machine.as_ref()),
        window: window_of(&fields, &status),
        last_at: last_step(&records).or(fields.reported_at),
        // No list shows what this version does not know.
        fields: Job { rest: Fields::new(), ..fields },
        state: status.job.state,
        waiting_for: status.waiting_for,
        visit: status.visits.last().map(|v| v.visit),
        visit_state: status.visits.last().map(|v| v.fold.state),
        done_at: status.done_at,
        kept,
    };
    Ok(Some((line, pk, words)))
}

impl MachineLine {
    /// The machine of a job: its record, else what the technician was told.
    pub fn of(job: &Job, machine: Option<&Machine>) -> Option<Self> {
        let told = (job.machine_model.clone(), job.machine_serial.clone());
        let (model, serial) = machine.map_or(told, |m| (m.model.clone(), m.serial.clone()));
        if model.is_none() && serial.is_none() && job.machine.is_none() {
            return None;
        }
        Some(Self {
            machine: job.machine.filter(|_| machine.is_some()),
            model: model.unwrap_or_default(),
            serial: serial.unwrap_or_default(),
            nickname: machine.and_then(|m| m.nickname.clone()),
        })
    }
}

/// When the newest step was taken.
fn last_step(records: &[Seen]) -> Option<Timestamp> {
    let live = records.iter().filter(|seen| !seen.state.void && seen.state.kind == "step");
    live.filter_map(|seen| seen.state.fields.get("at")?.as_i64()).max().map(Timestamp)
}

/// When the newest visit is planned, if it has not begun; the job's own plan is that of its first visit.
fn window_of(job: &Job, status: &JobStatus) -> Option<(Timestamp, Timestamp)> {
    let ahead = status.visits.last().filter(|visit| visit.fold.state <= VisitState::Accepted);
    let own = ahead.and_then(|visit| Some((visit.fields.planned_from?, visit.fields.planned_to)));
    let first = (status.visits.len() < 2).then(|| Some((job.plan_from?, job.plan_to))).flatten();
    let (from, to) = own.or(first)?;
    Some((from, to.unwrap_or(from)))
}

/// Where a job and its visits stand, by the rules both sides share.
pub fn status_of(job: RecordId, records: &[Seen]) -> JobStatus {
    status::fold(job, records.iter().map(|seen| (seen.rec, &seen.state)))
}

fn words_of(job: &Job, customer: Option<&Customer>, machine: Option<&Machine>) -> String {
    let mut words: Vec<&str> = Vec::new();
    words.extend(
        [
            &job.number,
            &job.site,
            &job.contact_name,
            &job.contact_phone,
            &job.customer_name,
            &job.machine_serial,
            &job.machine_model,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str),
    );
    if let Some(customer) = customer {
        words.extend(
            [&customer.name, &customer.phone, &customer.code].into_iter().flatten().map(String::as_str),
        );
        words
            .extend(customer.contacts.iter().flat_map(|c| [c.name.as_deref(), c.phone.as_deref()]).flatten());
    }
    if let Some(m) = machine {
        let own = [&m.model, &m.serial, &m.frame_no, &m.engine_no, &m.plate, &m.nickname, &m.site];
        words.extend(own.into_iter().flatten().map(String::as_str));
    }
    fold_text(&words.join(" "))
}

/// Text as search compares it: lower case, without the spaces and dots inside numbers.
pub fn fold_text(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| !matches!(c, '·' | '-' | '.')).collect()
}

fn write(tx: &Transaction<'_>, pk: i64, line: &JobLine, words: &str) -> Result<(), StoreError> {
    let bucket = match line.state {
        JobState::Created | JobState::Triaged | JobState::Dispatched | JobState::Returned => OPEN,
        JobState::InProgress | JobState::Waiting => IN_PROGRESS,
        _ => DONE,
    };
    let planned = line.window.map(|(from, _)| from).or(line.fields.due);
    let plan = if bucket == DONE { line.done_at } else { planned };
    let row = serde_json::to_string(line).map_err(|_| StoreError::Damaged("job list"))?;
    tx.prepare_cached(
        "INSERT INTO job_list(rec, customer, machine, bucket, plan, row, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (rec) DO UPDATE SET customer = excluded.customer, machine = excluded.machine,
            bucket = excluded.bucket, plan = excluded.plan, row = excluded.row, words = excluded.words",
    )?
    .execute(params![
        pk,
        line.fields.customer.as_ref().map(RecordId::as_bytes),
        line.fields.machine.as_ref().map(RecordId::as_bytes),
        bucket,
        plan.map(|t| t.0),
        row,
        words
    ])?;
    Ok(())
}

fn read_lines(db: &Connection, sql: &str, with: impl rusqlite::Params) -> Result<Vec<JobLine>, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(with)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        let mut line: JobLine = serde_json::from_str(&text).map_err(|_| StoreError::Damaged("job list"))?;
        line.kept = row.get(1)?;
        lines.push(line);
    }
    Ok(lines)
}

pub(super) fn of_job(db: &Connection, job: RecordId) -> Result<Option<JobLine>, StoreError> {
    let sql = "SELECT row, kept FROM job_list JOIN rec ON rec.pk = job_list.rec WHERE rec.id = ?1";
    Ok(read_lines(db, sql, [job.as_bytes()])?.pop())
}

pub(super) fn planned(db: &Connection, before: i64, most: u32) -> Result<Vec<JobLine>, StoreError> {
    let sql = "SELECT row, kept FROM job_list JOIN rec ON rec.pk = job_list.rec
               WHERE bucket IN (?1, ?2) AND (plan IS NULL OR plan < ?3) ORDER BY plan DESC LIMIT ?4";
    read_lines(db, sql, params![IN_PROGRESS, OPEN, before, most])
}

pub(super) fn done(db: &Connection, span: Range<i64>, most: u32) -> Result<Vec<JobLine>, StoreError> {
    let sql = "SELECT row, kept FROM job_list JOIN rec ON rec.pk = job_list.rec
               WHERE bucket = ?1 AND plan >= ?2 AND plan < ?3 ORDER BY plan DESC LIMIT ?4";
    read_lines(db, sql, params![DONE, span.start, span.end, most])
}

pub(super) fn found(db: &Connection, words: &[String], most: u32) -> Result<(Vec<JobLine>, u64), StoreError> {
    // `instr` on the folded words: a fragment of a serial or a phone is what people type.
    let list = serde_json::to_string(words).map_err(|_| StoreError::Damaged("words"))?;
    let hit = "NOT EXISTS (SELECT 1 FROM json_each(?1) AS w WHERE instr(words, w.value) = 0)";
    let count = format!("SELECT count(*) FROM job_list WHERE {hit}");
    let total = db.prepare_cached(&count)?.query_row([&list], |row| row.get(0))?;
    let rows = format!(
        "SELECT row, kept FROM job_list JOIN rec ON rec.pk = job_list.rec WHERE {hit}
         ORDER BY bucket, plan DESC, rec DESC LIMIT ?2"
    );
    Ok((read_lines(db, &rows, params![list, most])?, total))
}
