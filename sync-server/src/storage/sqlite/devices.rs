//! Devices and codes over SQLite.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, UserId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::Outstanding;
use rusqlite::types::{Type, ValueRef};
use rusqlite::{Row, params};
use uuid::Uuid;

use super::super::StorageError;
use super::super::devices::{Device, DeviceState, Devices, FormerKey, Seen, StoredCode};
use super::{SqliteTx, bytes, json};

const SELECT_DEVICE: &str = include_str!("../sql/select_device.sql");
const SELECT_CODE: &str =
    "SELECT name, key, user, expires, tries, used_by, used_mac, device FROM enrol_code WHERE name = ?1";

type Read<T> = Result<T, rusqlite::Error>;

fn state_code(state: DeviceState) -> &'static str {
    match state {
        DeviceState::Unconfirmed => "unconfirmed",
        DeviceState::Active => "active",
        DeviceState::Revoked => "revoked",
    }
}

fn state(row: &Row<'_>, at: usize) -> Read<DeviceState> {
    match row.get_ref(at)?.as_str()? {
        "unconfirmed" => Ok(DeviceState::Unconfirmed),
        "active" => Ok(DeviceState::Active),
        "revoked" => Ok(DeviceState::Revoked),
        _ => Err(rusqlite::Error::InvalidColumnType(at, "state".into(), Type::Text)),
    }
}

fn uuid(row: &Row<'_>, at: usize) -> Read<Uuid> {
    bytes(row, at).map(Uuid::from_bytes)
}

fn device(row: &Row<'_>) -> Read<Device> {
    let prefixes: String = row.get(6)?;
    let seen_at: Option<i64> = row.get(8)?;
    Ok(Device {
        id: DeviceId(uuid(row, 0)?),
        user: UserId(uuid(row, 1)?),
        key: bytes(row, 2)?,
        state: state(row, 3)?,
        label: row.get(4)?,
        app: row.get(5)?,
        prefixes: prefixes.split_whitespace().map(str::to_owned).collect(),
        enrolled_at: Timestamp(row.get(7)?),
        seen_at: seen_at.map(Timestamp),
        held: match row.get_ref(9)? {
            ValueRef::Null => None,
            _ => json(row, 9)?,
        },
        former: former_keys(row, 10)?,
        partial: row.get(11)?,
        forked_at: row.get::<_, Option<i64>>(12)?.map(Timestamp),
    })
}

/// As `former_keys` says them: key as hex, from, until.
type FormerText = (Digest, i64, i64);

fn former_keys(row: &Row<'_>, at: usize) -> Read<Vec<FormerKey>> {
    let former: Vec<FormerText> = json(row, at)?;
    let key = |(key, from, until): FormerText| FormerKey {
        key: key.0,
        from: Timestamp(from),
        until: Timestamp(until),
    };
    Ok(former.into_iter().map(key).collect())
}

fn former_text(former: &[FormerKey]) -> String {
    let rows: Vec<FormerText> = former.iter().map(|key| (Digest(key.key), key.from.0, key.until.0)).collect();
    serde_json::to_string(&rows).unwrap_or_default()
}

fn stored_code(row: &Row<'_>) -> Read<StoredCode> {
    let used_by: Option<[u8; 16]> = row.get(5)?;
    let used_mac: Option<String> = row.get(6)?;
    let device: Option<[u8; 16]> = row.get(7)?;
    Ok(StoredCode {
        name: row.get(0)?,
        key: Digest(bytes(row, 1)?),
        user: UserId(uuid(row, 2)?),
        device: device.map(|id| DeviceId(Uuid::from_bytes(id))),
        expires: Timestamp(row.get(3)?),
        tries: row.get(4)?,
        used: used_by.map(|id| DeviceId(Uuid::from_bytes(id))).zip(used_mac),
    })
}

/// What a device holds, as JSON.
fn held_text(held: Option<Outstanding>) -> Option<String> {
    held.and_then(|held| serde_json::to_string(&held).ok())
}

impl Devices for SqliteTx<'_> {
    fn device(&self, id: DeviceId) -> Result<Option<Device>, StorageError> {
        self.first(&format!("{SELECT_DEVICE} WHERE id = ?1"), [id.as_bytes()], device)
    }

    fn put_device(&mut self, device: &Device) -> Result<(), StorageError> {
        let row = params![
            device.id.as_bytes(),
            device.user.as_bytes(),
            device.key,
            state_code(device.state),
            device.label,
            device.app,
            device.prefixes.join(" "),
            device.enrolled_at.0,
            device.seen_at.map(|at| at.0),
            held_text(device.held),
            former_text(&device.former),
            device.partial,
            device.forked_at.map(|at| at.0),
        ];
        self.run(include_str!("../sql/put_device.sql"), row).map(drop)
    }

    fn devices(&self) -> Result<Vec<Device>, StorageError> {
        self.list(&format!("{SELECT_DEVICE} ORDER BY pk"), (), device)
    }

    fn note_seen(&mut self, id: DeviceId, seen: &Seen) -> Result<(), StorageError> {
        let sql = "UPDATE device SET seen_at = ?2, held = ?3, partial = ?4 WHERE id = ?1";
        let row = params![id.as_bytes(), seen.at.0, held_text(seen.held), seen.partial];
        self.run(sql, row).map(drop)
    }

    fn note_fork(&mut self, id: DeviceId, at: Timestamp) -> Result<(), StorageError> {
        let sql = "UPDATE device SET forked_at = ?2 WHERE id = ?1";
        self.run(sql, params![id.as_bytes(), at.0]).map(drop)
    }

    fn code(&self, name: &str) -> Result<Option<StoredCode>, StorageError> {
        self.first(SELECT_CODE, [name], stored_code)
    }

    fn put_code(&mut self, code: &StoredCode) -> Result<(), StorageError> {
        let row = params![
            code.name,
            code.key.0,
            code.user.as_bytes(),
            code.expires.0,
            code.tries,
            code.used.as_ref().map(|(device, _)| device.as_bytes()),
            code.used.as_ref().map(|(_, mac)| mac),
            code.device.as_ref().map(DeviceId::as_bytes),
        ];
        self.run(include_str!("../sql/put_code.sql"), row).map(drop)
    }

    fn spend_twin(&mut self, used: &StoredCode) -> Result<(), StorageError> {
        let row = params![
            used.used.as_ref().map(|(device, _)| device.as_bytes()),
            used.user.as_bytes(),
            used.expires.0,
            used.device.as_ref().map(DeviceId::as_bytes),
        ];
        self.run(include_str!("../sql/spend_twin.sql"), row).map(drop)
    }

    fn take_prefixes(&mut self, n: u32) -> Result<u32, StorageError> {
        self.run("UPDATE org_head SET prefixes = prefixes + ?1", [n])?;
        let taken: Option<u32> = self.first("SELECT prefixes FROM org_head", (), |row| row.get(0))?;
        Ok(taken.ok_or(StorageError::Damaged("org_head"))?.saturating_sub(n))
    }
}
