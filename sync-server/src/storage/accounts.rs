//! Accounts, the org tree, sessions and settings, in the same file as the hub's tables.
//!
//! A connection of its own; whoever owns both uses them one after the other on one thread. Dull by design,
//! as the rest of the store: what an account may do is decided in [`crate::accounts`].

use std::collections::BTreeSet;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::UserId;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::time::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use super::StorageError;
use super::db::{Db, Durability, Opening, Place};
use super::sqlite::MIGRATIONS;
use crate::accounts::session::Session;
use crate::accounts::{Account, Role, Unit, UnitId};

/// The accounts of one org.
pub struct AccountStore {
    db: Db,
}

const ACCOUNT: &str = "SELECT user, login, name, unit, password, disabled, made_at, one_time FROM account";

impl AccountStore {
    /// Opens the store and brings it up to date.
    pub fn open(place: &Place) -> Result<Self, StorageError> {
        let mut db = Db::open(place, &Opening { vfs: None, key: None, durability: Durability::Full })?;
        db.migrate(MIGRATIONS)?;
        Ok(Self { db })
    }

    /// Opens an up-to-date store for reading beside the one that writes.
    pub fn open_to_read(place: &Place) -> Result<Self, StorageError> {
        Ok(Self { db: Db::open_to_read(place)? })
    }

    /// A setting.
    pub fn setting(&self, name: &str) -> Result<Option<String>, StorageError> {
        let mut statement = self.db.conn.prepare_cached("SELECT value FROM setting WHERE name = ?1")?;
        Ok(statement.query_row([name], |row| row.get(0)).optional()?)
    }

    /// Makes or overwrites a setting.
    pub fn set_setting(&mut self, name: &str, value: &str) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO setting (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [name, value],
            )?;
            Ok(())
        })
    }

    /// The org tree, the company first.
    pub fn units(&self) -> Result<Vec<Unit>, StorageError> {
        let sql = "SELECT id, parent, name FROM unit ORDER BY parent IS NOT NULL, name, id";
        let mut statement = self.db.conn.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| {
            let parent: Option<Uuid> = row.get::<_, Option<[u8; 16]>>(1)?.map(Uuid::from_bytes);
            Ok(Unit { id: unit(row, 0)?, parent: parent.map(UnitId), name: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Makes or overwrites a unit.
    pub fn put_unit(&mut self, unit: &Unit) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO unit (id, parent, name) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET parent = excluded.parent, name = excluded.name",
                params![unit.id.0.as_bytes(), unit.parent.as_ref().map(|p| p.0.as_bytes()), unit.name],
            )?;
            Ok(())
        })
    }

    /// The account of a person.
    pub fn account(&self, user: UserId) -> Result<Option<Account>, StorageError> {
        let found = self.list(&format!("{ACCOUNT} WHERE user = ?1"), &[&user.as_bytes()])?;
        Ok(found.into_iter().next())
    }

    /// The account behind a login.
    pub fn account_by_login(&self, login: &str) -> Result<Option<Account>, StorageError> {
        let login = login.trim().to_lowercase();
        let found = self.list(&format!("{ACCOUNT} WHERE login = ?1"), &[&login])?;
        Ok(found.into_iter().next())
    }

    /// Every account, by login.
    pub fn accounts(&self) -> Result<Vec<Account>, StorageError> {
        self.list(&format!("{ACCOUNT} ORDER BY login"), &[])
    }

    fn list(&self, sql: &str, params: &[&dyn rusqlite::ToSql]) -> Result<Vec<Account>, StorageError> {
        let mut statement = self.db.conn.prepare_cached(sql)?;
        let rows = statement.query_map(params, read_account)?;
        let mut accounts: Vec<Account> = rows.collect::<Result<_, _>>()?;
        let sql = "SELECT unit, role FROM account_role WHERE user = ?1";
        let mut statement = self.db.conn.prepare_cached(sql)?;
        for account in &mut accounts {
            let rows = statement
                .query_map([account.user.as_bytes()], |row| Ok((unit(row, 0)?, row.get::<_, String>(1)?)))?;
            for row in rows {
                let (unit, code) = row?;
                let role = Role::from_code(&code).ok_or(StorageError::Damaged("account_role.role"))?;
                account.roles.insert((unit, role));
            }
        }
        Ok(accounts)
    }

    /// Makes or overwrites an account with all its roles. `false`: another account has this login.
    pub fn put_account(&mut self, account: &Account) -> Result<bool, StorageError> {
        if self.account_by_login(&account.login)?.is_some_and(|other| other.user != account.user) {
            return Ok(false);
        }
        self.write(|tx| write_account(tx, account))?;
        Ok(true)
    }

    /// A session.
    pub fn session(&self, hash: Digest) -> Result<Option<Session>, StorageError> {
        let sql = "SELECT hash, user, made_at, used_at FROM session WHERE hash = ?1";
        let mut statement = self.db.conn.prepare_cached(sql)?;
        let found = statement.query_row([hash.0], |row| {
            Ok(Session {
                hash: Digest(row.get(0)?),
                user: user(row, 1)?,
                made_at: Timestamp(row.get(2)?),
                used_at: Timestamp(row.get(3)?),
            })
        });
        Ok(found.optional()?)
    }

    /// Makes a session or notes its use.
    pub fn put_session(&mut self, session: &Session) -> Result<(), StorageError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO session (hash, user, made_at, used_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (hash) DO UPDATE SET used_at = excluded.used_at",
                params![session.hash.0, session.user.as_bytes(), session.made_at.0, session.used_at.0],
            )?;
            Ok(())
        })
    }

    /// Ends a session; harmless when there is none.
    pub fn end_session(&mut self, hash: Digest) -> Result<(), StorageError> {
        self.write(|tx| Ok(tx.execute("DELETE FROM session WHERE hash = ?1", [hash.0]).map(drop)?))
    }

    /// Ends every session of a person.
    pub fn end_sessions(&mut self, of: UserId) -> Result<(), StorageError> {
        self.write(|tx| Ok(tx.execute("DELETE FROM session WHERE user = ?1", [of.as_bytes()]).map(drop)?))
    }

    /// Ends all sessions that were last used before `idle`.
    pub fn end_idle_sessions(&mut self, idle: Timestamp) -> Result<(), StorageError> {
        self.write(|tx| Ok(tx.execute("DELETE FROM session WHERE used_at < ?1", [idle.0]).map(drop)?))
    }

    fn write(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let tx = self.db.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&tx)?;
        Ok(tx.commit()?)
    }
}

fn write_account(tx: &Transaction<'_>, account: &Account) -> Result<(), StorageError> {
    tx.execute(
        "INSERT INTO account (user, login, name, unit, password, disabled, made_at, one_time)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (user) DO UPDATE SET login = excluded.login, name = excluded.name,
             unit = excluded.unit, password = excluded.password, disabled = excluded.disabled,
             one_time = excluded.one_time",
        params![
            account.user.as_bytes(),
            account.login,
            account.name,
            account.unit.0.as_bytes(),
            account.password,
            account.disabled,
            account.made_at.0,
            account.one_time
        ],
    )?;
    tx.execute("DELETE FROM account_role WHERE user = ?1", [account.user.as_bytes()])?;
    for (unit, role) in &account.roles {
        tx.execute(
            "INSERT INTO account_role (user, unit, role) VALUES (?1, ?2, ?3)",
            params![account.user.as_bytes(), unit.0.as_bytes(), role.code()],
        )?;
    }
    Ok(())
}

fn read_account(row: &Row<'_>) -> Result<Account, rusqlite::Error> {
    Ok(Account {
        user: user(row, 0)?,
        login: row.get(1)?,
        name: row.get(2)?,
        unit: unit(row, 3)?,
        password: row.get(4)?,
        disabled: row.get(5)?,
        roles: BTreeSet::new(),
        made_at: Timestamp(row.get(6)?),
        one_time: row.get(7)?,
    })
}

fn user(row: &Row<'_>, at: usize) -> Result<UserId, rusqlite::Error> {
    row.get::<_, [u8; 16]>(at).map(|bytes| UserId(Uuid::from_bytes(bytes)))
}

fn unit(row: &Row<'_>, at: usize) -> Result<UnitId, rusqlite::Error> {
    row.get::<_, [u8; 16]>(at).map(|bytes| UnitId(Uuid::from_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> Uuid {
        Uuid::from_bytes([n; 16])
    }

    fn account(n: u8, login: &str) -> Account {
        Account {
            user: UserId(id(n)),
            login: login.into(),
            name: "王".into(),
            unit: UnitId(id(1)),
            password: None,
            disabled: false,
            roles: BTreeSet::from([(UnitId(id(1)), Role::Technician), (UnitId(id(2)), Role::Manager)]),
            made_at: Timestamp(5),
            one_time: true,
        }
    }

    fn store() -> AccountStore {
        let mut store = AccountStore::open(&Place::Memory).unwrap();
        for (n, parent) in [(1, None), (2, Some(UnitId(id(1))))] {
            store.put_unit(&Unit { id: UnitId(id(n)), parent, name: n.to_string() }).unwrap();
        }
        store
    }

    #[test]
    fn accounts_read_back_whole() {
        let mut store = store();
        let mut wang = account(9, "wang");
        assert!(store.put_account(&wang).unwrap());
        assert_eq!(store.account_by_login(" Wang ").unwrap(), Some(wang.clone()));
        wang.roles.pop_first();
        wang.disabled = true;
        assert!(store.put_account(&wang).unwrap());
        assert_eq!(store.account(wang.user).unwrap(), Some(wang));
        assert!(!store.put_account(&account(8, "wang")).unwrap(), "a login belongs to one");
        assert_eq!(store.accounts().unwrap().len(), 1);
    }

    #[test]
    fn sessions_slide_and_end() {
        let mut store = store();
        store.put_account(&account(9, "wang")).unwrap();
        let mut session = Session {
            hash: Digest::of(b"c"),
            user: UserId(id(9)),
            made_at: Timestamp(1),
            used_at: Timestamp(1),
        };
        store.put_session(&session).unwrap();
        session.used_at = Timestamp(7);
        store.put_session(&session).unwrap();
        assert_eq!(store.session(session.hash).unwrap(), Some(session.clone()));
        store.end_sessions(UserId(id(8))).unwrap();
        store.end_idle_sessions(Timestamp(7)).unwrap();
        assert!(store.session(session.hash).unwrap().is_some());
        store.end_sessions(UserId(id(9))).unwrap();
        assert!(store.session(session.hash).unwrap().is_none());
    }

    #[test]
    fn settings_are_overwritten() {
        let mut store = store();
        assert_eq!(store.setting("org_name").unwrap(), None);
        store.set_setting("org_name", "a").unwrap();
        store.set_setting("org_name", "b").unwrap();
        assert_eq!(store.setting("org_name").unwrap().as_deref(), Some("b"));
    }
}
