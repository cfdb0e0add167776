//! `sim`: runs worlds and says what they came to. Exit code 1 on any violation, and on a run that proves nothing.

use std::collections::BTreeSet;

use clap::Parser;
use fieldcard_tests::simulation::control::Control;
use fieldcard_tests::simulation::fault::Spot;
use fieldcard_tests::simulation::run::{self, Report};
use fieldcard_tests::simulation::world::Plan;

/// Runs simulated days of devices, office and server under faults, and judges them.
#[derive(Parser)]
#[command(
    name = "sim",
    after_help = "Examples:\n  sim --device-days 1000\n  sim --seed 4711 --device-days 1 --json\n  sim --seed 4711 --plan drop#12,power_cut#0"
)]
struct Arguments {
    /// Days to work, over all devices.
    #[arg(long, default_value_t = 200)]
    device_days: u64,
    /// First seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; one a core when left out.
    #[arg(long)]
    workers: Option<usize>,
    /// The last line is JSON.
    #[arg(long)]
    json: bool,
    /// Of the commit that is run, for the report.
    #[arg(long, default_value = "unknown")]
    commit: String,
    /// Only these faults strike, in the world of `--seed` alone: as a failing seed prints them; `all` of them.
    #[arg(long, value_delimiter = ',')]
    plan: Option<Vec<String>>,
    /// The system is broken on purpose in this way: says seed by seed which invariants see it.
    #[arg(long, conflicts_with = "plan")]
    control: Option<Control>,
}

#[expect(clippy::print_stdout, reason = "a program for people")]
fn main() -> std::process::ExitCode {
    let arguments = Arguments::parse();
    if let Some(plan) = &arguments.plan {
        return one_world(arguments.seed, plan);
    }
    if let Some(control) = arguments.control {
        return broken(control, arguments.seed, arguments.device_days);
    }
    let workers =
        arguments.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let report = run::run(arguments.seed, arguments.device_days, workers);
    let wrong = report.wrong();
    tell(&report, &wrong);
    let line = report.line(&arguments.commit);
    if arguments.json {
        println!("{line}");
    } else {
        println!("{line:#}");
    }
    std::process::ExitCode::from(u8::from(!wrong.is_empty()))
}

#[expect(clippy::print_stdout, reason = "a program for people")]
fn tell(report: &Report, wrong: &[String]) {
    for failure in &report.failures {
        println!("seed {} fails by {}: {}", failure.seed, failure.invariant, failure.what.join("; "));
        println!("  again: sim --seed {} --plan '{}'", failure.seed, failure.plan.join(","));
    }
    for what in wrong {
        println!("wrong: {what}");
    }
}

#[expect(clippy::print_stdout, reason = "a program for people")]
fn broken(control: Control, seed: u64, device_days: u64) -> std::process::ExitCode {
    let (mut worked, mut seeds) = (0, seed..);
    while let Some(seed) = seeds.next().filter(|_| worked < device_days) {
        match run::judged(&Plan { seed, only: None, control: Some(control) }) {
            Ok(verdict) => {
                worked += verdict.counts.device_days;
                let saw: BTreeSet<&str> = verdict.violations.iter().map(|one| one.invariant).collect();
                println!("seed {seed}: {}", saw.into_iter().collect::<Vec<_>>().join(" "));
            }
            Err(said) => println!("seed {seed}: broke: {said}"),
        }
    }
    std::process::ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "a program for people")]
fn one_world(seed: u64, plan: &[String]) -> std::process::ExitCode {
    if plan == ["all"] {
        return verdict_of(&Plan { seed, only: None, control: None });
    }
    let spots = plan.iter().filter(|text| !text.is_empty());
    let only: Option<BTreeSet<Spot>> = spots.map(|text| run::spot_of(text)).collect();
    let Some(only) = only else {
        println!("a fault of the plan is not known");
        return std::process::ExitCode::from(2);
    };
    verdict_of(&Plan { seed, only: Some(only), control: None })
}

#[expect(clippy::print_stdout, reason = "a program for people")]
fn verdict_of(plan: &Plan) -> std::process::ExitCode {
    let verdict = run::judged(plan);
    println!("{verdict:#?}");
    std::process::ExitCode::from(u8::from(run::failed_by(&verdict).is_some()))
}
