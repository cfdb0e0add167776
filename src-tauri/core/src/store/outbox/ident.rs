//! Who this device is and what it has to remember, as names and values: read once, and written through.
//!
//! This connection is the file's only one, so that nobody else can change what stands here.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};

use super::super::StoreError;

/// The rows of `ident`.
pub(super) struct Ident(BTreeMap<String, String>);

impl Ident {
    /// As the file has them.
    pub(super) fn read(db: &Connection) -> Result<Self, StoreError> {
        let mut select = db.prepare_cached("SELECT name, value FROM ident")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self(rows.collect::<Result<_, _>>()?))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The values whose names begin with `prefix`, by what follows it.
    pub(super) fn under(&self, prefix: &str) -> Vec<(String, String)> {
        let named = self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(prefix)?, value)));
        named.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// Ends a transaction that changes values too. What could not be committed is not believed.
    pub(super) fn commit(
        &mut self,
        tx: Transaction<'_>,
        values: &[(&str, String)],
    ) -> Result<(), StoreError> {
        for (name, value) in values {
            tx.prepare_cached(
                "INSERT INTO ident(name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?
            .execute([name, value.as_str()])?;
        }
        tx.commit()?;
        self.0.extend(values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Ok(())
    }

    /// Ends a transaction that takes a value away and changes others.
    pub(super) fn commit_without(
        &mut self,
        tx: Transaction<'_>,
        gone: &str,
        values: &[(&str, String)],
    ) -> Result<(), StoreError> {
        tx.prepare_cached("DELETE FROM ident WHERE name = ?1")?.execute([gone])?;
        self.commit(tx, values)?;
        self.0.remove(gone);
        Ok(())
    }
}
