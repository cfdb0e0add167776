//! Every method of the storage traits is called by the conformance suite: a backend that passes it keeps the whole
//! contract.
//!
//! Read never here: whether the suite asks enough of a method. That is for whoever reviews it.

use syn::{Item, TraitItem};

use crate::rust;
use crate::tree::{File, Finding, Tree, assert_caught, assert_clean};

const TRAITS: &str = "sync-server/src/storage/";
const SUITE: &str = "sync-server/src/storage/conformance/";

fn uncalled(tree: &Tree) -> Vec<Finding> {
    let suite: String = tree
        .ending(&[".rs"])
        .filter(|file| file.path.starts_with(SUITE))
        .map(|file| file.text.as_str())
        .collect();
    let contract = |file: &&File| file.path.strip_prefix(TRAITS).is_some_and(|name| !name.contains('/'));
    let mut findings = Vec::new();
    for file in tree.ending(&[".rs"]).filter(contract) {
        for item in rust::parse(file).items {
            let Item::Trait(item) = item else { continue };
            let methods = item.items.iter().filter_map(|one| match one {
                TraitItem::Fn(method) => Some(&method.sig.ident),
                _ => None,
            });
            let missing = methods.filter(|name| !suite.contains(&format!(".{name}(")));
            findings.extend(missing.map(|name| {
                let line = name.span().start().line;
                Finding::new(&file.path, line, format!("the conformance suite never calls {name}"))
            }));
        }
    }
    findings
}

#[test]
fn the_conformance_suite_calls_every_method_of_the_contract() {
    assert_clean(uncalled(Tree::real()));
}

#[test]
fn a_method_that_the_suite_never_calls_is_caught() {
    let traits =
        ("sync-server/src/storage/log.rs", "pub trait Log {\n    fn one(&self);\n    fn two(&self);\n}\n");
    let suite = ("sync-server/src/storage/conformance/mod.rs", "fn test(tx: &dyn Log) { tx.one(); }\n");
    assert_caught(&uncalled(&Tree::of(&[traits, suite])), &["sync-server/src/storage/log.rs:3"]);
}
