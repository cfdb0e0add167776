//! The technician's texts on a job: findings, cause, action.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::{Fields, nfc};
use fieldcard_schema::op::{Act, Base};
use fieldcard_schema::record::job::Job;
use serde::Deserialize;
use serde_json::Value;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};

/// The fields that can be set here.
const FIELDS: &[&str] = &["findings", "cause", "action"];

/// Sets one text; an empty one clears the field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SetText {
    /// The job.
    pub job: RecordId,
    /// `findings`, `cause` or `action`.
    pub field: String,
    /// The text.
    pub value: String,
}

impl SetText {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let (seen, _) = scene.read::<Job>(self.job)?;
        scene.open_job(Some(self.job))?;
        if !FIELDS.contains(&self.field.as_str()) {
            return Err(ActionError::field(ErrorCode::InvalidValue, "field"));
        }
        let value = if self.value.trim().is_empty() { Value::Null } else { nfc(&self.value).into() };
        let draft = scene.store.outbox.drafts(self.job)?.into_iter().find(|draft| draft.field == self.field);
        let clear_drafts = vec![(self.job, self.field.clone())];
        if seen.state.fields.get(&self.field).unwrap_or(&Value::Null) == &value {
            return Ok(Plan { clear_drafts, lasting: true, ..Plan::default() });
        }
        let mut op = scene.change(&seen, Act::Set, Fields::from_iter([(self.field, value)]))?;
        // The draft remembers what the author saw when he began to type.
        let begun =
            draft.and_then(|draft| draft.base).and_then(|base| serde_json::from_str::<Base>(&base).ok());
        op.base = begun.or(op.base);
        Ok(Plan { clear_drafts, ..Plan::of(vec![op]) })
    }
}
