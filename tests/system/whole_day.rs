//! The main job, end to end, over HTTPS and a real server process: see `support/day.rs` for the story.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use fieldcard_tests::day;
use serde_json::Value;

#[test]
fn a_day_offline_reaches_the_office_once_and_whole() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-data");
    let mut day = day::work(4, &demo).unwrap();
    let report = day.report().unwrap();
    assert_eq!((report.lost, report.held), (0, report.ops + report.blobs));
    assert!(report.entered > 4 * 20, "{}", report.entered);
    assert_eq!((report.sealed, report.verify.as_str()), (4, "valid"));
    assert!(!report.outcomes.contains_key("none"), "{:?}", report.outcomes);
    // The control: one value of one of four like jobs away, and it is told.
    let mut ops = day.office_ops().unwrap();
    let phenomenon = |op: &Value| op["set"]["phenomenon"] == "热车后动臂无力，第 2 台";
    let without: Vec<usize> = (0..ops.len()).filter(|at| phenomenon(&ops[*at])).collect();
    for at in &without {
        ops[*at]["set"].as_object_mut().unwrap().remove("phenomenon");
    }
    let lost = day.lost(&ops).unwrap();
    assert_eq!((without.len(), lost.len()), (1, 1), "{lost:?}");
    assert!(lost[0].ends_with("fault.phenomenon \"热车后动臂无力，第 2 台\""), "{lost:?}");
}

/// The members of an object.
fn members(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_headless_demo_ends_with_its_line_of_json() {
    let run = Command::new(env!("CARGO_BIN_EXE_headless_day")).arg("--json").output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8(run.stdout).unwrap();
    let said: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let keys = ["jobs", "sealed", "ops", "blobs", "held", "lost", "verify", "outcomes", "seconds"];
    assert_eq!(members(&said), BTreeSet::from(keys));
    let outcomes = ["applied", "merged", "conflict", "parked", "late", "leave"];
    assert_eq!(members(&said["outcomes"]), BTreeSet::from(outcomes));
    let count = |value: &Value| value.as_u64().unwrap();
    assert!(outcomes.iter().all(|ended| count(&said["outcomes"][*ended]) >= 1), "{said}");
    assert_eq!(count(&said["held"]), count(&said["ops"]) + count(&said["blobs"]));
    assert_eq!((count(&said["lost"]), &said["verify"]), (0, &Value::from("valid")));
    assert_eq!((count(&said["jobs"]), count(&said["sealed"])), (13, 12));
    assert!(said["seconds"].as_f64().unwrap() > 0.0);
}
