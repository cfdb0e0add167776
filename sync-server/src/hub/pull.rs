//! The half of a sync that brings records out: one page an audience, the person's own first.
//!
//! The first pull of an audience goes by rank, so that tomorrow's jobs come first; it began at some head,
//! and the feed goes on from there. A page ends at its rows or at the budget; it holds at least one row.

use std::collections::BTreeMap;

use fieldcard_schema::id::UserId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::wire::page::{Page, RowText, Table};
use fieldcard_schema::wire::sync::{Audience, Cursors};

use super::cursor::{Cursor, FirstPull};
use super::ledger::Ledger;
use crate::storage::feed::FeedState;
use crate::storage::records::ToldRecord;
use crate::storage::{Pk, StorageError};

/// Bytes that a row costs beside its fields: ids, version, author.
pub(super) const ROW_BYTES: usize = 120;

/// Most bytes of pages that one answer gets, whatever is asked: the answer is made on the thread that writes.
pub(super) const BUDGET_MAX: u32 = 4 << 20;

/// Bytes that a row costs which is told by a number alone.
const OWN_BYTES: usize = 8;

/// Seqs and bodies of ops, by position.
type Own<'a> = BTreeMap<u64, (u64, &'a [u8])>;

/// What a pull is asked for.
pub(super) struct Asked<'a> {
    /// By whom.
    pub(super) user: UserId,
    /// Where each audience stands.
    pub(super) cursors: &'a Cursors,
    /// Most bytes.
    pub(super) budget: u32,
    /// The ops of this call's push which the device can make records of by itself: seqs and bodies, by position.
    pub(super) own: Own<'a>,
}

/// What a pull came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Pulled {
    pub(super) pages: Vec<Page>,
    pub(super) gone: Vec<Audience>,
    pub(super) more: bool,
}

/// A page that is being filled.
struct Draft<'a> {
    page: Page,
    own: &'a Own<'a>,
    /// Up to here the feed has forgotten what left.
    floor: u64,
    tables: BTreeMap<String, Vec<RowText>>,
    rows: usize,
    bytes: usize,
}

impl<'a> Draft<'a> {
    fn of(aud: Audience, own: &'a Own<'a>) -> Self {
        let page = Page { aud, ..Page::default() };
        Self { page, own, floor: 0, tables: BTreeMap::new(), rows: 0, bytes: 0 }
    }

    /// The seq of the op that made the record, if the device can make this very row of it. An exception about
    /// an op stands at the op's position too.
    fn made_by(&self, record: &ToldRecord) -> Option<u64> {
        let (seq, body) = self.own.get(&record.row.ver).filter(|_| !record.void)?;
        RowText::made_by(body, record.row.ver).filter(|made| *made == record.row).map(|_| *seq)
    }

    /// About the bytes of a record as JSON; exact enough for a budget.
    fn size_of(&self, record: &ToldRecord) -> usize {
        if self.made_by(record).is_some() { OWN_BYTES } else { record.row.fields.len() + ROW_BYTES }
    }

    fn put(&mut self, record: ToldRecord) {
        if record.void {
            self.page.void.push((record.row.rec, record.row.ver));
        } else if let Some(seq) = self.made_by(&record) {
            self.page.tell_own(seq);
        } else if let Some(rows) = self.tables.get_mut(&record.row.kind) {
            rows.push(record.row);
        } else {
            self.tables.insert(record.row.kind.clone(), vec![record.row]);
        }
    }

    fn add(&mut self, state: FeedState, record: ToldRecord) {
        match state {
            FeedState::Leave => {
                self.page.leave.push(record.row.rec);
                // Whoever keeps the job until his work is held shall read with whom it is now.
                let lead = Some(&record.row).filter(|row| row.kind == Job::KIND).and_then(lead_of);
                self.page.now_with.extend(lead.map(|lead| (record.row.rec, lead)));
            }
            FeedState::Put | FeedState::Void => self.put(record),
        }
    }

    fn finish(self, cursor: Cursor) -> Result<Page, StorageError> {
        let tables = self.tables.into_iter().map(|(kind, rows)| Table::from_texts(&kind, rows));
        let put = tables.collect::<Result<_, _>>().map_err(|_| StorageError::Damaged("record"))?;
        let partial = matches!(cursor, Cursor::First(_));
        Ok(Page { put, cursor: cursor.to_string(), partial, ..self.page })
    }
}

/// What bounds one answer.
struct Bounds {
    rows: usize,
    bytes: usize,
}

impl Bounds {
    /// Whether a row of `bytes` still fits; the first one always does.
    fn admits(&self, draft: &Draft<'_>, bytes: usize) -> bool {
        draft.rows == 0 || (draft.rows < self.rows && draft.bytes + bytes <= self.bytes)
    }
}

fn lead_of(job: &RowText) -> Option<UserId> {
    let fields: Fields = serde_json::from_str(&job.fields).ok()?;
    fields.get("assignee")?.as_str()?.parse().ok()
}

impl Ledger<'_> {
    /// Everything that waits behind the cursors, up to the budget.
    pub(super) fn pull(&self, asked: &Asked<'_>) -> Result<Pulled, StorageError> {
        let Asked { user, cursors, budget, own } = asked;
        let mut pulled = Pulled::default();
        let audiences = self.audiences_for(*user)?;
        pulled.gone = cursors.keys().copied().filter(|audience| !audiences.contains(audience)).collect();
        let mut left = usize::try_from((*budget).min(BUDGET_MAX)).unwrap_or(usize::MAX);
        let head = self.org_head()?.head;
        for audience in audiences {
            let cursor = self.starting(cursors.get(&audience), head);
            let bounds = Bounds { rows: self.config.page_rows.max(1), bytes: left };
            let known = cursors.contains_key(&audience);
            let draft = Draft { floor: self.tx.floor_of(audience)?, ..Draft::of(audience, own) };
            let (page, bytes, full) = self.page(draft, cursor, &bounds)?;
            // A page without rows is told only when the device must learn that the first pull has ended.
            let ended = !known || (matches!(cursor, Cursor::First(_)) && !page.partial);
            if page.rows() > 0 || ended || page.partial || page.check {
                pulled.pages.push(page);
            }
            left = left.saturating_sub(bytes);
            pulled.more |= full;
            if full || (left == 0 && bytes > 0) {
                pulled.more = true;
                break;
            }
        }
        Ok(pulled)
    }

    /// The audiences a person is in now, the own one first, then by number.
    fn audiences_for(&self, user: UserId) -> Result<Vec<Audience>, StorageError> {
        let own = self.tx.audience_of(user.0)?;
        let mut audiences: Vec<Audience> = self
            .tx
            .memberships(user)?
            .into_iter()
            .filter(|member| member.until.is_none())
            .map(|member| member.audience)
            .collect();
        audiences.sort_unstable_by_key(|audience| (Some(*audience) != own, *audience));
        Ok(audiences)
    }

    /// A cursor that no server of this head wrote is as good as none.
    fn starting(&self, cursor: Option<&String>, head: u64) -> Cursor {
        let first = FirstPull { head, today: self.today(), class: 0, after: None };
        match cursor.and_then(|text| text.parse().ok()) {
            Some(Cursor::Feed(pos)) if pos <= head => Cursor::Feed(pos),
            Some(Cursor::First(first)) if first.head <= head => Cursor::First(first),
            _ => Cursor::First(first),
        }
    }

    /// Fills one page. Answers it with its bytes and whether more waits in this audience.
    fn page(
        &self,
        mut draft: Draft<'_>,
        mut cursor: Cursor,
        bounds: &Bounds,
    ) -> Result<(Page, usize, bool), StorageError> {
        let mut full = false;
        while let (Cursor::First(first), false) = (cursor, full) {
            (cursor, full) = self.fill_first(&mut draft, first, bounds)?;
        }
        if let (Cursor::Feed(after), false) = (cursor, full) {
            (cursor, full) = self.fill_feed(&mut draft, after, bounds)?;
        }
        let bytes = draft.bytes;
        Ok((draft.finish(cursor)?, bytes, full))
    }

    /// Rows of one class of the first pull. Answers where it stands, and whether the page is full.
    fn fill_first(
        &self,
        draft: &mut Draft<'_>,
        mut first: FirstPull,
        bounds: &Bounds,
    ) -> Result<(Cursor, bool), StorageError> {
        let room = bounds.rows.saturating_sub(draft.rows).max(1);
        let ranked = self.tx.ranked(draft.page.aud, first.run(), room)?;
        let last = ranked.len() < room;
        for (day, pk) in ranked {
            let record = self.told_at(pk)?;
            if !record.void {
                let bytes = draft.size_of(&record);
                if !bounds.admits(draft, bytes) {
                    return Ok((Cursor::First(first), true));
                }
                draft.put(record);
                draft.rows += 1;
                draft.bytes += bytes;
            }
            first.after = Some((day, pk));
        }
        if last {
            Ok((first.next_class(), false))
        } else {
            Ok((Cursor::First(first), draft.rows >= bounds.rows))
        }
    }

    /// Rows of the feed. Answers where it stands, and whether the page is full.
    fn fill_feed(
        &self,
        draft: &mut Draft<'_>,
        mut after: u64,
        bounds: &Bounds,
    ) -> Result<(Cursor, bool), StorageError> {
        // Who stands below the floor may hold what left; what stands is told as ever.
        draft.page.check |= after < draft.floor;
        let room = bounds.rows.saturating_sub(draft.rows);
        let rows = self.tx.feed_after(draft.page.aud, after, room + 1)?;
        for row in rows {
            let record = self.told_at(row.rec)?;
            let bytes = if row.state == FeedState::Put { draft.size_of(&record) } else { ROW_BYTES };
            if draft.rows >= bounds.rows || !bounds.admits(draft, bytes) {
                return Ok((Cursor::Feed(after), true));
            }
            draft.add(row.state, record);
            draft.rows += 1;
            draft.bytes += bytes;
            after = row.pos;
        }
        Ok((Cursor::Feed(after.max(draft.floor)), false))
    }

    fn told_at(&self, pk: Pk) -> Result<ToldRecord, StorageError> {
        self.tx.told_at(pk)?.ok_or(StorageError::Damaged("feed"))
    }
}
