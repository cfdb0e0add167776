//! Names say what a thing is; the words here say nothing, and hide that nobody knew.
//!
//! Judged: names that this project gave to types, functions, modules and files. Never judged: methods that a
//! foreign trait named, the sentences that tests are, fields, local variables.

use crate::rust;
use crate::tree::{File, Finding, Tree, assert_caught, assert_clean};

/// Nowhere in a name.
const NOWHERE: [&str; 4] = ["manager", "helper", "util", "utils"];
/// Not at the end of a type's name.
const NOT_LAST_IN_TYPE: [&str; 3] = ["service", "data", "info"];
/// Not at the end of any other name, nor alone.
const NOT_LAST: [&str; 2] = ["data", "info"];
/// Not at the beginning of a function's name, `process` not alone either.
const NOT_FIRST: [&str; 3] = ["process", "handle", "do"];

fn banned(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(&[".rs"]) {
        for item in rust::named_items(file) {
            let word = verdict(&item.name, item.is_type);
            findings.extend(word.map(|word| finding(file, item.line, &item.name, word)));
        }
    }
    for file in tree.ending(&[".rs", ".ts", ".js", ".mjs", ".svelte", ".py", ".sh"]) {
        let stem = file.name().split('.').next().unwrap_or_default();
        let is_type = stem.starts_with(char::is_uppercase);
        findings.extend(verdict(stem, is_type).map(|word| finding(file, 1, stem, word)));
    }
    findings
}

fn finding(file: &File, line: usize, name: &str, word: &str) -> Finding {
    Finding::new(&file.path, line, format!("`{name}`: \"{word}\" says nothing; name what it is or does"))
}

/// The word that must not be there.
fn verdict(name: &str, is_type: bool) -> Option<&'static str> {
    let words = split(name);
    let is = |at: Option<&String>, list: &[&'static str]| {
        at.and_then(|word| list.iter().find(|banned| *banned == word).copied())
    };
    let last = if is_type { &NOT_LAST_IN_TYPE[..] } else { &NOT_LAST[..] };
    let first = match words.as_slice() {
        [only] if only == "process" => Some("process"),
        [first, _, ..] if !is_type => is(Some(first), &NOT_FIRST),
        _ => None,
    };
    words.iter().find_map(|word| is(Some(word), &NOWHERE)).or(is(words.last(), last)).or(first)
}

/// The words of a `snake_case`, `kebab-case` or `CamelCase` name, in lower case.
fn split(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    for letter in name.chars() {
        let breaks = letter.is_uppercase() || letter == '_' || letter == '-';
        if breaks && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphanumeric(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

#[test]
fn every_name_says_what_it_is() {
    assert_clean(banned(Tree::real()));
}

#[test]
fn an_empty_name_is_caught() {
    let bad = "//! A.\nstruct SyncManager;\nenum JobInfo {}\ntrait PhotoService {}\nmod utils {}\nfn process_op() {}\n\
               impl A { fn handle_push() {} }\nfn do_it() {}\nfn job_data() {}\nfn process() {}\nmod data {}\n\
               type TestHelper = u8;\n";
    let good = "//! A.\nstruct ServiceCard;\nenum ServiceMode {}\nenum DataState {}\nfn dot() {}\nfn handle() {}\n\
                fn data_state() {}\nimpl Foreign for A { fn handle_event() {} }\n\
                #[test]\nfn a_helper_gives_times() {}\n";
    let tree = Tree::of(&[
        ("core/src/a.rs", bad),
        ("core/src/good.rs", good),
        ("core/src/sync_helper.rs", "//! A.\n"),
        ("ui/src/lib/utils.ts", "// A.\n"),
        ("ui/src/features/job/JobInfo.svelte", "<!-- A. -->\n"),
    ]);
    let lines = [10, 11, 12, 2, 3, 4, 5, 6, 7, 8, 9].map(|line| format!("core/src/a.rs:{line}"));
    let mut places: Vec<&str> = lines.iter().map(String::as_str).collect();
    places.extend([
        "core/src/sync_helper.rs:1",
        "ui/src/features/job/JobInfo.svelte:1",
        "ui/src/lib/utils.ts:1",
    ]);
    assert_caught(&banned(&tree), &places);
}
