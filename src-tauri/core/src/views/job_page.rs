//! One job with all that its page shows.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::note::Note;
use fieldcard_schema::record::photo::Photo;
use fieldcard_schema::record::receipt::Receipt as ReceiptRecord;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::rules::completeness::{Degree, Missing, Requirement};
use fieldcard_schema::rules::fold;
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::rules::lists;
use fieldcard_schema::rules::role::Role;
use fieldcard_schema::rules::visit_state::VisitState;
use serde::Serialize;
use ts_rs::TS;

use super::campaigns::{OpenCampaign, open_on};
use super::charges::{self, ChargeRow};
use super::drafts::Drafts;
use super::fault::{self, FaultView, OtherFault};
use super::item_state::ItemStates;
use super::machine::{HistoryRow, history_of, history_rows};
use super::part_line::{self, PartLine};
use super::photo::{PhotoSet, hint, set};
use super::proposals::{self, ProposalRow};
use super::readings::{self, ReadingRow, meters_of};
use super::scene::Scene;
use super::value::{DataState, MeterValue, Money, Place, Time};
use super::visits::{self, VisitRow};
use crate::error::ActionError;
use crate::job_file::JobFile;
use crate::store::job_list::MachineLine;

/// How much of a machine's history the page shows.
const HISTORY: usize = 3;

/// What can be done with a job as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobAction {
    /// 申请改派.
    AskReassign,
    /// It waits.
    Wait,
    /// It goes on.
    Resume,
    /// 未修复.
    NotRepaired,
    /// One more visit.
    AnotherVisit,
    /// The card of the visit.
    SignOff,
    /// Everything that is written and taken on the page.
    Edit,
}

/// One person to call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Contact {
    /// Tells contacts of one page apart.
    #[serde(rename = "contact")]
    key: String,
    name: String,
    #[ts(type = "ContactRole")]
    role: String,
    phone: String,
}

/// What the customer reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Report {
    at: Time,
    text: String,
    by: String,
    meter: Option<MeterValue>,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct NoteRow {
    #[ts(type = "Id")]
    note: RecordId,
    text: String,
    at: Time,
    by: String,
    mine: bool,
    data: DataState,
}

/// The office holds the whole job, and said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Receipt {
    code: String,
    at: Time,
}

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub(crate) struct JobPageView {
    #[ts(type = "Id")]
    job: RecordId,
    /// Empty until the office has given one.
    number: String,
    customer: String,
    place: Place,
    contacts: Vec<Contact>,
    machine: Option<MachineLine>,
    #[ts(type = "JobType | null")]
    job_type: Option<String>,
    #[ts(type = "ServiceMode | null")]
    service_mode: Option<String>,
    #[ts(type = "Priority")]
    priority: String,
    #[ts(type = "JobStatus")]
    status: JobState,
    #[ts(type = "WaitReason | null")]
    waiting_for: Option<String>,
    waiting_note: Option<String>,
    due: Option<Time>,
    /// Re-assigned: read-only, work in hand is kept. Empty when the name is not known here.
    now_with: Option<String>,
    /// Why the office gave it to others; empty where it did not say.
    reassign_reason: String,
    report: Report,
    /// Number of the campaign that it carries out.
    campaign: Option<String>,
    /// Other campaigns that are open on its machine.
    campaigns: Vec<OpenCampaign>,
    history: Vec<HistoryRow>,
    history_total: u32,
    visits: Vec<VisitRow>,
    /// The newest visit, until its people are back.
    #[ts(type = "Id | null")]
    current_visit: Option<RecordId>,
    can: Vec<JobAction>,
    readings: Vec<ReadingRow>,
    fault: FaultView,
    other_faults: Vec<OtherFault>,
    parts: Vec<PartLine>,
    photos: Vec<PhotoSet>,
    photos_to_go: u32,
    charges: Vec<ChargeRow>,
    /// What the customer pays in all: his charges and the parts that he pays for.
    customer_pays: Option<Money>,
    proposals: Vec<ProposalRow>,
    notes: Vec<NoteRow>,
    missing_required: u32,
    missing_optional: u32,
    receipt: Option<Receipt>,
    data: DataState,
}

/// Makes the view.
pub(super) fn view(scene: &Scene<'_>, job: RecordId) -> Result<JobPageView, ActionError> {
    let file = scene.file(job)?;
    let states = ItemStates::read(scene)?;
    let drafts = Drafts::of(scene, job)?;
    let line = scene.store.cache.job_line(job)?;
    let customer = line.and_then(|line| line.customer_name).unwrap_or_default();
    let missing = file.missing();
    let (campaigns, history) = past(scene, &file)?;
    let fields = &file.fields;
    Ok(JobPageView {
        job,
        number: fields.number.clone().unwrap_or_default(),
        place: Place { name: fields.site.clone().unwrap_or_default() },
        contacts: contacts(scene, &file)?,
        machine: MachineLine::of(fields, file.machine.as_ref()),
        campaigns,
        job_type: fields.job_type.clone(),
        service_mode: fields.mode.clone(),
        priority: fields.priority.clone().unwrap_or_else(|| "normal".into()),
        status: file.status.job.state,
        waiting_for: file.status.waiting_for.clone(),
        waiting_note: waiting_note(&file),
        due: fields.due.map(|due| scene.time(due)),
        now_with: now_with(scene, &file)?,
        // Whoever keeps it does not know why it left: what he last saw may be of the time before.
        reassign_reason: fields.reassign_reason.clone().filter(|_| !file.seen.kept).unwrap_or_default(),
        report: report(scene, &file, &customer),
        customer,
        campaign: fields.campaign.clone(),
        history_total: count(history.len()),
        history: history.into_iter().take(HISTORY).collect(),
        visits: visits::rows(scene, &states, &file)?,
        current_visit: current_visit(&file),
        can: can(scene, &file)?,
        readings: readings::rows(scene, &states, &file, &drafts)?,
        fault: fault::main(&file, &drafts),
        other_faults: fault::others(scene, &states, &file)?,
        parts: part_line::rows(scene, &states, &file)?,
        photos: photos(scene, &states, &file),
        photos_to_go: if file.can_edit() { photos_to_go(&missing) } else { 0 },
        charges: charges::rows(&states, &file),
        customer_pays: charges::customer_pays(&file),
        proposals: proposals::rows(scene, &file)?,
        notes: notes(scene, &states, &file)?,
        missing_required: degrees(&missing, true),
        missing_optional: degrees(&missing, false),
        receipt: receipt(scene, &file),
        data: states.of_job(job),
    })
}

/// What is open on the job's machine, and what was done to it on other jobs.
fn past(scene: &Scene<'_>, file: &JobFile) -> Result<(Vec<OpenCampaign>, Vec<HistoryRow>), ActionError> {
    let (job, fields) = (file.job(), &file.fields);
    let history = fields.machine.map(|machine| history_of(scene, machine)).transpose()?.unwrap_or_default();
    let done = |number: &str| fields.campaign.as_deref() == Some(number) || history.has_done(number);
    let campaigns = open_on(scene, MachineLine::of(fields, file.machine.as_ref()).as_ref(), &done)?;
    let mut entries = history.entries;
    // What was done on this very job stands on its own page.
    entries.retain(|entry| entry.job != Some(job));
    Ok((campaigns, history_rows(scene, entries, file.machine.as_ref())))
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn degrees(missing: &[Missing], holds: bool) -> u32 {
    count(missing.iter().filter(|row| (row.degree == Degree::HoldsSignOff) == holds).count())
}

fn photos_to_go(missing: &[Missing]) -> u32 {
    missing.iter().filter(|row| row.code == Requirement::Photo).map(|row| row.count).sum()
}

fn current_visit(file: &JobFile) -> Option<RecordId> {
    file.status.visits.last().filter(|v| v.fold.state != VisitState::Back).map(|v| v.visit)
}

fn can(scene: &Scene<'_>, file: &JobFile) -> Result<Vec<JobAction>, ActionError> {
    if !file.can_edit() {
        return Ok(Vec::new());
    }
    let me = scene.me()?;
    let may = |step| fold::may(Role::Technician, file.status.job.state, step);
    let visits = &file.status.visits;
    let begun = visits.iter().any(|visit| visit.fold.state >= VisitState::Departed);
    let over = |state| matches!(state, VisitState::Left | VisitState::Back);
    let asks = visits.last().is_some_and(|visit| {
        let his = visit.fields.lead.is_none_or(|lead| lead == me);
        his && visit.fold.state <= VisitState::Accepted && !visit.asks_reassignment
    });
    let signing = file.signing();
    let signs = visits.iter().any(|v| Some(v.visit) == signing && v.fold.state >= VisitState::Arrived);
    let actions = [
        (JobAction::Edit, true),
        (JobAction::Resume, file.status.job.state == JobState::Waiting && may(JobStep::Resumed)),
        (JobAction::AskReassign, asks),
        (JobAction::SignOff, signs),
        (JobAction::Wait, may(JobStep::Waiting)),
        (JobAction::NotRepaired, begun && may(JobStep::NotRepaired)),
        (JobAction::AnotherVisit, visits.iter().all(|visit| over(visit.fold.state))),
    ];
    Ok(actions.into_iter().filter(|(_, can)| *can).map(|(action, _)| action).collect())
}

fn now_with(scene: &Scene<'_>, file: &JobFile) -> Result<Option<String>, ActionError> {
    if !file.seen.kept {
        return Ok(None);
    }
    let me = scene.me()?;
    let other = file.fields.assignee.filter(|assignee| *assignee != me);
    Ok(Some(other.map(|user| scene.name_of(user)).transpose()?.unwrap_or_default()))
}

fn waiting_note(file: &JobFile) -> Option<String> {
    let last = file.status.job.accepted.last().filter(|_| file.status.job.state == JobState::Waiting)?;
    file.all::<Step>().into_iter().find(|(seen, _)| seen.rec == *last).and_then(|(_, step)| step.note)
}

fn report(scene: &Scene<'_>, file: &JobFile, customer: &str) -> Report {
    let fields = &file.fields;
    let main = meters_of(file.machine.as_ref()).swap_remove(0);
    Report {
        at: scene.when(file.job(), fields.reported_at),
        text: fields.report.clone().unwrap_or_default(),
        by: fields.contact_name.clone().unwrap_or_else(|| customer.to_owned()),
        meter: fields.report_meter.clone().map(|value| MeterValue { meter: main, value }),
    }
}

/// Who reported it, then the customer's people; one row a phone.
fn contacts(scene: &Scene<'_>, file: &JobFile) -> Result<Vec<Contact>, ActionError> {
    let fields = &file.fields;
    let customer = scene.customer(fields.customer)?;
    let name = customer.as_ref().and_then(|c| c.name.clone()).or(fields.customer_name.clone());
    let reporter = fields.contact_name.clone().or(name.clone());
    let mut found = vec![(reporter, fields.contact_role.clone(), fields.contact_phone.clone())];
    if let Some(customer) = customer {
        found.extend(customer.contacts.into_iter().map(|c| (c.name, c.role, c.phone)));
        found.push((name, Some("owner".into()), customer.phone));
    }
    let mut contacts: Vec<Contact> = Vec::new();
    for (name, role, phone) in found {
        let phone = phone.unwrap_or_default();
        if phone.is_empty() || contacts.iter().any(|known| known.phone == phone) {
            continue;
        }
        contacts.push(Contact {
            key: contacts.len().to_string(),
            name: name.unwrap_or_default(),
            role: role.unwrap_or_else(|| "other".into()),
            phone,
        });
    }
    Ok(contacts)
}

/// The photos that do not stand with a part line, by phase in the order of their list.
fn photos(scene: &Scene<'_>, states: &ItemStates, file: &JobFile) -> Vec<PhotoSet> {
    let taken = file.all::<Photo>();
    let wanted = &file.photo_set;
    let of_line = |of: Option<RecordId>| {
        of.is_some_and(|of| {
            let at = file.records().iter().find(|seen| seen.rec == of && !seen.state.void);
            at.is_some_and(|seen| matches!(seen.state.kind.as_str(), "part_line" | "old_part"))
        })
    };
    let mut sets = Vec::new();
    for phase in lists::list("photo_phases") {
        let with_lines = matches!(phase.code.as_str(), "new_part" | "old_part");
        let set = set(scene, states, &taken, &phase.code, &|of| !of_line(of));
        let need = wanted.iter().find(|need| need.phase == phase.code && !with_lines);
        if !with_lines || !set.photos.is_empty() {
            let hint = hint(scene, wanted, &phase.code);
            sets.push(PhotoSet { required: need.map_or(0, |need| need.count), hint, ..set });
        }
    }
    sets
}

fn notes(scene: &Scene<'_>, states: &ItemStates, file: &JobFile) -> Result<Vec<NoteRow>, ActionError> {
    let me = scene.me()?;
    let row = |(seen, note): (&crate::store::Seen, Note)| {
        Ok(NoteRow {
            note: seen.rec,
            text: note.text.unwrap_or_default(),
            at: scene.when(seen.rec, note.at),
            by: scene.name_of(seen.state.author)?,
            mine: seen.state.author == me,
            data: states.of(seen.rec),
        })
    };
    file.all::<Note>().into_iter().map(row).collect()
}

fn receipt(scene: &Scene<'_>, file: &JobFile) -> Option<Receipt> {
    let receipts = file.all::<ReceiptRecord>();
    let (seen, newest) = receipts.into_iter().max_by_key(|(_, receipt)| receipt.n)?;
    Some(Receipt { code: newest.code.unwrap_or_default(), at: scene.when(seen.rec, newest.at) })
}
