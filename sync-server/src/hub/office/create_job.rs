//! The office writes a job down, and numbers each: its own, and those that technicians made on the spot.

use chrono::DateTime;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::rules::fold::Step;
use fieldcard_schema::rules::job_state::{JobState, JobStep};
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::{Actor, Assignment, OfficeOp};
use crate::hub::ledger::Ledger;
use crate::hub::{Hub, HubError};
use crate::storage::StorageError;
use crate::storage::records::StoredRecord;

/// A number as people say it: `FW`, the day, and a count of that day: `FW20261112-003`.
fn number_prefix(now: Timestamp, offset_minutes: i32) -> String {
    let local = now.plus(i64::from(offset_minutes) * 60_000).0;
    let day = DateTime::from_timestamp_millis(local).unwrap_or_default();
    format!("FW{}-", day.format("%Y%m%d"))
}

impl Hub {
    /// Writes down what a customer reported: gives it a number, what the machine's archive knows, and, where
    /// the actor may dispatch, at once to its lead. `InvalidValue` when machine or customer is none.
    pub fn open_job(&mut self, actor: &Actor, job: Job) -> Result<(RecordId, String), ApiError> {
        self.write(|ledger| {
            let number = ledger.next_number()?;
            let mut job = ledger.completed(job)?;
            job.number = Some(number.clone());
            job.reported_at = job.reported_at.or(Some(ledger.now));
            let dispatches =
                JobStep::Dispatched.rule(JobState::Created).is_some_and(|way| way.roles.meets(actor.roles));
            let lead = job.assignee.take_if(|_| dispatches);
            let crew = if lead.is_some() { std::mem::take(&mut job.crew) } else { Vec::new() };
            let rec = ledger.new_record_id();
            ledger.office(actor, vec![OfficeOp::create(Job::KIND, rec, None, job.to_fields())])?;
            if lead.is_some() {
                ledger.assign(actor, rec, Assignment { assignee: lead, crew, base: None }, None)?;
            }
            Ok((rec, number))
        })
    }

    /// Makes a job; when it names an assignee he gets it at once.
    pub fn create_job(&mut self, actor: &Actor, job: &Job) -> Result<RecordId, ApiError> {
        self.write(|ledger| {
            let rec = ledger.new_record_id();
            ledger.office(actor, vec![OfficeOp::create(Job::KIND, rec, None, job.to_fields())])?;
            Ok(rec)
        })
    }
}

impl Ledger<'_> {
    /// The next number of the office's day.
    fn next_number(&mut self) -> Result<String, StorageError> {
        let prefix = number_prefix(self.now, self.config.offset_minutes);
        let next = self.last_number.map_or_else(|| self.tx.highest_number(&prefix), Ok)? + 1;
        self.last_number = Some(next);
        Ok(format!("{prefix}{next:03}"))
    }

    /// Gives a number to each walk-up job that came without one.
    pub(in crate::hub) fn number_walk_ups(&mut self) -> Result<(), HubError> {
        for rec in std::mem::take(&mut self.walked_up) {
            let job = self.tx.record(rec)?.filter(|job| !job.state.void);
            if job.is_none_or(|job| job.state.fields.contains_key("number")) {
                continue;
            }
            let set = Fields::from_iter([("number".to_owned(), self.next_number()?.into())]);
            self.office(&Actor::org(self.config.org), vec![OfficeOp::set(Job::KIND, rec, set, None)])?;
        }
        Ok(())
    }

    /// The job with what the archive says: brand and customer of its machine.
    fn completed(&self, job: Job) -> Result<Job, HubError> {
        let machine = job.machine.map(|rec| self.archived(rec, Machine::KIND)).transpose()?;
        let machine = machine.map(|record| Machine::from_fields(&record.state.fields).unwrap_or_default());
        let machine = machine.unwrap_or_default();
        // A customer who was named by hand is not the archive's.
        let own = machine.customer.filter(|_| job.customer_name.is_none());
        let customer = job.customer.or(own);
        customer.map(|rec| self.archived(rec, Customer::KIND)).transpose()?;
        Ok(Job { customer, brand: job.brand.clone().or(machine.brand), ..job })
    }

    fn archived(&self, rec: RecordId, kind: &str) -> Result<StoredRecord, HubError> {
        let found = self.tx.record(rec)?.filter(|found| found.state.kind == kind && !found.state.void);
        found.ok_or_else(|| ApiError::about(ErrorCode::InvalidValue, kind).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_the_offices_day() {
        // 2025-11-13 15:59 and 16:00 UTC: midnight in Shanghai lies between.
        assert_eq!(number_prefix(Timestamp(1_763_049_540_000), 480), "FW20251113-");
        assert_eq!(number_prefix(Timestamp(1_763_049_600_000), 480), "FW20251114-");
    }
}
