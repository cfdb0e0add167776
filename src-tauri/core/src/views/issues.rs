//! What needs the person, as the screens show it: both values, who, when.

use std::collections::BTreeMap;

use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::Why;
use fieldcard_schema::record::exception::ExceptionValue;
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

use super::scene::Scene;
use super::value::Time;
use crate::error::{ActionError, ErrorCode};
use crate::issue::{self, IssueAction, OpenIssue};

/// One thing that needs the person.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct Issue {
    #[serde(rename = "issue")]
    #[ts(type = "Id")]
    id: RecordId,
    #[ts(type = "IssueCode")]
    code: Why,
    #[ts(type = "Facts")]
    facts: BTreeMap<String, String>,
    #[ts(type = "Id | null")]
    job: Option<RecordId>,
    number: Option<String>,
    customer: Option<String>,
    /// The kind of record and its field, as records name them: `job` and `action`.
    kind: String,
    field: Option<String>,
    /// The shown one first.
    values: Vec<IssueValue>,
    at: Time,
    actions: Vec<IssueAction>,
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct IssueValue {
    value: String,
    by: String,
    at: Time,
    mine: bool,
}

/// One issue.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct IssueView {
    issue: Issue,
}

/// Records in question with their jobs; none before the device belongs to anybody.
pub(super) fn subjects(scene: &Scene<'_>) -> Result<Vec<(RecordId, Option<RecordId>)>, ActionError> {
    let Ok(me) = scene.me() else { return Ok(Vec::new()) };
    let open = issue::open(scene.store, me)?.into_iter().filter(OpenIssue::needs_him);
    Ok(open.map(|issue| (issue.rec, issue.job)).collect())
}

/// All issues that need him, or all that are only told; the oldest first.
pub(super) fn all(scene: &Scene<'_>, needs_him: bool) -> Result<Vec<Issue>, ActionError> {
    let open = issue::open(scene.store, scene.me()?)?;
    open.iter().filter(|issue| issue.needs_him() == needs_him).map(|issue| shown(scene, issue)).collect()
}

/// Makes the view of one.
pub(super) fn view(scene: &Scene<'_>, issue: RecordId) -> Result<IssueView, ActionError> {
    let open = issue::open(scene.store, scene.me()?)?;
    let found = open.iter().find(|one| one.id == issue).ok_or(ErrorCode::NotFound)?;
    Ok(IssueView { issue: shown(scene, found)? })
}

fn shown(scene: &Scene<'_>, issue: &OpenIssue) -> Result<Issue, ActionError> {
    let line = match issue.job {
        Some(job) => scene.store.cache.job_line(job)?,
        None => None,
    };
    let kind = scene.store.cache.seen(issue.rec)?.map(|seen| seen.state.kind).unwrap_or_default();
    let mut facts = BTreeMap::from([("kind".to_owned(), kind.clone())]);
    facts.extend(issue.field.as_ref().map(|field| ("field".to_owned(), field.clone())));
    if !issue.needs_him() {
        facts.insert("count".to_owned(), issue.values.len().to_string());
        facts.extend(now_with(scene, issue)?.map(|name| ("now_with".to_owned(), name)));
    }
    let values = issue.values.iter().filter(|_| issue.field.is_some());
    Ok(Issue {
        id: issue.id,
        code: issue.why,
        facts,
        job: issue.job,
        number: line.as_ref().and_then(|line| line.fields.number.clone()),
        customer: line.and_then(|line| line.customer_name),
        kind,
        field: issue.field.clone(),
        values: values.map(|value| said(scene, value)).collect::<Result<_, _>>()?,
        at: scene.time(issue.at),
        actions: issue.actions().to_vec(),
    })
}

/// Who leads the job now, when that is somebody else and known here.
fn now_with(scene: &Scene<'_>, issue: &OpenIssue) -> Result<Option<String>, ActionError> {
    let job = issue.job.map(|job| scene.store.cache.job_line(job)).transpose()?.flatten();
    let lead = job.and_then(|job| job.fields.assignee);
    let other = lead.filter(|_| issue.why == Why::Late).map(|lead| (lead, scene.me()));
    match other {
        Some((lead, Ok(me))) if lead != me => Ok(Some(scene.name_of(lead)?).filter(|name| !name.is_empty())),
        _ => Ok(None),
    }
}

fn said(scene: &Scene<'_>, value: &ExceptionValue) -> Result<IssueValue, ActionError> {
    let text = match &value.value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let by = value.user.map(|user| scene.name_of(user)).transpose()?.unwrap_or_default();
    let mine = value.user == Some(scene.me()?);
    Ok(IssueValue { value: text, by, at: scene.time(value.at.unwrap_or_default()), mine })
}
