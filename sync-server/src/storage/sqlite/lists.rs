//! Lists of the console over SQLite. Filters are put together from fixed pieces of SQL; every value is bound.

use fieldcard_schema::id::UserId;
use rusqlite::types::Value;
use rusqlite::{Row, params, params_from_iter};
use uuid::Uuid;

use super::super::lists::{JobFilter, JobOrder, JobPlace, JobRow, Lists};
use super::super::{Pk, StorageError};
use super::{SqliteTx, bytes, unsigned};

type Read<T> = Result<T, rusqlite::Error>;

fn job_row(row: &Row<'_>) -> Read<JobRow> {
    let lead: Option<[u8; 16]> = row.get(4)?;
    Ok(JobRow {
        state: row.get(0)?,
        rank: row.get(1)?,
        since: row.get(2)?,
        owner: bytes(row, 3).map(Uuid::from_bytes)?,
        lead: lead.map(|id| UserId(Uuid::from_bytes(id))),
        number: row.get(5)?,
        day: row.get(6)?,
        due: row.get(7)?,
        customer: row.get(8)?,
        machine: row.get(9)?,
        card_how: row.get(10)?,
        card_kind: row.get(11)?,
    })
}

/// Where a phrase may stand: in the job, its customer or its machine.
const SPOKEN_OF: &str = " AND l.job IN (
    WITH hit AS MATERIALIZED (SELECT rowid AS pk FROM wording WHERE wording MATCH ?)
    SELECT pk FROM hit
    UNION SELECT job FROM job_line WHERE customer IN (SELECT pk FROM hit)
    UNION SELECT job FROM job_line WHERE machine IN (SELECT pk FROM hit))";

/// Its owner is one of these units or a person there; what nobody here owns belongs to the company.
const OF_UNITS: &str = " AND (l.owner IN (SELECT unhex(value) FROM json_each(?))
    OR l.owner IN (SELECT user FROM account WHERE unit IN (SELECT unhex(value) FROM json_each(?)))
    OR l.owner NOT IN (SELECT user FROM account) AND l.owner NOT IN (SELECT id FROM unit)
        AND EXISTS (SELECT 1 FROM unit WHERE parent IS NULL AND id IN (SELECT unhex(value) FROM json_each(?))))";

const WITH_EXCEPTION: &str = " AND l.job IN (SELECT coalesce(r.job, r.pk) FROM exception AS e
    JOIN record AS r ON r.pk = e.about WHERE e.open = 1)";

/// The conditions of a filter and their values.
fn conditions(filter: &JobFilter) -> (String, Vec<Value>) {
    let units: Vec<String> = filter.units.iter().map(|unit| unit.simple().to_string()).collect();
    let (mut sql, mut values) = (String::from(OF_UNITS), vec![list(&units); 3]);
    let mut and = |piece: &str, value: Option<Value>| {
        sql.push_str(piece);
        values.extend(value);
    };
    for phrase in &filter.phrases {
        and(SPOKEN_OF, Some(Value::Text(phrase.clone())));
    }
    if !filter.states.is_empty() {
        and(" AND l.state IN (SELECT value FROM json_each(?))", Some(list(&filter.states)));
    }
    if let Some(lead) = filter.lead {
        and(" AND l.lead = ?", Some(Value::Blob(lead.as_bytes().to_vec())));
    }
    if let Some(from) = filter.from {
        and(" AND l.day >= ?", Some(Value::Integer(from)));
    }
    if let Some(to) = filter.to {
        and(" AND l.day < ?", Some(Value::Integer(to)));
    }
    if filter.exceptions {
        and(WITH_EXCEPTION, None);
    }
    (sql, values)
}

fn list(texts: &[String]) -> Value {
    Value::Text(serde_json::to_string(texts).unwrap_or_default())
}

/// What an order goes by, what lies behind a place in it, and its words.
fn ordered(order: JobOrder) -> [&'static str; 3] {
    match order {
        JobOrder::Newest => ["0", " AND ?1 = ?1 AND l.job < ?2", " ORDER BY l.job DESC"],
        JobOrder::Due => ["l.due", " AND (l.due, l.job) > (?1, ?2)", " ORDER BY l.due, l.job"],
        JobOrder::Rank => {
            ["l.rank", " AND l.rank >= ?1 AND (l.rank > ?1 OR l.job < ?2)", " ORDER BY l.rank, l.job DESC"]
        }
    }
}

fn bound(limit: usize) -> Value {
    Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX))
}

impl Lists for SqliteTx<'_> {
    fn put_job_row(&mut self, job: Pk, row: &JobRow) -> Result<(), StorageError> {
        let values = params![
            job,
            row.state,
            row.rank,
            row.since,
            row.owner.as_bytes(),
            row.lead.as_ref().map(UserId::as_bytes),
            row.number,
            row.day,
            row.due,
            row.customer,
            row.machine,
            row.card_how,
            row.card_kind,
        ];
        self.run(include_str!("../sql/put_job_line.sql"), values).map(drop)
    }

    fn drop_job_row(&mut self, job: Pk) -> Result<(), StorageError> {
        self.run("DELETE FROM job_line WHERE job = ?1", [job]).map(drop)
    }

    fn job_row(&self, job: Pk) -> Result<Option<JobRow>, StorageError> {
        self.first(include_str!("../sql/select_job_line.sql"), [job], job_row)
    }

    fn put_pairs(&mut self, rec: Pk, pairs: &str) -> Result<(), StorageError> {
        self.run("DELETE FROM wording WHERE rowid = ?1", [rec])?;
        self.run("INSERT INTO wording (rowid, pairs) VALUES (?1, ?2)", params![rec, pairs]).map(drop)
    }

    fn unlisted(&self, limit: usize) -> Result<Vec<Pk>, StorageError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.list(include_str!("../sql/select_unlisted.sql"), [limit], |row| row.get(0))
    }

    fn jobs_listed(
        &self,
        filter: &JobFilter,
        order: JobOrder,
        after: Option<JobPlace>,
        limit: usize,
    ) -> Result<Vec<JobPlace>, StorageError> {
        let (conditions, mut values) = conditions(filter);
        let [key, behind, by] = ordered(order);
        let mut place = Vec::new();
        if let Some(after) = after {
            place = vec![Value::Integer(after.key), Value::Integer(after.job)];
        }
        // The place first: its numbered values stand before those that follow in their order.
        let behind = if place.is_empty() { "" } else { behind };
        let sql = format!("SELECT {key}, l.job FROM job_line AS l WHERE 1{behind}{conditions}{by} LIMIT ?");
        place.append(&mut values);
        place.push(bound(limit));
        self.list(&sql, params_from_iter(place), |row| Ok(JobPlace { key: row.get(0)?, job: row.get(1)? }))
    }

    fn jobs_counted(&self, filter: &JobFilter, most: usize) -> Result<u64, StorageError> {
        let (conditions, mut values) = conditions(filter);
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM job_line AS l WHERE 1{conditions} LIMIT ?)");
        values.push(bound(most));
        let count = self.first(&sql, params_from_iter(values), |row| unsigned(row, 0))?;
        Ok(count.unwrap_or(0))
    }

    fn worded(&self, kind: &str, phrases: &[String], limit: usize) -> Result<Vec<Pk>, StorageError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        if phrases.is_empty() {
            let sql =
                "SELECT pk FROM record WHERE job IS NULL AND kind = ?1 AND void = 0 ORDER BY pk LIMIT ?2";
            return self.list(sql, params![kind, limit], |row| row.get(0));
        }
        let all = phrases.join(" AND ");
        self.list(include_str!("../sql/select_worded.sql"), params![all, kind, limit], |row| row.get(0))
    }

    fn machines_of(&self, customer: &str, limit: usize) -> Result<Vec<Pk>, StorageError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.list(include_str!("../sql/select_machines_of.sql"), params![customer, limit], |row| row.get(0))
    }

    fn jobs_over(&self, states: &[&str], since: i64, limit: usize) -> Result<Vec<Pk>, StorageError> {
        let states = serde_json::json!(states).to_string();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = include_str!("../sql/select_jobs_over.sql");
        self.list(sql, params![states, since, limit], |row| row.get(0))
    }

    fn highest_number(&self, prefix: &str) -> Result<u64, StorageError> {
        let sql = include_str!("../sql/select_highest_number.sql");
        let found = self.first(sql, params![prefix, format!("{prefix}:")], |row| unsigned(row, 0))?;
        Ok(found.unwrap_or(0))
    }

    fn exceptions_on(&self, job: Pk) -> Result<u64, StorageError> {
        let sql = include_str!("../sql/select_exception_count.sql");
        Ok(self.first(sql, [job], |row| unsigned(row, 0))?.unwrap_or(0))
    }
}
