//! What must not be in the tree at all: paths of one machine, secrets, dead code, work left for later, big files.
//!
//! Patterns, not proofs: they catch the slip, not the liar. Samples are put together at run time, so that this
//! file does not break its own rules.

use regex::Regex;

use crate::rust;
use crate::tree::{File, Finding, Tree, assert_caught, assert_clean};

const SOURCES: [&str; 9] = [".rs", ".ts", ".js", ".mjs", ".svelte", ".sql", ".py", ".sh", ".css"];
const SCRIPTS: [&str; 4] = [".ts", ".js", ".mjs", ".svelte"];
const MIB: u64 = 1024 * 1024;
/// Folders whose files may be larger than one MiB.
const LARGE: [&str; 1] = ["tests/demo-data/"];

fn matching<'a>(files: impl Iterator<Item = &'a File>, pattern: &str, what: &str) -> Vec<Finding> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let mut findings = Vec::new();
    for file in files {
        let lines = file.lines().filter(|(_, line)| pattern.is_match(line));
        findings.extend(lines.map(|(line, _)| Finding::new(&file.path, line, what)));
    }
    findings
}

fn machine_paths(tree: &Tree) -> Vec<Finding> {
    let unix = r#"(^|[\s"'`(=:,])/(home|root|Users|work|workspace|builds)/[\w.]"#;
    let windows = r"\b[A-Z]:\\{1,2}Users\\";
    let what = "a path of one machine: say it relative to the top, or take it from the environment";
    matching(tree.files.iter(), &format!("{unix}|{windows}"), what)
}

fn secrets(tree: &Tree) -> Vec<Finding> {
    let patterns = [
        r"-----BEGIN ([A-Z]+ )*PRIVATE KEY",
        r"\bAKIA[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{36}",
        r"\bgithub_pat_\w{20}",
        r"\bxox[abpr]-[A-Za-z0-9-]{10}",
        r#"(?i)\b(password|passwd|secret|api_?key|token)\b["']?\s*[:=]\s*["'][A-Za-z0-9+/_=-]{20,}["']"#,
    ];
    matching(
        tree.files.iter(),
        &patterns.join("|"),
        "looks like a secret; tests make their keys when they run",
    )
}

fn dead_code(tree: &Tree) -> Vec<Finding> {
    let rust = r"^\s*// ?((pub(\(\w+\))? )?(let|fn|use|mod|struct|enum|impl|const|static) .*[;{]|(return|if|for|while|match) .*[;{]|#!?\[.*\]|\w[\w.:]*\(.*\)\??;)$";
    let script = r"^\s*// ?((export )?(const|let|import|function|type|interface|class) .*[;{]|(return|if|for|while|await) .*[;{]|\w[\w.]*\(.*\);)$";
    let what = "commented-out code: git remembers it";
    let mut findings = matching(tree.ending(&[".rs"]), rust, what);
    findings.extend(matching(tree.ending(&SCRIPTS), script, what));
    findings
}

fn left_for_later(tree: &Tree) -> Vec<Finding> {
    let what = "work left for later: do it, or write it down outside the code";
    let mut findings = matching(tree.ending(&SOURCES), r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b", what);
    for file in tree.ending(&[".rs"]) {
        let unfinished =
            |word: &&rust::Word| word.is_macro && ["todo", "unimplemented"].contains(&word.name.as_str());
        let words = rust::all_words(file, 0);
        findings
            .extend(words.iter().filter(unfinished).map(|word| Finding::new(&file.path, word.line, what)));
    }
    findings
}

fn skipped_tests(tree: &Tree) -> Vec<Finding> {
    let what = "a test that does not run proves nothing: mend it or take it out";
    let scripts =
        r"\b(it|test|describe|suite|t)\.(skip|only|todo|fails)\b|\bx(it|describe)\(|\bskip:\s*(true|['\x22])";
    let mut findings = matching(tree.ending(&SCRIPTS), scripts, what);
    findings.extend(matching(tree.ending(&[".rs"]), r"^\s*#\[(ignore|cfg_attr\(.*\bignore\b)", what));
    findings
}

fn big_files(tree: &Tree) -> Vec<Finding> {
    let allowed = |file: &File| LARGE.iter().any(|folder| file.path.starts_with(folder));
    let big = tree.files.iter().filter(|file| file.bytes > MIB && !allowed(file));
    big.map(|file| Finding::new(&file.path, 1, format!("{} bytes; the limit is 1 MiB", file.bytes))).collect()
}

#[test]
fn no_path_of_a_machine() {
    assert_clean(machine_paths(Tree::real()));
}

#[test]
fn a_path_of_a_machine_is_caught() {
    let lines = ["home/me/x", "Users/me/x", "root/x", "work/x"].map(|path| format!("see \"/{path}\"\n"));
    let good = "GET /api/home/x\nsee ~/x and <https://example.org/home/x>\n";
    let text = format!("{}C:\\{}\\me\n{good}", lines.concat(), "Users");
    let tree = Tree::of(&[("docs/a.md", &text)]);
    assert_caught(
        &machine_paths(&tree),
        &["docs/a.md:1", "docs/a.md:2", "docs/a.md:3", "docs/a.md:4", "docs/a.md:5"],
    );
}

#[test]
fn no_secret() {
    assert_clean(secrets(Tree::real()));
}

#[test]
fn a_secret_is_caught() {
    let key = format!("-----BEGIN {} KEY-----", "PRIVATE");
    let cloud = format!("AKIA{}", "A1".repeat(8));
    let forge = format!("ghp_{}", "a1".repeat(18));
    let plain = format!("api_key = \"{}\"", "a1".repeat(12));
    let text = [key, cloud, forge, plain, "token: \"short\"".to_owned()].join("\n");
    let tree = Tree::of(&[("a.txt", &text)]);
    assert_caught(&secrets(&tree), &["a.txt:1", "a.txt:2", "a.txt:3", "a.txt:4"]);
}

#[test]
fn no_dead_code() {
    assert_clean(dead_code(Tree::real()));
}

#[test]
fn dead_code_is_caught() {
    let rust = ["let x = 1;", "fn f() {", "pub mod wire;", "store.push(op)?;", "let it go on; nobody waits"];
    let script = ["const x = 1;", "go(paths.today);", "Owns the hash."];
    let commented = |lines: &[&str]| format!("    // {}", lines.join("\n    // "));
    let tree = Tree::of(&[("a.rs", &commented(&rust)), ("b.ts", &commented(&script))]);
    assert_caught(&dead_code(&tree), &["a.rs:1", "a.rs:2", "a.rs:3", "a.rs:4", "b.ts:1", "b.ts:2"]);
}

#[test]
fn nothing_is_left_for_later() {
    assert_clean(left_for_later(Tree::real()));
}

#[test]
fn work_left_for_later_is_caught() {
    let note = |word: &str| format!("//! A.\n// {word}: later\n");
    let (first, second) = (note(concat!("TO", "DO")), note(concat!("FIX", "ME")));
    let macros =
        "//! todo!() in words is fine\nfn f() { todo!() }\nfn g() { unimplemented!(\"x\") }\nfn todo() {}\n";
    let tree = Tree::of(&[("a.rs", &first), ("b.ts", &second), ("c.rs", macros)]);
    assert_caught(&left_for_later(&tree), &["a.rs:2", "b.ts:2", "c.rs:2", "c.rs:3"]);
}

#[test]
fn every_test_runs() {
    assert_clean(skipped_tests(Tree::real()));
}

#[test]
fn a_test_that_does_not_run_is_caught() {
    let line = |call: &str, word: &str| format!("{call}.{word}(\"a\", f);\n");
    let script = format!("// A.\n{}{}rows.skip(1);\n", line("it", "skip"), line("describe", "only"));
    let rust =
        format!("//! A.\n#[{}]\nfn a() {{}}\n#[{} = \"slow\"]\nfn b() {{ i.skip(1) }}\n", "ignore", "ignore");
    let tree = Tree::of(&[("ui/a.test.ts", &script), ("a.rs", &rust)]);
    assert_caught(&skipped_tests(&tree), &["a.rs:2", "a.rs:4", "ui/a.test.ts:2", "ui/a.test.ts:3"]);
}

#[test]
fn no_big_file() {
    assert_clean(big_files(Tree::real()));
}

#[test]
fn a_big_file_is_caught() {
    let text = " ".repeat(1024 * 1024 + 1);
    let tree = Tree::of(&[("a.bin", &text), ("tests/demo-data/parts.csv", &text), ("small", "x")]);
    assert_caught(&big_files(&tree), &["a.bin:1"]);
}
