//! A job with all that hangs on it, read once: what actions and screens look at when one job is concerned.
//!
//! Reads only, and decides nothing that a rule of the schema decides: it gathers what the rules ask for.

use fieldcard_schema::dataset::photo_sets as dataset;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use fieldcard_schema::record::fault::Fault;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::record::part_line::PartLine;
use fieldcard_schema::rules::completeness::{self, JobFacts, Missing, VisitFacts};
use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::rules::photo_set::{self, PhotoNeed};
use fieldcard_schema::rules::status::{JobStatus, VisitStatus, is_done};
use fieldcard_schema::rules::visit_state::VisitState;

use crate::sign_off::AMENDING;
use crate::store::{Seen, Store, StoreError, job_list};

/// One job.
#[derive(Debug, Clone)]
pub struct JobFile {
    /// The job's own record.
    pub seen: Seen,
    /// Its fields.
    pub fields: Job,
    /// Where it and its visits stand.
    pub status: JobStatus,
    /// Its machine, when that is known here.
    pub machine: Option<Machine>,
    /// The photos that its brand wants for its job type.
    pub photo_set: Vec<PhotoNeed>,
    records: Vec<Seen>,
    /// Visits whose sealed card is being amended, of this job and of others.
    amending: Vec<RecordId>,
}

impl JobFile {
    /// Reads a job; `None` when it is not here, is struck out or is no job.
    pub fn read(store: &Store, job: RecordId) -> Result<Option<Self>, StoreError> {
        let Some(seen) = store.cache.seen(job)?.filter(|s| !s.state.void && s.state.kind == Job::KIND) else {
            return Ok(None);
        };
        let fields = Job::from_fields(&seen.state.fields).unwrap_or_default();
        let records = store.cache.of_job(job)?;
        let status = job_list::status_of(job, &records);
        let machine = match fields.machine {
            Some(machine) => store.cache.seen(machine)?,
            None => None,
        };
        let machine = machine.and_then(|machine| as_record::<Machine>(&machine));
        let photo_set = photo_set_of(store, &fields, machine.as_ref())?;
        let amending = store.outbox.draft_holders(AMENDING)?;
        Ok(Some(Self { seen, fields, status, machine, photo_set, records, amending }))
    }

    /// The job.
    pub fn job(&self) -> RecordId {
        self.seen.rec
    }

    /// Its records of one kind that are not struck out, as they were made.
    pub fn all<T: Record>(&self) -> Vec<(&Seen, T)> {
        let live = self.records.iter().filter(|seen| !seen.state.void);
        live.filter_map(|seen| as_record(seen).map(|fields| (seen, fields))).collect()
    }

    /// All its records, struck-out ones too, as they were made.
    pub fn records(&self) -> &[Seen] {
        &self.records
    }

    /// The visit that work belongs to now: the last one that has begun; else the first.
    pub fn work_visit(&self) -> Option<&VisitStatus> {
        let begun = self.status.visits.iter().rev().find(|v| v.fold.state >= VisitState::Departed);
        begun.or(self.status.visits.first())
    }

    /// The visit whose card is to be signed next: one whose card is being amended, else the last one that has
    /// begun and has no card.
    pub fn signing(&self) -> Option<RecordId> {
        let amended = self.status.visits.iter().map(|visit| visit.visit).find(|visit| self.amends(*visit));
        let work = self.work_visit().map(|visit| visit.visit);
        amended.or(work.filter(|visit| self.card_of(*visit).is_none()))
    }

    /// The newest sealed card of a visit.
    pub fn card_of(&self, visit: RecordId) -> Option<(&Seen, Card)> {
        self.all::<Card>().into_iter().rev().find(|(_, card)| card.visit == Some(visit))
    }

    /// Whether the visit's sealed card is being amended on this device.
    pub fn amends(&self, visit: RecordId) -> bool {
        self.amending.contains(&visit)
    }

    /// Whether the technician still works on it: not once the final card is sealed, nor when it is with others.
    pub fn can_edit(&self) -> bool {
        let state = self.status.job.state;
        !self.seen.kept && (!is_done(state) || state == JobState::WorkDone)
    }

    /// The main fault: the one that says so, else the first.
    pub fn main_fault(&self) -> Option<(&Seen, Fault)> {
        let mut faults = self.all::<Fault>();
        let at = faults.iter().position(|(_, fault)| fault.main).unwrap_or(0);
        (!faults.is_empty()).then(|| faults.swap_remove(at))
    }

    /// Whether a sealed card shows this record: then it is amended, never struck out. A card that another one
    /// amends holds nothing fast any more, nor does one that is being amended.
    pub fn is_sealed(&self, rec: RecordId) -> bool {
        let cards = self.all::<Card>();
        let amended = |seen: &Seen| cards.iter().any(|(_, newer)| newer.amends == Some(seen.rec));
        let stands =
            |seen: &Seen, card: &Card| !amended(seen) && card.visit.is_none_or(|visit| !self.amends(visit));
        cards.iter().any(|(seen, card)| card.holds_fast(rec) && stands(seen, card))
    }

    /// Everything that the job still lacks.
    pub fn missing(&self) -> Vec<Missing> {
        completeness::missing(&self.facts())
    }

    /// What the rule of completeness asks for.
    pub fn facts(&self) -> JobFacts {
        let visits = self.status.visits.iter().map(|v| VisitFacts {
            id: v.visit,
            visit: v.fields.clone(),
            fold: v.fold.clone(),
        });
        let part_lines = self.owned::<PartLine>();
        let serialised = part_lines.iter().filter(|(_, line)| line.serialised);
        let serialised = serialised.flat_map(|(_, line)| [line.in_part.clone(), line.out_part.clone()]);
        JobFacts {
            id: self.job(),
            job: self.fields.clone(),
            fold: self.status.job.clone(),
            signing: self.signing(),
            visits: visits.collect(),
            faults: self.owned(),
            serialised: serialised.flatten().collect(),
            part_lines,
            old_parts: self.owned(),
            readings: self.owned(),
            photos: self.owned(),
            charges: self.owned(),
            photo_set: self.photo_set.clone(),
        }
    }

    fn owned<T: Record>(&self) -> Vec<(RecordId, T)> {
        self.all::<T>().into_iter().map(|(seen, fields)| (seen.rec, fields)).collect()
    }
}

/// The set of the job's brand where the office has published one for its job type, else the generic one.
fn photo_set_of(store: &Store, job: &Job, machine: Option<&Machine>) -> Result<Vec<PhotoNeed>, StoreError> {
    let brand = job.brand.as_deref().or(machine.and_then(|machine| machine.brand.as_deref()));
    let published = store.datasets.rows::<dataset::PhotoNeed>()?.into_iter().map(|row| PhotoNeed {
        brand: row.brand,
        job_type: row.job_type,
        phase: row.phase,
        count: u32::try_from(row.required).unwrap_or(0),
        zh: row.zh,
        en: row.en,
    });
    let sets: Vec<PhotoNeed> = photo_set::generic().into_iter().chain(published).collect();
    let job_type = job.job_type.as_deref().unwrap_or_default();
    Ok(photo_set::choose(&sets, brand.unwrap_or_default(), job_type))
}

/// A record as its struct; `None` when it is of another kind or unreadable.
pub fn as_record<T: Record>(seen: &Seen) -> Option<T> {
    (seen.state.kind == T::KIND).then(|| T::from_fields(&seen.state.fields).ok()).flatten()
}
