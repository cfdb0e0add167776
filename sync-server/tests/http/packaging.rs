//! What is installed elsewhere holds together: units, settings and the manual name programs, paths, commands and
//! variables that exist, and the package has every file that they name. No release is built for it: the tarball is made
//! of the programs under test.

use std::collections::BTreeSet;
use std::fs::read_to_string;
use std::path::{Path, PathBuf};

use clap::{Command, CommandFactory, Parser};
use fieldcard_server::config::CommandLine;
use fieldcard_server::folder::DataFolder;

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn packaging() -> PathBuf {
    top().join("sync-server/packaging")
}

/// A unit's settings as (section, name, value); a line that is none of it fails.
fn settings(file: &str) -> Vec<(String, String, String)> {
    let (mut section, mut settings) = (String::new(), Vec::new());
    for line in read_to_string(packaging().join(file)).unwrap().lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut section);
            continue;
        }
        let (name, value) = line.split_once('=').unwrap_or_else(|| panic!("{file}: {line}"));
        assert!(!section.is_empty() && name.chars().all(char::is_alphanumeric), "{file}: {line}");
        settings.push((section.clone(), name.to_owned(), value.to_owned()));
    }
    settings
}

/// The values of one setting.
fn values(file: &str, section: &str, name: &str) -> Vec<String> {
    let wanted = settings(file).into_iter().filter(|(of, called, _)| of == section && called == name);
    wanted.map(|(.., value)| value).collect()
}

/// Environment variables of a command and all below it.
fn variables(command: &Command, found: &mut BTreeSet<String>) {
    found.extend(
        command.get_arguments().filter_map(|argument| argument.get_env()?.to_str().map(str::to_owned)),
    );
    command.get_subcommands().for_each(|below| variables(below, found));
}

/// The lines of `server.env` that set something, those that are switched off too.
fn environment() -> Vec<(String, String)> {
    let text = read_to_string(packaging().join("server.env")).unwrap();
    let lines = text.lines().map(|line| line.trim_start_matches('#'));
    let set = lines.filter_map(|line| line.split_once('=')).filter(|(name, _)| name.starts_with("FIELDCARD"));
    set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

const SERVICES: [&str; 2] = ["fieldcard-server.service", "fieldcard-backup.service"];

#[test]
fn units_start_commands_that_exist_with_settings_that_exist() {
    let mut known = BTreeSet::new();
    variables(&CommandLine::command(), &mut known);
    for (name, _) in environment() {
        assert!(known.contains(&name), "server.env sets {name}, which no flag reads");
    }
    let environment = environment();
    let folder = &environment.iter().find(|(name, _)| name == "FIELDCARD_DATA").unwrap().1;
    let store = DataFolder::at(Path::new(folder)).database();
    let users = read_to_string(packaging().join("fieldcard.sysusers")).unwrap();
    for unit in SERVICES {
        let one = |name: &str| values(unit, "Service", name).concat();
        let start = one("ExecStart");
        let mut words = start.split_whitespace();
        assert_eq!(words.next(), Some("/usr/local/bin/fieldcard-server"), "{unit}");
        let line = ["fieldcard-server", "--data", folder].into_iter().chain(words);
        CommandLine::try_parse_from(line).unwrap_or_else(|error| panic!("{unit}: {start}: {error}"));
        assert_eq!(values(unit, "Unit", "ConditionPathExists"), [store.to_str().unwrap()], "{unit}");
        assert_eq!(format!("/var/lib/{}", one("StateDirectory")), *folder, "{unit}");
        assert_eq!(one("EnvironmentFile"), "/etc/fieldcard/server.env", "{unit}");
        let user = one("User");
        assert_eq!(user, one("Group"), "{unit}");
        assert!(users.lines().any(|line| line.starts_with(&format!("u {user} ")) && line.ends_with(folder)));
        for wall in ["NoNewPrivileges", "ProtectSystem", "ProtectHome", "SystemCallFilter"] {
            assert!(!one(wall).is_empty(), "{unit} has lost {wall}");
        }
    }
    let backup = values(SERVICES[1], "Service", "ExecStart").concat();
    let writes = values(SERVICES[1], "Service", "ReadWritePaths").concat();
    assert!(backup.ends_with(&format!("backup {writes}")), "it may write where it is to write: {backup}");
    assert!(packaging().join("fieldcard-backup.service").is_file(), "the timer starts the unit of its name");
    assert_eq!(values("fieldcard-backup.timer", "Timer", "OnCalendar").len(), 1);
}

/// The words of a shell's `for … in …; do` whose body has `mark`.
fn loop_words(script: &str, mark: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = script.lines().collect();
    let body = lines.iter().position(|line| line.contains(mark)).unwrap_or_else(|| panic!("no {mark}"));
    let words = lines[body - 1].split_once(" in ").unwrap().1.split_once(';').unwrap().0;
    words.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_package_has_every_file_and_the_manual_names_no_other() {
    let dev = read_to_string(top().join("dev")).unwrap();
    let packed = loop_words(&dev, r#"install -m 644 "sync-server/packaging/$file" "$stage/systemd/""#);
    let there = std::fs::read_dir(packaging()).unwrap();
    let there: BTreeSet<String> = there
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    assert_eq!(packed, there);
    let programs = loop_words(&dev, r#""$TARGET/release/$file""#);
    assert_eq!(programs, ["fieldcard", "fieldcard-server"].map(str::to_owned).into());
    let rest = ["OPERATIONS.md", "README.md", "LICENSE", "SHA256SUMS"];
    for name in rest {
        assert!(dev.contains(name), "the package lacks {name}");
    }
    let manual = read_to_string(top().join("docs/operations.md")).unwrap();
    let install = manual.split("## Install").nth(1).unwrap().split("\n## ").next().unwrap();
    for word in install.lines().filter(|line| line.starts_with("    ")).flat_map(str::split_whitespace) {
        let is_there = match word.split_once('/') {
            Some(("systemd", "*.service" | "*.timer")) => true,
            Some(("systemd", name)) => packed.contains(name),
            Some(("bin", name)) => programs.contains(name),
            _ => true,
        };
        assert!(is_there, "docs/operations.md installs {word}, which is not in the package");
    }
}

/// Packs as `./dev package server` does, with this program as both; the tarball.
fn pack(target: &Path) -> PathBuf {
    let release = target.join("release");
    std::fs::create_dir_all(&release).unwrap();
    for name in ["fieldcard-server", "fieldcard"] {
        drop(std::fs::remove_file(release.join(name)));
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_fieldcard-server"), release.join(name)).unwrap();
    }
    let dev = read_to_string(top().join("dev")).unwrap();
    let defined = dev.trim_end().strip_suffix("main \"$@\"").expect("the last line opens the door");
    let defined = defined.replace("cd \"$(dirname \"${BASH_SOURCE[0]}\")\"", "");
    let script = format!(
        "{defined}\ncargo() {{ :; }}; package_version() {{ echo 1.2.3; }}; package_server \"$TARGET\""
    );
    let mut bash = std::process::Command::new("bash");
    let packed =
        bash.args(["-c", &script]).current_dir(top()).env("CARGO_TARGET_DIR", target).output().unwrap();
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    PathBuf::from(String::from_utf8(packed.stdout).unwrap().trim())
}

/// What a program of a folder says.
fn said(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_tarball_unpacks_to_whole_files_and_a_server_that_begins_an_org() {
    let folder = super::support::folder();
    let packed = pack(folder.path());
    let bytes = std::fs::read(&packed).unwrap();
    assert_eq!(std::fs::read(pack(folder.path())).unwrap(), bytes, "the same commit gives the same bytes");
    said(folder.path(), "sha256sum", &["--check", &format!("{}.sha256", packed.display())]);
    said(folder.path(), "tar", &["-xzf", packed.to_str().unwrap()]);
    let name = packed.file_name().unwrap().to_str().unwrap().strip_suffix(".tar.gz").unwrap();
    let unpacked = folder.path().join(name);
    let checked = said(&unpacked, "sha256sum", &["--check", "SHA256SUMS"]);
    for file in ["bin/fieldcard-server", "bin/fieldcard", "systemd/server.env", "OPERATIONS.md", "LICENSE"] {
        assert!(checked.contains(&format!("{file}: OK")), "{file} is not in {checked}");
    }
    let program = unpacked.join("bin/fieldcard-server");
    let init = ["--data", "data", "init", "--org-name", "产品服务部", "--admin", "wang"];
    said(&unpacked, program.to_str().unwrap(), &init);
    let users = said(&unpacked, program.to_str().unwrap(), &["--data", "data", "user", "list"]);
    assert!(users.contains("wang"), "{users}");
}

#[test]
fn every_command_in_the_manuals_is_one_that_the_program_takes() {
    let mut taken = 0;
    for page in ["docs/operations.md", "sync-server/packaging/README.md", "README.md"] {
        let text = read_to_string(top().join(page)).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("    ")) {
            let line = line.split("  #").next().unwrap().trim().trim_end_matches('&').trim();
            let words: Vec<&str> = line.split_whitespace().collect();
            let [program, words @ ..] = words.as_slice() else { continue };
            if !matches!(*program, "fc" | "fieldcard-server" | "bin/fieldcard-server") {
                continue;
            }
            let line: Vec<&str> = ["fieldcard-server"].iter().chain(words).copied().collect();
            // The folder is in the environment where the manual says so.
            let named = ["fieldcard-server", "--data", "d"].iter().chain(words).copied().collect::<Vec<_>>();
            let line = if words.contains(&"--data") { line } else { named };
            CommandLine::try_parse_from(&line).unwrap_or_else(|error| panic!("{page}: {line:?}: {error}"));
            taken += 1;
        }
    }
    assert!(taken >= 9, "only {taken} commands were found");
}
