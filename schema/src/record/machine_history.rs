//! What was done to a machine before: the last cards in short, for a technician with no network.
//!
//! Written by the server alone, which derives it from the jobs; nobody edits it.

use serde::{Deserialize, Serialize};

use super::Record;
use crate::id::RecordId;
use crate::json::Fields;
use crate::time::Timestamp;

/// How many cards a history holds.
pub const MAX_ENTRIES: usize = 20;

/// The last [`MAX_ENTRIES`] cards of one machine, newest first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct MachineHistory {
    /// The machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<RecordId>,
    /// The cards, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<HistoryEntry>,
    /// Every campaign that was carried out on it, however long ago.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub campaigns: Vec<CampaignDone>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// A campaign, and the job that carried it out.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CampaignDone {
    /// Its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<RecordId>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

/// One earlier card in short.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryEntry {
    /// The job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<RecordId>,
    /// What it was derived from: the card, the imported sign-off, or the job itself when it ended with neither.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<RecordId>,
    /// When it was signed off; never later than the office heard of it, whatever a device's clock said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Number of the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_number: Option<String>,
    /// The day of `at` where the office is, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Name of the technician.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technician: Option<String>,
    /// What the main meter showed, a decimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
    /// The main fault in a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// Parts that went in, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// Job type: a code of `tables/job_types.csv`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_type: Option<String>,
    /// Number of the campaign that was carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub rest: Fields,
}

impl MachineHistory {
    /// Whether a campaign was carried out on the machine.
    pub fn has_done(&self, campaign: &str) -> bool {
        let listed = self.campaigns.iter().any(|done| done.campaign.as_deref() == Some(campaign));
        listed || self.entries.iter().any(|entry| entry.campaign.as_deref() == Some(campaign))
    }
}

impl Record for MachineHistory {
    const KIND: &'static str = "machine_history";
}
