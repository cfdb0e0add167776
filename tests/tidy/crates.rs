//! What the workspace depends on: arrows between its crates, and licences, sources and bans of all others.
//!
//! The lists stand in `deny.toml`, in cargo-deny's own words, so that `cargo deny check` (with advisories,
//! which need a host that CI cannot reach) reads the same file. Every platform's crates are judged, not only
//! this machine's. Never judged here: paths inside a crate, see [`crate::arrows`].

use std::collections::BTreeMap;
use std::sync::OnceLock;

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand};
use spdx::{Expression, ParseMode};
use toml::Table;

use crate::tree::{Finding, Tree, assert_caught, assert_clean, top};

/// Each crate of this workspace with those it may name.
const ARROWS: [(&str, &[&str]); 7] = [
    ("fieldcard-schema", &[]),
    ("fieldcard-card", &["fieldcard-schema"]),
    ("fieldcard-card-cli", &["fieldcard-card", "fieldcard-schema"]),
    ("fieldcard-core", &["fieldcard-card", "fieldcard-schema"]),
    ("fieldcard-server", &["fieldcard-card", "fieldcard-schema"]),
    ("fieldcard-app", &["fieldcard-core", "fieldcard-card", "fieldcard-schema"]),
    ("fieldcard-tests", &["fieldcard-core", "fieldcard-server", "fieldcard-card", "fieldcard-schema"]),
];

/// One crate as the rules see it.
#[derive(Clone)]
struct Crate {
    name: String,
    version: String,
    /// `None`: in this workspace, or a path.
    source: Option<String>,
    licence: Option<String>,
    /// Where findings point: its manifest, or `Cargo.lock`.
    file: String,
    is_ours: bool,
    names: Vec<String>,
}

fn real() -> &'static [Crate] {
    static REAL: OnceLock<Vec<Crate>> = OnceLock::new();
    REAL.get_or_init(|| {
        let mut command = MetadataCommand::new();
        command.current_dir(top()).features(CargoOpt::AllFeatures).other_options(["--locked".to_owned()]);
        match command.exec() {
            Ok(metadata) => crates_of(&metadata),
            Err(error) => panic!("cargo metadata (offline? `cargo fetch --locked` once): {error}"),
        }
    })
}

fn crates_of(metadata: &Metadata) -> Vec<Crate> {
    let root = &metadata.workspace_root;
    let one = |package: &cargo_metadata::Package| {
        let is_ours = metadata.workspace_members.contains(&package.id);
        let manifest =
            package.manifest_path.strip_prefix(root).map_or("Cargo.lock".into(), ToString::to_string);
        Crate {
            name: package.name.to_string(),
            version: package.version.to_string(),
            source: package.source.as_ref().map(|source| source.repr.clone()),
            licence: package.license.clone(),
            file: if is_ours { manifest } else { "Cargo.lock".into() },
            is_ours,
            names: shipped(package),
        }
    };
    metadata.packages.iter().map(one).collect()
}

/// What a crate is built with. Test code may look anywhere: the server's tests are called by a real device.
fn shipped(package: &cargo_metadata::Package) -> Vec<String> {
    let shipped = package.dependencies.iter().filter(|one| one.kind != DependencyKind::Development);
    shipped.map(|dependency| dependency.name.clone()).collect()
}

/// The line of the file that has this text; 1 when none has.
fn line_with(tree: &Tree, file: &str, text: &str) -> usize {
    let found = tree.at(file).and_then(|file| file.lines().find(|(_, line)| line.contains(text)));
    found.map_or(1, |(line, _)| line)
}

fn at_crate(tree: &Tree, one: &Crate, what: String) -> Finding {
    let line = line_with(tree, &one.file, &format!("name = \"{}\"", one.name));
    Finding::new(&one.file, line, what)
}

fn arrows(tree: &Tree, crates: &[Crate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let ours: Vec<&str> = crates.iter().filter(|one| one.is_ours).map(|one| one.name.as_str()).collect();
    for one in crates.iter().filter(|one| one.is_ours) {
        let Some((_, may)) = ARROWS.iter().find(|(name, _)| *name == one.name) else {
            let what = format!("`{}` is in no table: say in tests/tidy/crates.rs whom it may name", one.name);
            findings.push(at_crate(tree, one, what));
            continue;
        };
        let wrong =
            one.names.iter().filter(|name| ours.contains(&name.as_str()) && !may.contains(&name.as_str()));
        findings.extend(wrong.map(|name| {
            let what = format!("`{}` must not name `{name}`; it may name {may:?}", one.name);
            Finding::new(&one.file, line_with(tree, &one.file, &format!("{name}.")), what)
        }));
    }
    findings
}

fn deny(tree: &Tree) -> Table {
    tree.at("deny.toml").expect("deny.toml stands at the top").text.parse().expect("deny.toml is TOML")
}

fn list<'a>(deny: &'a Table, section: &str, key: &str) -> Vec<&'a toml::Value> {
    let list = deny.get(section).and_then(|section| section.get(key)).and_then(toml::Value::as_array);
    list.unwrap_or_else(|| panic!("deny.toml has no list [{section}] {key}")).iter().collect()
}

fn licences(tree: &Tree, crates: &[Crate], deny: &Table) -> Vec<Finding> {
    let allowed: Vec<&str> =
        list(deny, "licenses", "allow").iter().filter_map(|name| name.as_str()).collect();
    let may = |licence: &str| {
        let expression = Expression::parse_mode(licence, ParseMode::LAX).ok()?;
        expression.evaluate(|needed| allowed.contains(&needed.to_string().as_str())).then_some(())
    };
    let wrong = crates.iter().filter(|one| may(one.licence.as_deref().unwrap_or_default()).is_none());
    wrong
        .map(|one| {
            let what = format!(
                "{} {}: licence {:?} is not allowed by deny.toml",
                one.name, one.version, one.licence
            );
            at_crate(tree, one, what)
        })
        .collect()
}

fn sources(tree: &Tree, crates: &[Crate], deny: &Table) -> Vec<Finding> {
    let allowed: Vec<String> = list(deny, "sources", "allow-registry")
        .iter()
        .filter_map(|url| url.as_str().map(|url| format!("registry+{url}")))
        .collect();
    let from_here = |one: &Crate| one.source.as_ref().is_some_and(|source| allowed.contains(source));
    let wrong = crates.iter().filter(|one| !one.is_ours && !from_here(one));
    wrong
        .map(|one| at_crate(tree, one, format!("{}: source {:?} is not crates.io", one.name, one.source)))
        .collect()
}

fn bans(tree: &Tree, crates: &[Crate], deny: &Table) -> Vec<Finding> {
    let mut versions: BTreeMap<&str, Vec<&Crate>> = BTreeMap::new();
    for one in crates {
        versions.entry(&one.name).or_default().push(one);
    }
    let mut findings = Vec::new();
    for rule in list(deny, "bans", "deny") {
        let name = rule.get("crate").and_then(toml::Value::as_str).expect("a ban names its crate");
        let why = rule.get("reason").and_then(toml::Value::as_str).expect("a ban says why");
        let once = rule.get("deny-multiple-versions").and_then(toml::Value::as_bool).unwrap_or(false);
        let found = versions.get(name).map(Vec::as_slice).unwrap_or_default();
        if found.len() > usize::from(once) {
            let all: Vec<&str> = found.iter().map(|one| one.version.as_str()).collect();
            let what =
                format!("`{name}` {all:?} is banned{}: {why}", if once { " more than once" } else { "" });
            findings.push(at_crate(tree, found[0], what));
        }
    }
    findings
}

/// A crate as a test makes one.
fn sample(name: &str, licence: &str, source: &str) -> Crate {
    let source = (!source.is_empty()).then(|| source.to_owned());
    let is_ours = name.starts_with("fieldcard-");
    let file = if is_ours { format!("{name}/Cargo.toml") } else { "Cargo.lock".into() };
    let licence = Some(licence.to_owned());
    Crate { name: name.into(), version: "1.0.0".into(), source, licence, file, is_ours, names: Vec::new() }
}

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[test]
fn crates_of_the_workspace_point_one_way() {
    assert_clean(arrows(Tree::real(), real()));
}

#[test]
fn an_arrow_against_the_crates_is_caught() {
    let ours = |name: &str, names: &[&str]| Crate {
        names: names.iter().map(ToString::to_string).collect(),
        ..sample(name, "MIT", "")
    };
    let crates = [
        ours("fieldcard-schema", &["serde", "fieldcard-card"]),
        ours("fieldcard-card", &["fieldcard-schema"]),
        ours("fieldcard-core", &["fieldcard-server"]),
        ours("fieldcard-server", &[]),
        ours("fieldcard-extra", &[]),
    ];
    let tree = Tree::of(&[(
        "fieldcard-schema/Cargo.toml",
        "[package]\nname = \"fieldcard-schema\"\n[dependencies]\nfieldcard-card.workspace = true\n",
    )]);
    let places =
        ["fieldcard-core/Cargo.toml:1", "fieldcard-extra/Cargo.toml:1", "fieldcard-schema/Cargo.toml:4"];
    assert_caught(&arrows(&tree, &crates), &places);
}

#[test]
fn licences_are_on_the_list() {
    assert_clean(licences(Tree::real(), real(), &deny(Tree::real())));
}

#[test]
fn a_licence_off_the_list_is_caught() {
    let tree = Tree::of(&[("Cargo.lock", "\nname = \"copyleft\"\n\nname = \"both\"\n\nname = \"none\"\n")]);
    let crates = [
        sample("copyleft", "GPL-3.0-only", CRATES_IO),
        sample("both", "MIT AND LGPL-3.0-only", CRATES_IO),
        sample("none", "", CRATES_IO),
        sample("choice", "MIT/GPL-2.0", CRATES_IO),
    ];
    let found = licences(&tree, &crates, &deny(Tree::real()));
    assert_caught(&found, &["Cargo.lock:2", "Cargo.lock:4", "Cargo.lock:6"]);
}

#[test]
fn every_crate_comes_from_the_one_registry() {
    assert_clean(sources(Tree::real(), real(), &deny(Tree::real())));
}

#[test]
fn a_crate_from_elsewhere_is_caught() {
    let tree = Tree::of(&[("Cargo.lock", "name = \"from-git\"\nname = \"from-path\"\n")]);
    let crates = [
        sample("from-git", "MIT", "git+https://example.org/a"),
        sample("from-path", "MIT", ""),
        sample("good", "MIT", CRATES_IO),
    ];
    assert_caught(&sources(&tree, &crates, &deny(Tree::real())), &["Cargo.lock:1", "Cargo.lock:2"]);
}

#[test]
fn no_banned_crate_is_here() {
    assert_clean(bans(Tree::real(), real(), &deny(Tree::real())));
}

#[test]
fn a_banned_or_doubled_crate_is_caught() {
    let names =
        ["openssl", "aws-lc-rs", "native-tls", "bincode", "serde_cbor", "rusqlite", "rusqlite", "ring"];
    let crates = names.map(|name| sample(name, "MIT", CRATES_IO));
    let lock: Vec<String> = names.iter().map(|name| format!("name = \"{name}\"\n")).collect();
    let tree = Tree::of(&[("Cargo.lock", &lock.concat())]);
    let places = [1, 2, 3, 4, 5, 6].map(|line| format!("Cargo.lock:{line}"));
    assert_caught(&bans(&tree, &crates, &deny(Tree::real())), &places.each_ref().map(String::as_str));
}
