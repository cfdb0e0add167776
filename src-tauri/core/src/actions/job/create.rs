//! A walk-up job: the technician meets a machine that nobody reported.
//!
//! Its office's fields are taken as set, since nobody else knows them. It gets its number from the office.
//! Machine and customer are looked up by what was typed; what is in no archive stays on the job as typed.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::record::step::Step;
use fieldcard_schema::record::visit::Visit;
use fieldcard_schema::rules::visit_state::VisitStep;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::plan::Plan;
use crate::actions::scene::{Scene, some_text};
use crate::actions::visit::code;
use crate::actions::{ActionError, ErrorCode};
use crate::job_file::as_record;

/// Fewest symbols by which a machine is found by the end of its serial number.
const TAIL: usize = 4;

/// Makes a walk-up job with its first visit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct CreateJob {
    /// Name of the customer.
    pub customer: String,
    /// Where the machine stands.
    #[serde(default)]
    pub place: String,
    /// Phone of the customer.
    #[serde(default)]
    pub phone: String,
    /// Serial number of the machine, or its last symbols.
    #[serde(default)]
    pub serial: String,
    /// Its model.
    #[serde(default)]
    pub model: String,
    /// A code of `tables/job_types.csv`.
    #[ts(type = "JobType")]
    pub job_type: String,
    /// What the customer says.
    pub report: String,
}

impl CreateJob {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        for (field, text) in [("customer", &self.customer), ("report", &self.report)] {
            if text.trim().is_empty() {
                return Err(ActionError::field(ErrorCode::InvalidValue, field));
            }
        }
        scene.check_word("job_types", &self.job_type, "job_type")?;
        let user = scene.owner.user;
        let machine = find_machine(scene, &self.serial)?;
        let customer = find_customer(scene, &self.customer)?;
        let known = machine.is_some();
        let job = Job {
            job_type: Some(self.job_type),
            mode: Some("active".into()),
            machine: machine.as_ref().map(|(rec, _)| *rec),
            machine_serial: some_text(self.serial).filter(|_| !known),
            machine_model: some_text(self.model).filter(|_| !known),
            brand: machine.and_then(|(_, machine)| machine.brand),
            customer,
            customer_name: some_text(self.customer).filter(|_| customer.is_none()),
            assignee: Some(user),
            report: Some(self.report),
            reported_at: Some(scene.now.wall()),
            contact_phone: some_text(self.phone),
            site: some_text(self.place),
            ..Job::default()
        };
        let job = scene.create(None, &job);
        let visit =
            Visit { number: Some(1), place: Some("field".into()), lead: Some(user), ..Visit::default() };
        let visit = scene.create(Some(job.rec), &visit);
        // Who makes his own job has accepted it.
        let accepted = Step {
            subject: Some(visit.rec),
            of: Some("visit".into()),
            step: Some(code(&VisitStep::Accepted)),
            at: Some(scene.now.wall()),
            ..Step::default()
        };
        let accepted = scene.create(Some(job.rec), &accepted);
        Ok(Plan::of(vec![job, visit, accepted]).making())
    }
}

/// A number as it is compared: capitals and digits only.
fn plain(number: &str) -> String {
    number.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The machine of this serial number; else the only one whose number ends so.
fn find_machine(scene: &Scene<'_>, serial: &str) -> Result<Option<(RecordId, Machine)>, ActionError> {
    let typed = plain(serial);
    if typed.is_empty() {
        return Ok(None);
    }
    let machines = scene.store.cache.of_kind(Machine::KIND)?;
    let machines = machines.iter().filter(|seen| !seen.state.void);
    let machines = machines.filter_map(|seen| Some((seen.rec, as_record::<Machine>(seen)?)));
    let number = |machine: &Machine| plain(machine.serial.as_deref().unwrap_or_default());
    let ending: Vec<_> = machines.filter(|(_, machine)| number(machine).ends_with(&typed)).collect();
    let exact = ending.iter().position(|(_, machine)| number(machine) == typed);
    let tail = (ending.len() == 1 && typed.chars().count() >= TAIL).then_some(0);
    Ok(exact.or(tail).and_then(|at| ending.into_iter().nth(at)))
}

fn find_customer(scene: &Scene<'_>, name: &str) -> Result<Option<RecordId>, ActionError> {
    let mut found = scene.store.cache.of_kind(Customer::KIND)?;
    found.retain(|seen| {
        let known = as_record::<Customer>(seen).and_then(|customer| customer.name);
        !seen.state.void && known.is_some_and(|known| known.trim() == name.trim())
    });
    // Two of one name: the office knows which.
    Ok(found.pop().filter(|_| found.is_empty()).map(|seen| seen.rec))
}
