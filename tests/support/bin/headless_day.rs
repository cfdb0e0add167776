//! `./dev demo --headless`: a working day with no window. `--json` prints one line of JSON last.

#![expect(clippy::print_stdout, reason = "it reports to whoever started it")]

use std::path::Path;
use std::process::ExitCode;

use fieldcard_tests::day;

fn main() -> ExitCode {
    let json = std::env::args().any(|arg| arg == "--json");
    #[expect(clippy::disallowed_methods, reason = "it tells how long the whole took")]
    let began = std::time::Instant::now();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-data");
    let report = match day::work(12, &demo).and_then(|mut day| day.report()) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("the day came to a stop: {error}");
            return ExitCode::FAILURE;
        }
    };
    let whole = report.lost == 0 && report.held == report.ops + report.blobs && report.verify == "valid";
    let mut line = serde_json::to_value(&report).unwrap_or_default();
    let seconds = (began.elapsed().as_secs_f64() * 100.0).round() / 100.0;
    line["seconds"] = serde_json::json!(seconds);
    if json {
        println!("{line}");
    } else {
        println!(
            "{} jobs, {} things entered, {} ops made with no network; the office holds {} ops and blobs",
            report.jobs, report.entered, report.ops, report.held
        );
        println!("outcomes: {:?}", report.outcomes);
    }
    if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
