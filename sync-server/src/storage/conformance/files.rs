//! What only a file can show: it outlives its process, and opens only when it keeps its promises.

use super::super::db::{Db, Durability, Key, Opening, Place as Location};
use super::super::sqlite::SqliteStorage;
use super::super::{Storage, StorageError};
use super::{begin, file, id, op};
use crate::accounts::{Unit, UnitId};
use crate::storage::accounts::AccountStore;

#[test]
fn what_was_committed_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = file(folder.path());
    let mut tx = begin(&mut store);
    tx.append_op(&op(1, 1)).unwrap();
    tx.commit().unwrap();
    drop(store);
    assert_eq!(file(folder.path()).read().unwrap().op_at(1).unwrap(), Some(op(1, 1)));
}

#[test]
fn jobs_are_listed_as_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = file(folder.path());
    let place = Location::File(folder.path().join("server.db"));
    let company = Unit { id: UnitId(id(60)), parent: None, name: "产品服务部".into() };
    AccountStore::open(&place).unwrap().put_unit(&company).unwrap();
    super::scope::jobs_are_listed_as_they_are_asked_for(&mut store, company.id.0);
}

#[test]
fn a_reading_sees_one_state() {
    let folder = tempfile::tempdir().unwrap();
    let (mut writer, mut reader) = (file(folder.path()), file(folder.path()));
    begin(&mut writer).commit().unwrap();
    let reading = reader.read().unwrap();
    assert_eq!(reading.op_count().unwrap(), 0);
    let mut tx = writer.begin().unwrap();
    tx.append_op(&op(1, 1)).unwrap();
    tx.commit().unwrap();
    assert_eq!(reading.op_count().unwrap(), 0);
    drop(reading);
    assert_eq!(reader.read().unwrap().op_count().unwrap(), 1);
}

#[test]
fn a_store_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = Location::File(folder.path().join("server.db"));
    let full = Opening { vfs: None, key: None, durability: Durability::Full };
    Db::open(&place, &full).unwrap().conn.pragma_update(None, "user_version", 99).unwrap();
    let refused = SqliteStorage::open(&place, None, None).err();
    assert!(matches!(refused, Some(StorageError::FromLaterVersion { found: 99, .. })), "{refused:?}");
}

#[test]
fn a_key_without_a_cipher_is_refused() {
    let refused = SqliteStorage::open(&Location::Memory, None, Some(&Key([0; 32])));
    assert!(matches!(refused.err(), Some(StorageError::Broken(_))));
    assert!(SqliteStorage::open(&Location::Memory, Some("no such vfs"), None).is_err());
}

#[test]
fn every_promise_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    for (durability, level) in [(Durability::Full, 2), (Durability::Normal, 1)] {
        let place = Location::File(folder.path().join("x.db"));
        let db = Db::open(&place, &Opening { vfs: None, key: None, durability }).unwrap();
        let found: i64 = db.conn.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        assert_eq!(found, level);
    }
    // A file in which WAL cannot be: the promise fails, and the file is not opened.
    let opening = Opening { vfs: Some("unix-none"), key: None, durability: Durability::Full };
    let place = Location::File(folder.path().join("y.db"));
    assert!(matches!(Db::open(&place, &opening).err(), Some(StorageError::Broken(_))));
}

#[test]
fn a_bound_value_never_compiles_a_statement_again() {
    let opening = Opening { vfs: None, key: None, durability: Durability::Full };
    let db = Db::open(&Location::Memory, &opening).unwrap();
    db.conn.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b)").unwrap();
    let mut statement = db.conn.prepare("SELECT b FROM t WHERE a > ?1 ORDER BY a LIMIT ?2").unwrap();
    for bound in [(1, 2), (3, 4), (5, 6)] {
        let mut rows = statement.query(bound).unwrap();
        assert!(rows.next().unwrap().is_none());
    }
    assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0);
}
