//! `./dev demo`: a technician's day through the real window. On a display it goes at a person's pace, and the app
//! and its server stay open afterwards; without one it runs in memory.
//!
//! Leaves pictures, the sealed card and what the programs said in the folder that it prints.

#![expect(clippy::print_stdout, reason = "it reports to whoever started it")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Parser;
use fieldcard_tests::AnyError;
use fieldcard_tests::server::program;
use fieldcard_tests::window::day::{self, Report, Scene};
use fieldcard_tests::window::driver::Display;

/// A day in the window.
#[derive(Parser)]
struct Options {
    /// Folder for what the day leaves behind; what an earlier day left there goes.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    match show(&Options::parse().out) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("the day came to a stop: {error}");
            ExitCode::FAILURE
        }
    }
}

fn show(out: &Path) -> Result<bool, AnyError> {
    if out.exists() {
        std::fs::remove_dir_all(out)?;
    }
    let home = out.join("device");
    std::fs::create_dir_all(&home)?;
    let out = out.canonicalize()?;
    let home = out.join("device");
    let display = Display::own_or_in_memory()?;
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-data");
    println!("the day's pictures: {}", out.display());
    let scene = Scene { demo: &demo, home: &home, out: &out, display: &display };
    let (report, server) = day::run(&scene)?;
    let is_whole = tell(&report);
    if display.is_seen() {
        println!("the app stays open, and the office at {}; close the window to end", server.url());
        Command::new(program("fieldcard-app")?).arg("--home").arg(&home).status()?;
    }
    Ok(is_whole)
}

fn tell(report: &Report) -> bool {
    println!("entered with the server gone and the app killed twice: {} things", report.entered);
    println!("the office holds {}, lost {:?}", report.entered - report.lost.len(), report.lost);
    println!("receipt {}; the sealed card is {}", report.receipt, report.verify);
    println!("{} pictures; the card: {}", report.pictures, report.card.display());
    report.lost.is_empty() && report.verify == "valid"
}
