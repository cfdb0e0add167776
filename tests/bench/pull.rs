//! `w2`: a new device fetches everything that one technician may see.
//!
//! One person's audience holds all rows; `scope` of the documents travels as an unknown field. Floor: the rows
//! of the device's cache with its job list, by prepared inserts, in as many transactions as there were pages. The pull
//! ends when everything can be used; the comparison of both sides that follows is a figure of its own, beside a bare
//! select of what the device compares.

use fieldcard_schema::wire::frame;
use fieldcard_tests::server::Server;

use crate::floor::{Written, bare_select};
use crate::measure::{Line, Took, figure, median, middle, most_memory, took};
use crate::wire::{Technician, fill, office, pinned};
use crate::workload::{self, Documents};
use crate::{AnyError, Scale};

/// What a pull writes on the device.
const WRITTEN: [(&str, &str); 3] =
    [("rec", "ORDER BY pk"), ("rec_audience", "ORDER BY rec"), ("job_list", "ORDER BY rec")];

/// Runs all of it.
pub(crate) fn lines(scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let documents = workload::read("w2.jsonl", scale.w2)?;
    let mut server = office()?;
    fill(&server, &documents.rows)?;
    pinned(|| server.start())?;
    let pid = server.pid().ok_or("no server")?;
    let idle = most_memory(pid)?;
    let mut runs = Vec::new();
    // The first run warms up.
    for round in 0..=scale.rounds {
        let run = one_pull(&server, &documents, round)?;
        runs.extend((round > 0).then_some(run));
    }
    let of = |part: fn(&Run) -> Took| middle(&runs.iter().map(part).collect::<Vec<_>>());
    let (pull, floor, check) = (of(|run| run.pull), of(|run| run.floor), of(|run| run.check));
    let listed = median(runs.iter().map(|run| run.listed));
    let mut technician = Technician::enrol(&server, 9_999)?;
    let counted = technician.count_bytes(&server)?;
    technician.exchange()?;
    let packed = frame::compress(documents.text.as_bytes()).len();
    Ok(vec![
        Line::of("w2_pull", "s", pull.wall, floor.wall),
        Line::of("w2_pull_cpu", "s", pull.cpu, floor.cpu),
        Line::of("w2_check", "s", check.wall, listed),
        Line::of("w2_pull_bytes", "B", figure(counted.bytes()), figure(packed)),
        Line::of("w2_server_memory", "MiB", most_memory(pid)?, idle),
    ])
}

/// What one device took.
struct Run {
    pull: Took,
    floor: Took,
    check: Took,
    /// Seconds of a bare select of what is compared.
    listed: f64,
}

fn one_pull(server: &Server, documents: &Documents, round: usize) -> Result<Run, AnyError> {
    let mut technician = Technician::enrol(server, 100 + round as u64)?;
    let before = technician.device.calls;
    let pid = server.pid().ok_or("no server")?;
    let ((), pull) = took(&[pid], || technician.pull())?;
    // A nonce and a token were asked for, too.
    let pages = technician.device.calls - before - 2;
    check(&mut technician, documents)?;
    let ((), compared) = took(&[pid], || technician.exchange())?;
    technician.device.close()?;
    let file = technician.folder.path().join("cache-1.db");
    let listed = bare_select(&file, "SELECT id, ver FROM rec ORDER BY pk", &[], 3)?;
    let written = Written::of(&file, &WRITTEN)?;
    let floor = written.insert_again("NORMAL", pages)?;
    eprintln!(
        "w2 run {round}: {} rows, {pages} pages, {:.3} s ({:.3} s of processors); {} rows written, floor {:.3} s",
        documents.rows.len(),
        pull.wall,
        pull.cpu,
        written.rows(),
        floor.wall
    );
    Ok(Run { pull, floor, check: compared, listed })
}

/// All rows came, and the first and the last are there.
fn check(technician: &mut Technician, documents: &Documents) -> Result<(), AnyError> {
    let count = technician.count()?;
    let ends = documents.rows.first().zip(documents.rows.last()).ok_or("no documents")?;
    let there = technician.shows(ends.0.rec)? && technician.shows(ends.1.rec)?;
    // The technician's own record comes along.
    if there && count == documents.rows.len() as u64 + 1 {
        Ok(())
    } else {
        Err(format!("{count} of {} records came", documents.rows.len()).into())
    }
}
