//! What was done to a machine before, kept for whoever comes next: one `machine_history` a machine.
//!
//! Derived from the jobs in the transaction that ends one, as the server's own op; nobody edits it.
//!
//! ```text
//! a card, or an imported sign-off, that stands .... an entry of its visit
//! a job that is done, its last visit without one .. an entry of that visit: solved by phone, imported without
//! a card that another amends, or that is void ..... no entry
//! ```
//! A job that changes replaces its own entries. Only when a full list loses one, or a job is taken off a
//! machine, all jobs of the machine are read again: what had fallen off the end may be due.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::fault::Fault;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::record::machine_history::{CampaignDone, HistoryEntry, MAX_ENTRIES, MachineHistory};
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::record::reading::Reading;
use fieldcard_schema::record::sign_off::SignOff;
use fieldcard_schema::record::visit::Visit;
use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::time::Timestamp;

use super::HubError;
use super::audiences::id_in;
use super::ledger::Ledger;
use super::office::{Actor, OfficeOp};
use crate::storage::StorageError;
use crate::storage::records::StoredRecord;

/// Kinds of which a change may change what a history says.
const TOLD: [&str; 8] = ["card", "fault", "job", "part_line", "reading", "sign_off", "step", "visit"];

/// Whether a change of a record of this kind may change a history.
pub(super) fn tells(kind: &str) -> bool {
    TOLD.contains(&kind)
}

/// A visit that came to an end, and what says so.
struct Ending {
    source: RecordId,
    visit: Option<RecordId>,
    at: Timestamp,
}

/// A job with all that hangs on it and is not void.
struct File {
    job: Job,
    rec: RecordId,
    records: Vec<StoredRecord>,
}

impl File {
    fn all<R: Record>(&self) -> impl Iterator<Item = (RecordId, R)> {
        let own = self.records.iter().filter(|record| record.state.kind == R::KIND);
        own.filter_map(|record| Some((record.rec, R::from_fields(&record.state.fields).ok()?)))
    }
}

fn is_done(state: JobState) -> bool {
    matches!(
        state,
        JobState::SolvedByPhone
            | JobState::Submitted
            | JobState::InReview
            | JobState::Approved
            | JobState::Closed
            | JobState::NotRepaired
    )
}

/// The main fault, else the first, in a line; else what the technician wrote of the job.
fn fault_of(file: &File) -> Option<String> {
    let faults: Vec<Fault> = file.all::<Fault>().map(|(_, fault)| fault).collect();
    let fault = faults.iter().find(|fault| fault.main).or(faults.first());
    let job = &file.job;
    let said = match fault {
        Some(fault) => [&fault.phenomenon, &fault.place, &fault.cause, &fault.action],
        None => [&job.findings, &job.cause, &job.action, &None],
    };
    let said: Vec<&str> =
        said.into_iter().flatten().map(|text| text.trim()).filter(|t| !t.is_empty()).collect();
    (!said.is_empty()).then(|| said.join(" – "))
}

/// Names of what went in on a visit; what names no visit went in on each.
fn parts_of(file: &File, visit: Option<RecordId>) -> Vec<String> {
    let lines = file.all::<PartLine>().map(|(_, line)| line);
    let own = lines.filter(|line| line.visit.is_none() || visit.is_none() || line.visit == visit);
    own.filter_map(|line| line.in_name.or(line.in_part)).collect()
}

fn meter_of(file: &File, visit: Option<RecordId>, meter: &str) -> Option<String> {
    let readings = file.all::<Reading>().map(|(_, reading)| reading);
    let own = readings.filter(|one| one.visit.is_none() || visit.is_none() || one.visit == visit);
    own.filter(|one| one.meter.as_deref() == Some(meter)).filter_map(|one| one.value).last()
}

/// The newest first; what ended at the same moment in the order of what says so.
fn newest_first(entries: &mut Vec<HistoryEntry>) {
    entries.sort_by_key(|entry| Reverse((entry.at, entry.source)));
    entries.truncate(MAX_ENTRIES);
}

/// The campaigns that entries tell of, by job and number, each once.
fn campaigns_of(entries: &[HistoryEntry]) -> Vec<CampaignDone> {
    let told = entries.iter().filter_map(|entry| Some((entry.job, entry.campaign.clone()?)));
    let told: BTreeSet<_> = told.filter(|(_, campaign)| !campaign.is_empty()).collect();
    let done = |(job, campaign)| CampaignDone { campaign: Some(campaign), job, rest: Fields::new() };
    told.into_iter().map(done).collect()
}

/// A history with the entries of one job in the place of those that it had of it.
fn spliced(
    job: RecordId,
    mut own: Vec<HistoryEntry>,
    before: &MachineHistory,
) -> (Vec<HistoryEntry>, Vec<CampaignDone>) {
    let mut campaigns = campaigns_of(&own);
    campaigns.extend(before.campaigns.iter().filter(|done| done.job != Some(job)).cloned());
    campaigns.sort_by(|one, other| (one.job, &one.campaign).cmp(&(other.job, &other.campaign)));
    own.extend(before.entries.iter().filter(|entry| entry.job != Some(job)).cloned());
    (own, campaigns)
}

impl Ledger<'_> {
    /// Brings the histories up to date with what this transaction did to jobs.
    pub(super) fn write_histories(&mut self) -> Result<(), HubError> {
        for job in std::mem::take(&mut self.worked) {
            // A row of an import that was undone may have left its number here, to nobody or to another record.
            let job = self.tx.record_at(job)?.filter(|job| job.state.kind == Job::KIND);
            let Some(job) = job else { continue };
            if let Some(machine) = id_in(&job.state.fields, "machine") {
                let own = self.entries_of(&job, machine)?;
                self.write_history(machine, Some((job.rec, own)))?;
            }
        }
        for machine in std::mem::take(&mut self.bereft) {
            self.write_history(machine, None)?;
        }
        Ok(())
    }

    /// Writes one history: `fresh` replaces the entries of its job; without it, all jobs are read again.
    fn write_history(
        &mut self,
        machine: RecordId,
        fresh: Option<(RecordId, Vec<HistoryEntry>)>,
    ) -> Result<(), HubError> {
        let found = self.tx.histories_of(machine)?.into_iter().next();
        let stored = found.as_ref().and_then(|found| MachineHistory::from_fields(&found.state.fields).ok());
        let before = stored.unwrap_or_default();
        // A history from before campaigns were listed apart is read anew.
        let knows = found.as_ref().is_none_or(|found| found.state.fields.contains_key("campaigns"));
        let spliced = fresh.filter(|_| knows).map(|(job, own)| spliced(job, own, &before));
        let (mut entries, campaigns) = match spliced {
            Some(spliced) if spliced.0.len() >= MAX_ENTRIES.min(before.entries.len()) => spliced,
            _ => {
                let all = self.entries_of_all(machine)?;
                let campaigns = campaigns_of(&all);
                (all, campaigns)
            }
        };
        newest_first(&mut entries);
        if entries == before.entries && campaigns == before.campaigns {
            return Ok(());
        }
        let history = MachineHistory { machine: Some(machine), entries, campaigns, rest: Fields::new() };
        let mut set = history.to_fields();
        // A list that has become empty says so: a member that is left out would change nothing.
        for list in ["entries", "campaigns"] {
            set.entry(list).or_insert_with(|| serde_json::Value::Array(Vec::new()));
        }
        let op = match found {
            Some(found) => OfficeOp::set(MachineHistory::KIND, found.rec, set, None),
            None => OfficeOp::create(MachineHistory::KIND, self.new_record_id(), None, set),
        };
        self.office(&Actor::org(self.config.org), vec![op]).map(drop)
    }

    fn entries_of_all(&self, machine: RecordId) -> Result<Vec<HistoryEntry>, StorageError> {
        let mut entries = Vec::new();
        for job in self.tx.jobs_naming("machine", machine)? {
            entries.extend(self.entries_of(&job, machine)?);
        }
        Ok(entries)
    }

    /// What one job adds to the history of its machine.
    fn entries_of(&self, job: &StoredRecord, machine: RecordId) -> Result<Vec<HistoryEntry>, StorageError> {
        let endings = self.endings_of(job)?;
        if endings.is_empty() {
            return Ok(Vec::new());
        }
        let mut records = self.tx.records_of_job(job.pk)?;
        records.retain(|record| !record.state.void);
        let file =
            File { job: Job::from_fields(&job.state.fields).unwrap_or_default(), rec: job.rec, records };
        let archive = self.tx.record(machine)?.and_then(|one| Machine::from_fields(&one.state.fields).ok());
        let meter = archive.and_then(|archive| archive.meters.first().cloned());
        let meter = meter.unwrap_or_else(|| "hours".to_owned());
        endings.iter().map(|ending| self.entry(&file, ending, &meter)).collect()
    }

    /// The visits of a job that came to an end; none of a void job.
    fn endings_of(&self, job: &StoredRecord) -> Result<Vec<Ending>, StorageError> {
        if job.state.void {
            return Ok(Vec::new());
        }
        let mut endings = self.signed(job)?;
        let status = self.job_status(job)?;
        let last = status.visits.last().map(|visit| visit.visit);
        let told: BTreeSet<Option<RecordId>> = endings.iter().map(|ending| ending.visit).collect();
        if is_done(status.job.state) && (endings.is_empty() || (last.is_some() && !told.contains(&last))) {
            let step = status.job.accepted.last().map(|step| self.tx.record(*step)).transpose()?.flatten();
            let at = status.job.since.unwrap_or_default();
            let at = self.believed(step.as_ref().unwrap_or(job), at, job)?;
            endings.push(Ending { source: job.rec, visit: last, at });
        }
        Ok(endings)
    }

    /// The cards and imported sign-offs of a job that stand.
    fn signed(&self, job: &StoredRecord) -> Result<Vec<Ending>, StorageError> {
        let stands = |record: &StoredRecord| !record.state.void;
        let cards = self.tx.kind_of_job(job.pk, Card::KIND)?;
        let cards: Vec<(&StoredRecord, Card)> = cards
            .iter()
            .filter(|record| stands(record))
            .filter_map(|record| Some((record, Card::from_fields(&record.state.fields).ok()?)))
            .collect();
        let amended: BTreeSet<RecordId> = cards.iter().filter_map(|(_, card)| card.amends).collect();
        let mut endings = Vec::new();
        for (record, card) in cards.iter().filter(|(record, _)| !amended.contains(&record.rec)) {
            let at = self.believed(record, card.signed_at.unwrap_or_default(), job)?;
            endings.push(Ending { source: record.rec, visit: card.visit, at });
        }
        for record in self.tx.kind_of_job(job.pk, SignOff::KIND)?.iter().filter(|record| stands(record)) {
            let Ok(past) = SignOff::from_fields(&record.state.fields) else { continue };
            let at = self.believed(record, past.signed_at.unwrap_or_default(), job)?;
            endings.push(Ending { source: record.rec, visit: past.visit, at });
        }
        Ok(endings)
    }

    /// A moment as a device said it: not before its job was reported, and not after this server heard of it. A
    /// clock that is years off would else pin its card to one end of the list.
    fn believed(
        &self,
        record: &StoredRecord,
        said: Timestamp,
        job: &StoredRecord,
    ) -> Result<Timestamp, StorageError> {
        let heard = self.tx.op_at(record.state.born)?.map_or(self.now.0, |op| op.at);
        let reported = job.state.fields.get("reported_at").and_then(serde_json::Value::as_i64);
        Ok(Timestamp(said.0.max(reported.unwrap_or(i64::MIN)).min(heard)))
    }

    fn entry(&self, file: &File, ending: &Ending, meter: &str) -> Result<HistoryEntry, StorageError> {
        let job = &file.job;
        let visit = file.all::<Visit>().find(|(rec, _)| Some(*rec) == ending.visit).map(|(_, visit)| visit);
        let technician = visit.and_then(|visit| visit.lead).or(job.assignee);
        Ok(HistoryEntry {
            job: Some(file.rec),
            source: Some(ending.source),
            at: Some(ending.at),
            job_number: job.number.clone(),
            date: Some(self.date_of(ending.at)),
            technician: technician.map(|user| self.name_of(user)).transpose()?.flatten(),
            meter: meter_of(file, ending.visit, meter),
            fault: fault_of(file),
            parts: parts_of(file, ending.visit),
            job_type: job.job_type.clone(),
            campaign: job.campaign.clone(),
            rest: Fields::new(),
        })
    }

    fn name_of(&self, user: UserId) -> Result<Option<String>, StorageError> {
        let person = self.tx.record(RecordId(user.0))?;
        Ok(person.and_then(|person| Some(person.state.fields.get("name")?.as_str()?.to_owned())))
    }
}
