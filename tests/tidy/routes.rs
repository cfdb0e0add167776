//! The description of the server's calls names the routes of the table, all of them and no other.
//!
//! Read never here: what a call takes and gives. The made-up requests of `tests/requests` try that.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::tree::{Finding, Tree, assert_caught, assert_clean};

const TABLE: &str = "schema/tables/routes.csv";
const DESCRIPTION: &str = "docs/openapi.json";

fn text<'a>(tree: &'a Tree, path: &str) -> &'a str {
    tree.at(path).map_or("", |file| file.text.as_str())
}

/// `METHOD path` of everything that is described.
fn described(tree: &Tree) -> BTreeSet<String> {
    let value: Value = serde_json::from_str(text(tree, DESCRIPTION)).unwrap_or_default();
    let paths = value["paths"].as_object().into_iter().flatten();
    let of = |(path, calls): (&String, &Value)| {
        let methods = calls.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
        methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
    };
    paths.flat_map(of).collect()
}

fn routes(tree: &Tree) -> Vec<Finding> {
    let row = |line: &str| line.split(',').take(2).collect::<Vec<_>>().join(" ");
    let table: BTreeSet<String> = text(tree, TABLE).lines().skip(1).map(row).collect();
    let described = described(tree);
    let missing = table.difference(&described).map(|route| format!("{route} is a route and not described"));
    let gone = described.difference(&table).map(|route| format!("{route} is described and no route"));
    missing.chain(gone).map(|what| Finding::new(DESCRIPTION, 1, what)).collect()
}

#[test]
fn every_route_is_described_and_no_other() {
    assert_clean(routes(Tree::real()));
}

#[test]
fn a_route_that_nobody_described_is_caught() {
    let table = (TABLE, "method,path,target\nGET,/healthz,-\nPOST,/v1/sync,-\n");
    let description = (DESCRIPTION, r#"{"paths": {"/healthz": {"get": {}}}}"#);
    assert_caught(&routes(&Tree::of(&[table, description])), &["docs/openapi.json:1"]);
}
