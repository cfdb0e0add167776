//! Every file says what it owns and stays small enough to read in one go.
//!
//! Limits are smoke alarms, not targets. Never measured here: functions, which clippy holds.

use crate::rust;
use crate::tree::{File, Finding, Tree, assert_caught, assert_clean};

const RUST: usize = 400;
const RUST_TESTS: usize = 600;
const SVELTE: usize = 250;
const SCRIPT: usize = 400;
const SCRIPTS: [&str; 4] = [".ts", ".js", ".mjs", ".cjs"];
/// Written by a program and never read in one go.
const GENERATED: [&str; 2] = ["ui/src/lib/api/bindings.ts", "ui/src/lib/api/office.ts"];

fn heads(tree: &Tree) -> Vec<Finding> {
    let missing = |begins: &'static [&'static str], what: &'static str| {
        move |file: &File| {
            let text = file.text.trim_start_matches('\u{feff}');
            let found = begins.iter().any(|begin| text.starts_with(begin));
            (!found).then(|| Finding::new(&file.path, 1, what))
        }
    };
    let rust =
        missing(&["//!"], "begin with //!: what this file owns, what it never does, what to read next");
    let script =
        missing(&["//", "/*", "#!"], "begin with a comment: what this file owns, what it never does");
    let svelte = missing(&["<!--"], "begin with <!-- what this component owns, what it never does -->");
    let mut findings: Vec<Finding> = tree.ending(&[".rs"]).filter_map(rust).collect();
    findings.extend(tree.ending(&SCRIPTS).filter_map(script));
    findings.extend(tree.ending(&[".svelte"]).filter_map(svelte));
    findings
}

fn lengths(tree: &Tree) -> Vec<Finding> {
    let too_long = |file: &File, lines: usize, limit: usize| {
        let what = format!("{lines} lines, the limit is {limit}: which two things live here?");
        (lines > limit).then(|| Finding::new(&file.path, limit + 1, what))
    };
    let rust = |file: &File| {
        if rust::is_test(&file.path) {
            too_long(file, file.text.lines().count(), RUST_TESTS)
        } else {
            too_long(file, rust::shipped_lines(file), RUST)
        }
    };
    let mut findings: Vec<Finding> = tree.ending(&[".rs"]).filter_map(rust).collect();
    let written = |file: &&File| !GENERATED.contains(&file.path.as_str());
    let count = |limit| move |file: &File| too_long(file, file.text.lines().count(), limit);
    findings.extend(tree.ending(&[".svelte"]).filter_map(count(SVELTE)));
    findings.extend(tree.ending(&SCRIPTS).filter(written).filter_map(count(SCRIPT)));
    findings
}

#[test]
fn every_file_says_what_it_owns() {
    assert_clean(heads(Tree::real()));
}

#[test]
fn a_file_without_a_head_is_caught() {
    let tree = Tree::of(&[
        ("schema/src/a.rs", "// plain comment\nfn a() {}\n"),
        ("schema/src/good.rs", "//! Good.\n"),
        ("ui/src/a.ts", "import x from \"x\";\n"),
        ("ui/src/good.ts", "// Owns good.\n"),
        ("ui/src/A.svelte", "<script></script>\n"),
        ("ui/src/Good.svelte", "<!-- Owns good. -->\n"),
    ]);
    assert_caught(&heads(&tree), &["schema/src/a.rs:1", "ui/src/A.svelte:1", "ui/src/a.ts:1"]);
}

#[test]
fn every_file_can_be_read_in_one_go() {
    assert_clean(lengths(Tree::real()));
}

#[test]
fn a_long_file_is_caught() {
    let lines = |count: usize| format!("//! A.\n{}", "// a\n".repeat(count - 1));
    let shipped = format!("{}#[cfg(test)]\nmod tests {{\n{}}}\n", lines(400), "\n".repeat(500));
    let (at_limit, over) = (lines(600), lines(601));
    let tree = Tree::of(&[
        ("core/src/long.rs", &lines(401)),
        ("core/src/long_by_its_tests.rs", &shipped),
        ("core/src/tests.rs", &at_limit),
        ("tests/long.rs", &over),
        ("ui/src/A.svelte", &lines(251)),
        ("ui/src/a.ts", &lines(401)),
        ("ui/src/lib/api/bindings.ts", &lines(4000)),
    ]);
    let places = ["core/src/long.rs:401", "tests/long.rs:601", "ui/src/A.svelte:251", "ui/src/a.ts:401"];
    assert_caught(&lengths(&tree), &places);
}
