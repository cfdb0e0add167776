//! A machine that fails the server: a disk that is full or closed, a clock that is wrong.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use fieldcard_core::driver::http::HttpApi;
use fieldcard_schema::merge::Outcome;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::error::ErrorCode;

use super::site::{Site, log_in, put};
use super::support::{Running, command, folder, init};

/// Builds the library that fails for the disk, once a folder.
fn faults(dir: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http/faults.c");
    let library = dir.join("faults.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status()
        .unwrap();
    assert!(built.success());
    library
}

/// A site whose disk fails while `dir/../fault` says so; the switch.
fn failing() -> (Site, Fault) {
    let tools = folder();
    let library = faults(tools.path());
    let switch = tools.path().join("errno");
    let envs = |dir: &Path| {
        vec![
            ("LD_PRELOAD".to_owned(), library.to_str().unwrap().to_owned()),
            ("FAULT_UNDER".to_owned(), dir.to_str().unwrap().to_owned()),
            ("FAULT_ERRNO".to_owned(), switch.to_str().unwrap().to_owned()),
        ]
    };
    let site = Site::new(&envs);
    (site, Fault { switch, _tools: tools })
}

struct Fault {
    switch: PathBuf,
    _tools: tempfile::TempDir,
}

/// The user `nobody`.
const NOBODY: u32 = 65_534;

/// Linux's numbers.
const ENOSPC: &str = "28";
const EROFS: &str = "30";

impl Fault {
    fn begin(&self, errno: &str) {
        std::fs::write(&self.switch, errno).unwrap();
    }

    fn end(&self) {
        std::fs::remove_file(&self.switch).unwrap();
    }
}

#[test]
fn a_full_disk_refuses_acknowledges_nothing_and_goes_on_when_there_is_room() {
    let (mut site, fault) = failing();
    let first = site.phone.note("之前");
    assert_eq!(site.sync(&first), Ok((Outcome::Applied, None)));
    fault.begin(ENOSPC);
    let second = site.phone.note("磁盘满时");
    for _ in 0..3 {
        assert_eq!(site.sync(&second), Err(ErrorCode::DiskFull));
    }
    let photo = put(&vec![7; 16 * 1024]);
    let token = site.phone.token.clone();
    assert_eq!(site.api.blob_put(&token, &photo).map_err(|e| e.code), Err(ErrorCode::DiskFull));
    // Who only reads is served.
    let pulled = site.api.sync(&site.phone.token, &site.phone.pull()).unwrap();
    assert!(!pulled.pages.is_empty());
    assert_eq!(site.notes(), ["之前"]);
    fault.end();
    assert_eq!(site.sync(&second), Ok((Outcome::Applied, None)));
    assert!(site.api.blob_put(&token, &photo).unwrap().stored);
    assert_eq!(site.notes(), ["之前", "磁盘满时"], "once");
    let Site { dir, server, .. } = site;
    server.kill();
    assert_eq!(
        command(dir.path(), &["doctor"]).unwrap_or_else(|said| said).lines().count(),
        2,
        "only the backup is missing"
    );
}

#[test]
fn a_disk_that_turns_read_only_loses_nothing_that_was_acknowledged() {
    let (mut site, fault) = failing();
    let first = site.phone.note("之前");
    assert_eq!(site.sync(&first), Ok((Outcome::Applied, None)));
    fault.begin(EROFS);
    let second = site.phone.note("只读时");
    for _ in 0..3 {
        let refused = site.sync(&second).unwrap_err();
        assert!(matches!(refused, ErrorCode::Internal | ErrorCode::DiskFull), "{refused:?}");
    }
    fault.end();
    assert_eq!(site.sync(&second), Ok((Outcome::Applied, None)));
    assert_eq!(site.notes(), ["之前", "只读时"]);
}

#[test]
fn serve_says_in_a_sentence_that_its_folder_is_read_only() {
    let tools = folder();
    let dir = folder();
    init(dir.path());
    let (library, switch) = (faults(tools.path()), tools.path().join("errno"));
    std::fs::write(&switch, EROFS).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_fieldcard-server"))
        .args(["--data", dir.path().to_str().unwrap(), "serve", "--http", "--listen", "127.0.0.1:0"])
        .env("LD_PRELOAD", library)
        .env("FAULT_UNDER", dir.path())
        .env("FAULT_ERRNO", switch)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("read-only"), "{said}");
}

#[test]
fn serve_says_in_a_sentence_that_it_may_make_no_file_in_its_folder() {
    let (tools, dir) = (folder(), folder());
    init(dir.path());
    // All files are there, and are the user's own: only the folder is closed.
    assert_eq!(Running::start(dir.path(), &[]).stop(), Some(0));
    let program = tools.path().join("fieldcard-server");
    std::fs::copy(env!("CARGO_BIN_EXE_fieldcard-server"), &program).unwrap();
    let mode = |path: &Path, mode| std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    mode(tools.path(), 0o755);
    mode(dir.path(), 0o555);
    let mut command = Command::new(&program);
    command.args(["--data", dir.path().to_str().unwrap(), "serve", "--http", "--listen", "127.0.0.1:0"]);
    // Nothing is closed to root.
    if rustix::process::geteuid().is_root() {
        let chown = Command::new("chown").args(["-R", &NOBODY.to_string()]).arg(dir.path()).status().unwrap();
        assert!(chown.success());
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().unwrap();
    mode(dir.path(), 0o755);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("this user may not"), "{said}");
}

#[test]
fn a_clock_ten_years_off_lets_devices_enrol_and_work() {
    let tools = folder();
    let library = faults(tools.path());
    for seconds in ["315576000", "-315576000"] {
        let clock = [("LD_PRELOAD", library.to_str().unwrap()), ("FAULT_SECONDS", seconds)];
        let dir = folder();
        init(dir.path());
        command(dir.path(), &["user", "add", "li", "--name", "李师傅", "--role", "technician"]).unwrap();
        let envs: Vec<_> =
            clock.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let server = Running::with(dir.path(), &envs);
        let (api, phone) = log_in(dir.path(), &server, 7, &clock);
        let mut site = Site { dir, server, api, phone };
        let request = site.phone.note("时钟不准");
        assert_eq!(site.sync(&request), Ok((Outcome::Applied, None)), "{seconds}");
        let Site { dir, server, mut phone, .. } = site;
        assert_eq!(server.stop(), Some(0));
        // The clock is set right, and the same phone goes on.
        let server = Running::start(dir.path(), &[]);
        let mut api = HttpApi::new(&server.url, &phone.trust()).unwrap();
        phone.log_in(&mut api).unwrap();
        let mut site = Site { dir, server, api, phone };
        let request = site.phone.note("时钟校准");
        assert_eq!(site.sync(&request), Ok((Outcome::Applied, None)), "{seconds}");
        assert_eq!(site.notes(), ["时钟不准", "时钟校准"]);
    }
}
