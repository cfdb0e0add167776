//! The real window: the app that is shipped, its webview, a server process; two kills and a day without network.
//!
//! The day as `./dev demo` shows it, where there is no display. Not part of `cargo test`: it needs the screens, the app
//! and a display's programs. `./dev test` runs it as its own stage; a missing program fails. Read next:
//! `tests/support/window/day.rs`.

use std::path::Path;
use std::process::Command;

#[test]
fn the_main_job_in_the_real_window_outlives_two_kills_and_a_day_without_network() {
    let out = tempfile::tempdir().unwrap();
    let mut day = Command::new(env!("CARGO_BIN_EXE_window_day"));
    day.arg("--out").arg(out.path().join("day")).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let day = day.output().unwrap();
    let said = String::from_utf8(day.stdout).unwrap();
    assert!(day.status.success(), "{said}\n{}", String::from_utf8_lossy(&day.stderr));
    let told = |before: &str, behind: &str| {
        let line = said
            .lines()
            .find_map(|line| line.strip_prefix(before))
            .unwrap_or_else(|| panic!("{before}: {said}"));
        line.split(behind).next().unwrap().to_owned()
    };
    let entered: usize =
        told("entered with the server gone and the app killed twice: ", " ").parse().unwrap();
    assert!(entered >= 22, "{said}");
    assert_eq!(told("the office holds ", ","), entered.to_string());
    assert!(said.contains("lost []\n") && said.contains("the sealed card is valid\n"), "{said}");
    let receipt = told("receipt ", ";");
    let (left, right) = receipt.split_once('-').unwrap();
    assert_eq!((left.len(), right.len()), (4, 4), "{receipt}");
    // What it says that it left is there.
    let pictures = said.lines().find_map(|line| line.split_once(" pictures; the card: ")).unwrap();
    let folder = told("the day's pictures: ", "\n");
    let files = std::fs::read_dir(Path::new(&folder)).unwrap().map(|file| file.unwrap().path());
    let shots = files.filter(|file| file.extension().is_some_and(|ending| ending == "png")).count();
    assert_eq!(pictures.0, shots.to_string());
    assert!(shots >= 10 && std::fs::metadata(pictures.1).unwrap().len() > 1_000, "{said}");
}
