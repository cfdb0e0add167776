//! Positions, ops and chains over SQLite.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, Incarnation, OpId, RecordId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::OpOutcome;
use rusqlite::{Row, params};
use uuid::Uuid;

use super::super::log::{Chain, Link, Log, Loss, OrgHead, Place, Sender, StoredOp, Waiting};
use super::super::{Pk, StorageError};
use super::{SqliteTx, bytes, code, coded, maybe_unsigned, signed, unsigned};

const SELECT_CHAIN: &str =
    "SELECT chain, last_seq, last_link, first_prev, prev_chain, prev_seq FROM device_head WHERE ";
const SELECT_OP: &str =
    "SELECT op_id, hash, body, running, device, chain, seq, job, at, outcome, why, pos FROM op WHERE ";

type Read<T> = Result<T, rusqlite::Error>;

fn digest(row: &Row<'_>, at: usize) -> Read<Digest> {
    bytes(row, at).map(Digest)
}

/// Outcome, why and position in three columns from `at`.
fn outcome(row: &Row<'_>, at: usize) -> Read<OpOutcome> {
    let why = match row.get_ref(at + 1)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(coded(row, at + 1)?),
    };
    Ok(OpOutcome { outcome: coded(row, at)?, why, pos: unsigned(row, at + 2)? })
}

fn maybe_place(row: &Row<'_>, at: usize) -> Read<Option<Place>> {
    let chain: Option<Pk> = row.get(at)?;
    let seq = maybe_unsigned(row, at + 1)?;
    Ok(chain.zip(seq).map(|(chain, seq)| Place { chain, seq }))
}

fn chain(row: &Row<'_>) -> Read<Chain> {
    Ok(Chain {
        chain: row.get(0)?,
        last_seq: unsigned(row, 1)?,
        last_link: digest(row, 2)?,
        first_prev: digest(row, 3)?,
        prev: maybe_place(row, 4)?,
    })
}

fn op(row: &Row<'_>) -> Read<StoredOp> {
    let op_id: Option<[u8; 16]> = row.get(0)?;
    let device: Option<[u8; 16]> = row.get(4)?;
    let device = device.map(|id| DeviceId(Uuid::from_bytes(id)));
    Ok(StoredOp {
        op_id: op_id.map(|id| OpId(Uuid::from_bytes(id))),
        hash: digest(row, 1)?,
        body: row.get(2)?,
        running: digest(row, 3)?,
        sender: device.zip(maybe_place(row, 5)?).map(|(device, place)| Sender { device, place }),
        job: row.get(7)?,
        at: row.get(8)?,
        outcome: outcome(row, 9)?,
    })
}

fn record_id(row: &Row<'_>, at: usize) -> Read<Option<RecordId>> {
    let id: Option<[u8; 16]> = row.get(at)?;
    Ok(id.map(|id| RecordId(Uuid::from_bytes(id))))
}

fn waiting(row: &Row<'_>) -> Read<Waiting> {
    let device = DeviceId(Uuid::from_bytes(bytes(row, 1)?));
    Ok(Waiting { pos: unsigned(row, 0)?, device, wants: record_id(row, 2)?, makes: record_id(row, 3)? })
}

impl Log for SqliteTx<'_> {
    fn org_head(&self) -> Result<Option<OrgHead>, StorageError> {
        let sql = "SELECT head, epoch, backup_pos, lost_above, lost_at, backup_at FROM org_head";
        self.first(sql, (), |row| {
            let head = self.head.map_or_else(|| unsigned(row, 0), Ok)?;
            let above = maybe_unsigned(row, 3)?;
            let loss = above.zip(row.get(4)?).map(|(above, at)| Loss { above, at: Timestamp(at) });
            let backup_at = row.get::<_, Option<i64>>(5)?.map(Timestamp);
            Ok(OrgHead { head, epoch: row.get(1)?, backup_pos: maybe_unsigned(row, 2)?, backup_at, loss })
        })
    }

    fn set_org_head(&mut self, head: &OrgHead) -> Result<(), StorageError> {
        self.head = None;
        let sql = include_str!("../sql/put_org_head.sql");
        let (above, at) = head.loss.map(|loss| (signed(loss.above), loss.at.0)).unzip();
        let backup = (head.backup_pos.map(signed), head.backup_at.map(|at| at.0));
        let row = params![signed(head.head), head.epoch, backup.0, above, at, backup.1];
        self.run(sql, row).map(drop)
    }

    fn take_positions(&mut self, n: u64) -> Result<u64, StorageError> {
        let stored = || self.first("SELECT head FROM org_head", (), |row| unsigned(row, 0));
        let head = self.head.map_or_else(stored, |head| Ok(Some(head)))?;
        let head = head.ok_or(StorageError::Damaged("org_head"))?;
        self.head = Some(head + n);
        Ok(head + 1)
    }

    fn append_op(&mut self, op: &StoredOp) -> Result<(), StorageError> {
        let place = op.sender.map(|sender| sender.place);
        let row = params![
            signed(op.outcome.pos),
            op.op_id.as_ref().map(OpId::as_bytes),
            op.hash.0,
            op.body,
            op.running.0,
            op.sender.as_ref().map(|sender| sender.device.as_bytes()),
            place.map(|place| place.chain),
            place.map(|place| signed(place.seq)),
            op.job,
            code(&op.outcome.outcome),
            op.outcome.why.as_ref().map(code),
            op.at,
        ];
        self.run(include_str!("../sql/insert_op.sql"), row).map(drop)
    }

    fn op_at(&self, pos: u64) -> Result<Option<StoredOp>, StorageError> {
        self.first(&format!("{SELECT_OP} pos = ?1"), [signed(pos)], op)
    }

    fn last_running(&self) -> Result<(u64, Digest), StorageError> {
        let sql = "SELECT pos, running FROM op ORDER BY pos DESC LIMIT 1";
        let last = self.first(sql, (), |row| Ok((unsigned(row, 0)?, digest(row, 1)?)))?;
        Ok(last.unwrap_or((0, Digest::ZERO)))
    }

    fn running_at(&self, pos: u64) -> Result<Option<Digest>, StorageError> {
        self.first("SELECT running FROM op WHERE pos = ?1", [signed(pos)], |row| digest(row, 0))
    }

    fn op_by_id(&self, id: OpId) -> Result<Option<(Digest, OpOutcome)>, StorageError> {
        let sql = "SELECT hash, outcome, why, pos FROM op WHERE op_id = ?1";
        self.first(sql, [id.as_bytes()], |row| Ok((digest(row, 0)?, outcome(row, 1)?)))
    }

    fn has_nameless_ops(&self) -> Result<bool, StorageError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM op WHERE op_id IS NULL)";
        Ok(self.first(sql, (), |row| row.get(0))?.unwrap_or(false))
    }

    fn nameless_op(&self, device: DeviceId, hash: Digest) -> Result<Option<OpOutcome>, StorageError> {
        let sql = include_str!("../sql/select_nameless_op.sql");
        self.first(sql, params![hash.0, device.as_bytes()], |row| outcome(row, 0))
    }

    fn ops_of_job(&self, job: Pk) -> Result<Vec<StoredOp>, StorageError> {
        self.list(&format!("{SELECT_OP} job = ?1 ORDER BY pos"), [job], op)
    }

    fn op_count(&self) -> Result<u64, StorageError> {
        let count = self.first("SELECT count(*) FROM op", (), |row| unsigned(row, 0))?;
        Ok(count.unwrap_or(0))
    }

    fn op_digests(&self) -> Result<Vec<Digest>, StorageError> {
        self.list("SELECT hash FROM op ORDER BY hash", (), |row| bytes(row, 0).map(Digest))
    }

    fn chain(&self, device: DeviceId, incarnation: Incarnation) -> Result<Option<Chain>, StorageError> {
        let sql = format!("{SELECT_CHAIN} device = ?1 AND incarnation = ?2");
        self.first(&sql, params![device.as_bytes(), incarnation.0], chain)
    }

    fn chain_at(&self, number: Pk) -> Result<Option<Chain>, StorageError> {
        self.first(&format!("{SELECT_CHAIN} chain = ?1"), [number], chain)
    }

    fn chains(&self, device: DeviceId) -> Result<Vec<Chain>, StorageError> {
        self.list(&format!("{SELECT_CHAIN} device = ?1 ORDER BY chain"), [device.as_bytes()], chain)
    }

    fn begin_chain(
        &mut self,
        device: DeviceId,
        incarnation: Incarnation,
        first_prev: Digest,
        prev: Option<Place>,
    ) -> Result<Pk, StorageError> {
        let row = params![
            device.as_bytes(),
            incarnation.0,
            first_prev.0,
            prev.map(|place| place.chain),
            prev.map(|place| signed(place.seq)),
        ];
        self.run(include_str!("../sql/insert_chain.sql"), row)?;
        Ok(self.conn.last_insert_rowid())
    }

    fn set_chain_head(&mut self, head: Place, link: Digest, sig: &[u8; 64]) -> Result<(), StorageError> {
        let sql = "UPDATE device_head SET last_seq = ?2, last_link = ?3, sig = ?4 WHERE chain = ?1";
        self.run(sql, params![head.chain, signed(head.seq), link.0, sig]).map(drop)
    }

    fn append_link(&mut self, link: &Link) -> Result<(), StorageError> {
        let sql = "INSERT INTO link (chain, seq, link, op, again) VALUES (?1, ?2, ?3, ?4, ?5)";
        let place = link.place;
        let row = params![place.chain, signed(place.seq), link.link.0, signed(link.op), link.again];
        self.run(sql, row).map(drop)
    }

    fn links(&self, chain: Pk, from: u64, to: u64) -> Result<Vec<(Link, OpOutcome)>, StorageError> {
        let sql = include_str!("../sql/select_links.sql");
        self.list(sql, params![chain, signed(from), signed(to)], |row| {
            let place = Place { chain, seq: unsigned(row, 0)? };
            let link = Link { place, link: digest(row, 1)?, op: unsigned(row, 2)?, again: row.get(3)? };
            Ok((link, outcome(row, 4)?))
        })
    }

    fn find_link(&self, device: DeviceId, link: Digest) -> Result<Option<Place>, StorageError> {
        let sql = include_str!("../sql/select_link_place.sql");
        let found = self.first(sql, params![device.as_bytes(), link.0], |row| maybe_place(row, 0))?;
        Ok(found.flatten())
    }

    fn places_of(&self, pos: u64) -> Result<Vec<Place>, StorageError> {
        let sql = include_str!("../sql/select_places.sql");
        let places = self.list(sql, [signed(pos)], |row| maybe_place(row, 0))?;
        Ok(places.into_iter().flatten().collect())
    }

    fn put_waiting(&mut self, one: &Waiting) -> Result<(), StorageError> {
        let wants = one.wants.as_ref().map(RecordId::as_bytes);
        let makes = one.makes.as_ref().map(RecordId::as_bytes);
        let sql = "INSERT INTO waiting (op, device, wants, makes) VALUES (?1, ?2, ?3, ?4)";
        self.run(sql, params![signed(one.pos), one.device.as_bytes(), wants, makes]).map(drop)
    }

    fn drop_waiting(&mut self, pos: u64) -> Result<(), StorageError> {
        self.run("DELETE FROM waiting WHERE op = ?1", [signed(pos)]).map(drop)
    }

    fn waiting_for(&self, rec: Option<RecordId>) -> Result<Vec<Waiting>, StorageError> {
        let sql = "SELECT op, device, wants, makes FROM waiting WHERE wants IS ?1 ORDER BY op";
        self.list(sql, [rec.as_ref().map(RecordId::as_bytes)], waiting)
    }

    fn needed(&self, device: DeviceId, limit: usize) -> Result<Vec<RecordId>, StorageError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let sql = include_str!("../sql/select_needed.sql");
        let found = self.list(sql, params![device.as_bytes(), limit], |row| record_id(row, 0))?;
        Ok(found.into_iter().flatten().collect())
    }
}
