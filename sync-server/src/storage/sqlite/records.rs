//! Records and exceptions over SQLite.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::wire::page::RowText;
use rusqlite::{Row, params};
use uuid::Uuid;

use super::super::records::{Records, StoredException, StoredRecord, ToldRecord};
use super::super::{Pk, StorageError};
use super::{SqliteTx, bytes, code, coded, json, signed, unsigned};

const SELECT_RECORD: &str = include_str!("../sql/select_record.sql");
const SELECT_EXCEPTION: &str = "SELECT record, op, about, field, why FROM exception WHERE open = 1";

type Read<T> = Result<T, rusqlite::Error>;

fn record_id(row: &Row<'_>, at: usize) -> Read<RecordId> {
    bytes(row, at).map(|id| RecordId(Uuid::from_bytes(id)))
}

fn record(row: &Row<'_>) -> Read<StoredRecord> {
    let job: Option<[u8; 16]> = row.get(3)?;
    let field_vers = match row.get_ref(9)? {
        rusqlite::types::ValueRef::Null => std::collections::BTreeMap::default(),
        _ => json(row, 9)?,
    };
    let state = RecordState {
        kind: row.get(2)?,
        job: job.map(|id| RecordId(Uuid::from_bytes(id))),
        fields: json(row, 4)?,
        ver: unsigned(row, 5)?,
        born: unsigned(row, 6)?,
        author: UserId(Uuid::from_bytes(bytes(row, 7)?)),
        void: row.get(8)?,
        field_vers,
    };
    Ok(StoredRecord { pk: row.get(0)?, rec: record_id(row, 1)?, state })
}

fn told(row: &Row<'_>) -> Read<ToldRecord> {
    let job: Option<[u8; 16]> = row.get(2)?;
    let text = RowText {
        rec: record_id(row, 0)?,
        kind: row.get(1)?,
        job: job.map(|id| RecordId(Uuid::from_bytes(id))),
        fields: row.get(3)?,
        ver: unsigned(row, 4)?,
        born: unsigned(row, 5)?,
        author: UserId(Uuid::from_bytes(bytes(row, 6)?)),
    };
    Ok(ToldRecord { row: text, void: row.get(7)? })
}

fn exception(row: &Row<'_>) -> Read<StoredException> {
    Ok(StoredException {
        record: row.get(0)?,
        op: unsigned(row, 1)?,
        about: row.get(2)?,
        field: row.get(3)?,
        why: coded(row, 4)?,
    })
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|_| StorageError::Damaged("record"))
}

fn field_vers(state: &RecordState) -> Result<Option<String>, StorageError> {
    (!state.field_vers.is_empty()).then(|| to_json(&state.field_vers)).transpose()
}

impl Records for SqliteTx<'_> {
    fn record(&self, rec: RecordId) -> Result<Option<StoredRecord>, StorageError> {
        self.first(&format!("{SELECT_RECORD} WHERE r.rec = ?1"), [rec.as_bytes()], record)
    }

    fn record_at(&self, pk: Pk) -> Result<Option<StoredRecord>, StorageError> {
        self.first(&format!("{SELECT_RECORD} WHERE r.pk = ?1"), [pk], record)
    }

    fn told_at(&self, pk: Pk) -> Result<Option<ToldRecord>, StorageError> {
        self.first(include_str!("../sql/select_told.sql"), [pk], told)
    }

    fn insert_record(&mut self, rec: RecordId, state: &RecordState) -> Result<Pk, StorageError> {
        let row = params![
            rec.as_bytes(),
            state.kind,
            state.job.as_ref().map(RecordId::as_bytes),
            to_json(&state.fields)?,
            signed(state.ver),
            signed(state.born),
            state.author.as_bytes(),
            state.void,
            field_vers(state)?,
        ];
        self.run(include_str!("../sql/insert_record.sql"), row)?;
        Ok(self.conn.last_insert_rowid())
    }

    fn update_record(&mut self, pk: Pk, state: &RecordState) -> Result<(), StorageError> {
        let row = params![pk, to_json(&state.fields)?, signed(state.ver), state.void, field_vers(state)?];
        self.run(include_str!("../sql/update_record.sql"), row).map(drop)
    }

    fn records_of_job(&self, job: Pk) -> Result<Vec<StoredRecord>, StorageError> {
        self.list(&format!("{SELECT_RECORD} WHERE r.job = ?1 ORDER BY r.pk"), [job], record)
    }

    fn kind_of_job(&self, job: Pk, kind: &str) -> Result<Vec<StoredRecord>, StorageError> {
        let sql = format!("{SELECT_RECORD} WHERE r.job = ?1 AND r.kind = ?2 ORDER BY r.pk");
        self.list(&sql, params![job, kind], record)
    }

    fn free_records(&self, kind: &str, after: Pk, limit: usize) -> Result<Vec<StoredRecord>, StorageError> {
        let sql = format!(
            "{SELECT_RECORD} WHERE r.job IS NULL AND r.kind = ?1 AND r.pk > ?2 ORDER BY r.pk LIMIT ?3"
        );
        self.list(&sql, params![kind, after, i64::try_from(limit).unwrap_or(i64::MAX)], record)
    }

    fn jobs_naming(&self, field: &str, rec: RecordId) -> Result<Vec<StoredRecord>, StorageError> {
        let by = match field {
            "machine" => "r.fields ->> 'machine'",
            "customer" => "r.fields ->> 'customer'",
            _ => return Ok(Vec::new()),
        };
        let sql = format!("{SELECT_RECORD} WHERE r.kind = 'job' AND {by} = ?1 ORDER BY r.pk");
        self.list(&sql, [rec.to_string()], record)
    }

    fn histories_of(&self, machine: RecordId) -> Result<Vec<StoredRecord>, StorageError> {
        let sql = format!(
            "{SELECT_RECORD} WHERE r.kind = 'machine_history' AND r.fields ->> 'machine' = ?1 ORDER BY r.pk"
        );
        self.list(&sql, [machine.to_string()], record)
    }

    fn open_exception(&mut self, exception: &StoredException) -> Result<(), StorageError> {
        let row = params![
            exception.record,
            signed(exception.op),
            exception.about,
            exception.field,
            code(&exception.why),
        ];
        self.run(include_str!("../sql/insert_exception.sql"), row).map(drop)
    }

    fn close_exception(&mut self, record: Pk) -> Result<(), StorageError> {
        self.run("UPDATE exception SET open = 0 WHERE record = ?1", [record]).map(drop)
    }

    fn exceptions_about(&self, about: Pk) -> Result<Vec<StoredException>, StorageError> {
        self.list(&format!("{SELECT_EXCEPTION} AND about = ?1 ORDER BY record"), [about], exception)
    }

    fn exceptions_of(&self, about: Pk) -> Result<Vec<Pk>, StorageError> {
        let sql = "SELECT record FROM exception WHERE about = ?1 AND field IS NOT NULL ORDER BY record";
        self.list(sql, [about], |row| row.get(0))
    }

    fn open_exceptions(&self) -> Result<Vec<StoredException>, StorageError> {
        self.list(&format!("{SELECT_EXCEPTION} ORDER BY record"), (), exception)
    }
}
