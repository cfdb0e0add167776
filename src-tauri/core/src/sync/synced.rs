//! What the engine makes of the answer to an exchange: outcomes into the outbox, pages into the cache.
//!
//! Only an answer that was asked for rows, and got them all, ends a pull: an exchange that only brings something to
//! the office says nothing of what stands there.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::page::Page;
use fieldcard_schema::wire::sync::{Refused, SyncResponse};

use super::answers::Stop;
use super::check;
use super::engine::Engine;
use super::give_back::GiveBack;
use super::messages::{Effect, Surroundings};
use super::prune;
use super::pull_plan;
use super::push::{self, ChainNews};
use super::state::{Exchanging, Pushed};
use crate::enrolment;
use crate::shut_out;
use crate::store::{RESTORED_AT, StoreError};
use crate::witness;

/// How old the written time of the last exchange may grow while nothing else is written, in ms.
const NOTE_AFTER_MS: u64 = 600_000;

/// The notice of a server whose log does not hold the mark that it once gave.
const MARK_UNKNOWN: &str = "mark_unknown";

/// The notice of an office that has shut this device out.
const REVOKED: &str = "revoked";

/// The notice of a server that does not read this version of the app.
const APP_OLD: &str = "app_old";

/// Notices of an answer that holds no pages, whatever was asked.
const WITHOUT_PAGES: [&str; 4] = [APP_OLD, REVOKED, "epoch_changed", MARK_UNKNOWN];

impl Engine {
    pub(super) fn synced(
        &mut self,
        exchanging: Exchanging,
        mut response: SyncResponse,
        around: &mut Surroundings<'_>,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Stop> {
        let pages = std::mem::take(&mut response.pages);
        let response = &response;
        let pushed = exchanging.pushed;
        let news = self.take_push(pushed, response, around)?;
        if news == ChainNews::Foreign {
            let incarnation = around.ports.incarnation();
            around.store.outbox.open_incarnation(incarnation, false)?;
            let now = around.now().wall();
            enrolment::note_copy(around.store, now)?;
        }
        self.got_through(exchanging, &pages, response);
        if says(response, REVOKED) {
            shut_out::heard(around.store, around.ports)?;
        }
        self.memory.give_back.taken();
        let restored = self.take_restore(news, response, around)?;
        self.memory.give_back.ask(&response.need, around.store)?;
        let changed = if restored { Vec::new() } else { take_pages(pages, pushed, response, around)? };
        let barred = WITHOUT_PAGES.iter().any(|notice| says(response, notice));
        let ended = exchanging.pull.is_some() && !barred && !restored && !response.more;
        let may_push = self.memory.patience.push.left(around.now()) == 0;
        let waiting = may_push && !around.store.outbox.waiting(0, 1, 1)?.is_empty();
        // A push refused for a reason that nothing here mends: blobs go on, and later it is tried again.
        let stuck = response.refused.is_some() && news == ChainNews::None;
        // The old cache answers what the server asks for; it may ask as long as ops go to it.
        let asked = self.memory.give_back.is_due() || (waiting && !stuck);
        let mut recs = self.end_pull(ended, asked, around)?;
        recs.extend(changed);
        note_exchange(response, around, !recs.is_empty())?;
        // Also where nothing was pulled: what is short of room needs it most.
        if !restored && !response.more {
            prune::after(around.store, response)?;
        }
        if pushed.is_some() || news != ChainNews::None {
            witness::remember(around.store, around.ports)?;
        }
        effects.push(Effect::Changed(recs));
        effects.push(Effect::StateChanged);
        if let Some(round) = &mut self.memory.round {
            round.stuck = stuck;
            round.sync = restored || response.more || asked;
        }
        if let Some(seconds) = response.retry_after {
            let wait = self.memory.patience.office.asked_for(around.now(), seconds);
            self.rest_for(wait, around, effects);
        }
        Ok(())
    }

    /// What an answer says of the path, and of whether the office lets this device read.
    fn got_through(&mut self, exchanging: Exchanging, pages: &[Page], response: &SyncResponse) {
        self.memory.patience.office.good();
        self.memory.budgets.push.carried(exchanging.sent);
        if exchanging.pull.is_some() {
            self.memory.budgets.pull.carried(pages.iter().map(Page::weight).sum());
            self.memory.app_old = says(response, APP_OLD);
        }
        if exchanging.pushed.is_some() && response.refused.is_none() {
            self.memory.patience.push.good();
        }
    }

    /// After a pull that has `ended` the cache is whole: it may replace the one before it, and ops that were
    /// confirmed before it began leave the overlay. Answers the records that show something else now.
    fn end_pull(
        &mut self,
        ended: bool,
        asked: bool,
        around: &mut Surroundings<'_>,
    ) -> Result<Vec<RecordId>, StoreError> {
        let mut confirmed = Vec::new();
        if ended {
            confirmed = self.memory.confirmed_before_pull.take().unwrap_or_default();
            around.store.pull_cache().set_whole()?;
            let next_is_whole = match &around.store.next_cache {
                Some(next) => !next.is_new()?,
                None => false,
            };
            if next_is_whole && !asked {
                around.store.carry_kept()?;
                around.store.swap_cache()?;
                self.memory.checking = None;
            }
        }
        Ok(around.store.release(&confirmed)?.into_iter().collect())
    }

    /// The restore flow: another epoch than before, a mark that the server does not know, or fewer ops than it
    /// had acknowledged. Everything is kept, asked for and built anew.
    fn take_restore(
        &mut self,
        news: ChainNews,
        response: &SyncResponse,
        around: &mut Surroundings<'_>,
    ) -> Result<bool, Stop> {
        let known = around.store.last_epoch()?;
        let rolled_back = news == ChainNews::Rewound || says(response, MARK_UNKNOWN);
        if known.as_ref().is_none_or(|known| *known == response.epoch) && !rolled_back {
            around.store.know_epoch(&response.epoch)?;
            around.store.outbox.cover_blobs(response.mark, &response.epoch)?;
            return Ok(false);
        }
        around.store.begin_next_cache()?;
        around.store.pull_cache().set_state("epoch", &response.epoch)?;
        let now = around.now().0.to_string();
        around.store.pull_cache().set_state(RESTORED_AT, &now)?;
        around.store.outbox.server_restored(&response.epoch)?;
        self.memory.confirmed_before_pull = None;
        self.memory.checking = None;
        self.memory.give_back = GiveBack::default();
        Ok(true)
    }

    fn take_push(
        &mut self,
        pushed: Option<Pushed>,
        response: &SyncResponse,
        around: &mut Surroundings<'_>,
    ) -> Result<ChainNews, Stop> {
        let mut news = ChainNews::None;
        if let (Some(pushed), Some(outcomes)) = (pushed, &response.outcomes) {
            news = push::confirm(around.store, pushed, outcomes, response.mark)?;
            if news == ChainNews::Unproven {
                return Err(ApiError::about(ErrorCode::Malformed, "outcomes").into());
            }
        }
        let current = around.store.outbox.chain_head()?.map(|head| head.incarnation);
        let incarnation = pushed.map(|p| p.incarnation).or(current);
        if response.refused == Some(Refused::Fork) {
            return Ok(ChainNews::Foreign);
        }
        let (Some(incarnation), Some(head)) = (incarnation, response.head) else { return Ok(news) };
        match (response.refused, push::compare_head(around.store, incarnation, head)?) {
            (Some(Refused::Gap), ChainNews::None) => self.fill_gap(pushed, around),
            (_, ChainNews::None) => Ok(news),
            (_, found) => Ok(found),
        }
    }

    /// The server lacks what this push stands on, and nothing of its own incarnation can be sent before it. So
    /// it has lost what it once acknowledged: the older incarnations go to it again, the oldest first. Only what
    /// cannot be filled that way begins on nothing.
    fn fill_gap(&mut self, pushed: Option<Pushed>, around: &mut Surroundings<'_>) -> Result<ChainNews, Stop> {
        let Some(pushed) = pushed else { return Ok(ChainNews::None) };
        if pushed.from_seq != around.store.outbox.pruned(pushed.incarnation) + 1 {
            return Ok(ChainNews::None);
        }
        let tried = self.memory.gaps.contains(&pushed.incarnation);
        self.memory.gaps.push(pushed.incarnation);
        if tried || !around.store.outbox.has_confirmed_others(pushed.incarnation)? {
            let fresh = around.ports.incarnation();
            around.store.outbox.open_incarnation(fresh, true)?;
        }
        Ok(ChainNews::Rewound)
    }
}

fn says(response: &SyncResponse, notice: &str) -> bool {
    response.notices.iter().any(|code| code == notice)
}

fn take_pages(
    pages: Vec<Page>,
    pushed: Option<Pushed>,
    response: &SyncResponse,
    around: &mut Surroundings<'_>,
) -> Result<Vec<RecordId>, Stop> {
    let mut changed = Vec::new();
    for page in pages {
        let own = push::own_rows(around.store, pushed, response.outcomes.as_ref(), &page.own)?;
        let own = own.ok_or_else(|| ApiError::about(ErrorCode::Malformed, "own"))?;
        let compare = page.check;
        let plan = pull_plan::plan(page, own, response.mark, &response.epoch)?;
        changed.extend(around.store.apply_page(&plan)?);
        if compare {
            check::make_due(around.store)?;
        }
    }
    for audience in &response.gone {
        around.store.forget_audience(*audience)?;
    }
    Ok(changed)
}

/// Notes when the office was heard, and by how much the clocks differ. What was noted in memory alone is lost
/// with the process, so after a while it is written although nothing else is.
fn note_exchange(
    response: &SyncResponse,
    around: &mut Surroundings<'_>,
    changed: bool,
) -> Result<(), StoreError> {
    let now = around.now();
    let values = [
        ("last_exchange", now.0.to_string()),
        ("clock_boot", now.2.to_string()),
        ("clock_ahead", (now.0 - response.server_ms).to_string()),
    ];
    let written = around.store.cache.written("last_exchange")?.and_then(|ms| ms.parse::<i64>().ok());
    let due = written.is_none_or(|ms| now.0.abs_diff(ms) >= NOTE_AFTER_MS);
    around.store.cache.note(values, changed || due)
}
