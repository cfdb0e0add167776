//! After a first pull, after a restore and daily: is what stands here what the server lists? What differs is mended.
//!
//! One audience after the other, bisecting ([`fieldcard_schema::wire::check`]). Rows that are missing or other are
//! fetched; rows that the server does not list go, by the keep rule. Nothing of a person's own is touched.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::id::RecordId;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::check::{
    CheckAnswer, CheckRequest, FETCH_MAX, Listing, PARTS_MAX, Part, PartFound, smaller,
};
use fieldcard_schema::wire::error::ErrorCode;
use fieldcard_schema::wire::sync::Audience;

use super::engine::Engine;
use super::messages::{Call, Effect, Surroundings};
use super::state::Pending;
use crate::store::cache::{Change, PagePlan};
use crate::store::{Store, StoreError};

/// When the last check ended, in ms, in the cache's `sync_state`: a new cache has none.
const CHECKED_AT: &str = "checked_at";
/// How many rows the last check had to mend.
pub const MENDED: &str = "check_mended";

/// A check under way.
#[derive(Debug, Default)]
pub(super) struct Checking {
    audiences: Vec<Audience>,
    ask: Vec<String>,
    fetch: Vec<RecordId>,
    /// Parts of the call under way.
    asked: usize,
    fetched: usize,
    mended: u64,
}

impl Engine {
    /// Asks for the next parts, if a check is due. `true`: a call is under way.
    pub(super) fn checks(
        &mut self,
        token: &str,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<bool, StoreError> {
        let may = self.pulls() && self.memory.round.as_ref().is_some_and(|round| round.checks);
        let waits = self.memory.patience.check.left(around.now()) > 0;
        if !may || waits || around.store.next_cache.is_some() {
            return Ok(false);
        }
        if self.memory.checking.is_none() && is_due(around)? {
            let audiences: Vec<Audience> = around.store.cache.cursors()?.into_keys().collect();
            self.memory.checking =
                Some(Checking { audiences, ask: vec![String::new()], ..Checking::default() });
        }
        let Some(checking) = &mut self.memory.checking else { return Ok(false) };
        let Some(aud) = checking.audiences.first().copied() else {
            let mended = self.memory.checking.take().map_or(0, |checking| checking.mended);
            let now = around.now().wall().0;
            around.store.cache.set_state(CHECKED_AT, &now.to_string())?;
            around.store.cache.set_state(MENDED, &mended.to_string())?;
            return Ok(false);
        };
        let listing = Listing::new(around.store.cache.listed(aud)?);
        let ask = |end: &String| Part { digest: listing.digest(end), end: end.clone() };
        let ask: Vec<Part> = checking.ask.iter().take(PARTS_MAX).map(ask).collect();
        let fetch: Vec<RecordId> = checking.fetch.iter().take(FETCH_MAX).copied().collect();
        (checking.asked, checking.fetched) = (ask.len(), fetch.len());
        let budget = u32::try_from(self.memory.budgets.pull.bytes()).ok();
        let call = Call::Check(token.to_owned(), CheckRequest { aud, ask, fetch, budget });
        self.call(Pending::Check { aud }, call, effects);
        Ok(true)
    }

    /// Mends what an answer shows, and notes what to ask next.
    pub(super) fn checked(
        &mut self,
        aud: Audience,
        answer: CheckAnswer,
        around: &mut Surroundings<'_>,
    ) -> Result<Vec<RecordId>, StoreError> {
        let known = around.store.cache.state("epoch")?;
        let Some(checking) = self.memory.checking.as_mut().filter(|_| known.as_ref() == Some(&answer.epoch))
        else {
            // The server was restored since: the restore flow checks when it is through.
            self.memory.checking = None;
            return Ok(Vec::new());
        };
        let (asked, fetched) = (answer.asked.unwrap_or(usize::MAX), answer.fetched.unwrap_or(usize::MAX));
        checking.ask.drain(..checking.asked.min(asked).min(checking.ask.len()));
        checking.fetch.drain(..checking.fetched.min(fetched).min(checking.fetch.len()));
        let mut changes = Vec::new();
        for table in answer.put {
            let Ok(rows) = table.into_texts() else { continue };
            changes.extend(rows.into_iter().map(Change::Put));
        }
        // As a rule nothing differs: then there is nothing to look up.
        let ours = if answer.parts.is_empty() { Vec::new() } else { around.store.cache.listed(aud)? };
        let listing = Listing::new(ours);
        for part in &answer.parts {
            changes.extend(checking.take_part(part, &listing).into_iter().map(Change::Leave));
        }
        checking.mended += changes.len() as u64;
        if checking.ask.is_empty() && checking.fetch.is_empty() {
            checking.next_audience();
        }
        if changes.is_empty() { Ok(Vec::new()) } else { mend(around.store, aud, changes) }
    }

    /// What the path loses is asked for again later, in smaller answers; an audience that the person has left is
    /// passed over; a server that cannot say is asked another day. Nothing else waits for it.
    pub(super) fn check_failed(
        &mut self,
        aud: Audience,
        code: ErrorCode,
        around: &mut Surroundings<'_>,
    ) -> Result<(), StoreError> {
        let now = around.now();
        match code {
            ErrorCode::NotFound => {
                let checking = self.memory.checking.as_mut();
                checking
                    .filter(|one| one.audiences.first() == Some(&aud))
                    .into_iter()
                    .for_each(Checking::next_audience);
            }
            ErrorCode::Unreachable | ErrorCode::Malformed | ErrorCode::TooLarge => {
                self.memory.patience.check.fail(now, around.ports.chance.as_mut(), None);
                self.memory.round.iter_mut().for_each(|round| round.checks = false);
            }
            _ => {
                self.memory.checking = None;
                around.store.cache.set_state(CHECKED_AT, &now.wall().0.to_string())?;
            }
        }
        Ok(())
    }
}

impl Checking {
    fn next_audience(&mut self) {
        if !self.audiences.is_empty() {
            self.audiences.remove(0);
        }
        (self.ask, self.fetch) = (vec![String::new()], Vec::new());
    }

    /// Notes what a part that differs leads to; answers the rows that the server does not list.
    fn take_part(&mut self, part: &PartFound, ours: &Listing) -> Vec<RecordId> {
        if part.split.len() == 16 {
            let parts = smaller(&part.end).into_iter().zip(&part.split);
            self.ask.extend(parts.filter(|(end, theirs)| ours.digest(end) != **theirs).map(|(end, _)| end));
            return Vec::new();
        }
        let held: BTreeMap<RecordId, u64> = ours.under(&part.end).collect();
        let listed: BTreeSet<RecordId> = part.list.iter().map(|(rec, _)| *rec).collect();
        let other = part.list.iter().filter(|(rec, ver)| held.get(rec) != Some(ver));
        self.fetch.extend(other.map(|(rec, _)| *rec));
        held.into_keys().filter(|rec| !listed.contains(rec)).collect()
    }
}

/// The server says that rows may stand here which left long ago: the next check is due at once.
pub(super) fn make_due(store: &mut Store) -> Result<(), StoreError> {
    store.pull_cache().set_state(CHECKED_AT, "0")
}

fn is_due(around: &Surroundings<'_>) -> Result<bool, StoreError> {
    let cache = &around.store.cache;
    if cache.is_partial()? || cache.cursors()?.is_empty() {
        return Ok(false);
    }
    let last = cache.state(CHECKED_AT)?.and_then(|ms| ms.parse::<i64>().ok());
    Ok(last.is_none_or(|last| around.now().wall().0.abs_diff(last) >= Timestamp::DAY.unsigned_abs()))
}

/// Writes rows of an audience without moving its cursor.
fn mend(store: &mut Store, audience: Audience, changes: Vec<Change>) -> Result<Vec<RecordId>, StoreError> {
    let cursor = store.cache.cursors()?.remove(&audience).unwrap_or_default();
    let (mark, epoch) = (store.cache.mark()?, store.cache.state("epoch")?.unwrap_or_default());
    let mark = mark.ok_or(StoreError::Damaged("mark"))?;
    let plan = PagePlan { audience, cursor, partial: false, changes, mark, epoch };
    Ok(store.apply_page(&plan)?.into_iter().collect())
}
