//! Audiences and feeds over SQLite.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::sync::Audience;
use rusqlite::types::Type;
use rusqlite::{Row, params};
use uuid::Uuid;

use super::super::feed::{AudienceKind, FeedRow, FeedState, Feeds, Holding, Membership, RankRun};
use super::super::{Pk, StorageError};
use super::{SqliteTx, maybe_unsigned, signed, unsigned};

const PUT_MEMBER: &str = "INSERT INTO member (user, audience, until) VALUES (?1, ?2, ?3)
ON CONFLICT (user, audience) DO UPDATE SET until = ?3";

type Read<T> = Result<T, rusqlite::Error>;

fn state_code(state: FeedState) -> &'static str {
    match state {
        FeedState::Put => "put",
        FeedState::Leave => "leave",
        FeedState::Void => "void",
    }
}

fn feed_row(row: &Row<'_>) -> Read<FeedRow> {
    let state = match row.get_ref(2)?.as_str()? {
        "put" => FeedState::Put,
        "leave" => FeedState::Leave,
        "void" => FeedState::Void,
        _ => return Err(rusqlite::Error::InvalidColumnType(2, "state".into(), Type::Text)),
    };
    Ok(FeedRow { pos: unsigned(row, 0)?, rec: row.get(1)?, state })
}

fn holding(row: &Row<'_>) -> Read<Holding> {
    Ok(Holding {
        rec: row.get(0)?,
        audience: row.get(1)?,
        via: row.get(2)?,
        until: maybe_unsigned(row, 3)?,
        day: row.get(4)?,
    })
}

fn limited(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

impl Feeds for SqliteTx<'_> {
    fn audience_of(&self, owner: Uuid) -> Result<Option<Audience>, StorageError> {
        self.first("SELECT id FROM audience WHERE owner = ?1", [owner.as_bytes()], |row| row.get(0))
    }

    fn insert_audience(&mut self, kind: AudienceKind, owner: Uuid) -> Result<Audience, StorageError> {
        let kind = match kind {
            AudienceKind::Org => "org",
            AudienceKind::Region => "region",
            AudienceKind::Person => "person",
        };
        self.run("INSERT INTO audience (kind, owner) VALUES (?1, ?2)", params![kind, owner.as_bytes()])?;
        Audience::try_from(self.conn.last_insert_rowid()).map_err(|_| StorageError::Damaged("audience"))
    }

    fn regions(&self) -> Result<Vec<(Audience, Uuid)>, StorageError> {
        let sql = "SELECT id, owner FROM audience WHERE kind = 'region' ORDER BY id";
        self.list(sql, (), |row| Ok((row.get(0)?, Uuid::from_bytes(row.get(1)?))))
    }

    fn people_within(&self, unit: Uuid) -> Result<Vec<UserId>, StorageError> {
        self.list(include_str!("../sql/select_people_within.sql"), [unit.as_bytes()], |row| {
            Ok(UserId(Uuid::from_bytes(row.get(0)?)))
        })
    }

    fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StorageError> {
        let sql = "SELECT audience, until FROM member WHERE user = ?1 ORDER BY audience";
        self.list(sql, [user.as_bytes()], |row| {
            Ok(Membership { audience: row.get(0)?, until: maybe_unsigned(row, 1)? })
        })
    }

    fn put_membership(&mut self, user: UserId, one: Membership) -> Result<(), StorageError> {
        self.run(PUT_MEMBER, params![user.as_bytes(), one.audience, one.until.map(signed)]).map(drop)
    }

    fn holdings(&self, rec: Pk) -> Result<Vec<Holding>, StorageError> {
        self.list(include_str!("../sql/select_holdings.sql"), [rec], holding)
    }

    fn put_holding(&mut self, one: &Holding) -> Result<(), StorageError> {
        let row = params![one.rec, one.audience, one.via, one.until.map(signed), one.day];
        self.run(include_str!("../sql/put_holding.sql"), row).map(drop)
    }

    fn move_feed(&mut self, audience: Audience, row: FeedRow) -> Result<(), StorageError> {
        let row = params![audience, row.rec, signed(row.pos), state_code(row.state)];
        self.run(include_str!("../sql/put_feed.sql"), row).map(drop)
    }

    fn feed_after(&self, audience: Audience, after: u64, limit: usize) -> Result<Vec<FeedRow>, StorageError> {
        let sql = include_str!("../sql/select_feed.sql");
        self.list(sql, params![audience, signed(after), limited(limit)], feed_row)
    }

    fn floor_of(&self, audience: Audience) -> Result<u64, StorageError> {
        let sql = "SELECT floor FROM audience WHERE id = ?1";
        Ok(self.first(sql, [audience], |row| unsigned(row, 0))?.unwrap_or(0))
    }

    fn forget_closures(&mut self, pos: u64) -> Result<usize, StorageError> {
        self.run(include_str!("../sql/raise_floors.sql"), [signed(pos)])?;
        self.run("DELETE FROM feed WHERE pos <= ?1 AND state <> 'put'", [signed(pos)])
    }

    fn note_head(&mut self, at: Timestamp, head: u64) -> Result<(), StorageError> {
        let sql = "INSERT INTO past_head (at, head) VALUES (?1, ?2) ON CONFLICT (at) DO UPDATE SET head = ?2";
        self.run(sql, params![at.0, signed(head)]).map(drop)
    }

    fn head_at(&self, at: Timestamp) -> Result<Option<u64>, StorageError> {
        let sql = "SELECT head FROM past_head WHERE at <= ?1 ORDER BY at DESC LIMIT 1";
        self.first(sql, [at.0], |row| unsigned(row, 0))
    }

    fn listed(&self, audience: Audience) -> Result<Vec<(RecordId, u64)>, StorageError> {
        self.list(include_str!("../sql/select_listed.sql"), [audience], |row| {
            Ok((RecordId(Uuid::from_bytes(row.get(0)?)), unsigned(row, 1)?))
        })
    }

    fn ranked(&self, audience: Audience, run: RankRun, limit: usize) -> Result<Vec<(i64, Pk)>, StorageError> {
        let sql = if run.backward {
            include_str!("../sql/select_ranked_backward.sql")
        } else {
            include_str!("../sql/select_ranked.sql")
        };
        // Behind nothing: the end of the run from which it is read, and a row before all or behind all.
        let start = if run.backward { (run.to, Pk::MAX) } else { (run.from, Pk::MIN) };
        let (day, rec) = run.after.unwrap_or(start);
        let other_end = if run.backward { run.from } else { run.to };
        let row = params![audience, day, rec, other_end, limited(limit)];
        self.list(sql, row, |row| Ok((row.get(0)?, row.get(1)?)))
    }
}
