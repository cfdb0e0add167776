//! Which machines and customers a caller reaches: as with jobs, what belongs to another part of the org tree is
//! not found.
//!
//! ```text
//! machine     made by somebody in reach; stands at a station in reach; a job in reach names it
//! customer    made by somebody in reach; owns a machine in reach;      a job in reach names him
//! ```
//! What an import made was made by the company. The reach of jobs and people is [`super::scope`].

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::scene::Scene;
use crate::accounts::UnitId;
use crate::storage::Pk;
use crate::storage::records::StoredRecord;

/// Most machines that one customer is asked for.
const FLEET_MAX: usize = 1_000;

/// Whether a machine or a customer is in reach.
pub fn reaches(scene: &Scene<'_>, record: &StoredRecord) -> Result<bool, ApiError> {
    if scene.scope.reaches_owner(record.state.author) || named_in_reach(scene, record)? {
        return Ok(true);
    }
    match record.state.kind.as_str() {
        Machine::KIND => Ok(stands_in_reach(scene, record)),
        _ => owns_in_reach(scene, record),
    }
}

/// At most `most` of the records in `rows` that are in reach, in their order.
pub fn those_in_reach(
    scene: &Scene<'_>,
    rows: impl IntoIterator<Item = Pk>,
    most: usize,
) -> Result<Vec<StoredRecord>, ApiError> {
    let mut found = Vec::new();
    for pk in rows {
        let Some(record) = scene.tx.record_at(pk)? else { continue };
        if reaches(scene, &record)? {
            found.push(record);
        }
        if found.len() == most {
            break;
        }
    }
    Ok(found)
}

/// Refuses a job that names what its maker could not have found.
pub fn expect_named(scene: &Scene<'_>, job: &Job) -> Result<(), ApiError> {
    for (field, kind, rec) in
        [("machine", Machine::KIND, job.machine), ("customer", Customer::KIND, job.customer)]
    {
        let Some(rec) = rec else { continue };
        let record = scene.tx.record(rec)?.filter(|record| record.state.kind == kind);
        if !record.map_or(Ok(false), |record| reaches(scene, &record))? {
            return Err(ApiError::about(ErrorCode::InvalidValue, field));
        }
    }
    Ok(())
}

fn named_in_reach(scene: &Scene<'_>, record: &StoredRecord) -> Result<bool, ApiError> {
    let jobs = scene.tx.jobs_naming(&record.state.kind, record.rec)?;
    Ok(jobs.iter().any(|job| scene.scope.reaches_job(&job.state)))
}

/// A station stands on a machine by the code that the office's own lists give it.
fn stands_in_reach(scene: &Scene<'_>, machine: &StoredRecord) -> bool {
    let code = machine.state.fields.get("station").and_then(|code| code.as_str());
    let unit = code.map(|code| UnitId::of_code(scene.office.org, code));
    unit.is_some_and(|unit| scene.scope.units().any(|reached| reached == unit))
}

fn owns_in_reach(scene: &Scene<'_>, customer: &StoredRecord) -> Result<bool, ApiError> {
    for pk in machines_of(scene, customer.rec)? {
        let machine = scene.tx.record_at(pk)?;
        if machine.is_some_and(|machine| stands_in_reach(scene, &machine)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The machines of a customer: he has few.
pub fn machines_of(scene: &Scene<'_>, customer: RecordId) -> Result<Vec<Pk>, ApiError> {
    Ok(scene.tx.machines_of(&customer.to_string(), FLEET_MAX)?)
}
