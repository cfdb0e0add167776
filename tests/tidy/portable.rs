//! What would tie the program to one kind of system: files named by a literal path from the root, and a shell at run
//! time. Code that says for which system it is (`#[cfg(target_os = …)]`, `#[cfg(unix)]`) may name that system's files.
//!
//! Never here: whether it runs there; that needs the system.

use syn::visit::{self, Visit};

use crate::rust;
use crate::tree::{File, Finding, Tree, assert_caught, assert_clean};

const SHELLS: [&str; 6] = ["bash", "sh", "zsh", "dash", "cmd", "powershell"];

/// Functions and methods to which a path is given.
const OPENERS: [&str; 24] = [
    "canonicalize",
    "copy",
    "create",
    "create_dir",
    "create_dir_all",
    "exists",
    "from",
    "hard_link",
    "join",
    "metadata",
    "new",
    "open",
    "push",
    "read",
    "read_dir",
    "read_link",
    "read_to_string",
    "remove_dir_all",
    "remove_file",
    "rename",
    "set_permissions",
    "symlink",
    "try_exists",
    "write",
];

fn tied(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.ending(&[".rs"]).filter(|file| !rust::is_test(&file.path)) {
        let parsed = rust::parse(file);
        let tests = rust::test_lines(&parsed);
        let mut calls = Calls { file, findings: Vec::new() };
        calls.visit_file(&parsed);
        let ships = |finding: &Finding| !tests.iter().any(|(from, to)| (*from..=*to).contains(&finding.line));
        findings.extend(calls.findings.into_iter().filter(ships));
    }
    findings
}

struct Calls<'a> {
    file: &'a File,
    findings: Vec<Finding>,
}

impl Calls<'_> {
    /// Judges the call of `of::name(first, …)` or `….name(first, …)`.
    fn judge(&mut self, (of, name): (&str, &syn::Ident), arguments: &Arguments) {
        let Some(text) = arguments.first().and_then(literal) else { return };
        let called = name.to_string();
        let program = text.rsplit('/').next().unwrap_or_default().trim_end_matches(".exe");
        let what = if of == "Command" && called == "new" && SHELLS.contains(&program) {
            "a shell at run time: not every system has it"
        } else if text.len() > 1 && text.starts_with('/') && OPENERS.contains(&called.as_str()) && is_file(of)
        {
            "a path from the root: it is there on one kind of system only"
        } else {
            return;
        };
        self.findings.push(Finding::new(&self.file.path, name.span().start().line, what));
    }
}

/// Whether a function of this type or module is given paths: of a method (nothing) all that it could be is.
fn is_file(of: &str) -> bool {
    matches!(of, "" | "Path" | "PathBuf" | "File" | "fs" | "OpenOptions" | "Command")
}

/// The text of a string literal, also behind `&`.
fn literal(expression: &syn::Expr) -> Option<String> {
    match expression {
        syn::Expr::Reference(reference) => literal(&reference.expr),
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

type Arguments = syn::punctuated::Punctuated<syn::Expr, syn::Token![,]>;

/// Whether what stands under these attributes is for one kind of system.
fn is_for_one_system(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let condition = attribute.parse_args::<syn::Meta>().ok();
        condition.is_some_and(|meta| {
            ["target_os", "unix", "windows"].iter().any(|name| meta.path().is_ident(name))
        })
    })
}

impl Visit<'_> for Calls<'_> {
    fn visit_item_fn(&mut self, item: &syn::ItemFn) {
        if !is_for_one_system(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        if !is_for_one_system(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_local(&mut self, local: &syn::Local) {
        if !is_for_one_system(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_expr_method_call(&mut self, call: &syn::ExprMethodCall) {
        self.judge(("", &call.method), &call.args);
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        if let syn::Expr::Path(path) = &*call.func {
            let names: Vec<&syn::Ident> = path.path.segments.iter().map(|segment| &segment.ident).collect();
            if let [.., of, name] = names[..] {
                self.judge((&of.to_string(), name), &call.args);
            }
        }
        visit::visit_expr_call(self, call);
    }
}

#[test]
fn no_path_of_one_system_and_no_shell_at_run_time() {
    assert_clean(tied(Tree::real()));
}

#[test]
fn a_path_from_the_root_and_a_shell_are_caught() {
    let bad = r#"//! A.
fn a() -> PathBuf { PathBuf::from("/var/lib/x") }
fn b() { let _ = std::fs::read_to_string("/etc/hostname"); }
fn c(folder: &Path) -> PathBuf { folder.join("/tmp") }
fn d() { Command::new("bash").arg("-c"); }
fn e() { std::process::Command::new("/bin/sh").status(); }
fn f() { File::open(&"/dev/null"); }
"#;
    let good = r#"//! A.
fn a(folder: &Path) -> PathBuf { folder.join("blobs") }
fn b(router: Router) -> Router { router.route("/healthz", get(ok)).nest("/v1", sync) }
fn c() { Command::new("xdg-open").arg("https://x/"); let _ = text.split("/"); }
#[cfg(target_os = "linux")]
fn d() -> String { std::fs::read_to_string("/etc/machine-id").unwrap_or_default() }
#[cfg(test)]
mod tests { fn e() { std::fs::read("/etc/passwd"); Command::new("sh"); } }
"#;
    let tree = Tree::of(&[
        ("src-tauri/core/src/bad.rs", bad),
        ("src-tauri/core/src/good.rs", good),
        ("tests/system/free.rs", bad),
    ]);
    let places = [2, 3, 4, 5, 6, 7].map(|line| format!("src-tauri/core/src/bad.rs:{line}"));
    assert_caught(&tied(&tree), &places.each_ref().map(String::as_str));
}
