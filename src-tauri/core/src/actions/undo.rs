//! Taking back: within ten seconds by the monotonic clock, by the person who did it, never a sealing.
//!
//! Undo appends; nothing is ever removed: a void for a create, the earlier value for a set, the opposite for
//! an add, `void: false` for a void.

use fieldcard_schema::json::Fields;
use fieldcard_schema::op::Act;
use fieldcard_schema::time::ClockReading;
use serde::Deserialize;
use serde_json::Value;
use ts_rs::TS;

use super::plan::{Plan, PlannedOp};
use super::scene::Scene;
use super::{ActionError, ErrorCode, Session};
use crate::ports::Ports;

/// How long an action can be taken back, in ms.
pub const UNDO_MS: i64 = 10_000;

/// An action that may still be taken back.
#[derive(Debug)]
pub struct Undo {
    token: String,
    at: ClockReading,
    reverse: Vec<PlannedOp>,
}

/// Takes an action back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct UndoRequest {
    /// What the action answered.
    pub token: String,
}

/// Remembers how to take `plan` back; `None` for what lasts.
pub(super) fn remember(undo: &mut Vec<Undo>, ports: &mut Ports, plan: &Plan) -> Option<String> {
    let at = ports.clock.read();
    undo.retain(|one| at.since(one.at).is_some_and(|ms| ms <= UNDO_MS));
    if plan.lasting || plan.ops.is_empty() {
        return None;
    }
    let reverse: Option<Vec<PlannedOp>> = plan.ops.iter().rev().map(opposite).collect();
    let token = ports.op_id().to_string();
    undo.push(Undo { token: token.clone(), at, reverse: reverse? });
    Some(token)
}

impl UndoRequest {
    pub(super) fn plan(self, scene: &mut Scene<'_>, session: &mut Session) -> Result<Plan, ActionError> {
        let undo = &mut session.undo;
        let at = undo.iter().position(|one| one.token == self.token).ok_or(ErrorCode::UndoExpired)?;
        let found = undo.remove(at);
        if scene.now.since(found.at).is_none_or(|ms| ms > UNDO_MS) {
            return Err(ErrorCode::UndoExpired.into());
        }
        for op in found.reverse.iter().filter(|op| strikes(op) && op.job.is_some()) {
            scene.unsealed(&scene.job_file(op.job)?, op.rec)?;
        }
        Ok(Plan { ops: found.reverse, lasting: true, ..Plan::default() })
    }
}

fn strikes(op: &PlannedOp) -> bool {
    op.act == Act::Void && op.set.get("void") == Some(&Value::Bool(true))
}

fn opposite(op: &PlannedOp) -> Option<PlannedOp> {
    let fields = |pairs: Vec<(String, Value)>| pairs.into_iter().collect::<Fields>();
    let (act, set) = match op.act {
        Act::Create => (Act::Void, fields(vec![("void".into(), true.into())])),
        Act::Void => {
            let voided = op.set.get("void").and_then(Value::as_bool)?;
            (Act::Void, fields(vec![("void".into(), (!voided).into())]))
        }
        Act::Set | Act::Amend => {
            let before = &op.before.as_ref()?.fields;
            let earlier = |name: &String| (name.clone(), before.get(name).cloned().unwrap_or(Value::Null));
            (op.act, fields(op.set.keys().map(earlier).collect()))
        }
        Act::Add => {
            let negated = |(name, delta): (&String, &Value)| Some((name.clone(), (-delta.as_i64()?).into()));
            (Act::Add, op.set.iter().map(negated).collect::<Option<Fields>>()?)
        }
    };
    Some(PlannedOp { act, set, before: None, ..op.clone() })
}
