//! The machine of a job: its states, its steps, which leads where and who may take it.
//!
//! `tables/job_transitions.csv` is the same machine written by hand, and what the tests expect. The walk
//! over the steps is [`super::fold`].
//!
//! ```text
//! created → triaged → dispatched → in_progress ⇄ waiting
//!              ↓                        ↓
//!       solved_by_phone             work_done → submitted → in_review → approved → closed
//!                                                   ↑   ↓       ↓
//!                                      in_progress ← returned ←─┘
//! exits before work_done: cancelled, not_repaired, merged      reopened leads back to triaged
//! ```
//!
//! Only what a person may forget to tap is jumped over; never a decision (approved) and never the sealing of
//! the final card (submitted). A walk-up job starts at once: nothing was triaged or dispatched, so nothing
//! was forgotten.

use super::code::codes;
use super::fold::{Move, Step};
use super::role::{Role, Roles};

codes! {
    /// Where a job stands.
    JobState {
        /// 已建单.
        Created = "created",
        /// 已受理.
        Triaged = "triaged",
        /// 电话解决.
        SolvedByPhone = "solved_by_phone",
        /// 已派工.
        Dispatched = "dispatched",
        /// 处理中.
        InProgress = "in_progress",
        /// 等待: for parts, approval, customer, workshop or outside work.
        Waiting = "waiting",
        /// 完工.
        WorkDone = "work_done",
        /// 已提交.
        Submitted = "submitted",
        /// 审核中.
        InReview = "in_review",
        /// 退回.
        Returned = "returned",
        /// 审核通过.
        Approved = "approved",
        /// 已关闭.
        Closed = "closed",
        /// 取消.
        Cancelled = "cancelled",
        /// 未修复: a follow-up job goes on.
        NotRepaired = "not_repaired",
        /// 并单: another job carries it.
        Merged = "merged",
    }
}

codes! {
    /// What moves a job.
    JobStep {
        /// The office took the report in.
        Triaged = "triaged",
        /// Advice on the phone was enough.
        SolvedByPhone = "solved_by_phone",
        /// A technician has it.
        Dispatched = "dispatched",
        /// Work began.
        Started = "started",
        /// It waits, with a reason.
        Waiting = "waiting",
        /// Work goes on.
        Resumed = "resumed",
        /// The work is done.
        WorkDone = "work_done",
        /// The final card was sealed.
        Submitted = "submitted",
        /// The office began to review.
        ReviewStarted = "review_started",
        /// The office sent it back.
        Returned = "returned",
        /// The review passed.
        Approved = "approved",
        /// Filed.
        Closed = "closed",
        /// Called off.
        Cancelled = "cancelled",
        /// Left unrepaired.
        NotRepaired = "not_repaired",
        /// Carried by another job from now on.
        Merged = "merged",
        /// Taken up again.
        Reopened = "reopened",
    }
}

impl Step for JobStep {
    type State = JobState;
    const START: JobState = JobState::Created;

    fn rule(self, from: JobState) -> Option<Move<Self>> {
        let forgotten = if follows(self).contains(&from) { &[] } else { jumps(self, from)? };
        Some(Move { to: target(self), roles: roles(self, from), forgotten })
    }
}

fn target(step: JobStep) -> JobState {
    match step {
        JobStep::Triaged | JobStep::Reopened => JobState::Triaged,
        JobStep::SolvedByPhone => JobState::SolvedByPhone,
        JobStep::Dispatched => JobState::Dispatched,
        JobStep::Started | JobStep::Resumed => JobState::InProgress,
        JobStep::Waiting => JobState::Waiting,
        JobStep::WorkDone => JobState::WorkDone,
        JobStep::Submitted => JobState::Submitted,
        JobStep::ReviewStarted => JobState::InReview,
        JobStep::Returned => JobState::Returned,
        JobStep::Approved => JobState::Approved,
        JobStep::Closed => JobState::Closed,
        JobStep::Cancelled => JobState::Cancelled,
        JobStep::NotRepaired => JobState::NotRepaired,
        JobStep::Merged => JobState::Merged,
    }
}

fn roles(step: JobStep, from: JobState) -> Roles {
    use Role::{InformationAdministrator, Manager, Supervisor, Technician};
    match step {
        // His own walk-up job, made by mistake.
        JobStep::Cancelled if from == JobState::Created => {
            Roles::of(&[Technician, Supervisor, InformationAdministrator])
        }
        JobStep::Triaged | JobStep::SolvedByPhone => {
            Roles::of(&[Technician, Supervisor, InformationAdministrator])
        }
        JobStep::Dispatched | JobStep::Waiting | JobStep::Resumed | JobStep::NotRepaired => {
            Roles::of(&[Technician, Supervisor])
        }
        JobStep::Started | JobStep::WorkDone | JobStep::Submitted => Roles::of(&[Technician]),
        JobStep::ReviewStarted | JobStep::Returned | JobStep::Closed => {
            Roles::of(&[Supervisor, Manager, InformationAdministrator])
        }
        JobStep::Approved => Roles::of(&[Supervisor, Manager]),
        JobStep::Cancelled | JobStep::Merged => Roles::of(&[Supervisor, InformationAdministrator]),
        JobStep::Reopened => Roles::of(&[Supervisor]),
    }
}

/// The states that `step` follows with nothing forgotten.
fn follows(step: JobStep) -> &'static [JobState] {
    use JobState as At;
    match step {
        JobStep::Triaged => &[At::Created],
        JobStep::SolvedByPhone => &[At::Triaged, At::Dispatched],
        JobStep::Dispatched => &[At::Triaged],
        // The next visit may begin as the first one did.
        JobStep::Started => &[At::Created, At::Dispatched, At::Waiting],
        JobStep::Waiting => &[At::Created, At::Dispatched, At::InProgress],
        JobStep::Resumed => &[At::Waiting, At::Returned],
        JobStep::WorkDone => &[At::InProgress],
        JobStep::Submitted => &[At::WorkDone, At::Returned],
        JobStep::ReviewStarted => &[At::Submitted],
        JobStep::Returned | JobStep::Approved => &[At::InReview],
        JobStep::Closed => &[At::Approved, At::SolvedByPhone, At::NotRepaired],
        JobStep::NotRepaired => &[At::Created, At::Dispatched, At::InProgress, At::Waiting],
        JobStep::Cancelled | JobStep::Merged => {
            &[At::Created, At::Triaged, At::Dispatched, At::InProgress, At::Waiting]
        }
        JobStep::Reopened => {
            &[At::SolvedByPhone, At::Approved, At::Closed, At::Cancelled, At::NotRepaired, At::Merged]
        }
    }
}

/// What `step` jumps over when taken from `from`, a state that it does not plainly follow.
fn jumps(step: JobStep, from: JobState) -> Option<&'static [JobStep]> {
    use JobState as At;
    use JobStep::{Dispatched, Resumed, ReviewStarted, Started, Triaged, WorkDone};
    let over: &[JobStep] = match (step, from) {
        (JobStep::SolvedByPhone | JobStep::Dispatched, At::Created) => &[Triaged],
        (JobStep::Started | JobStep::Waiting | JobStep::NotRepaired, At::Triaged) => &[Dispatched],
        (JobStep::WorkDone, At::Created | At::Dispatched) => &[Started],
        (JobStep::WorkDone, At::Triaged) => &[Dispatched, Started],
        (JobStep::WorkDone, At::Waiting | At::Returned) => &[Resumed],
        (JobStep::Submitted, At::Created | At::Dispatched) => &[Started, WorkDone],
        (JobStep::Submitted, At::Triaged) => &[Dispatched, Started, WorkDone],
        (JobStep::Submitted, At::Waiting) => &[Resumed, WorkDone],
        (JobStep::Submitted, At::InProgress) => &[WorkDone],
        (JobStep::Returned | JobStep::Approved, At::Submitted) => &[ReviewStarted],
        _ => return None,
    };
    Some(over)
}
