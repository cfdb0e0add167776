//! What the console asks: jobs, what hangs on one, what waits for a person. Reads only.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::exception::Exception;
use fieldcard_schema::rules::job_state::JobState;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::page::Row;

use super::ledger::Ledger;
use super::{Hub, HubError};
use crate::storage::feed::{NO_DAY, RankRun};
use crate::storage::records::StoredRecord;
use crate::storage::{Pk, StorageError};

/// Which jobs to list.
#[derive(Debug, Clone, Default)]
pub struct JobFilter {
    /// Behind this job, in the order in which they came.
    pub after: Option<RecordId>,
    /// Most jobs; 0 is 100.
    pub limit: usize,
    /// Only those of this person, as lead or crew.
    pub person: Option<UserId>,
    /// Only those that stand here; empty is everywhere.
    pub states: Vec<JobState>,
}

/// A job and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    /// The job.
    pub row: Row,
    /// Where its steps have brought it.
    pub state: JobState,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct ExceptionView {
    /// The exception's own record.
    pub rec: RecordId,
    /// Its version.
    pub ver: u64,
    /// What it is about.
    pub exception: Exception,
}

fn row_of(record: StoredRecord) -> Row {
    let mut state = record.state;
    state.field_vers.clear();
    Row { rec: record.rec, state }
}

impl JobFilter {
    fn admits(&self, view: &JobView) -> bool {
        let names = |user: &UserId| {
            let (fields, id) = (&view.row.state.fields, user.to_string());
            let crew = fields.get("crew").and_then(|crew| crew.as_array()).into_iter().flatten();
            fields.get("assignee").into_iter().chain(crew).any(|one| one.as_str() == Some(&id))
        };
        self.person.as_ref().is_none_or(names)
            && (self.states.is_empty() || self.states.contains(&view.state))
    }
}

impl Hub {
    /// One record.
    pub fn record(&mut self, rec: RecordId) -> Result<Option<Row>, ApiError> {
        self.read(|ledger| Ok(ledger.tx.record(rec)?.map(row_of)))
    }

    /// Jobs in the order in which they came, voided ones left out.
    pub fn jobs(&mut self, filter: &JobFilter) -> Result<Vec<JobView>, ApiError> {
        self.read(|ledger| ledger.jobs(filter))
    }

    /// A job and all that hangs on it, voided records too: the job first, then as they came.
    pub fn job_records(&mut self, job: RecordId) -> Result<Vec<Row>, ApiError> {
        self.read(|ledger| {
            let job = ledger.record_or_not_found(job)?;
            let hanging = ledger.tx.records_of_job(job.pk)?;
            Ok(std::iter::once(job).chain(hanging).map(row_of).collect())
        })
    }

    /// Records of one kind that hang on no job, behind `after`, as they came.
    pub fn free_records(
        &mut self,
        kind: &str,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<Row>, ApiError> {
        self.read(|ledger| {
            let after = ledger.row_number(after)?;
            Ok(ledger.tx.free_records(kind, after, limit)?.into_iter().map(row_of).collect())
        })
    }

    /// What waits for a person, as it came.
    pub fn exceptions(&mut self) -> Result<Vec<ExceptionView>, ApiError> {
        self.read(|ledger| {
            let mut views = Vec::new();
            for open in ledger.tx.open_exceptions()? {
                let record = ledger.tx.record_at(open.record)?.ok_or(StorageError::Damaged("exception"))?;
                let exception = Exception::from_fields(&record.state.fields)
                    .map_err(|_| StorageError::Damaged("exception"))?;
                views.push(ExceptionView { rec: record.rec, ver: record.state.ver, exception });
            }
            Ok(views)
        })
    }

    /// Every record that a person may see now, by id, voided ones left out: what his devices must hold.
    pub fn scope(&mut self, user: UserId) -> Result<Vec<Row>, ApiError> {
        self.read(|ledger| ledger.scope(user))
    }

    /// Number of ops in the log.
    pub fn op_count(&mut self) -> Result<u64, ApiError> {
        self.read(|ledger| Ok(ledger.tx.op_count()?))
    }

    /// Digests of all stored blobs, in their order.
    pub fn blob_digests(&mut self) -> Result<Vec<Digest>, ApiError> {
        self.read(|ledger| Ok(ledger.tx.stored_blobs()?))
    }
}

impl Ledger<'_> {
    fn row_number(&self, after: Option<RecordId>) -> Result<Pk, HubError> {
        after.map_or(Ok(0), |rec| Ok(self.record_or_not_found(rec)?.pk))
    }

    fn jobs(&self, filter: &JobFilter) -> Result<Vec<JobView>, HubError> {
        let limit = if filter.limit == 0 { 100 } else { filter.limit };
        let mut after = self.row_number(filter.after)?;
        let mut views = Vec::new();
        loop {
            let jobs = self.tx.free_records("job", after, limit)?;
            let Some(last) = jobs.last() else { return Ok(views) };
            after = last.pk;
            for job in jobs.into_iter().filter(|job| !job.state.void) {
                let fold = self.job_fold(&job)?;
                let view = JobView { row: row_of(job), state: fold.state, since: fold.since };
                if filter.admits(&view) {
                    views.push(view);
                }
                if views.len() == limit {
                    return Ok(views);
                }
            }
        }
    }

    fn scope(&self, user: UserId) -> Result<Vec<Row>, HubError> {
        let everything =
            RankRun { from: NO_DAY, to: i64::MAX, backward: false, after: Some((NO_DAY, Pk::MIN)) };
        let mut rows = Vec::new();
        for member in self.tx.memberships(user)?.iter().filter(|member| member.until.is_none()) {
            for (_, pk) in self.tx.ranked(member.audience, everything, usize::MAX)? {
                let record = self.tx.record_at(pk)?.ok_or(StorageError::Damaged("rec_audience"))?;
                rows.push(row_of(record));
            }
        }
        rows.retain(|row| !row.state.void);
        rows.sort_by_key(|row| row.rec);
        rows.dedup_by_key(|row| row.rec);
        Ok(rows)
    }
}
