//! Drafts in the outbox: what is being typed or drawn and is no op yet.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use rusqlite::{Transaction, named_params, params};

use super::super::StoreError;
use super::{Draft, Outbox};

/// Under what a draft stands: the record itself, or an id made of the name of a form that has no record.
pub fn draft_key(name: &str) -> RecordId {
    name.parse().unwrap_or_else(|_| {
        let digest = Digest::of_parts(&[b"form ", name.as_bytes()]);
        RecordId(uuid::Builder::from_custom_bytes(std::array::from_fn(|i| digest.0[i])).into_uuid())
    })
}

impl Outbox {
    /// Keeps what was typed.
    pub fn save_draft(&mut self, draft: &Draft) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        put(&tx, draft)?;
        Ok(tx.commit()?)
    }

    /// Forgets drafts of a record: one field, or all.
    pub fn clear_drafts(&mut self, rec: RecordId, field: Option<&str>) -> Result<(), StoreError> {
        let tx = self.db.transaction()?;
        tx.prepare_cached("DELETE FROM draft WHERE rec = :rec AND (:field IS NULL OR field = :field)")?
            .execute(named_params! {":rec": rec.as_bytes(), ":field": field})?;
        Ok(tx.commit()?)
    }

    /// The records that have a draft of this field, the newest first.
    pub fn draft_holders(&self, field: &str) -> Result<Vec<RecordId>, StoreError> {
        let sql = "SELECT rec FROM draft WHERE field = ?1 ORDER BY at DESC";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([field], |row| Ok(RecordId(uuid::Uuid::from_bytes(row.get(0)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every record, or form, that has a draft.
    pub fn draft_records(&self) -> Result<Vec<RecordId>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT DISTINCT rec FROM draft")?;
        let rows = select.query_map([], |row| Ok(RecordId(uuid::Uuid::from_bytes(row.get(0)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Drafts of one record.
    pub fn drafts(&self, rec: RecordId) -> Result<Vec<Draft>, StoreError> {
        let sql = "SELECT field, value, base, at FROM draft WHERE rec = ?1 ORDER BY field";
        let mut select = self.db.prepare_cached(sql)?;
        let rows = select.query_map([rec.as_bytes()], |row| {
            Ok(Draft { rec, field: row.get(0)?, value: row.get(1)?, base: row.get(2)?, at: row.get(3)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Writes a draft; the base of the first keystroke stays, since that is when the author read the field.
pub(super) fn put(tx: &Transaction<'_>, draft: &Draft) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO draft(rec, field, value, base, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (rec, field) DO UPDATE SET value = excluded.value, at = excluded.at",
    )?
    .execute(params![draft.rec.as_bytes(), draft.field, draft.value, draft.base, draft.at])?;
    Ok(())
}
