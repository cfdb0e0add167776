//! Real processes killed with no warning: what each had acknowledged was written down outside, and is there.
//!
//! Half of the kills come by themselves at a labelled call of the disk, half at a random moment. The device is
//! the real core over real files, the server the real program; both in [`victim`](bin/victim.rs), which alone
//! knows how to die. Set `KILLS` for a longer run.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod device;
mod server;

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use fieldcard_tests::dying_vfs::LABELS;
use fieldcard_tests::ports::TestChance;
use fieldcard_tests::proof;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

/// The calls that come often enough for some life to end at each.
const OFTEN: [&str; 4] = ["db-write", "db-sync", "wal-write", "wal-sync"];

/// Kills of a run.
fn wanted() -> u64 {
    std::env::var("KILLS").map_or(500, |text| text.parse().unwrap())
}

/// How one life is to end.
enum Death {
    /// At this call of the disk, by itself.
    Label(String),
    /// From outside, after so many milliseconds.
    After(u64),
}

impl Report {
    /// One more life, which ended at a label or at a random moment.
    fn ended(&mut self, at_label: Option<&str>) {
        self.kills += 1;
        if let Some(label) = at_label {
            *self.at_label.entry(label.to_owned()).or_default() += 1;
        }
    }
}

impl Death {
    /// The label at which a life ended; none where it was killed from outside before it came there.
    fn label(&self, killed: bool) -> Option<&str> {
        match self {
            Self::Label(at) if !killed => at.split(':').next(),
            _ => None,
        }
    }

    fn draw(chance: &mut TestChance) -> Self {
        if chance.draw().is_multiple_of(2) {
            let label = LABELS[usize::try_from(chance.draw() % LABELS.len() as u64).unwrap()];
            // Syncs and truncations are rarer than writes.
            let most = if label.ends_with("write") { 120 } else { 25 };
            Self::Label(format!("{label}:{}", 1 + chance.draw() % most))
        } else {
            Self::After(chance.draw() % 250)
        }
    }
}

/// What many lives came to.
#[derive(Debug, Default)]
struct Report {
    /// Processes that were killed.
    kills: u64,
    /// Of those, the ones that died at a label, by label.
    at_label: BTreeMap<String, u64>,
    /// Things acknowledged.
    acks: u64,
    /// Things acknowledged and gone.
    lost: u64,
}

/// Does `work` while a process has so many milliseconds to live; whether it had to be killed.
fn within<T>(pid: Pid, ms: u64, work: impl FnOnce() -> T) -> (T, bool) {
    let (ended, end) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let killer = scope.spawn(move || {
            let late = end.recv_timeout(Duration::from_millis(ms)) == Err(RecvTimeoutError::Timeout);
            if late {
                let _ = kill_process(pid, Signal::KILL);
            }
            late
        });
        let value = work();
        drop(ended);
        (value, killer.join().unwrap())
    })
}

/// Waits for a process that has to end by a kill: one that stops by itself has failed, and shows nothing.
fn wait_killed(child: &mut Child) {
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(Signal::KILL.as_raw()), "it ended by itself: {status}");
}

fn victim(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_victim"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Adds what one program's lives came to and says the whole: the last line counts both programs.
fn count(report: &Report) {
    static ALL: Mutex<Report> = Mutex::new(Report { kills: 0, at_label: BTreeMap::new(), acks: 0, lost: 0 });
    let mut all = ALL.lock().unwrap();
    all.kills += report.kills;
    for (label, times) in &report.at_label {
        *all.at_label.entry(label.clone()).or_default() += times;
    }
    all.acks += report.acks;
    all.lost += report.lost;
    proof::say(&json!({"kills": all.kills, "at_label": all.at_label, "acks": all.acks, "lost": all.lost}));
}

#[expect(clippy::print_stdout, reason = "the run says what it did")]
fn tell(what: &str, report: &Report, wanted: u64) {
    println!("kill -9, {what}: {report:?}");
    assert_eq!(report.lost, 0, "{what}: {report:?}");
    count(report);
    assert!(report.kills >= wanted && report.acks > 0, "{what}: {report:?}");
    // A place where nobody dies proves nothing.
    let never: Vec<_> = OFTEN.iter().filter(|label| !report.at_label.contains_key(**label)).collect();
    assert!(wanted < 250 || never.is_empty(), "{what}: nobody died at {never:?}");
}

#[test]
fn nothing_acknowledged_is_lost_by_a_device_that_is_killed() {
    let half = wanted() / 2;
    tell("device", &device::lives(half), half);
}

#[test]
fn nothing_acknowledged_is_lost_by_a_server_that_is_killed() {
    let half = wanted().div_ceil(2);
    tell("server", &server::lives(half), half);
}
