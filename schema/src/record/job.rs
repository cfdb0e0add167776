//! The job (服务单): one task for one machine.
//!
//! Its status is not a field: it is folded from its steps (`rules::job_state`).

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::{RecordId, UserId};
use crate::json::Fields;
use crate::time::Timestamp;

/// The fields that the office owns; a device's change to one is a proposal.
pub const OFFICE_FIELDS: &[&str] = &[
    "assignee",
    "brand",
    "campaign",
    "contact_name",
    "contact_phone",
    "contact_role",
    "crew",
    "customer",
    "customer_name",
    "due",
    "follows",
    "machine",
    "machine_model",
    "machine_serial",
    "mode",
    "number",
    "payer_hint",
    "plan_from",
    "plan_to",
    "priority",
    "reassign_reason",
    "report",
    "report_meter",
    "reported_at",
    "site",
    "type",
];

/// One task for one machine.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Job {
    /// Number as people say it, `FW20261112-003`; a walk-up job has none until the office gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Job type: a code of `tables/job_types.csv`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<String>,
    /// Service mode: `active` or `passive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<RecordId>,
    /// The customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<RecordId>,
    /// Of a walk-up job whose customer is in no archive: the name as the technician was told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// Of a walk-up job whose machine is in no archive: its serial number as the nameplate says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_serial: Option<String>,
    /// And its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_model: Option<String>,
    /// The technician who leads it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<UserId>,
    /// Others who work on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crew: Vec<UserId>,
    /// Why the office gave it to others, in its words; absent when it was given for the first time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reassign_reason: Option<String>,
    /// Code of the brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// When the customer reported it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// What the customer reported, in his words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// Meter at the report, a decimal in the machine's first kind of meter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report_meter: Option<String>,
    /// Who reported it, his role (`tables/contact_roles.csv`) and phone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_name: Option<String>,
    /// Role of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_role: Option<String>,
    /// Phone of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_phone: Option<String>,
    /// Where the machine stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Planned window: from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_from: Option<Timestamp>,
    /// Planned window: to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_to: Option<Timestamp>,
    /// To be done by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// `normal`, `high` or `urgent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Who will pay, as far as the office expects: a code of `tables/payers.csv`. Says nothing of the lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payer_hint: Option<String>,
    /// Number of the campaign it carries out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The job that it follows up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows: Option<RecordId>,
    /// What the technician found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<String>,
    /// Why it happened, in his view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What he did: the work done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl Record for Job {
    const KIND: &'static str = "job";
}
