//! The main job, end to end, without HTTP: see `support/day.rs` for the story.

use fieldcard_tests::day;

#[test]
fn a_day_offline_reaches_the_office_once_and_whole() {
    let report = day::run(6, 2_000).unwrap();
    assert_eq!((report.lost, report.held), (0, report.ops));
    for ended in ["applied", "merged", "conflict", "parked", "late", "leave"] {
        assert!(report.outcomes.get(ended).is_some_and(|n| *n > 0), "{ended}: {:?}", report.outcomes);
    }
    assert!(!report.outcomes.contains_key("none"), "{:?}", report.outcomes);
}

#[test]
fn pages_of_one_row_come_to_the_same() {
    assert_eq!(day::run(4, 1).unwrap(), day::run(4, 2_000).unwrap());
}
