//! Settles an issue: his value holds, the other one does, or the office decides.
//!
//! A value is set on a base that covers the clash, which ends it; nothing that was said is lost.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};
use crate::issue::{self, IssueAction, LEFT};

/// Settles an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct ActOnIssue {
    /// The issue.
    #[ts(type = "Id")]
    pub issue: RecordId,
    /// How.
    pub action: IssueAction,
}

impl ActOnIssue {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let user = scene.owner.user;
        let open = issue::open(scene.store, user)?;
        let found = open.iter().find(|issue| issue.id == self.issue).ok_or(ErrorCode::NotFound)?;
        if !found.actions().contains(&self.action) {
            return Err(ActionError::field(ErrorCode::InvalidValue, "action"));
        }
        // Once said, it is not asked again, even before the office's word about it has come.
        let mut left = issue::left(scene.store);
        left.insert(self.issue);
        let left = serde_json::to_string(&left).map_err(|_| ErrorCode::Internal)?;
        let ident = vec![(LEFT, left)];
        let his = match self.action {
            IssueAction::SendToOffice | IssueAction::Seen => {
                return Ok(Plan { ident, lasting: true, ..Plan::default() });
            }
            IssueAction::KeepMine => true,
            IssueAction::KeepTheirs => false,
        };
        let (Some(field), Some(value)) = (&found.field, found.value_of(user, his)) else {
            return Err(ErrorCode::NotFound.into());
        };
        let seen = scene.record(found.rec)?;
        let op = scene.change(&seen, Fields::from_iter([(field.clone(), value.value.clone())]))?;
        Ok(Plan { ident, lasting: true, ..Plan::of(vec![op]) })
    }
}
