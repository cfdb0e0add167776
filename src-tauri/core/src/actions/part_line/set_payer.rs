//! Who pays for a line. What becomes of the old part follows, where the payer decides it.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::rules::old_part::{Disposition, Payer, allows};
use serde::Deserialize;
use ts_rs::TS;

use super::{Line, usual_end};
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};
use crate::actions::{ActionError, ErrorCode};

/// Sets the payer of a line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct SetPayer {
    /// The line.
    #[ts(type = "Id")]
    pub line: RecordId,
    /// A code of `tables/payers.csv`.
    #[ts(type = "Payer")]
    pub payer: String,
}

impl SetPayer {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let payer = Payer::from_code(&self.payer)
            .ok_or_else(|| ActionError::field(ErrorCode::InvalidValue, "payer"))?;
        let line = Line::open(scene, self.line)?;
        let before = line.fields.payer.as_deref().and_then(Payer::from_code);
        let usual = |payer| usual_end(scene, &line.fields, payer);
        let (before, after) = (before.map(usual).transpose()?, usual(payer)?);
        let mut ops = vec![scene.change(&line.seen, fields([("payer", payer.code().into())]))?];
        for (seen, old) in line.old_parts() {
            let said = old.disposition.as_deref().and_then(Disposition::from_code);
            if said == before || said.is_none_or(|said| !allows(payer, said, old.waiver)) {
                ops.push(scene.change(seen, fields([("disposition", after.code().into())]))?);
            }
        }
        Ok(Plan::of(ops))
    }
}
