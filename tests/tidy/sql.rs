//! A write is never read: `query_row("INSERT … RETURNING")` hands out rows whose commit failed.
//!
//! rusqlite reads one row, drops the statement and ignores the error of its commit; under simulated power
//! cuts four writes in ten that were acknowledged so were lost. Writes go through `execute`, or an explicit
//! transaction and `commit()`. Seen: literals, constants, `concat!` and `include_str!` in the call or in the
//! `prepare` that it hangs on; a prepared write with RETURNING wherever it is prepared. PostgreSQL reports the
//! error of its commit, so its storage is free. Also here: how SQL files are called.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use regex::Regex;
use syn::visit::{self, Visit};

use crate::rust;
use crate::tree::{File, Finding, Tree, assert_caught, assert_clean, beside};

static WRITE: LazyLock<Regex> = LazyLock::new(|| {
    let parts = [
        r"insert\s+(or\s+\w+\s+)?into\b",
        r"replace\s+into\b",
        r"update\s+(or\s+\w+\s+)?\S+(\s+as\s+\w+)?\s+set\b",
        r"delete\s+from\b",
        r"returning\b",
    ];
    Regex::new(&format!(r"(?i)\b({})", parts.join("|"))).expect("a pattern")
});
static RETURNING: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)\breturning\b").expect("a pattern"));
static QUOTED_OR_COMMENT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"'[^']*'|--[^\n]*").expect("a pattern"));

/// SQL by the name of the constant that holds it.
type Constants = BTreeMap<String, String>;

fn read_writes(tree: &Tree) -> Vec<Finding> {
    let shipped = |file: &&File| !rust::is_test(&file.path) && !file.path.contains("/storage/postgres");
    let files: Vec<&File> = tree.ending(&[".rs"]).filter(shipped).collect();
    let mut constants = Constants::new();
    for file in &files {
        collect_constants(tree, file, &mut constants);
    }
    let mut findings = Vec::new();
    for file in files {
        let parsed = rust::parse(file);
        let mut calls = Calls { tree, file, constants: &constants, findings: Vec::new() };
        calls.visit_file(&parsed);
        let tests = rust::test_lines(&parsed);
        let ships = |finding: &Finding| !tests.iter().any(|(from, to)| (*from..=*to).contains(&finding.line));
        findings.extend(calls.findings.into_iter().filter(ships));
    }
    findings
}

fn collect_constants(tree: &Tree, file: &File, constants: &mut Constants) {
    for item in &rust::parse(file).items {
        if let syn::Item::Const(item) = item {
            let sql = texts(tree, file, &Constants::new(), item.expr.to_token_stream());
            constants.insert(item.ident.to_string(), sql);
        }
    }
}

/// All text in these tokens: literals, included files and known constants.
fn texts(tree: &Tree, file: &File, constants: &Constants, tokens: TokenStream) -> String {
    let mut out = String::new();
    for token in tokens {
        let text = match &token {
            TokenTree::Group(group) => texts(tree, file, constants, group.stream()),
            TokenTree::Ident(ident) => constants.get(&ident.to_string()).cloned().unwrap_or_default(),
            TokenTree::Literal(_) => literal(tree, file, &token),
            TokenTree::Punct(_) => continue,
        };
        out.push_str(&text);
        out.push(' ');
    }
    out
}

fn literal(tree: &Tree, file: &File, token: &TokenTree) -> String {
    let Ok(syn::Lit::Str(text)) = syn::parse2::<syn::Lit>(token.to_token_stream()) else {
        return String::new();
    };
    let text = text.value();
    let included = tree.at(&beside(&file.path, &text));
    included.map_or(text, |sql| sql.text.clone())
}

struct Calls<'a> {
    tree: &'a Tree,
    file: &'a File,
    constants: &'a Constants,
    findings: Vec<Finding>,
}

impl Calls<'_> {
    fn judge(&mut self, name: &syn::Ident, sql: &str, refused: &Regex) {
        let sql = QUOTED_OR_COMMENT.replace_all(sql, "");
        if let Some(found) = refused.find(&sql) {
            let what = format!(
                "`{name}` is given \"{}\": a write goes through execute or a transaction",
                found.as_str()
            );
            self.findings.push(Finding::new(&self.file.path, name.span().start().line, what));
        }
    }

    fn sql_in<'e>(&self, arguments: impl IntoIterator<Item = &'e syn::Expr>) -> String {
        let texts = arguments
            .into_iter()
            .filter(|argument| !matches!(argument, syn::Expr::Closure(_)))
            .map(|argument| texts(self.tree, self.file, self.constants, argument.to_token_stream()));
        texts.collect()
    }

    fn judge_call(&mut self, name: &syn::Ident, receiver: Option<&syn::Expr>, arguments: &Arguments) {
        if name.to_string().starts_with("query") {
            let prepared =
                receiver.and_then(prepare_in).map(|call| self.sql_in(&call.args)).unwrap_or_default();
            let sql = prepared + &self.sql_in(arguments);
            self.judge(name, &sql, &WRITE);
        } else if name.to_string().starts_with("prepare") {
            let sql = self.sql_in(arguments);
            self.judge(name, &sql, &RETURNING);
        }
    }
}

type Arguments = syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>;

impl Visit<'_> for Calls<'_> {
    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        self.judge_call(&call.method, Some(&call.receiver), &call.args);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func
            && let Some(last) = path.path.segments.last()
        {
            self.judge_call(&last.ident, None, &call.args);
        }
        visit::visit_expr_call(self, call);
    }
}

/// The `prepare…(…)` at the root of `conn.prepare(…)?.query…`.
fn prepare_in(expression: &syn::Expr) -> Option<&syn::ExprMethodCall> {
    match expression {
        syn::Expr::MethodCall(call) if call.method.to_string().starts_with("prepare") => Some(call),
        syn::Expr::MethodCall(call) => prepare_in(&call.receiver),
        syn::Expr::Try(tried) => prepare_in(&tried.expr),
        syn::Expr::Reference(reference) => prepare_in(&reference.expr),
        syn::Expr::Paren(paren) => prepare_in(&paren.expr),
        _ => None,
    }
}

fn file_names(tree: &Tree) -> Vec<Finding> {
    let query = Regex::new(r"^[a-z]+(_[a-z0-9]+)+\.sql$").expect("a pattern");
    let migration = Regex::new(r"^schema/migrations/[a-z]+(-[a-z]+)?/\d{4}_[a-z0-9]+(_[a-z0-9]+)*\.sql$")
        .expect("a pattern");
    let files = tree.ending(&[".sql"]).filter(|file| !rust::is_test(&file.path));
    let wrong = files.filter_map(|file| {
        let what = match file.path.starts_with("schema/migrations/") {
            true if !migration.is_match(&file.path) => "a migration is called <store>/NNNN_name.sql",
            false if !query.is_match(file.name()) => "an SQL file is called verb_object.sql",
            _ => return None,
        };
        Some(Finding::new(&file.path, 1, what))
    });
    wrong.collect()
}

#[test]
fn no_write_is_read() {
    assert_clean(read_writes(Tree::real()));
}

#[test]
fn a_write_that_is_read_is_caught() {
    let bad = r#"//! A.
const TAKE: &str = include_str!("sql/take_position.sql");
fn a(c: &C) { c.query_row("INSERT INTO op (id) VALUES (?1) RETURNING pos", [1], |row| row.get(0)); }
fn b(c: &C) { c.query_row(include_str!("sql/take_position.sql"), [], |row| row.get(0)); }
fn c(c: &C) { c.query_map(TAKE, [], |row| row.get(0)); }
fn d(c: &C) { c.prepare("delete from op")?.query([]); }
fn e(c: &C) { let s = c.prepare_cached("INSERT INTO op VALUES (1) RETURNING pos")?; s.query([]); }
fn f(c: &C) { query_all(c, concat!("update or ignore op ", "set x = 1")); }
fn g(c: &C) { c.query_row("REPLACE INTO op VALUES (1)", [], |row| row.get(0)); }
"#;
    let good = r#"//! A.
fn a(c: &C) { c.query_row("SELECT replace(x, 'insert into', '') AS updated FROM op -- returning", [], |row| row.get(0)); }
fn b(c: &C) { c.execute("INSERT INTO op VALUES (1)", []); c.prepare("INSERT INTO op VALUES (1)")?.execute([]); }
#[cfg(test)]
mod tests { fn control(c: &C) { c.query_row("INSERT INTO op VALUES (1) RETURNING pos", [], f); } }
"#;
    let tree = Tree::of(&[
        ("src-tauri/core/src/store/bad.rs", bad),
        ("src-tauri/core/src/store/good.rs", good),
        ("src-tauri/core/src/store/sql/take_position.sql", "UPDATE head SET n = n + 1 RETURNING n;\n"),
    ]);
    let places = [3, 4, 5, 6, 7, 8, 9].map(|line| format!("src-tauri/core/src/store/bad.rs:{line}"));
    assert_caught(&read_writes(&tree), &places.each_ref().map(String::as_str));
}

#[test]
fn sql_files_are_named_for_what_they_do() {
    assert_clean(file_names(Tree::real()));
}

#[test]
fn an_ill_named_sql_file_is_caught() {
    let tree = Tree::of(&[
        ("sync-server/src/storage/sql/insert_op.sql", ""),
        ("sync-server/src/storage/sql/InsertOp.sql", ""),
        ("sync-server/src/storage/sql/op.sql", ""),
        ("schema/migrations/server-sqlite/0001_start.sql", ""),
        ("schema/migrations/outbox/1_start.sql", ""),
    ]);
    let places = [
        "schema/migrations/outbox/1_start.sql:1",
        "sync-server/src/storage/sql/InsertOp.sql:1",
        "sync-server/src/storage/sql/op.sql:1",
    ];
    assert_caught(&file_names(&tree), &places);
}
