//! The arrows of the UI, and that every error the wire can carry has its sentences.
//!
//! ```text
//! app, console -> features -> lib            one feature never names another; one file knows the shell
//! ```
//! Never judged here: style, which svelte-check and the head rule hold.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::rust;
use crate::tree::{File, Finding, Tree, assert_caught, assert_clean, beside};

const SOURCES: [&str; 4] = [".ts", ".svelte", ".js", ".mjs"];
const ERROR_FILE: &str = "schema/src/wire/error.rs";

/// What stands behind `from`, `import` or `import(`.
static IMPORT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']"#).expect("a pattern"));

fn imports(file: &File) -> Vec<(usize, String)> {
    let found = IMPORT.captures_iter(&file.text);
    found
        .map(|found| (line_of(&file.text, found.get_match().start()), resolve(&file.path, &found[1])))
        .collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// The place in this tree that an import means; a package stays as it is.
fn resolve(from: &str, import: &str) -> String {
    if let Some(rest) = import.strip_prefix("$lib/") {
        return format!("ui/src/lib/{rest}");
    }
    if let Some(rest) = import.strip_prefix("$features/") {
        return format!("ui/src/features/{rest}");
    }
    if !import.starts_with('.') {
        return import.to_owned();
    }
    beside(from, import)
}

fn feature(path: &str) -> Option<&str> {
    path.strip_prefix("ui/src/features/")?.split('/').next()
}

fn arrows(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(&SOURCES).filter(|file| file.path.starts_with("ui/src/")) {
        for (line, target) in imports(file) {
            let what = match (feature(&file.path), feature(&target)) {
                (Some(own), Some(other)) if own != other => {
                    format!("feature `{own}` names feature `{other}`")
                }
                (None, Some(other)) => format!("lib names feature `{other}`"),
                _ if target.starts_with("ui/app/") || target.starts_with("ui/console/") => {
                    "an entry point is named from inside".to_owned()
                }
                _ => continue,
            };
            findings.push(Finding::new(
                &file.path,
                line,
                format!("{what}; what both need belongs to ui/src/lib"),
            ));
        }
    }
    findings
}

fn shell(tree: &Tree) -> Vec<Finding> {
    let mut places = Vec::new();
    for file in tree.ending(&SOURCES).filter(|file| file.path.starts_with("ui/")) {
        let lines = imports(file).into_iter().filter(|(_, target)| target.starts_with("@tauri-apps/"));
        places.extend(lines.map(|(line, _)| (file.path.clone(), line)));
    }
    let first = places.first().map(|(path, _)| path.clone());
    let others = places.into_iter().filter(|(path, _)| Some(path) != first.as_ref());
    others
        .map(|(path, line)| Finding::new(&path, line, format!("only one file knows the shell: {first:?}")))
        .collect()
}

/// Every variant of `enum ErrorCode` needs `"error.<code>"` in both languages.
fn sentences(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let codes = tree.at(ERROR_FILE).map(error_codes).unwrap_or_default();
    if tree.has_folder("schema/src/wire/") && codes.is_empty() {
        let what = "the wire's `enum ErrorCode` is not here; if it moved, say so in tests/tidy/ui.rs";
        findings.push(Finding::new(ERROR_FILE, 1, what));
    }
    if !tree.has_folder("ui/src/") {
        return findings;
    }
    for language in ["zh", "en"] {
        let keys = error_keys(tree, language);
        if keys.is_empty() && !codes.is_empty() {
            let what =
                format!("no sentence \"error.…\" in ui/src/lib/i18n for {language}; if they moved, say so");
            findings.push(Finding::new(ERROR_FILE, 1, what));
            continue;
        }
        let missing = codes.iter().filter(|(_, code)| !keys.contains(code));
        findings.extend(missing.map(|(line, code)| {
            Finding::new(ERROR_FILE, *line, format!("\"error.{code}\" has no sentence in {language}"))
        }));
    }
    findings
}

fn error_codes(file: &File) -> Vec<(usize, String)> {
    let parsed = rust::parse(file);
    let enums = parsed.items.iter().filter_map(|item| match item {
        syn::Item::Enum(item) if item.ident == "ErrorCode" => Some(item),
        _ => None,
    });
    let variants = enums.flat_map(|item| item.variants.iter());
    variants.map(|v| (v.ident.span().start().line, snake(&v.ident.to_string()))).collect()
}

/// As serde's `rename_all = "snake_case"` spells it.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// Codes with a sentence: keys `"error.<code>"` in the files of a language (`en.ts`, `errors.en.ts`, `en/…`).
fn error_keys(tree: &Tree, language: &str) -> BTreeSet<String> {
    let key = Regex::new(r#"["']error\.([a-z0-9_]+)["']\s*:\s*["'`][^"'`]"#).expect("a pattern");
    let of_language = |file: &&File| {
        let inside = file.path.strip_prefix("ui/src/lib/i18n/");
        inside.is_some_and(|inside| inside.split(['/', '.', '_', '-']).any(|part| part == language))
    };
    let files = tree.ending(&[".ts"]).filter(of_language);
    files.flat_map(|file| key.captures_iter(&file.text).map(|found| found[1].to_owned())).collect()
}

#[test]
fn features_never_name_each_other() {
    assert_clean(arrows(Tree::real()));
}

#[test]
fn a_feature_that_names_another_is_caught() {
    let tree = Tree::of(&[
        ("ui/src/features/job/A.svelte", "<!-- A. -->\nimport B from \"../part/B.svelte\";\n"),
        (
            "ui/src/features/job/b.ts",
            "// A.\nimport { c } from \"./c\";\nawait import(\"$features/part/d\");\n",
        ),
        ("ui/src/lib/e.ts", "// A.\nimport type {\n  F,\n} from \"../features/part/f\";\n"),
        ("ui/src/lib/g.ts", "// A.\nimport H from \"../../app/App.svelte\";\n"),
        ("ui/app/main.ts", "// A.\nimport Job from \"$features/job/Job.svelte\";\n"),
    ]);
    let places = [
        "ui/src/features/job/A.svelte:2",
        "ui/src/features/job/b.ts:3",
        "ui/src/lib/e.ts:4",
        "ui/src/lib/g.ts:2",
    ];
    assert_caught(&arrows(&tree), &places);
}

#[test]
fn one_file_knows_the_shell() {
    assert_clean(shell(Tree::real()));
}

#[test]
fn a_second_file_that_knows_the_shell_is_caught() {
    let text = "// A.\nimport { invoke } from \"@tauri-apps/api/core\";\n";
    let tree = Tree::of(&[("ui/src/lib/api/tauri.ts", text), ("ui/src/lib/other.ts", text)]);
    assert_caught(&shell(&tree), &["ui/src/lib/other.ts:2"]);
}

#[test]
fn every_error_has_its_sentences() {
    assert_clean(sentences(Tree::real()));
}

#[test]
fn an_error_without_a_sentence_is_caught() {
    let codes = "//! A.\npub enum ErrorCode {\n    Gap,\n    TooNew,\n}\n";
    let zh =
        "// A.\nexport const zh = {\n  \"error.gap\": \"缺号\",\n  \"error.too_new\": \"版本过新\",\n};\n";
    let en = "// A.\nexport const en = {\n  \"error.gap\": \"A gap\",\n  \"error.too_new\": \"\",\n};\n";
    let tree = [(ERROR_FILE, codes), ("ui/src/lib/i18n/zh.ts", zh), ("ui/src/lib/i18n/errors.en.ts", en)];
    assert_caught(&sentences(&Tree::of(&tree)), &["schema/src/wire/error.rs:4"]);
    assert_caught(&sentences(&Tree::of(&tree[..2])), &["schema/src/wire/error.rs:1"]);
    assert_caught(
        &sentences(&Tree::of(&[("schema/src/wire/mod.rs", "//! A.\n")])),
        &["schema/src/wire/error.rs:1"],
    );
}
