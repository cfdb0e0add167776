//! From steps to a status: the one fold that jobs and visits share. Pure, the same at both ends.
//!
//! Steps are evidence in server order; a status is never stored. A machine ([`Step`]) says which step leads
//! where; the fold walks it. Next: [`super::job_state`], [`super::visit_state`].
//!
//! ```text
//! order     on time: as the server ordered them
//!           late:    right behind the step named by `after` (none = first of all);
//!                    several behind the same one: by time, then id, so arrival never matters
//! each      void, or of a later version, or not the lead's → no effect, but others may stand behind it
//!           the machine has a way  → taken; what it jumps over is told
//!           it has none            → kept, skipped, told as impossible
//! ```

use std::collections::BTreeMap;

use super::code::Code;
use super::role::{Role, Roles};
use crate::id::RecordId;
use crate::record;
use crate::time::Timestamp;

/// A step of one machine: the machine itself, said by its steps.
pub trait Step: Code {
    /// Where the subject stands.
    type State: Code;

    /// Where it stands before any step.
    const START: Self::State;

    /// What this step does from `from`; `None` when it cannot be taken there.
    fn rule(self, from: Self::State) -> Option<Move<Self>>;
}

/// One way through a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move<S: Step> {
    /// Where it leads.
    pub to: S::State,
    /// Who may go it.
    pub roles: Roles,
    /// Steps that should have come before and were forgotten, in their order.
    pub forgotten: &'static [S],
}

/// Where `step` leads from `state`; `None` when it cannot be taken there.
pub fn next<S: Step>(state: S::State, step: S) -> Option<S::State> {
    step.rule(state).map(|way| way.to)
}

/// Whether `role` may take `step` from `state`. Whether the job is his to touch is judged elsewhere.
pub fn may<S: Step>(role: Role, state: S::State, step: S) -> bool {
    step.rule(state).is_some_and(|way| way.roles.contains(role))
}

/// What the fold needs to know of one step record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepFact<S> {
    /// The step record.
    pub rec: RecordId,
    /// Which step; `None` for one of a later version.
    pub step: Option<S>,
    /// When it happened.
    pub at: Option<Timestamp>,
    /// Entered later: stands behind `after`.
    pub late: bool,
    /// The step record that a late one follows; `None` = it is the first. Not read on any other.
    pub after: Option<RecordId>,
    /// Struck out.
    pub void: bool,
    /// Taken by one whose steps move the subject: the lead of a visit, anyone on a job.
    pub lead: bool,
}

impl<S: Step> StepFact<S> {
    /// The fact that the step record `rec` states.
    pub fn of(rec: RecordId, step: &record::step::Step, void: bool, lead: bool) -> Self {
        let code = step.step.as_deref().and_then(S::from_code);
        Self { rec, step: code, at: step.at, late: step.late, after: step.after, void, lead }
    }
}

/// A forgotten step: what to ask for, and where its late record would stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jumped<S> {
    /// The step nobody took.
    pub step: S,
    /// The step that jumped over it.
    pub by: RecordId,
    /// What its late record would name as `after`.
    pub after: Option<RecordId>,
}

/// What the steps of one job or visit come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold<S: Step> {
    /// Where it stands.
    pub state: S::State,
    /// Since when; `None` before the first step and when the step bears no time.
    pub since: Option<Timestamp>,
    /// The steps that counted, in the order in which they did.
    pub accepted: Vec<RecordId>,
    /// The steps that could not be taken where they stood.
    pub impossible: Vec<RecordId>,
    /// The steps that were forgotten.
    pub jumped: Vec<Jumped<S>>,
}

/// Folds `facts`, which stand in server order.
pub fn fold<S: Step>(facts: &[StepFact<S>]) -> Fold<S> {
    let (placed, adrift) = in_order(facts);
    let start = Fold { state: S::START, since: None, accepted: vec![], impossible: vec![], jumped: vec![] };
    let mut fold = placed.into_iter().filter(|fact| counts(fact)).fold(start, take);
    fold.impossible.extend(adrift.into_iter().filter(|fact| counts(fact)).map(|fact| fact.rec));
    fold
}

fn counts<S>(fact: &StepFact<S>) -> bool {
    !fact.void && fact.lead && fact.step.is_some()
}

fn take<S: Step>(mut fold: Fold<S>, fact: &StepFact<S>) -> Fold<S> {
    let Some(way) = fact.step.and_then(|step| step.rule(fold.state)) else {
        fold.impossible.push(fact.rec);
        return fold;
    };
    let after = fold.accepted.last().copied();
    fold.jumped.extend(way.forgotten.iter().map(|step| Jumped { step: *step, by: fact.rec, after }));
    if way.to != fold.state {
        fold.since = fact.at;
    }
    fold.state = way.to;
    fold.accepted.push(fact.rec);
    fold
}

/// The facts in the order in which they count, and the late ones that follow a step not known here.
fn in_order<S>(facts: &[StepFact<S>]) -> (Vec<&StepFact<S>>, Vec<&StepFact<S>>) {
    let mut late: Vec<&StepFact<S>> = facts.iter().filter(|fact| fact.late).collect();
    late.sort_by_key(|fact| (fact.at, fact.rec));
    let mut behind: BTreeMap<Option<RecordId>, Vec<&StepFact<S>>> = BTreeMap::new();
    // Each list is a stack: its first is on top.
    late.iter().rev().for_each(|fact| behind.entry(fact.after).or_default().push(fact));

    let mut waiting: Vec<&StepFact<S>> = facts.iter().filter(|fact| !fact.late).rev().collect();
    waiting.extend(behind.remove(&None).unwrap_or_default());
    let mut placed = Vec::with_capacity(facts.len());
    while let Some(fact) = waiting.pop() {
        placed.push(fact);
        waiting.extend(behind.remove(&Some(fact.rec)).unwrap_or_default());
    }
    late.retain(|fact| behind.contains_key(&fact.after));
    (placed, late)
}

#[cfg(test)]
mod tests;
