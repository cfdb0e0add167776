//! `w2`: a new device fetches everything that one technician may see.
//!
//! One person's audience holds all rows; `scope` of the documents travels as an unknown field. Floor: the rows
//! of the device's cache with its job list, by prepared inserts, in as many transactions as there were pages.

use fieldcard_schema::wire::frame;
use fieldcard_tests::server::Server;

use crate::floor::Written;
use crate::measure::{Line, Took, figure, middle, most_memory, took};
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
    let (mut pulls, mut floors) = (Vec::new(), Vec::new());
    // The first run warms up.
    for round in 0..=scale.rounds {
        let (pull, floor) = one_pull(&server, &documents, round)?;
        if round > 0 {
            pulls.push(pull);
            floors.push(floor);
        }
    }
    let (pull, floor) = (middle(&pulls), middle(&floors));
    let mut technician = Technician::enrol(&server, 9_999)?;
    let counted = technician.count_bytes(&server)?;
    technician.exchange()?;
    let packed = frame::compress(documents.text.as_bytes()).len();
    Ok(vec![
        Line::of("w2_pull", "s", pull.wall, floor.wall),
        Line::of("w2_pull_cpu", "s", pull.cpu, floor.cpu),
        Line::of("w2_pull_bytes", "B", figure(counted.bytes()), figure(packed)),
        Line::of("w2_server_memory", "MiB", most_memory(pid)?, idle),
    ])
}

fn one_pull(server: &Server, documents: &Documents, round: usize) -> Result<(Took, Took), AnyError> {
    let mut technician = Technician::enrol(server, 100 + round as u64)?;
    let before = technician.device.calls;
    let pid = server.pid().ok_or("no server")?;
    let ((), pull) = took(&[pid], || technician.exchange())?;
    // A nonce and a token were asked for, too.
    let pages = technician.device.calls - before - 2;
    check(&mut technician, documents)?;
    technician.device.close()?;
    let written = Written::of(&technician.folder.path().join("cache-1.db"), &WRITTEN)?;
    let floor = written.insert_again("NORMAL", pages)?;
    eprintln!(
        "w2 run {round}: {} rows, {pages} pages, {:.3} s ({:.3} s of processors); {} rows written, floor {:.3} s",
        documents.rows.len(),
        pull.wall,
        pull.cpu,
        written.rows(),
        floor.wall
    );
    Ok((pull, floor))
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
