//! Writes what a pull brought, and takes ops out of the overlay that the cache now shows by itself.
//!
//! One core call that no user action can interleave. An op leaves the overlay when its record's version has
//! reached its position, or when a pull that began after its outcome has ended.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::id::{OpId, RecordId};
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::wire::sync::Audience;

use crate::store::cache::{Over, PagePlan};
use crate::store::{Outbox, Store, StoreError};

impl Store {
    /// Applies one page to the cache that is being pulled into.
    pub(super) fn apply_page(&mut self, plan: &PagePlan) -> Result<BTreeSet<RecordId>, StoreError> {
        let laid_over = self.outbox.last_over()?;
        let in_hand = self.jobs_in_hand()?;
        let Self { outbox, cache, next_cache, .. } = self;
        let derived = |rec: RecordId, shadow: Option<RecordState>| outbox.view_of(rec, shadow.as_ref());
        let keep = |job: Option<RecordId>| keeps(outbox, &in_hand, job);
        next_cache
            .as_mut()
            .unwrap_or(cache)
            .apply(plan, &Over { recs: &laid_over, derived: &derived, keep: &keep })
    }

    /// The person has left an audience.
    pub(super) fn forget_audience(&mut self, audience: Audience) -> Result<(), StoreError> {
        let in_hand = self.jobs_in_hand()?;
        let Self { outbox, cache, next_cache, .. } = self;
        let keep = |job: Option<RecordId>| keeps(outbox, &in_hand, job);
        next_cache.as_mut().unwrap_or(cache).forget_audience(audience, &keep)
    }

    /// Takes ops out of the overlay, and kept records out of the cache, whose work the office holds.
    ///
    /// `ended` are the ops that were confirmed before a pull that has now ended.
    pub(super) fn release(&mut self, ended: &[OpId]) -> Result<BTreeSet<RecordId>, StoreError> {
        let (mut released, mut recs, mut shown) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let confirmed = self.outbox.confirmed_laid_over()?;
        let parked_here = confirmed.iter().any(|(.., parked)| *parked);
        let decided = if parked_here { self.cache.decided_ops()? } else { BTreeSet::new() };
        for (op, rec, pos, parked) in confirmed {
            let standing = self.cache.standing(rec)?;
            let ver = standing.and_then(|standing| standing.ver);
            // A record made by a parked op stays visible until the office decides.
            let only_here = ver.is_none() && parked && !decided.contains(&op);
            if (ver.is_some_and(|ver| ver >= pos) || ended.contains(&op)) && !only_here {
                released.push(op);
                recs.insert(rec);
                shown.extend(standing.filter(|standing| standing.viewed).map(|_| rec));
            }
        }
        self.outbox.release(&released)?;
        // Where nothing was laid over and nothing waits, the row says already what it has to.
        let waiting = if released.is_empty() { BTreeMap::new() } else { self.outbox.last_over()? };
        let stale = recs.iter().copied().filter(|rec| shown.contains(rec) || waiting.contains_key(rec));
        self.lay_over(&stale.collect::<Vec<_>>())?;
        if self.cache.has_kept()? {
            let in_hand = self.jobs_in_hand()?;
            let Self { outbox, cache, .. } = self;
            cache.drop_kept(&|job| keeps(outbox, &in_hand, job))?;
        }
        Ok(recs)
    }

    /// Before the new cache is swapped in: what is not in it and must stay for now (the keep rule) goes over, so
    /// that nobody's drafts and unsent work lose the job that they stand on.
    pub(super) fn carry_kept(&mut self) -> Result<(), StoreError> {
        let in_hand = self.jobs_in_hand()?;
        let Self { outbox, cache, next_cache, .. } = self;
        let Some(next) = next_cache else { return Ok(()) };
        for job in cache.told_jobs()? {
            let is_there = next.standing(job)?.is_some_and(|standing| standing.ver.is_some());
            if !is_there && keeps(outbox, &in_hand, Some(job))? {
                next.keep(&cache.told_with(job)?)?;
            }
        }
        Ok(())
    }

    /// The jobs on whose records something is typed or drawn: ink stands with its visit, a serial with its line.
    fn jobs_in_hand(&self) -> Result<BTreeSet<RecordId>, StoreError> {
        let mut jobs = BTreeSet::new();
        for rec in self.outbox.draft_records()? {
            jobs.extend(self.cache.job_of(rec)?);
        }
        Ok(jobs)
    }
}

fn keeps(outbox: &Outbox, in_hand: &BTreeSet<RecordId>, job: Option<RecordId>) -> Result<bool, StoreError> {
    Ok(job.is_some_and(|job| in_hand.contains(&job)) || outbox.keeps(job)?)
}
