//! The main job, end to end, over HTTPS and a real server process: see `support/day.rs` for the story.

use std::path::Path;

use fieldcard_tests::day;

#[test]
fn a_day_offline_reaches_the_office_once_and_whole() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-data");
    let report = day::run(4, &demo).unwrap();
    assert_eq!((report.lost, report.held), (0, report.ops + report.blobs));
    assert!(report.typed > 4 * 12, "{}", report.typed);
    assert_eq!((report.sealed, report.verify.as_str()), (4, "valid"));
    for ended in ["applied", "merged", "conflict", "parked", "late", "leave"] {
        assert!(report.outcomes.get(ended).is_some_and(|n| *n > 0), "{ended}: {:?}", report.outcomes);
    }
    assert!(!report.outcomes.contains_key("none"), "{:?}", report.outcomes);
}
