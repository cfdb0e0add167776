//! One direction: who may name whom, inside each crate and between crate and the outside world.
//!
//! ```text
//! core    actions, views -> store            driver -> sync -> store
//! server  cli -> http -> console -> desk -> hub -> storage -> accounts
//! ```
//! A folder that stands in no table is a finding, so that no part grows outside the rules. Arrows between
//! crates are in [`crate::crates`], those of the UI in [`crate::ui`]. Test code may look anywhere.

use crate::rust;
use crate::tree::{Finding, Tree, assert_caught, assert_clean};

/// A crate whose inside has layers.
struct Layers {
    src: &'static str,
    /// Each layer with the layers that it may name; what is in no layer (ports, errors) is free to all.
    may: &'static [(&'static str, &'static [&'static str])],
}

const CORE: Layers = Layers {
    src: "src-tauri/core/src/",
    may: &[
        ("actions", &["store"]),
        ("views", &["store"]),
        ("sync", &["store"]),
        ("driver", &["actions", "views", "sync", "store"]),
        ("store", &[]),
    ],
};

const SERVER: Layers = Layers {
    src: "sync-server/src/",
    may: &[
        ("cli", &["http", "console", "import", "unsent", "desk", "accounts", "hub", "storage", "tls"]),
        ("import", &["desk", "accounts", "hub"]),
        ("unsent", &["hub"]),
        ("http", &["console", "desk", "accounts", "hub"]),
        // Read models: they ask the store what is there, and never change it.
        ("console", &["desk", "accounts", "hub", "storage"]),
        ("desk", &["accounts", "hub", "storage", "tls"]),
        ("hub", &["storage"]),
        // Accounts and sessions are values of `accounts`; their rows are the storage's.
        ("storage", &["accounts"]),
        ("accounts", &[]),
        ("tls", &[]),
    ],
};

/// An outside crate that only these places may name, and the others of its kind.
struct Border {
    names: &'static [&'static str],
    inside: &'static [&'static str],
    only: &'static [&'static str],
    why: &'static str,
}

const BORDERS: [Border; 3] = [
    Border {
        names: &["rusqlite", "libsqlite3_sys"],
        inside: &[""],
        only: &["src-tauri/core/src/store/", "sync-server/src/storage/"],
        why: "SQL lives in the store of the core and in the storage of the server",
    },
    Border {
        names: &["reqwest", "tokio", "hyper"],
        inside: &["src-tauri/"],
        only: &["src-tauri/core/src/driver/"],
        why: "the core is synchronous and the window has no HTTP; only the driver knows the network",
    },
    Border {
        names: &["tokio", "reqwest", "hyper", "axum", "postgres"],
        inside: &["schema/", "sync-server/src/hub/"],
        only: &[],
        why: "schema, card and hub are plain synchronous code",
    },
];

fn inward(tree: &Tree, layers: &Layers) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(&[".rs"]).filter(|file| !rust::is_test(&file.path)) {
        let Some(inside) = file.path.strip_prefix(layers.src) else { continue };
        let layer = inside.split(['/', '.']).next().unwrap_or_default();
        let Some((_, may)) = layers.may.iter().find(|(name, _)| *name == layer) else {
            if inside.contains('/') {
                let what =
                    format!("folder `{layer}` is in no table: say in tests/tidy/arrows.rs whom it may name");
                findings.push(Finding::new(&file.path, 1, what));
            }
            continue;
        };
        for word in rust::words(file, rust::depth_of(inside)).iter().filter(|word| word.from_root) {
            let is_layer = layers.may.iter().any(|(name, _)| *name == word.name);
            if is_layer && word.name != layer && !may.contains(&word.name.as_str()) {
                let what = format!("`{layer}` must not name `{}`; it may name {may:?}", word.name);
                findings.push(Finding::new(&file.path, word.line, what));
            }
        }
    }
    findings
}

fn outward(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(&[".rs"]).filter(|file| !rust::is_test(&file.path)) {
        let under = |folders: &[&str]| folders.iter().any(|folder| file.path.starts_with(folder));
        for border in BORDERS.iter().filter(|border| under(border.inside) && !under(border.only)) {
            let words = rust::words(file, 0);
            let over = words.iter().filter(|word| border.names.contains(&word.name.as_str()));
            findings.extend(over.map(|word| {
                Finding::new(
                    &file.path,
                    word.line,
                    format!("`{}` does not belong here: {}", word.name, border.why),
                )
            }));
        }
    }
    findings
}

#[test]
fn the_core_points_one_way() {
    assert_clean(inward(Tree::real(), &CORE));
}

#[test]
fn an_arrow_against_the_core_is_caught() {
    let tree = Tree::of(&[
        ("src-tauri/core/src/store/mod.rs", "//! A.\nuse crate::actions::Request;\n"),
        ("src-tauri/core/src/actions/visit/start.rs", "//! A.\nuse crate::{store::Store, sync::Engine};\n"),
        ("src-tauri/core/src/sync/engine.rs", "//! A.\nfn f() { super::super::actions::g() }\n"),
        (
            "src-tauri/core/src/sync/good.rs",
            "//! crate::actions\nuse crate::store::S; use crate::ports::Clock;\n",
        ),
        ("src-tauri/core/src/views.rs", "//! A.\nuse super::driver::D;\n"),
        ("src-tauri/core/src/extra/a.rs", "//! A.\n"),
        ("src-tauri/core/src/sync/tests.rs", "//! A.\nuse crate::actions::A;\n"),
    ]);
    let places = [
        "src-tauri/core/src/actions/visit/start.rs:2",
        "src-tauri/core/src/extra/a.rs:1",
        "src-tauri/core/src/store/mod.rs:2",
        "src-tauri/core/src/sync/engine.rs:2",
        "src-tauri/core/src/views.rs:2",
    ];
    assert_caught(&inward(&tree, &CORE), &places);
}

#[test]
fn the_server_points_one_way() {
    assert_clean(inward(Tree::real(), &SERVER));
}

#[test]
fn an_arrow_against_the_server_is_caught() {
    let tree = Tree::of(&[
        ("sync-server/src/http/sync/push.rs", "//! A.\nuse crate::storage::Storage;\n"),
        ("sync-server/src/storage/sqlite.rs", "//! A.\nuse crate::hub::Hub;\n"),
        ("sync-server/src/hub/sync.rs", "//! A.\nuse crate::storage::Storage;\nuse crate::http::Answer;\n"),
        ("sync-server/src/app.rs", "//! A.\nuse crate::{http, hub, storage};\n"),
    ]);
    let places = [
        "sync-server/src/http/sync/push.rs:2",
        "sync-server/src/hub/sync.rs:3",
        "sync-server/src/storage/sqlite.rs:2",
    ];
    assert_caught(&inward(&tree, &SERVER), &places);
}

#[test]
fn database_and_network_stay_behind_their_borders() {
    assert_clean(outward(Tree::real()));
}

#[test]
fn a_crossed_border_is_caught() {
    let in_tests = "//! A.\n#[cfg(test)]\nmod tests { use rusqlite::Connection; }\n";
    let tree = Tree::of(&[
        ("src-tauri/core/src/actions/a.rs", "//! rusqlite\nuse rusqlite::Connection;\n"),
        ("src-tauri/core/src/store/a.rs", "//! A.\nuse rusqlite::Connection;\n"),
        ("src-tauri/core/src/sync/a.rs", in_tests),
        ("src-tauri/core/src/sync/http.rs", "//! A.\nfn f() { reqwest::get(\"x\") }\n"),
        ("src-tauri/core/src/driver/http.rs", "//! A.\nuse reqwest::blocking::Client;\n"),
        ("sync-server/src/hub/a.rs", "//! A.\nuse tokio::spawn;\n"),
        ("schema/src/a.rs", "//! A.\nuse rusqlite::Connection;\n"),
        ("tests/simulation/a.rs", "//! A.\nuse rusqlite::Connection;\n"),
    ]);
    let places = [
        "schema/src/a.rs:2",
        "src-tauri/core/src/actions/a.rs:2",
        "src-tauri/core/src/sync/http.rs:2",
        "sync-server/src/hub/a.rs:2",
    ];
    assert_caught(&outward(&tree), &places);
}
