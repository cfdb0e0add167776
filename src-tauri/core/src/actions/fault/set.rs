//! Writes one of the technician's texts; an empty one clears it.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::fault::Fault;
use serde::Deserialize;
use serde_json::Value;
use ts_rs::TS;

use super::dtc;
use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, Text, stored_text};
use crate::actions::{ActionError, ErrorCode};
use crate::job_file::JobFile;
use crate::store::Seen;

/// Which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FaultField {
    /// What he found: the job's.
    Findings,
    /// What was to be seen or heard (现象).
    Phenomenon,
    /// Where (部位).
    Place,
    /// Why (原因).
    Cause,
    /// What he did (措施): the job's, unless another fault than the main one is meant.
    Action,
    /// What the controller said, as text.
    Codes,
}

impl FaultField {
    fn name(self) -> &'static str {
        match self {
            Self::Findings => "findings",
            Self::Phenomenon => "phenomenon",
            Self::Place => "place",
            Self::Cause => "cause",
            Self::Action => "action",
            Self::Codes => "codes",
        }
    }
}

/// Sets one text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
pub struct SetFault {
    /// The job.
    #[ts(type = "Id")]
    pub job: RecordId,
    /// The fault, where it is not the main one.
    #[serde(default)]
    #[ts(optional, type = "Id")]
    pub fault: Option<RecordId>,
    /// Which text.
    pub field: FaultField,
    /// The text.
    pub value: String,
}

impl SetFault {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        let file = scene.job_file(Some(self.job))?;
        let name = self.field.name();
        let on_page = format!("fault.{name}");
        if let Some(fault) = self.fault {
            let (seen, _) = scene.read::<Fault>(fault)?;
            if seen.state.job != Some(self.job) || self.field == FaultField::Findings {
                return Err(ErrorCode::NotFound.into());
            }
            return self.write(scene, &seen, (fault, name));
        }
        let draft = (self.job, on_page.as_str());
        match self.field {
            FaultField::Findings | FaultField::Action => {
                scene.write_text(&file.seen, &Text { field: name, typed: &self.value, draft })
            }
            _ => match file.main_fault() {
                Some((seen, _)) => self.write(scene, seen, draft),
                None => Ok(self.first(scene, &file, draft)),
            },
        }
    }

    fn write(&self, scene: &Scene<'_>, seen: &Seen, draft: (RecordId, &str)) -> Result<Plan, ActionError> {
        let text = Text { field: self.field.name(), typed: &self.value, draft };
        if self.field != FaultField::Codes {
            return scene.write_text(seen, &text);
        }
        scene.write_value(seen, self.value(), &text)
    }

    /// The main fault, made by its first text.
    fn first(&self, scene: &mut Scene<'_>, file: &JobFile, draft: (RecordId, &str)) -> Plan {
        let value = self.value();
        if value.is_null() {
            return Plan { lasting: true, ..Plan::default() }.ending_draft(draft.0, draft.1);
        }
        let mut set = Fault { main: true, ..Fault::default() }.to_fields();
        set.insert(self.field.name().to_owned(), value);
        let mut op = scene.create(Some(file.job()), &Fault::default());
        op.set = set;
        Plan::of(vec![op]).making().ending_draft(draft.0, draft.1)
    }

    fn value(&self) -> Value {
        let codes = dtc::parse(&self.value);
        match self.field {
            FaultField::Codes if codes.is_empty() => Value::Null,
            FaultField::Codes => {
                codes.iter().map(|code| serde_json::to_value(code).unwrap_or_default()).collect()
            }
            _ => stored_text(&self.value),
        }
    }
}
