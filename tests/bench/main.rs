//! `./dev bench`: how fast it is, beside what the disk and the database alone would need.
//!
//! One line of JSON a figure on standard output: `{"metric","value","unit","floor","ratio"}`; what each run did
//! on standard error. [`local`] is a device by itself, [`push`] and [`pull`] are a device and a real server
//! process over loopback, [`many`] a hundred devices at once, [`grown`] a store of many records, [`sizes`] bytes
//! without a clock. The documents come from `workload.py`. Nothing here passes or fails by a time.

#![expect(clippy::print_stdout, reason = "it reports to whoever started it")]

mod fleet;
mod floor;
mod grown;
mod local;
mod many;
mod measure;
mod pull;
mod push;
mod sizes;
mod wire;
mod workload;

use std::process::ExitCode;

use clap::Parser;
use fieldcard_tests::AnyError;

/// Measures this machine.
#[derive(Debug, Parser)]
struct Options {
    /// A few rows of everything, once: to see that it runs.
    #[arg(long)]
    small: bool,
    /// Runs of push and pull, of which the middle is told; one more warms up.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Records that the grown store holds.
    #[arg(long, default_value_t = 100_000)]
    records: usize,
    /// Only one part: local, sizes, push, pull, many or grown.
    #[arg(long)]
    only: Option<String>,
    /// Lines of JSON, as without it.
    #[arg(long)]
    json: bool,
}

/// How much of everything.
pub(crate) struct Scale {
    rounds: usize,
    /// Documents that one device pushes.
    w1: usize,
    /// Documents that a new device pulls.
    w2: usize,
    /// Jobs in the cache of the device by itself.
    jobs: usize,
    /// Rows of the catalogue.
    parts: usize,
    views: usize,
    saves: usize,
    syncs: usize,
    /// Devices at once.
    devices: usize,
    /// Pushes of each, one after the other.
    pushes: usize,
    /// Calls without news of each.
    asks: usize,
    /// Pushes at a fixed rate, and the rate.
    latencies: usize,
    a_second: u32,
    /// Records of a store before and after it has grown.
    few: usize,
    many: usize,
}

impl Options {
    fn scale(&self) -> Scale {
        if self.small {
            let (w1, w2, jobs, parts) = (50, 500, 300, 400);
            let (devices, pushes, asks, latencies) = (10, 2, 3, 30);
            let (rounds, views, saves, syncs, a_second) = (1, 5, 10, 5, 500);
            let (few, many) = (100, 200);
            Scale {
                rounds,
                w1,
                w2,
                jobs,
                parts,
                views,
                saves,
                syncs,
                devices,
                pushes,
                asks,
                latencies,
                a_second,
                few,
                many,
            }
        } else {
            let (w1, w2, jobs, parts) = (1_000, 50_000, 10_000, 20_000);
            let (devices, pushes, asks, latencies) = (100, 10, 50, 2_500);
            let (rounds, views, saves, syncs, a_second) = (self.rounds.max(1), 50, 300, 300, 500);
            let (few, many) = (10_000, self.records);
            Scale {
                rounds,
                w1,
                w2,
                jobs,
                parts,
                views,
                saves,
                syncs,
                devices,
                pushes,
                asks,
                latencies,
                a_second,
                few,
                many,
            }
        }
    }
}

type Part = fn(&Scale) -> Result<Vec<measure::Line>, AnyError>;

fn run(options: &Options) -> Result<(), AnyError> {
    let scale = options.scale();
    let parts: [(&str, Part); 6] = [
        ("local", local::lines),
        ("sizes", sizes::lines),
        ("push", push::lines),
        ("pull", pull::lines),
        ("many", many::lines),
        ("grown", grown::lines),
    ];
    for (name, part) in parts {
        if options.only.as_ref().is_none_or(|only| only == name) {
            for line in part(&scale)? {
                println!("{}", serde_json::to_string(&line)?);
            }
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let done = run(&Options::parse());
    workload::clean();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the bench came to a stop: {error}");
            ExitCode::FAILURE
        }
    }
}
