//! Opens a sealed card's visit for a new card that amends it; the sealed one stays as it is.

use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::{ActionError, ErrorCode, Plan, Scene};
use crate::sign_off::AMENDING;
use crate::store::outbox::Draft;

/// The sealed card of a visit is to be amended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct Amend {
    /// The visit.
    #[ts(type = "Id")]
    pub visit: RecordId,
}

impl Amend {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let visit = scene.record(self.visit)?;
        let file = scene.job_file(visit.state.job)?;
        if !file.can_edit() {
            return Err(ErrorCode::ImpossibleStep.into());
        }
        if file.card_of(self.visit).is_none() {
            return Err(ErrorCode::NotPrepared.into());
        }
        let draft =
            Draft { rec: self.visit, field: AMENDING.into(), value: "1".into(), base: None, at: scene.now.0 };
        Ok(Plan { save_drafts: vec![draft], lasting: true, ..Plan::default() })
    }
}
