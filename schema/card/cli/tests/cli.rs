//! The program as its user meets it: what it prints, and with which code it ends.
#![expect(clippy::unwrap_used, reason = "all of this is test code")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vectors").join(name).with_extension("fieldcard")
}

fn run<const N: usize>(arguments: [&std::ffi::OsStr; N]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fieldcard")).args(arguments).output().unwrap()
}

fn verify(name: &str) -> Output {
    run(["verify".as_ref(), vector(name).as_os_str()])
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complained(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const HASH: &str = "bd2a09925b5246f10be3ac36ad3058551353861714a9d63ff3e72664fb51dc6b";

#[test]
fn the_exit_code_is_the_verdict() {
    for (name, code) in [
        ("good-whole", 0),
        ("good-photos-beside", 0),
        ("text-price", 1),
        ("bytes-nfd", 1),
        ("photo-gone", 2),
        ("chain-tail-gone", 2),
        ("file-jpeg", 3),
        ("file-later-version", 3),
        ("file-card-of-later-version", 3),
    ] {
        assert_eq!(verify(name).status.code(), Some(code), "{name}");
    }
}

#[test]
fn a_valid_card_says_who_what_and_between_when() {
    let text = said(&verify("good-whole"));
    assert!(text.starts_with("VALID"), "{text}");
    for part in ["北方机械产品服务部", "FW20251112-003", HASH, "made between 2025-11-12 06:46:40 UTC"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let bare = said(&verify("good-bare"));
    assert!(bare.contains("when it was made is not proven"), "{bare}");
}

#[test]
fn a_changed_card_says_which_check_failed() {
    let text = said(&verify("text-strokes-swapped"));
    assert!(text.starts_with("CHANGED"), "{text}");
    assert!(text.contains("FAILED   the device's seal"), "{text}");
    assert!(text.contains("when it was made is not proven"), "{text}");
}

#[test]
fn pins_are_compared() {
    let file = vector("good-whole");
    let pinned = |hash: &str| run(["verify".as_ref(), file.as_os_str(), "--card".as_ref(), hash.as_ref()]);
    assert_eq!(pinned(HASH).status.code(), Some(0));
    assert_eq!(pinned(&HASH.replace('b', "c")).status.code(), Some(1));
    assert_eq!(pinned("abc").status.code(), Some(3), "a typing error is no verdict");
}

#[test]
fn json_is_for_programs() {
    let output = run(["verify".as_ref(), vector("good-whole").as_os_str(), "--json".as_ref()]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["verdict"], "valid");
    assert_eq!(report["hash"], HASH);
    assert_eq!(report["window"]["not_after"], 1_763_020_000_000_i64);
    assert_eq!(report["checks"][0]["code"], "seal");
    assert_eq!(report["checks"][0]["outcome"], "held");
}

#[test]
fn show_draws_the_card_under_its_verdict() {
    let output = run(["show".as_ref(), vector("good-whole").as_os_str()]);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for part in [
        "VALID",
        "整机  SY215C · 尾号417",
        "换件 主泵 708-2L-00300 · 新件编号 P24-118",
        "合计  380.00 元",
        "王大力, 机主",
        "ink: 2 strokes, 5 points, 0.2 s",
        "“修得快，谢谢。⏎下次先打电话”",
        "place 39.8612345, 116.4074526 ± 12 m",
        "2025-11-13 02:13:19 UTC by the device's clock",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let changed = run(["show".as_ref(), vector("text-price").as_os_str()]);
    assert_eq!(changed.status.code(), Some(1));
    assert!(said(&changed).starts_with("CHANGED"));
}

#[test]
fn a_hostile_text_reaches_no_terminal() {
    let text = said(&run(["show".as_ref(), vector("good-odd-characters").as_os_str()]));
    assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
    assert!(text.contains("〔U+202E〕"), "{text}");
}

#[test]
fn what_cannot_be_read_is_said_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("empty"), b"").unwrap();
    std::fs::write(path("garbled"), b"\x00\x01 garbage").unwrap();
    std::fs::File::create(path("huge")).unwrap().set_len((64 << 20) + 1).unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/card-v1.json");
    for (file, reason) in [
        (path("absent"), "No such file"),
        (path("empty"), "the file is empty"),
        (path("garbled"), "not a service card file, or damaged"),
        (path("huge"), "larger than 64 MiB"),
        (golden, "without its seal"),
        (vector("file-later-version"), "written by a later version"),
        (vector("file-card-of-later-version"), "written by a later version"),
    ] {
        let output = run(["verify".as_ref(), file.as_os_str()]);
        let text = complained(&output);
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(text.contains(reason) && text.lines().count() == 1, "{reason}: {text}");
    }
}

#[test]
fn help_has_examples_and_codes() {
    let output = run(["--help".as_ref()]);
    assert_eq!(output.status.code(), Some(0));
    let text = said(&output);
    assert!(text.contains("Examples:") && text.contains("Exit codes:"), "{text}");
    assert_eq!(run(["verify".as_ref()]).status.code(), Some(3));
}
