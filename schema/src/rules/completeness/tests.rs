//! Completeness: the table by job type, then one story for each requirement. Those of part lines stand
//! beside their code and begin with the same good repair.

use std::collections::BTreeMap;

use super::*;
use crate::rules::code::Code;
use crate::rules::fold::{Step, StepFact, fold};
use crate::rules::photo_set;
use crate::rules::tag_code::{Prefix, make};

#[test]
fn every_job_type_weighs_every_requirement_as_the_table_says() {
    let text = include_str!("../../../tables/completeness.csv");
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    let mut table = BTreeMap::new();
    for row in rows {
        let (job_type, requirement, degree): (String, Requirement, String) = row.unwrap();
        assert!(job_type == "*" || JobType::from_code(&job_type).is_some(), "{job_type}");
        let degree = (degree != "-").then(|| Degree::from_code(&degree).unwrap());
        assert_eq!(table.insert((job_type.clone(), requirement), degree), None, "{job_type} {requirement:?}");
    }
    for requirement in Requirement::ALL {
        let common = table[&("*".to_owned(), *requirement)];
        assert_eq!(degree(None, *requirement), common, "{requirement:?}");
        for job_type in JobType::ALL {
            let own = table.get(&(job_type.code().to_owned(), *requirement)).copied();
            assert_eq!(
                degree(Some(*job_type), *requirement),
                own.unwrap_or(common),
                "{job_type:?} {requirement:?}"
            );
        }
    }
}

pub(super) fn rec(n: u8) -> RecordId {
    RecordId(uuid::Uuid::from_bytes([n; 16]))
}

#[expect(clippy::unnecessary_wraps, reason = "nearly every field is optional")]
pub(super) fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn folded<S: Step>(steps: &[S]) -> Fold<S> {
    let fact = |(n, step): (u8, &S)| StepFact {
        rec: rec(n),
        step: Some(*step),
        at: None,
        late: false,
        after: None,
        void: false,
        lead: true,
    };
    fold(&(100..).zip(steps).map(fact).collect::<Vec<_>>())
}

pub(super) const JOB: u8 = 1;
const VISIT: u8 = 2;
const FAULT: u8 = 3;
pub(super) const LINE: u8 = 4;
pub(super) const OLD: u8 = 5;

/// A job of `job_type` at the moment of signing, with all that such a job needs.
fn complete(job_type: JobType) -> JobFacts {
    let job = Job {
        job_type: some(job_type.code()),
        machine: Some(rec(9)),
        customer: Some(rec(10)),
        campaign: some("HD-2026-03"),
        findings: some("油温高"),
        action: some("更换主泵"),
        ..Job::default()
    };
    let steps = [VisitStep::Accepted, VisitStep::Departed, VisitStep::Arrived, VisitStep::Working];
    let visit = VisitFacts { id: rec(VISIT), visit: Visit::default(), fold: folded(&steps) };
    let reading = Reading { visit: Some(rec(VISIT)), value: some("1846.5"), ..Reading::default() };
    let photo_set = photo_set::choose(&photo_set::generic(), "", job_type.code());
    let photos = photo_set.iter().flat_map(|need| (0..need.count).map(|_| need.phase.clone()));
    let photos = photos.map(|phase| (rec(20), Photo { phase: Some(phase), ..Photo::default() }));
    JobFacts {
        id: rec(JOB),
        job,
        fold: folded(&[JobStep::Started]),
        signing: Some(rec(VISIT)),
        visits: vec![visit],
        faults: vec![],
        part_lines: vec![],
        old_parts: vec![],
        readings: vec![(rec(11), reading)],
        photos: photos.collect(),
        charges: vec![],
        photo_set,
        serialised: BTreeSet::from(["PUMP".to_owned()]),
    }
}

/// A repair with one fault, one pump replaced, its old part tagged.
fn repair() -> JobFacts {
    let fault = Fault {
        phenomenon: some("动臂无力"),
        place: some("主泵"),
        cause: some("柱塞磨损"),
        ..Fault::default()
    };
    let line = PartLine {
        out_part: some("PUMP"),
        out_serial: some("A1"),
        out_qty: some("1"),
        in_part: some("PUMP"),
        in_serial: some("B2"),
        in_qty: some("1.0"),
        payer: some("maker"),
        main_part: true,
        ..PartLine::default()
    };
    let tag = make(Prefix::new(7).unwrap(), 1).text();
    let old = OldPart {
        part_line: Some(rec(LINE)),
        tag: Some(tag),
        disposition: some("return_urgent"),
        ..OldPart::default()
    };
    JobFacts {
        faults: vec![(rec(FAULT), fault)],
        part_lines: vec![(rec(LINE), line)],
        old_parts: vec![(rec(OLD), old)],
        ..complete(JobType::Repair)
    }
}

/// A repair after `change`, which a good repair does not need.
pub(super) fn after(change: impl FnOnce(&mut JobFacts)) -> Vec<(Requirement, Degree, u8, String)> {
    let mut facts = repair();
    change(&mut facts);
    let row = |row: Missing| (row.code, row.degree, row.subject.unwrap().as_bytes()[0], row.field);
    missing(&facts).into_iter().map(row).collect()
}

pub(super) fn one(
    code: Requirement,
    degree: Degree,
    subject: u8,
    field: &str,
) -> Vec<(Requirement, Degree, u8, String)> {
    vec![(code, degree, subject, field.to_owned())]
}

use Degree::{BlocksClaim, HoldsSignOff, LikelyRefused, LookAgain};

#[test]
fn a_complete_job_of_every_type_lacks_nothing() {
    assert_eq!(missing(&repair()), []);
    for job_type in
        JobType::ALL.iter().filter(|job_type| degree(Some(**job_type), Requirement::Fault).is_none())
    {
        assert_eq!(missing(&complete(*job_type)), [], "{job_type:?}");
    }
}

#[test]
fn an_empty_job_is_held_up_by_times_work_done_and_meter_only() {
    use Requirement::{Meter, Time, WorkDone};
    let mut facts = JobFacts {
        job: Job { job_type: some("repair"), ..Job::default() },
        photos: vec![],
        readings: vec![],
        ..complete(JobType::Repair)
    };
    facts.visits[0].fold = folded(&[]);
    let rows = missing(&facts);
    let holding: Vec<_> = rows.iter().filter(|row| row.degree == HoldsSignOff).map(|row| row.code).collect();
    assert_eq!(holding, [Time, Time, Time, WorkDone, Meter]);
    assert!(rows.len() > holding.len());
    assert!(rows.is_sorted_by_key(|row| row.degree));
}

#[test]
fn a_first_service_needs_no_fault_and_a_repair_does() {
    assert_eq!(missing(&complete(JobType::FirstService)), []);
    let lacking = after(|facts| facts.faults.clear());
    assert_eq!(lacking, one(Requirement::Fault, BlocksClaim, JOB, "fault"));
}

#[test]
fn a_fault_found_at_a_first_service_wants_its_words_less_urgently() {
    let facts = JobFacts { faults: vec![(rec(FAULT), Fault::default())], ..complete(JobType::FirstService) };
    let rows = missing(&facts);
    assert_eq!(rows.iter().map(|row| row.degree).collect::<Vec<_>>(), [LikelyRefused; 3]);
}

#[test]
fn a_jumped_time_is_asked_for_before_the_signature_and_afterwards_for_the_claim() {
    let jump =
        |facts: &mut JobFacts| facts.visits[0].fold = folded(&[VisitStep::Departed, VisitStep::Working]);
    assert_eq!(after(jump), one(Requirement::Time, HoldsSignOff, VISIT, "arrived"));
    let signed = after(|facts| {
        jump(facts);
        facts.signing = None;
    });
    assert_eq!(signed, one(Requirement::Time, BlocksClaim, VISIT, "arrived"));
}

#[test]
fn leaving_is_not_asked_for_before_it_happens() {
    let facts = repair();
    assert_eq!(facts.visits[0].fold.state, crate::rules::visit_state::VisitState::Working);
    assert_eq!(missing(&facts), []);
    let gone = after(|facts| {
        facts.visits[0].fold =
            folded(&[VisitStep::Departed, VisitStep::Arrived, VisitStep::Working, VisitStep::Back]);
    });
    assert_eq!(gone, one(Requirement::Time, HoldsSignOff, VISIT, "left"));
}

#[test]
fn the_workshop_asks_for_no_travel() {
    let lacking = after(|facts| {
        facts.visits[0].visit.place = some("workshop");
        facts.visits[0].fold = folded(&[VisitStep::Working]);
    });
    assert_eq!(lacking, []);
}

#[test]
fn a_trip_on_which_nothing_could_be_done_can_be_signed_off() {
    let lacking = after(|facts| {
        facts.visits[0].visit.cannot_complete = some("machine_away");
        facts.visits[0].fold = folded(&[VisitStep::Departed, VisitStep::Arrived, VisitStep::Left]);
        facts.job.action = None;
    });
    assert_eq!(lacking, []);
}

#[test]
fn a_visit_still_planned_lacks_nothing_yet() {
    let planned = VisitFacts { id: rec(30), visit: Visit::default(), fold: folded(&[]) };
    assert_eq!(after(|facts| facts.visits.push(planned)), []);
}

#[test]
fn a_meter_is_a_number_or_a_reason() {
    let unread = |facts: &mut JobFacts| facts.readings[0].1.value = some("about 1800");
    assert_eq!(after(unread), one(Requirement::Meter, HoldsSignOff, VISIT, "value"));
    let reasoned = after(|facts| {
        unread(facts);
        facts.readings[0].1.reason = some("broken");
    });
    assert_eq!(reasoned, []);
}

#[test]
fn photos_are_counted_by_phase_and_old_parts_only_where_one_came_out() {
    let mut facts = repair();
    facts.photo_set.iter_mut().for_each(|need| need.count += 2);
    facts.photos.retain(|(_, photo)| photo.phase.as_deref() != Some("fault"));
    let of = |facts: &JobFacts, phase: &str| {
        missing(facts).iter().find(|row| row.field == phase).map(|row| row.count)
    };
    assert_eq!((of(&facts, "fault"), of(&facts, "old_part")), (Some(3), Some(2)));
    facts.part_lines.clear();
    facts.old_parts.clear();
    assert_eq!((of(&facts, "new_part"), of(&facts, "old_part")), (None, None));
}

#[test]
fn after_the_signatures_nothing_holds_one_up() {
    let lacking = after(|facts| {
        facts.signing = None;
        facts.job.action = None;
        facts.readings.clear();
    });
    let both = [
        one(Requirement::WorkDone, BlocksClaim, JOB, "action"),
        one(Requirement::Meter, BlocksClaim, VISIT, "value"),
    ];
    assert_eq!(lacking, both.concat());
}

#[test]
fn of_several_faults_exactly_one_is_the_main_one() {
    let second = |facts: &mut JobFacts| facts.faults.push((rec(50), facts.faults[0].1.clone()));
    assert_eq!(after(second), one(Requirement::MainFault, LikelyRefused, JOB, "main"));
    assert_eq!(
        after(|facts| {
            second(facts);
            facts.faults[0].1.main = true;
        }),
        []
    );
}

#[test]
fn the_cause_of_a_single_fault_may_stand_on_the_job() {
    let unsaid = |facts: &mut JobFacts| facts.faults[0].1.cause = None;
    assert_eq!(after(unsaid), one(Requirement::Cause, BlocksClaim, FAULT, "cause"));
    assert_eq!(
        after(|facts| {
            unsaid(facts);
            facts.job.cause = some("柱塞磨损");
        }),
        []
    );
}

#[test]
fn a_price_for_the_customer_is_agreed_before() {
    let charge = Charge { payer: some("customer"), ..Charge::default() };
    let lacking = after(|facts| facts.charges.push((rec(60), charge.clone())));
    assert_eq!(lacking, one(Requirement::PriceAgreed, LookAgain, 60, "agreed"));
    let agreed = Charge { agreed: true, ..charge };
    assert_eq!(after(|facts| facts.charges.push((rec(60), agreed))), []);
}

#[test]
fn what_was_done_may_stand_with_the_fault() {
    assert!(!after(|facts| facts.job.action = None).is_empty());
    let with_the_fault = after(|facts| {
        facts.job.action = None;
        facts.faults[0].1.action = some("更换主泵");
    });
    assert_eq!(with_the_fault, []);
}

#[test]
fn a_step_that_the_technician_jumped_is_asked_for_and_the_offices_are_not() {
    let lacking = after(|facts| facts.fold = folded(&[JobStep::Triaged, JobStep::WorkDone]));
    assert_eq!(lacking, one(Requirement::Step, LookAgain, JOB, "started"));
}

#[test]
fn a_job_of_a_later_type_is_asked_for_what_all_are() {
    assert_eq!(after(|facts| facts.job.job_type = some("a_type_of_next_year")), []);
    assert_eq!(after(|facts| facts.job.job_type = None), one(Requirement::JobType, BlocksClaim, JOB, "type"));
}
