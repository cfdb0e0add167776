//! How many: of what went in and what came out alike, with the old part's lot.

use fieldcard_schema::decimal::Decimal;
use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use super::Line;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};
use crate::actions::{ActionError, ErrorCode};
use fieldcard_schema::json::Fields;

/// Sets the quantity of a line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct SetQuantity {
    /// The line.
    #[ts(type = "Id")]
    pub line: RecordId,
    /// A decimal above zero.
    #[ts(type = "Decimal")]
    pub quantity: String,
}

impl SetQuantity {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let line = Line::open(scene, self.line)?;
        let quantity = self.quantity.trim().parse::<Decimal>().ok().filter(|n| *n > Decimal::ZERO);
        let quantity =
            quantity.ok_or_else(|| ActionError::field(ErrorCode::InvalidValue, "quantity"))?.to_string();
        let mut set = Fields::new();
        for (side, name) in [(&line.fields.out_qty, "out_qty"), (&line.fields.in_qty, "in_qty")] {
            if side.is_some() {
                set.insert(name.to_owned(), quantity.as_str().into());
            }
        }
        let mut ops = vec![scene.change(&line.seen, set)?];
        let lots = line.old_parts();
        if let [(seen, _)] = lots.as_slice() {
            ops.push(scene.change(seen, fields([("qty", quantity.into())]))?);
        }
        Ok(Plan::of(ops))
    }
}
