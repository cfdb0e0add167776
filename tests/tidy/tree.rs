//! The files that the rules read, and what a rule answers.
//!
//! The real tree is what git tracks or would track, so that a rule speaks before the commit. Tests make
//! small trees of their own. Nothing here judges.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// One file; `text` is empty when it is not UTF-8.
pub(crate) struct File {
    /// Relative to the top, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) bytes: u64,
}

/// A set of files.
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

/// A place that breaks a rule, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Finding {
    pub(crate) fn new(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, what: what.into() }
    }
}

impl File {
    /// Last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

impl Tree {
    /// What git tracks or would track; read once.
    pub(crate) fn real() -> &'static Self {
        static REAL: OnceLock<Tree> = OnceLock::new();
        REAL.get_or_init(|| Self { files: listed().iter().map(|path| read(path)).collect() })
    }

    /// A tree made in a test.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let file = |(path, text): &(&str, &str)| File {
            path: (*path).to_owned(),
            text: (*text).to_owned(),
            bytes: text.len() as u64,
        };
        Self { files: files.iter().map(file).collect() }
    }

    /// Files whose name ends with one of `ends`.
    pub(crate) fn ending<'a>(&'a self, ends: &'a [&str]) -> impl Iterator<Item = &'a File> {
        self.files.iter().filter(move |file| ends.iter().any(|end| file.path.ends_with(end)))
    }

    /// The file at exactly this path.
    pub(crate) fn at(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether anything lies under this folder (with its closing slash).
    pub(crate) fn has_folder(&self, folder: &str) -> bool {
        self.files.iter().any(|file| file.path.starts_with(folder))
    }
}

/// The path that `relative` means when `from` names it.
pub(crate) fn beside(from: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The top of the workspace that cargo runs in. Asked for at run time: two checkouts that share a target
/// folder share this binary, and each must read its own tree.
pub(crate) fn top() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs this test");
    Path::new(&own).join("..")
}

fn listed() -> Vec<String> {
    // A container may check out as one user and test as another: git must not refuse the folder for that.
    let arguments = ["-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"];
    let answer = Command::new("git").args(arguments).current_dir(top()).output().expect("git is installed");
    assert!(answer.status.success(), "git ls-files: {}", String::from_utf8_lossy(&answer.stderr));
    let names = String::from_utf8(answer.stdout).expect("file names are UTF-8");
    let mut paths: Vec<String> =
        names.split('\0').filter(|path| top().join(path).is_file()).map(str::to_owned).collect();
    assert!(paths.len() > 10, "only {} files found: the rules would be blind", paths.len());
    paths.sort();
    paths.dedup();
    paths
}

fn read(path: &str) -> File {
    let bytes = std::fs::read(top().join(path)).expect("a listed file can be read");
    let size = bytes.len() as u64;
    File { path: path.to_owned(), text: String::from_utf8(bytes).unwrap_or_default(), bytes: size }
}

/// Fails with every finding, one a line, as `file:line: what`.
#[track_caller]
pub(crate) fn assert_clean(mut findings: Vec<Finding>) {
    findings.sort();
    let lines: Vec<String> = findings.iter().map(|f| format!("{}:{}: {}", f.file, f.line, f.what)).collect();
    assert!(findings.is_empty(), "{} findings\n{}\n", findings.len(), lines.join("\n"));
}

/// Fails unless the findings are exactly at these `file:line` places.
#[track_caller]
pub(crate) fn assert_caught(findings: &[Finding], places: &[&str]) {
    let mut found: Vec<String> = findings.iter().map(|f| format!("{}:{}", f.file, f.line)).collect();
    found.sort();
    found.dedup();
    assert_eq!(found, places, "the rule is blind or sees too much: {findings:?}");
}
