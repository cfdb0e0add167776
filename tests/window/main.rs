//! The real window: the app that is shipped, its webview, a server process; two kills and a day without network.
//!
//! Not part of `cargo test`: it needs the screens, the app and a display's programs. `./dev test` runs it as its own
//! stage; a missing program fails. Read next: `tests/support/window/day.rs`.

use std::path::Path;

use fieldcard_tests::window::day::{self, Scene};
use fieldcard_tests::window::driver::Display;

#[test]
fn the_main_job_in_the_real_window_outlives_two_kills_and_a_day_without_network() {
    let home = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    let display = Display::in_memory().unwrap();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-data");
    let scene = Scene { demo: &demo, home: home.path(), out: out.path(), display: &display };
    let (report, _server) = day::run(&scene).unwrap();
    assert_eq!(report.lost, Vec::<String>::new());
    assert!(report.entered >= 22, "{report:?}");
    assert_eq!(report.verify, "valid");
    let (left, right) = report.receipt.split_once('-').unwrap();
    assert_eq!((left.len(), right.len()), (4, 4), "{}", report.receipt);
}
