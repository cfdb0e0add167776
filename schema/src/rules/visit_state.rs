//! The machine of a visit: its states, its steps, which leads where and who may take it.
//!
//! `tables/visit_transitions.csv` is the same machine written by hand, and what the tests expect. The walk
//! over the steps is [`super::fold`]; only the lead's steps move a visit, helpers' are times.
//!
//! ```text
//! planned → accepted → departed → arrived → working ⇄ paused → left → back
//!    └ reassignment_asked: stays, and is told by asks_reassignment
//! ```
//!
//! Any later step may be taken at once. To depart is to have accepted, so accepting is never asked for.
//! Departing again opens the next visit: nothing leads back here.

use super::code::codes;
use super::fold::{Fold, Move, Step, StepFact};
use super::role::{Role, Roles};

codes! {
    /// Where a visit stands.
    VisitState {
        /// 待接单.
        Planned = "planned",
        /// 已接单.
        Accepted = "accepted",
        /// 已出发.
        Departed = "departed",
        /// 到达现场.
        Arrived = "arrived",
        /// 维修中.
        Working = "working",
        /// 暂停.
        Paused = "paused",
        /// 离场.
        Left = "left",
        /// 返程结束.
        Back = "back",
    }
}

codes! {
    /// What moves a visit.
    VisitStep {
        /// 接单.
        Accepted = "accepted",
        /// 申请改派, with a reason.
        ReassignmentAsked = "reassignment_asked",
        /// 出发.
        Departed = "departed",
        /// 到达.
        Arrived = "arrived",
        /// 开始维修, or going on after a pause.
        Working = "working",
        /// 暂停.
        Paused = "paused",
        /// 离场.
        Left = "left",
        /// 返程结束.
        Back = "back",
    }
}

impl Step for VisitStep {
    type State = VisitState;
    const START: VisitState = VisitState::Planned;

    fn rule(self, from: VisitState) -> Option<Move<Self>> {
        use VisitState as At;
        // Where it leads, and the last state from which it can be taken.
        let (to, last) = match self {
            Self::ReassignmentAsked => (from, At::Accepted),
            Self::Accepted => (At::Accepted, At::Planned),
            Self::Departed => (At::Departed, At::Accepted),
            Self::Arrived => (At::Arrived, At::Departed),
            // The one way back: work goes on after a pause.
            Self::Working if from == At::Paused => (At::Working, At::Paused),
            Self::Working => (At::Working, At::Arrived),
            Self::Paused => (At::Paused, At::Working),
            Self::Left => (At::Left, At::Paused),
            Self::Back => (At::Back, At::Left),
        };
        (from <= last).then(|| Move {
            to,
            roles: Roles::of(&[Role::Technician]),
            forgotten: &TIMES[times_known(from)..times_known(last)],
        })
    }
}

/// The times that a visit is asked for, in their order.
pub const TIMES: &[VisitStep] =
    &[VisitStep::Departed, VisitStep::Arrived, VisitStep::Working, VisitStep::Left];

/// How many of [`TIMES`] have passed in `state`.
pub fn times_known(state: VisitState) -> usize {
    match state {
        VisitState::Planned | VisitState::Accepted => 0,
        VisitState::Departed => 1,
        VisitState::Arrived => 2,
        VisitState::Working | VisitState::Paused => 3,
        VisitState::Left | VisitState::Back => 4,
    }
}

/// Whether the lead has asked for somebody else to go, and has not accepted or departed since.
pub fn asks_reassignment(facts: &[StepFact<VisitStep>], fold: &Fold<VisitStep>) -> bool {
    let last = facts.iter().find(|fact| Some(&fact.rec) == fold.accepted.last());
    last.is_some_and(|fact| fact.step == Some(VisitStep::ReassignmentAsked))
}
