//! The author takes a proposal back before the office has decided: it waits for nobody any more.
//!
//! Also while the proposal itself is still unsent: both go up, and the office sees that he thought better of it.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::withdrawal::Withdrawal;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};
use crate::proposal::{self, ProposalState};

/// Takes back what he proposed for a field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(rename = "JobWithdraw")]
pub struct Withdraw {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// The field.
    pub field: String,
}

impl Withdraw {
    /// It cannot be taken back in turn: he proposes again.
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let file = scene.job_file(Some(self.job))?;
        let proposals = proposal::of_job(scene.store, &file)?;
        let open = proposals.into_iter().find(|one| one.field == self.field);
        let open = open.filter(|one| one.state == ProposalState::Pending).ok_or(ErrorCode::NotFound)?;
        let record = |op| Withdrawal { op: Some(op), ..Withdrawal::default() };
        let ops = open.ops.into_iter().map(|op| scene.create(Some(self.job), &record(op))).collect();
        Ok(Plan { lasting: true, ..Plan::of(ops) })
    }
}
