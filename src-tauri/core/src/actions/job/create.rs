//! A walk-up job: the technician meets a machine that nobody reported.
//!
//! Its office's fields are taken as set, since nobody else knows them. It gets its number from the office.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::visit::Visit;
use serde::Deserialize;

use crate::actions::plan::Plan;
use crate::actions::scene::Scene;
use crate::actions::{ActionError, ErrorCode};

/// Makes a walk-up job with its first visit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CreateJob {
    /// A code of `tables/job_types.csv`.
    pub job_type: String,
    /// What the customer says.
    pub report: String,
    /// The machine, when it is known here.
    #[serde(default)]
    pub machine: Option<RecordId>,
    /// The customer, when known here.
    #[serde(default)]
    pub customer: Option<RecordId>,
    /// Who asked.
    #[serde(default)]
    pub contact_name: Option<String>,
    /// His phone.
    #[serde(default)]
    pub contact_phone: Option<String>,
    /// Where the machine stands.
    #[serde(default)]
    pub site: Option<String>,
}

impl CreateJob {
    pub(in crate::actions) fn plan(self, scene: &mut Scene<'_>) -> Result<Plan, ActionError> {
        if self.report.trim().is_empty() {
            return Err(ActionError::field(ErrorCode::InvalidValue, "report"));
        }
        let user = scene.owner.user;
        let job = Job {
            job_type: Some(self.job_type),
            mode: Some("active".into()),
            machine: self.machine,
            customer: self.customer,
            assignee: Some(user),
            report: Some(self.report),
            reported_at: Some(scene.now.wall()),
            contact_name: self.contact_name,
            contact_phone: self.contact_phone,
            site: self.site,
            ..Job::default()
        };
        let job = scene.create(None, &job);
        let visit =
            Visit { number: Some(1), place: Some("field".into()), lead: Some(user), ..Visit::default() };
        let visit = scene.create(Some(job.rec), &visit);
        Ok(Plan::of(vec![job, visit]).making())
    }
}
