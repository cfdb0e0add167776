//! What becomes of an old part, within what its payer allows.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::old_part::OldPart;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::old_part::{Disposition, Payer, allows};
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};
use crate::actions::{ActionError, ErrorCode};

/// Says what becomes of an old part.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct SetDisposition {
    /// The old part.
    #[ts(type = "Id")]
    pub old_part: RecordId,
    /// A code of `tables/dispositions.csv`.
    #[ts(type = "Disposition")]
    pub disposition: String,
}

impl SetDisposition {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let refused = || ActionError::field(ErrorCode::InvalidValue, "disposition");
        let disposition = Disposition::from_code(&self.disposition).ok_or_else(refused)?;
        let (seen, old) = scene.read::<OldPart>(self.old_part)?;
        scene.open_job(seen.state.job)?;
        let line = old.part_line.ok_or(ErrorCode::NotFound)?;
        let (_, line) = scene.read::<PartLine>(line)?;
        let payer = line.payer.as_deref().and_then(Payer::from_code);
        if payer.is_some_and(|payer| !allows(payer, disposition, old.waiver)) {
            return Err(refused());
        }
        Ok(Plan::of(vec![scene.change(&seen, fields([("disposition", disposition.code().into())]))?]))
    }
}
