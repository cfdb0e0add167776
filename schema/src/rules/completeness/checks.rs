//! Whether a requirement is met: visits, job, faults, photos, charges. Lines are in `part_lines`.

use super::super::code::Code;
use super::super::job_state::JobStep;
use super::super::old_part::Payer;
use super::super::visit_state::{self, VisitState, VisitStep};
use super::{Degree, JobFacts, Missing, Requirement, VisitFacts, blank};
use crate::decimal::Decimal;
use crate::record::fault::Fault;
use crate::record::reading::Reading;

/// Times that must have passed before the customer signs.
const BEFORE_SIGN_OFF: &[VisitStep] = &[VisitStep::Departed, VisitStep::Arrived, VisitStep::Working];

/// Times, meter and work done. What would hold another visit's sign-off blocks only the claim.
pub(super) fn of_visits(facts: &JobFacts) -> Vec<Missing> {
    let mut list = Vec::new();
    for visit in &facts.visits {
        let signing = facts.signing == Some(visit.id);
        let times = missing_times(visit, signing);
        list.extend(times.filter_map(|step| held(facts, visit, Requirement::Time, step.code())));
        if (signing || visit.fold.state >= VisitState::Arrived) && !metered(facts, visit) {
            list.extend(held(facts, visit, Requirement::Meter, "value"));
        }
    }
    let idle = |visit: &VisitFacts| facts.signing == Some(visit.id) && nothing_done(visit);
    let told = facts.faults.iter().any(|(_, fault)| !blank(fault.action.as_deref()));
    if blank(facts.job.action.as_deref()) && !told && !facts.visits.iter().any(idle) {
        let row = facts.lacks(Requirement::WorkDone, facts.id, "action");
        list.extend(row.map(|row| if facts.signing.is_some() { row } else { for_claim(row) }));
    }
    list
}

fn held(facts: &JobFacts, visit: &VisitFacts, requirement: Requirement, field: &str) -> Option<Missing> {
    let row = facts.lacks(requirement, visit.id, field)?;
    Some(if facts.signing == Some(visit.id) { row } else { for_claim(row) })
}

fn for_claim(row: Missing) -> Missing {
    Missing { degree: row.degree.max(Degree::BlocksClaim), ..row }
}

/// The times of `visit` that were jumped over, and before the signature also those yet to come.
fn missing_times(visit: &VisitFacts, signing: bool) -> impl Iterator<Item = VisitStep> {
    let known = visit_state::times_known(visit.fold.state);
    let workshop = visit.visit.place.as_deref() == Some("workshop");
    visit_state::TIMES.iter().enumerate().filter_map(move |(i, step)| {
        let jumped = visit.fold.jumped.iter().any(|jumped| jumped.step == *step);
        let to_come = signing && i >= known && BEFORE_SIGN_OFF.contains(step);
        let asked = match step {
            // A machine that comes to the workshop makes nobody travel.
            VisitStep::Departed | VisitStep::Arrived => !workshop,
            VisitStep::Working => !nothing_done(visit),
            _ => true,
        };
        (asked && (jumped || to_come)).then_some(*step)
    })
}

fn nothing_done(visit: &VisitFacts) -> bool {
    !blank(visit.visit.cannot_complete.as_deref())
}

fn metered(facts: &JobFacts, visit: &VisitFacts) -> bool {
    let told = |reading: &Reading| {
        let value = reading.value.as_deref().is_some_and(|value| value.parse::<Decimal>().is_ok());
        value || !blank(reading.reason.as_deref())
    };
    facts.readings.iter().any(|(_, reading)| reading.visit == Some(visit.id) && told(reading))
}

/// What stands on the job itself.
pub(super) fn of_job(facts: &JobFacts) -> Vec<Missing> {
    let job = &facts.job;
    let fields = [
        (Requirement::JobType, "type", blank(job.job_type.as_deref())),
        (Requirement::Machine, "machine", job.machine.is_none()),
        (Requirement::Customer, "customer", job.customer.is_none()),
        (Requirement::Campaign, "campaign", blank(job.campaign.as_deref())),
        (Requirement::Findings, "findings", blank(job.findings.as_deref())),
    ];
    let lacking = fields.into_iter().filter(|(.., lacking)| *lacking);
    let fields = lacking.filter_map(|(requirement, field, _)| facts.lacks(requirement, facts.id, field));
    // Of the jumped steps only those that the technician can add.
    let his = |step: &JobStep| matches!(step, JobStep::Started | JobStep::Resumed | JobStep::WorkDone);
    let jumped = facts.fold.jumped.iter().map(|jumped| jumped.step).filter(his);
    let steps = jumped.filter_map(|step| facts.lacks(Requirement::Step, facts.id, step.code()));
    fields.chain(steps).collect()
}

/// That there is a fault, which is the main one, and what each of them lacks.
pub(super) fn of_faults(facts: &JobFacts) -> Vec<Missing> {
    let several = facts.faults.len() > 1;
    let mains = facts.faults.iter().filter(|(_, fault)| fault.main).count();
    let mut list = Vec::new();
    if facts.faults.is_empty() {
        list.extend(facts.lacks(Requirement::Fault, facts.id, "fault"));
    } else if several && mains != 1 {
        list.extend(facts.lacks(Requirement::MainFault, facts.id, "main"));
    }
    // A single fault's cause may have been written on the job.
    let job_says_why = !several && !blank(facts.job.cause.as_deref());
    let of_fault = |fault: &Fault| {
        [
            (Requirement::Phenomenon, "phenomenon", blank(fault.phenomenon.as_deref())),
            (Requirement::Place, "place", blank(fault.place.as_deref())),
            (Requirement::Cause, "cause", blank(fault.cause.as_deref()) && !job_says_why),
        ]
    };
    for (id, fault) in &facts.faults {
        let lacking = of_fault(fault).into_iter().filter(|(.., lacking)| *lacking);
        list.extend(lacking.filter_map(|(requirement, field, _)| facts.lacks(requirement, *id, field)));
    }
    list
}

/// Photos by phase; of new and old parts only where there are any.
pub(super) fn of_photos(facts: &JobFacts) -> Vec<Missing> {
    let lines = || facts.part_lines.iter().map(|(_, line)| line).filter(|line| !line.auxiliary);
    let asked = |phase: &str| match phase {
        "new_part" => lines().any(super::part_lines::goes_in),
        "old_part" => lines().any(super::part_lines::comes_out),
        _ => true,
    };
    let taken = |phase: &str| {
        let of_phase = facts.photos.iter().filter(|(_, photo)| photo.phase.as_deref() == Some(phase));
        u32::try_from(of_phase.count()).unwrap_or(u32::MAX)
    };
    let wanted = facts.photo_set.iter().filter(|need| asked(&need.phase));
    let lacking = wanted.map(|need| (need, need.count.saturating_sub(taken(&need.phase))));
    let rows = lacking.filter(|(_, count)| *count > 0).filter_map(|(need, count)| {
        let row = facts.lacks(Requirement::Photo, facts.id, &need.phase)?;
        Some(Missing { count, ..row })
    });
    rows.collect()
}

/// That the customer agreed to what he shall pay.
pub(super) fn of_charges(facts: &JobFacts) -> Vec<Missing> {
    let his = |payer: Option<&str>| payer == Some(Payer::Customer.code());
    let open = facts.charges.iter().filter(|(_, charge)| his(charge.payer.as_deref()) && !charge.agreed);
    open.filter_map(|(id, _)| facts.lacks(Requirement::PriceAgreed, *id, "agreed")).collect()
}
