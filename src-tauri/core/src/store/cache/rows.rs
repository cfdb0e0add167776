//! Rows of the cache: how a record's state becomes columns and comes back.

use std::collections::BTreeMap;

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::wire::page::RowText;
use fieldcard_schema::wire::sync::Audience;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::super::{Seen, StoreError};
use super::Cache;

/// A record's state without what stands in columns of its own. `f` is read, or the text as it is.
#[derive(Serialize, Deserialize)]
struct Stored<F> {
    f: F,
    b: u64,
    a: UserId,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    v: bool,
}

/// The ids that a statement gives.
pub(super) fn ids(db: &Connection, sql: &str) -> Result<Vec<RecordId>, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let rows = select.query_map([], |row| row.get::<_, [u8; 16]>(0))?;
    rows.map(|id| Ok(RecordId(uuid::Uuid::from_bytes(id?)))).collect()
}

pub(super) fn put_state(tx: &Transaction<'_>, name: &str, value: &str) -> Result<(), StoreError> {
    tx.prepare_cached(
        "INSERT INTO sync_state(name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?
    .execute([name, value])?;
    Ok(())
}

fn to_text(state: &RecordState) -> Result<String, StoreError> {
    let stored = Stored { f: &state.fields, b: state.born, a: state.author, v: state.void };
    serde_json::to_string(&stored).map_err(|_| StoreError::Damaged("record"))
}

/// What [`to_text`] writes, without reading the fields: they are one JSON object, checked where they came in.
fn shadow_text(row: &RowText) -> String {
    format!(r#"{{"f":{},"b":{},"a":"{}"}}"#, row.fields, row.born, row.author)
}

fn read_state(kind: String, job: Option<[u8; 16]>, ver: u64, text: &str) -> Result<RecordState, StoreError> {
    let stored: Stored<Fields> = serde_json::from_str(text).map_err(|_| StoreError::Damaged("record"))?;
    Ok(RecordState {
        kind,
        job: job.map(|b| RecordId(uuid::Uuid::from_bytes(b))),
        fields: stored.f,
        ver,
        born: stored.b,
        author: stored.a,
        void: stored.v,
        field_vers: BTreeMap::new(),
    })
}

pub(super) fn read_seen(row: &Row<'_>) -> Result<Seen, StoreError> {
    let text: Option<String> = row.get(5)?;
    Ok(Seen {
        rec: RecordId(uuid::Uuid::from_bytes(row.get(1)?)),
        pk: row.get(0)?,
        state: read_state(
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            &text.ok_or(StoreError::Damaged("record"))?,
        )?,
        kept: row.get(6)?,
    })
}

pub(super) fn read_all(
    db: &Connection,
    sql: &str,
    with: impl rusqlite::Params,
) -> Result<Vec<Seen>, StoreError> {
    let mut select = db.prepare_cached(sql)?;
    let mut rows = select.query(with)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_seen(row)?);
    }
    Ok(found)
}

pub(super) fn seen_of_job(db: &Connection, job: RecordId) -> Result<Vec<Seen>, StoreError> {
    let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec WHERE job = ?1 ORDER BY kind, pk";
    let mut found = read_all(db, sql, params![job.as_bytes()])?;
    found.sort_by_key(Seen::order);
    Ok(found)
}

/// The steps and visits of a job, in their order: what its row is folded from.
pub(in crate::store) fn times_of_job(db: &Connection, job: RecordId) -> Result<Vec<Seen>, StoreError> {
    let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec
               WHERE job = ?1 AND kind IN ('step', 'visit') ORDER BY kind, pk";
    let mut found = read_all(db, sql, params![job.as_bytes()])?;
    found.sort_by_key(Seen::order);
    Ok(found)
}

pub(in crate::store) fn seen(db: &Connection, rec: RecordId) -> Result<Option<Seen>, StoreError> {
    let sql = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec WHERE id = ?1";
    db.prepare_cached(sql)?.query_row([rec.as_bytes()], |row| Ok(read_seen(row))).optional()?.transpose()
}

pub(super) fn shadow_of(db: &Connection, rec: RecordId) -> Result<Option<RecordState>, StoreError> {
    let sql = "SELECT kind, job, ver, shadow FROM rec WHERE id = ?1 AND shadow IS NOT NULL";
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?));
    match db.prepare_cached(sql)?.query_row([rec.as_bytes()], read).optional()? {
        Some((kind, job, ver, text)) => read_state(kind, job, ver, &text).map(Some),
        None => Ok(None),
    }
}

/// What the cache holds of a record without reading its fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// What the server said; none for a record that it has not seen.
    pub(crate) ver: Option<u64>,
    /// It shows something else than the server said.
    pub(crate) viewed: bool,
}

impl Cache {
    /// Where a record stands.
    pub(crate) fn standing(&self, rec: RecordId) -> Result<Option<Standing>, StoreError> {
        let sql =
            "SELECT CASE WHEN shadow IS NULL THEN NULL ELSE ver END, view IS NOT NULL FROM rec WHERE id = ?1";
        let read = |row: &Row<'_>| Ok(Standing { ver: row.get(0)?, viewed: row.get(1)? });
        Ok(self.db.prepare_cached(sql)?.query_row([rec.as_bytes()], read).optional()?)
    }
}

/// Strikes out what the server had said of a record.
pub(super) fn put_void(tx: &Transaction<'_>, rec: RecordId, ver: u64) -> Result<(), StoreError> {
    let Some(shadow) = shadow_of(tx, rec)? else { return Ok(()) };
    rewrite(tx, rec, &RecordState { void: true, ver, ..shadow })
}

/// Writes what the server said of a record that is here.
fn rewrite(tx: &Transaction<'_>, rec: RecordId, shadow: &RecordState) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE rec SET ver = ?2, shadow = ?3, view = NULL WHERE id = ?1")?
        .execute(params![rec.as_bytes(), shadow.ver, to_text(shadow)?])?;
    Ok(())
}

/// Writes what the server said of a record. Its row, and whether it is a new one.
pub(super) fn put_shadow(tx: &Transaction<'_>, row: &RowText) -> Result<(i64, bool), StoreError> {
    let rec = row.rec;
    let row = params![
        rec.as_bytes(),
        row.kind,
        row.job.as_ref().map(RecordId::as_bytes),
        row.ver,
        shadow_text(row)
    ];
    // Most rows of a pull are new: those cost one statement.
    let insert =
        "INSERT INTO rec(id, kind, job, ver, shadow) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    if tx.prepare_cached(insert)?.execute(row)? == 1 {
        return Ok((tx.last_insert_rowid(), true));
    }
    // Kind and job stay: setting them again would write their indexes again. Only a record that was made here
    // under a taken id is another one.
    let update =
        "UPDATE rec SET ver = ?4, shadow = ?5, view = NULL WHERE id = ?1 AND kind = ?2 AND job IS ?3";
    if tx.prepare_cached(update)?.execute(row)? == 0 {
        let replace = "UPDATE rec SET kind = ?2, job = ?3, ver = ?4, shadow = ?5, view = NULL WHERE id = ?1";
        tx.prepare_cached(replace)?.execute(row)?;
    }
    let select = "SELECT pk FROM rec WHERE id = ?1";
    Ok((tx.prepare_cached(select)?.query_row([rec.as_bytes()], |row| row.get(0))?, false))
}

pub(super) fn put_view(
    tx: &Transaction<'_>,
    rec: RecordId,
    view: Option<&RecordState>,
) -> Result<(), StoreError> {
    let Some(view) = view else {
        // A record that only pending ops had made, and none is left: there is nothing to show.
        tx.prepare_cached("DELETE FROM rec WHERE id = ?1 AND shadow IS NULL")?.execute([rec.as_bytes()])?;
        tx.prepare_cached("UPDATE rec SET view = NULL WHERE id = ?1")?.execute([rec.as_bytes()])?;
        return Ok(());
    };
    tx.prepare_cached(
        "INSERT INTO rec(id, kind, job, ver, view) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET view = excluded.view",
    )?
    .execute(params![
        rec.as_bytes(),
        view.kind,
        view.job.as_ref().map(RecordId::as_bytes),
        view.ver,
        to_text(view)?
    ])?;
    Ok(())
}

/// An audience holds the record in a row, which may be a new one.
pub(super) fn join(
    tx: &Transaction<'_>,
    audience: Audience,
    (pk, is_new): (i64, bool),
) -> Result<(), StoreError> {
    let insert = "INSERT INTO rec_audience(audience, rec) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    tx.prepare_cached(insert)?.execute(params![audience, pk])?;
    if !is_new {
        tx.prepare_cached("UPDATE rec SET kept = 0 WHERE pk = ?1 AND kept = 1")?.execute([pk])?;
    }
    Ok(())
}

pub(super) fn leave(
    tx: &Transaction<'_>,
    audience: Audience,
    rec: RecordId,
    keep: &dyn Fn(Option<RecordId>) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    let sql = "SELECT pk, CASE kind WHEN 'job' THEN id ELSE job END FROM rec WHERE id = ?1";
    let read = |row: &Row<'_>| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<[u8; 16]>>(1)?));
    let Some((pk, job)) = tx.prepare_cached(sql)?.query_row([rec.as_bytes()], read).optional()? else {
        return Ok(());
    };
    tx.prepare_cached("DELETE FROM rec_audience WHERE rec = ?1 AND audience = ?2")?
        .execute(params![pk, audience])?;
    let sql = "SELECT EXISTS (SELECT 1 FROM rec_audience WHERE rec = ?1)";
    let held_by_another: bool = tx.prepare_cached(sql)?.query_row([pk], |row| row.get(0))?;
    if held_by_another {
        return Ok(());
    }
    let sql = if keep(job.map(|b| RecordId(uuid::Uuid::from_bytes(b))))? || is_named(tx, rec)? {
        "UPDATE rec SET kept = 1 WHERE pk = ?1"
    } else {
        "DELETE FROM rec WHERE pk = ?1"
    };
    tx.prepare_cached(sql)?.execute([pk])?;
    Ok(())
}

/// A job that is only kept says who leads it now; what its other fields say is what its keeper last saw.
pub(super) fn hand_on(tx: &Transaction<'_>, job: RecordId, lead: UserId) -> Result<(), StoreError> {
    let is_kept = "SELECT EXISTS (SELECT 1 FROM rec WHERE id = ?1 AND kept = 1)";
    let kept: bool = tx.prepare_cached(is_kept)?.query_row([job.as_bytes()], |row| row.get(0))?;
    if let (true, Some(mut shadow)) = (kept, shadow_of(tx, job)?) {
        shadow.fields.insert("assignee".to_owned(), lead.to_string().into());
        rewrite(tx, job, &shadow)?;
    }
    Ok(())
}

/// Whether a job that is here names the record as its machine or customer: it cannot be read without.
pub(super) fn is_named(tx: &Transaction<'_>, rec: RecordId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM job_list WHERE machine = ?1)
                   OR EXISTS (SELECT 1 FROM job_list WHERE customer = ?1)";
    Ok(tx.prepare_cached(sql)?.query_row([rec.as_bytes()], |row| row.get(0))?)
}
