//! `sim`: runs worlds and says what they came to. Exit code 1 on any violation.

use clap::Parser;
use fieldcard_tests::simulation::run;

/// Runs simulated days of devices, office and server under faults, and judges them.
#[derive(Parser)]
#[command(
    name = "sim",
    after_help = "Examples:\n  sim --device-days 1000\n  sim --seed 4711 --device-days 1 --json"
)]
struct Arguments {
    /// Days to work, over all devices.
    #[arg(long, default_value_t = 200)]
    device_days: u64,
    /// First seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One line of JSON.
    #[arg(long)]
    json: bool,
}

#[expect(clippy::print_stdout, reason = "a program for people")]
fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    let report = run::run(arguments.seed, arguments.device_days);
    let text =
        if arguments.json { serde_json::to_string(&report) } else { serde_json::to_string_pretty(&report) };
    println!("{}", text.unwrap_or_default());
    std::process::ExitCode::from(u8::from(!report.violations.is_empty() || report.differed > 0))
}
