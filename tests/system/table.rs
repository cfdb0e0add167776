//! The table that `./dev test` ends with: what proofs counted, and from when on a run takes too long.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `then` with everything that `dev` defines, in a folder of its own.
fn with_dev(then: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let dev = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev")).unwrap();
    let defined = dev.trim_end().strip_suffix("main \"$@\"").expect("the last line opens the door");
    std::fs::write(folder.path().join("dev"), defined).unwrap();
    let script = format!("source ./dev; mkdir -p \"$LOGS\"; {then}");
    let mut bash = Command::new("bash");
    bash.args(["-c", &script]).current_dir(folder.path()).env_remove("CARGO_TARGET_DIR").env_remove("CI");
    bash.output().unwrap()
}

fn printed(then: &str) -> String {
    String::from_utf8(with_dev(then).stdout).unwrap()
}

#[test]
fn a_run_of_fifty_minutes_is_a_defect_and_so_are_proofs_of_more_than_fifteen() {
    let well = printed("PROOFS=('kills|{\"kills\":500}'); PROOFS_SECONDS=900; SECONDS=2990; report");
    assert!(well.contains("proofs: 900 s of 900\nkills            {\"kills\":500}\n"), "{well}");
    assert!(!well.contains("DEFECT"), "{well}");
    let slow = printed("SECONDS=3000; report");
    assert!(slow.contains("DEFECT: the run took 50 minutes"), "{slow}");
    let proofs = printed("PROOFS_SECONDS=961; report");
    assert!(proofs.contains("DEFECT: the proofs took 16 minutes; their budget is 15"), "{proofs}");
}

#[test]
fn a_proof_shows_its_last_line_of_json_and_fails_without_one() {
    let told = r#"counts() { echo '{"cuts":1}'; echo; echo '{"cuts":2}'; echo "test result"; }"#;
    let shown = printed(&format!("{told}; proof 'power cuts' count_nothing counts; report"));
    assert!(shown.contains("power cuts       {\"cuts\":2}\n"), "{shown}");
    let silent = with_dev("proof kills count_nothing true; finish");
    assert_eq!(silent.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&silent.stderr).contains("does not say what it counted"));
}

#[test]
fn a_stage_that_fails_is_told_at_the_end_with_its_failures_and_those_behind_it_still_run() {
    let node = r#"screens() { printf '%s\n' 'ok 1 - calm' 'not ok 2 - the pad' '  error: no ink' 'ok 3 - calm' '# pass 2' '# fail 1'; false; }"#;
    let cargo = r#"unit() { printf '%s\n' '---- a::b stdout ----' 'left: 1' '' 'failures:' '    a::b' '' 'test result: FAILED. 1 passed; 1 failed'; false; }"#;
    let good = "good() { echo 'test result: ok. 5 passed; 0 failed'; }";
    let run =
        "stage unit count_cargo unit; stage e2e count_node screens; stage window count_cargo good; finish";
    let run = with_dev(&format!("{node}; {cargo}; {good}; {run}"));
    let told = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(1));
    for line in
        ["failed: unit\n---- a::b stdout", "left: 1", "failed: e2e\nnot ok 2 - the pad\n  error: no ink\n"]
    {
        assert!(told.contains(line), "{line} is not in {told}");
    }
    assert!(!told.contains("calm"), "{told}");
    assert!(told.ends_with("\n8 passed, 2 failed\n"), "{told}");
    let well = with_dev(&format!("{good}; stage window count_cargo good; finish"));
    assert_eq!(well.status.code(), Some(0));
}
