//! Which sides a line has: a part in, a part out, and why there may be only one.
//!
//! Number and name of a side that comes back are those of the side that is there. A part that did not come
//! out has no old part: its record is struck out in the same action.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::part_line::PartLine;
use serde::Deserialize;
use serde_json::Value;
use ts_rs::TS;

use super::{Line, tagged};
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, fields};
use crate::actions::{ActionError, ErrorCode};

/// Says whether a part went in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct SetFitted {
    /// The line.
    #[ts(type = "Id")]
    pub line: RecordId,
    /// It did.
    pub fitted: bool,
}

/// Says whether a part came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
pub struct SetRemoved {
    /// The line.
    #[ts(type = "Id")]
    pub line: RecordId,
    /// It did.
    pub removed: bool,
}

/// Says why one side is empty.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct SetOneSided {
    /// The line.
    #[ts(type = "Id")]
    pub line: RecordId,
    /// A code of `tables/one_sided_reasons.csv`.
    #[ts(type = "OneSidedReason")]
    pub reason: String,
}

fn has_in(line: &PartLine) -> bool {
    line.in_part.is_some() || line.in_name.is_some()
}

fn has_out(line: &PartLine) -> bool {
    line.out_part.is_some() || line.out_name.is_some()
}

/// The fields of one side, `in` or `out`.
fn side(name: &str, [part, title, qty, serial]: [Option<String>; 4]) -> Fields {
    let text = |value: Option<String>| value.map_or(Value::Null, Value::from);
    let mut set = Fields::new();
    for (field, value) in [("part", part), ("name", title), ("qty", qty), ("serial", serial)] {
        set.insert(format!("{name}_{field}"), text(value));
    }
    // With both sides there is nothing to explain; with one, the old reason may no longer hold.
    set.insert("reason_one_sided".into(), Value::Null);
    set
}

const NOTHING: [Option<String>; 4] = [None, None, None, None];

impl SetFitted {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let line = Line::open(scene, self.line)?;
        let of = &line.fields;
        if has_in(of) == self.fitted {
            return Ok(Plan { lasting: true, ..Plan::default() });
        }
        if !has_out(of) {
            return Err(ActionError::field(ErrorCode::InvalidValue, "fitted"));
        }
        let new = [of.out_part.clone(), of.out_name.clone(), of.out_qty.clone(), None];
        let set = side("in", if self.fitted { new } else { NOTHING });
        Ok(Plan::of(vec![scene.change(&line.seen, set)?]))
    }
}

impl SetRemoved {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let line = Line::open(scene, self.line)?;
        let of = &line.fields;
        let untagged = self.removed && line.old_parts().is_empty();
        if has_out(of) == self.removed && !untagged {
            return Ok(Plan { lasting: true, ..Plan::default() });
        }
        if has_out(of) && untagged {
            // An imported line may name a part that came out and has no record yet.
            let mut plan = Plan::default();
            let old = tagged(scene, line.file.job(), (self.line, of), &mut plan)?;
            plan.ops.push(old);
            return Ok(plan);
        }
        if !has_in(of) {
            return Err(ActionError::field(ErrorCode::InvalidValue, "removed"));
        }
        if !self.removed {
            let mut ops = vec![scene.change(&line.seen, side("out", NOTHING))?];
            for (seen, _) in line.old_parts() {
                ops.push(scene.void(&line.file, seen)?);
            }
            return Ok(Plan::of(ops));
        }
        let old = [of.in_part.clone(), of.in_name.clone(), of.in_qty.clone(), None];
        let change = scene.change(&line.seen, side("out", old))?;
        let with_out = PartLine {
            out_part: of.in_part.clone(),
            out_name: of.in_name.clone(),
            out_qty: of.in_qty.clone(),
            ..of.clone()
        };
        let mut plan = Plan::default();
        let old = tagged(scene, line.file.job(), (self.line, &with_out), &mut plan)?;
        plan.ops.extend([change, old]);
        Ok(plan)
    }
}

impl SetOneSided {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        scene.check_word("one_sided_reasons", &self.reason, "reason")?;
        let line = Line::open(scene, self.line)?;
        let set = fields([("reason_one_sided", self.reason.into())]);
        Ok(Plan::of(vec![scene.change(&line.seen, set)?]))
    }
}
