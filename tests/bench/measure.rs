//! Times and what is made of them. The only file of the bench that reads a clock.
//!
//! Never judges: a figure is printed beside its floor, and no figure fails anything.

use std::time::{Duration, Instant};

use nix::time::{clock_getcpuclockid, clock_gettime};
use nix::unistd::Pid;
use serde::Serialize;

use crate::AnyError;

/// One figure, as it is printed.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    metric: &'static str,
    value: f64,
    unit: &'static str,
    floor: f64,
    ratio: f64,
}

impl Line {
    /// A figure and what it would be if the engine did nothing but the writing or reading itself.
    pub(crate) fn of(metric: &'static str, unit: &'static str, value: f64, floor: f64) -> Self {
        Self { metric, value: rounded(value), unit, floor: rounded(floor), ratio: rounded(value / floor) }
    }
}

impl Line {
    /// A figure of which more is better; the ratio grows with what is lost.
    pub(crate) fn rate(metric: &'static str, unit: &'static str, value: f64, floor: f64) -> Self {
        Self { ratio: rounded(floor / value), ..Self::of(metric, unit, value, floor) }
    }
}

/// A clock that was started once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts it.
    pub(crate) fn begin() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a bench is there to read the clock")]
        Self(Instant::now())
    }

    /// Seconds since then.
    pub(crate) fn seconds(self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    /// What is left until so many seconds after the start.
    pub(crate) fn until(self, seconds: f64) -> Duration {
        Duration::from_secs_f64((seconds - self.seconds()).max(0.0))
    }
}

/// Four significant digits: more would be noise.
fn rounded(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// What a stretch of work took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Took {
    /// On the clock on the wall.
    pub(crate) wall: f64,
    /// Of processors, in all threads of the processes that were watched.
    pub(crate) cpu: f64,
}

/// Seconds of processor time that these processes have used, ended threads too.
fn cpu(pids: &[i32]) -> Result<f64, AnyError> {
    let mut used = Duration::ZERO;
    for pid in pids {
        let clock = clock_getcpuclockid(Pid::from_raw(*pid))?;
        used += Duration::from(clock_gettime(clock)?);
    }
    Ok(used.as_secs_f64())
}

/// The most memory that a process ever held, in MiB.
pub(crate) fn most_memory(pid: u32) -> Result<f64, AnyError> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
}

/// Runs `work`; what it took, in this process and in `others`.
pub(crate) fn took<T>(
    others: &[u32],
    work: impl FnOnce() -> Result<T, AnyError>,
) -> Result<(T, Took), AnyError> {
    let all = others.iter().copied().chain([std::process::id()]);
    let pids: Vec<i32> = all.map(i32::try_from).collect::<Result<_, _>>()?;
    let before = cpu(&pids)?;
    let (done, wall) = timed(work)?;
    Ok((done, Took { wall, cpu: cpu(&pids)? - before }))
}

/// Runs `work`; the seconds on the wall, for work too short to ask the system about its processors.
pub(crate) fn timed<T>(work: impl FnOnce() -> Result<T, AnyError>) -> Result<(T, f64), AnyError> {
    #[expect(clippy::disallowed_methods, reason = "a bench is there to read the clock")]
    let began = Instant::now();
    let done = work()?;
    Ok((done, began.elapsed().as_secs_f64()))
}

/// The value that `part` of all values (0 to 1) do not exceed.
pub(crate) fn percentile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a bench has few values")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "part lies in 0 to 1")]
    let at = (part * values.len().saturating_sub(1) as f64).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

/// The middle one.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    percentile(values.into_iter().collect(), 0.5)
}

/// The middle of each figure of several runs.
pub(crate) fn middle(runs: &[Took]) -> Took {
    Took { wall: median(runs.iter().map(|one| one.wall)), cpu: median(runs.iter().map(|one| one.cpu)) }
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^53")]
pub(crate) fn figure(count: usize) -> f64 {
    count as f64
}
