//! The fold, by stories and by properties.

use proptest::prelude::*;

use super::*;
use crate::rules::job_state::{JobState, JobStep};
use crate::rules::visit_state::{VisitState, VisitStep, asks_reassignment};

fn rec(n: u8) -> RecordId {
    RecordId(uuid::Uuid::from_bytes([n; 16]))
}

/// Step `n` taken at minute `n`, on time.
fn on_time<S>(n: u8, step: S) -> StepFact<S> {
    let at = Some(Timestamp(i64::from(n) * 60_000));
    StepFact { rec: rec(n), step: Some(step), at, late: false, after: None, void: false, lead: true }
}

/// Step `n` entered late, at minute `minute`, behind `after`.
fn late<S>(n: u8, minute: u8, step: S, after: Option<u8>) -> StepFact<S> {
    let at = Some(Timestamp(i64::from(minute) * 60_000));
    StepFact { at, late: true, after: after.map(rec), ..on_time(n, step) }
}

fn recs(numbers: &[u8]) -> Vec<RecordId> {
    numbers.iter().copied().map(rec).collect()
}

#[test]
fn nothing_taken_is_the_first_state_since_nobody_knows_when() {
    let none = fold::<JobStep>(&[]);
    assert_eq!((none.state, none.since), (JobState::Created, None));
}

#[test]
fn a_day_without_a_slip_is_taken_whole() {
    use VisitStep::{Accepted, Arrived, Back, Departed, Left, Paused, Working};
    let steps = [Accepted, Departed, Arrived, Working, Paused, Working, Left, Back];
    let facts: Vec<_> = (1..).zip(steps).map(|(n, step)| on_time(n, step)).collect();
    let day = fold(&facts);
    assert_eq!((day.state, day.since), (VisitState::Back, Some(Timestamp(8 * 60_000))));
    assert_eq!(day.accepted, recs(&[1, 2, 3, 4, 5, 6, 7, 8]));
    assert_eq!((day.impossible, day.jumped), (vec![], vec![]));
}

#[test]
fn a_forgotten_step_is_asked_for_until_it_is_entered_late() {
    let facts = [on_time(1, VisitStep::Departed), on_time(2, VisitStep::Working)];
    let gap = fold(&facts);
    let asked = Jumped { step: VisitStep::Arrived, by: rec(2), after: Some(rec(1)) };
    assert_eq!((gap.state, gap.jumped), (VisitState::Working, vec![asked]));

    let facts = [facts[0], facts[1], late(3, 1, VisitStep::Arrived, Some(1))];
    let filled = fold(&facts);
    assert_eq!(filled.accepted, recs(&[1, 3, 2]));
    assert_eq!((filled.state, filled.jumped), (VisitState::Working, vec![]));
}

#[test]
fn several_late_steps_behind_one_stand_by_their_times() {
    let facts = [
        on_time(5, VisitStep::Working),
        late(6, 4, VisitStep::Arrived, None),
        late(7, 3, VisitStep::Departed, None),
    ];
    let filled = fold(&facts);
    assert_eq!(filled.accepted, recs(&[7, 6, 5]));
    assert_eq!((filled.impossible, filled.jumped), (vec![], vec![]));
}

#[test]
fn a_step_back_is_kept_skipped_and_told() {
    let facts = [on_time(1, VisitStep::Arrived), on_time(2, VisitStep::Departed)];
    let odd = fold(&facts);
    assert_eq!((odd.state, odd.since), (VisitState::Arrived, Some(Timestamp(60_000))));
    assert_eq!((odd.accepted, odd.impossible), (recs(&[1]), recs(&[2])));
}

#[test]
fn work_on_a_cancelled_job_changes_nothing_until_it_is_reopened() {
    let mut facts = vec![
        on_time(1, JobStep::Triaged),
        on_time(2, JobStep::Dispatched),
        on_time(3, JobStep::Cancelled),
        on_time(4, JobStep::Started),
        on_time(5, JobStep::WorkDone),
    ];
    let odd = fold(&facts);
    assert_eq!((odd.state, odd.impossible), (JobState::Cancelled, recs(&[4, 5])));
    facts.push(on_time(6, JobStep::Reopened));
    assert_eq!(fold(&facts).state, JobState::Triaged);
}

#[test]
fn a_walk_up_job_starts_at_once_and_nothing_is_asked_for() {
    let facts = [on_time(1, JobStep::Started), on_time(2, JobStep::WorkDone), on_time(3, JobStep::Submitted)];
    let job = fold(&facts);
    assert_eq!((job.state, job.jumped), (JobState::Submitted, vec![]));
}

#[test]
fn a_helper_gives_times_and_moves_nothing() {
    let facts = [on_time(1, VisitStep::Departed), StepFact { lead: false, ..on_time(2, VisitStep::Arrived) }];
    let visit = fold(&facts);
    assert_eq!((visit.state, visit.accepted), (VisitState::Departed, recs(&[1])));
    assert_eq!(visit.impossible, vec![]);
}

#[test]
fn asking_for_someone_else_moves_nothing_and_ends_with_accepting() {
    let mut facts = vec![on_time(1, VisitStep::Accepted), on_time(2, VisitStep::ReassignmentAsked)];
    let asked = fold(&facts);
    assert_eq!((asked.state, asked.since), (VisitState::Accepted, Some(Timestamp(60_000))));
    assert!(asks_reassignment(&facts, &asked));
    facts.push(on_time(3, VisitStep::Departed));
    assert!(!asks_reassignment(&facts, &fold(&facts)));
}

#[test]
fn what_follows_an_unknown_step_or_itself_is_told_as_impossible() {
    let facts = [
        late(1, 1, VisitStep::Departed, Some(9)),
        late(2, 2, VisitStep::Arrived, Some(2)),
        late(3, 3, VisitStep::Working, Some(4)),
        late(4, 4, VisitStep::Left, Some(3)),
        on_time(5, VisitStep::Accepted),
    ];
    let odd = fold(&facts);
    assert_eq!((odd.accepted, odd.impossible), (recs(&[5]), recs(&[1, 2, 3, 4])));
}

#[test]
fn a_step_struck_out_or_of_a_later_version_still_holds_a_place() {
    let facts = [
        on_time(1, VisitStep::Departed),
        StepFact { void: true, ..on_time(2, VisitStep::Arrived) },
        on_time(3, VisitStep::Working),
        StepFact { step: None, ..on_time(4, VisitStep::Left) },
        late(5, 2, VisitStep::Arrived, Some(2)),
        late(6, 4, VisitStep::Paused, Some(4)),
    ];
    assert_eq!(fold(&facts).accepted, recs(&[1, 5, 3, 6]));
}

#[test]
fn a_record_is_read_as_the_fact_that_it_states() {
    let step = record::step::Step {
        step: Some("arrived".into()),
        at: Some(Timestamp(5)),
        late: true,
        after: Some(rec(1)),
        ..Default::default()
    };
    let fact = StepFact::of(rec(2), &step, false, true);
    assert_eq!(fact, StepFact { at: Some(Timestamp(5)), ..late(2, 0, VisitStep::Arrived, Some(1)) });
    let newer = record::step::Step { step: Some("teleported".into()), ..step };
    assert_eq!(StepFact::<VisitStep>::of(rec(2), &newer, false, true).step, None);
}

/// Any facts: `n` on time, then some late ones that follow one of them, another late one, or nothing known.
fn any_facts<S: Step>() -> impl Strategy<Value = Vec<StepFact<S>>> {
    let one =
        (0..S::ALL.len(), 0..6_u8, prop::option::of(0..14_u8), prop::bool::weighted(0.1), any::<bool>());
    (prop::collection::vec(one.clone(), 0..8), prop::collection::vec(one, 0..6)).prop_map(|(base, added)| {
        let base =
            (0..).zip(base).map(|(n, (step, _, _, void, _))| StepFact { void, ..on_time(n, S::ALL[step]) });
        let added = (8..).zip(added).map(|(n, (step, minute, after, void, lead))| StepFact {
            void,
            lead,
            ..late(n, minute, S::ALL[step], after)
        });
        base.chain(added).collect()
    })
}

/// `facts` with the late ones strewn anywhere; what was on time stays in order.
fn strewn<S: Step>(facts: &[StepFact<S>], places: &[prop::sample::Index]) -> Vec<StepFact<S>> {
    let (late, mut all): (Vec<_>, Vec<_>) = facts.iter().copied().partition(|fact| fact.late);
    for (fact, place) in late.into_iter().zip(places) {
        all.insert(place.index(all.len() + 1), fact);
    }
    all
}

fn arrival_does_not_matter<S: Step>(facts: &[StepFact<S>], places: &[prop::sample::Index]) {
    assert_eq!(fold(facts), fold(&strewn(facts, places)));
}

fn a_void_step_has_no_effect<S: Step>(facts: &[StepFact<S>]) {
    let folded = fold(facts);
    let void = |rec: &RecordId| facts.iter().any(|fact| fact.void && fact.rec == *rec);
    assert!(!folded.accepted.iter().chain(&folded.impossible).any(void));
    // Whatever it had said, and whenever.
    let blank = |fact: &StepFact<S>| if fact.void { StepFact { step: None, ..*fact } } else { *fact };
    assert_eq!(folded, fold(&facts.iter().map(blank).collect::<Vec<_>>()));
}

fn the_fold_stays_within_its_machine<S: Step>(facts: &[StepFact<S>]) {
    let folded = fold(facts);
    let step =
        |rec: &RecordId| facts.iter().find(|fact| fact.rec == *rec).and_then(|fact| fact.step).unwrap();
    let walked = folded.accepted.iter().try_fold(S::START, |state, rec| next(state, step(rec)));
    assert_eq!(walked, Some(folded.state));
    // Each step that counts is told once, on one side or the other.
    let mut told: Vec<_> = folded.accepted.iter().chain(&folded.impossible).copied().collect();
    let mut counted: Vec<_> = facts.iter().filter(|fact| counts(fact)).map(|fact| fact.rec).collect();
    told.sort();
    counted.sort();
    assert_eq!(told, counted);
}

proptest! {
    #[test]
    fn folding_is_the_same_for_any_arrival_of_late_steps(
        job in any_facts::<JobStep>(),
        visit in any_facts::<VisitStep>(),
        places in prop::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        arrival_does_not_matter(&job, &places);
        arrival_does_not_matter(&visit, &places);
    }

    #[test]
    fn a_voided_step_never_counts(job in any_facts::<JobStep>(), visit in any_facts::<VisitStep>()) {
        a_void_step_has_no_effect(&job);
        a_void_step_has_no_effect(&visit);
    }

    #[test]
    fn a_fold_never_leaves_its_machine(job in any_facts::<JobStep>(), visit in any_facts::<VisitStep>()) {
        the_fold_stays_within_its_machine(&job);
        the_fold_stays_within_its_machine(&visit);
    }
}
