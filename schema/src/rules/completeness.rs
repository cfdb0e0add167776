//! What a job still lacks, by job type: before the sign-off and before the claim.
//!
//! Only times, work done and meter (or a reason) hold the customer's signature up; all else waits for the
//! claim. How much each requirement weighs is [`degree`], which `tables/completeness.csv` holds by hand;
//! whether it is met is in `checks`. The brand's own claim check is another rule.

use std::collections::BTreeSet;

use super::code::codes;
use super::fold::Fold;
use super::job_state::JobStep;
use super::photo_set::PhotoNeed;
use super::visit_state::VisitStep;
use crate::id::RecordId;
use crate::record::charge::Charge;
use crate::record::fault::Fault;
use crate::record::job::Job;
use crate::record::old_part::OldPart;
use crate::record::part_line::PartLine;
use crate::record::photo::Photo;
use crate::record::reading::Reading;
use crate::record::visit::Visit;

mod checks;
mod part_lines;

codes! {
    /// What kind of task a job is (业务类型).
    JobType {
        /// 故障维修.
        Repair = "repair",
        /// 首保.
        FirstService = "first_service",
        /// 定保.
        Periodic = "periodic",
        /// 巡检.
        Inspection = "inspection",
        /// 安装调试.
        Commissioning = "commissioning",
        /// 交机.
        Handover = "handover",
        /// PDI.
        PreDelivery = "pre_delivery",
        /// 服务活动.
        Campaign = "campaign",
        /// 事故.
        Accident = "accident",
        /// 返修.
        Rework = "rework",
        /// 评估.
        Estimate = "estimate",
    }
}

codes! {
    /// How much it matters that something is missing, the gravest first.
    Degree {
        /// The customer cannot sign yet.
        HoldsSignOff = "holds_sign_off",
        /// The claim cannot be made.
        BlocksClaim = "blocks_claim",
        /// The claim will probably be refused.
        LikelyRefused = "likely_refused",
        /// Worth another look.
        LookAgain = "look_again",
    }
}

codes! {
    /// What may be missing.
    Requirement {
        /// A time of a visit.
        Time = "time",
        /// What was done.
        WorkDone = "work_done",
        /// A meter reading, or why there is none.
        Meter = "meter",
        /// The job type.
        JobType = "job_type",
        /// The machine.
        Machine = "machine",
        /// The customer.
        Customer = "customer",
        /// The number of the campaign.
        Campaign = "campaign",
        /// What was found.
        Findings = "findings",
        /// Any fault.
        Fault = "fault",
        /// Which of several faults is the main one.
        MainFault = "main_fault",
        /// What was to be seen or heard.
        Phenomenon = "phenomenon",
        /// Where.
        Place = "place",
        /// Why.
        Cause = "cause",
        /// Photos of a phase.
        Photo = "photo",
        /// Who pays for a line.
        Payer = "payer",
        /// Which of the lines is the main fault part.
        MainPart = "main_part",
        /// Serial number of a serialised part that came out.
        SerialOut = "serial_out",
        /// Serial number of a serialised part that went in.
        SerialIn = "serial_in",
        /// A quantity; or out and in differ.
        Quantity = "quantity",
        /// Why a line has only one side.
        OneSidedReason = "one_sided_reason",
        /// The tag of an old part.
        OldPartTag = "old_part_tag",
        /// What becomes of an old part; or its payer does not allow that.
        Disposition = "disposition",
        /// The customer's consent to a price.
        PriceAgreed = "price_agreed",
        /// A step of the job that was jumped over.
        Step = "step",
    }
}

/// A visit with what its steps come to.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitFacts {
    /// The record.
    pub id: RecordId,
    /// Its fields.
    pub visit: Visit,
    /// Its lead's steps, folded.
    pub fold: Fold<VisitStep>,
}

/// All that is known of one job; nothing void is in it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobFacts {
    /// The record.
    pub id: RecordId,
    /// Its fields.
    pub job: Job,
    /// Its steps, folded.
    pub fold: Fold<JobStep>,
    /// The visit whose card is about to be signed; `None` once all are.
    pub signing: Option<RecordId>,
    /// Its visits.
    pub visits: Vec<VisitFacts>,
    /// Its faults.
    pub faults: Vec<(RecordId, Fault)>,
    /// Its part lines.
    pub part_lines: Vec<(RecordId, PartLine)>,
    /// Its old parts.
    pub old_parts: Vec<(RecordId, OldPart)>,
    /// Its readings.
    pub readings: Vec<(RecordId, Reading)>,
    /// Its photos.
    pub photos: Vec<(RecordId, Photo)>,
    /// What it costs.
    pub charges: Vec<(RecordId, Charge)>,
    /// The photos that its brand wants for its job type ([`super::photo_set::choose`]).
    pub photo_set: Vec<PhotoNeed>,
    /// Numbers of those parts on its lines that bear a serial number, by the catalogue.
    pub serialised: BTreeSet<String>,
}

/// One thing that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What.
    pub code: Requirement,
    /// How much it matters.
    pub degree: Degree,
    /// The record that lacks it.
    pub subject: Option<RecordId>,
    /// Where in that record: a field; for `time` and `step` the step, for `photo` the phase.
    pub field: String,
    /// How many are missing.
    pub count: u32,
}

/// Everything that `facts` lack, the gravest first.
pub fn missing(facts: &JobFacts) -> Vec<Missing> {
    let mut list = checks::of_visits(facts);
    list.extend(checks::of_job(facts));
    list.extend(checks::of_faults(facts));
    list.extend(checks::of_photos(facts));
    list.extend(part_lines::of_part_lines(facts));
    list.extend(checks::of_charges(facts));
    list.sort_by_key(|missing| (missing.degree, missing.code));
    list
}

/// How much `requirement` weighs on a job of `job_type`; `None` when it is not asked for. A type that is
/// not known here is asked for what all are.
pub fn degree(job_type: Option<JobType>, requirement: Requirement) -> Option<Degree> {
    use Degree::{BlocksClaim, HoldsSignOff, LikelyRefused, LookAgain};
    use JobType::{Accident, Campaign, Estimate, Inspection, PreDelivery, Repair, Rework};
    let repair = matches!(job_type, Some(Repair | Rework));
    let damage = repair || job_type == Some(Accident);
    let looking = matches!(job_type, Some(Inspection | Estimate));
    match requirement {
        Requirement::Time | Requirement::WorkDone | Requirement::Meter => Some(HoldsSignOff),
        Requirement::Machine if job_type == Some(Estimate) => Some(LookAgain),
        Requirement::Photo | Requirement::Findings if looking => Some(LookAgain),
        Requirement::JobType
        | Requirement::Machine
        | Requirement::Photo
        | Requirement::Payer
        | Requirement::SerialOut
        | Requirement::SerialIn
        | Requirement::OldPartTag
        | Requirement::Disposition => Some(BlocksClaim),
        // Before the sale there is none.
        Requirement::Customer => (job_type != Some(PreDelivery)).then_some(LikelyRefused),
        Requirement::Campaign => (job_type == Some(Campaign)).then_some(BlocksClaim),
        Requirement::Findings => (job_type == Some(Accident)).then_some(LikelyRefused),
        Requirement::Fault => damage.then_some(BlocksClaim),
        Requirement::Phenomenon | Requirement::Place if damage => Some(BlocksClaim),
        Requirement::Cause if repair => Some(BlocksClaim),
        Requirement::MainPart => repair.then_some(LikelyRefused),
        Requirement::MainFault
        | Requirement::Phenomenon
        | Requirement::Place
        | Requirement::Cause
        | Requirement::Quantity
        | Requirement::OneSidedReason => Some(LikelyRefused),
        Requirement::PriceAgreed | Requirement::Step => Some(LookAgain),
    }
}

impl JobFacts {
    /// The row for `requirement` in `field` of `subject`, when jobs of this type are asked for it.
    fn lacks(&self, requirement: Requirement, subject: RecordId, field: &str) -> Option<Missing> {
        use super::code::Code;
        let job_type = self.job.job_type.as_deref().and_then(JobType::from_code);
        let degree = degree(job_type, requirement)?;
        Some(Missing { code: requirement, degree, subject: Some(subject), field: field.to_owned(), count: 1 })
    }
}

/// Whether a text is missing or only white space.
fn blank(text: Option<&str>) -> bool {
    text.is_none_or(|text| text.trim().is_empty())
}

#[cfg(test)]
mod tests;
