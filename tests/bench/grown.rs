//! What a store of many records costs more than one of few: a call without news, and one op.
//!
//! The floor of each figure is the same figure with few records, so that the ratio is the growth.

use fieldcard_schema::digest::Digest;
use fieldcard_server::desk::Desk;
use fieldcard_server::folder::DataFolder;
use fieldcard_tests::server::Server;

use crate::fleet::{Line as Way, Phone};
use crate::measure::{Line, figure, median, timed, took};
use crate::wire::{fill, office, pinned};
use crate::workload::{self, Row};
use crate::{AnyError, Scale};

/// Ops of one push.
const OPS: usize = 50;

/// What was measured with so many records.
struct At {
    nothing: f64,
    bytes: usize,
    op: f64,
}

/// Runs all of it.
pub(crate) fn lines(scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let documents = workload::read("w2.jsonl", scale.few)?;
    let mut server = office()?;
    let mut phone = Phone::enlist(&mut Desk::open(&DataFolder::at(server.folder()), Digest::ZERO)?, 0)?;
    fill(&server, &documents.rows)?;
    let few = measure(&mut server, &mut phone, &documents.rows, scale)?;
    for copy in 1..scale.many.div_ceil(documents.rows.len().max(1)) {
        fill(&server, &copied(&documents.rows, copy))?;
    }
    let many = measure(&mut server, &mut phone, &documents.rows, scale)?;
    eprintln!("grown: {} records, then {}", scale.few, scale.many);
    Ok(vec![
        Line::of("nothing_bodies", "B", figure(many.bytes), figure(few.bytes)),
        Line::of("nothing_grown", "ms", many.nothing * 1e3, few.nothing * 1e3),
        Line::of("op_grown", "ms", many.op * 1e3, few.op * 1e3),
    ])
}

/// The same rows under other ids.
fn copied(rows: &[Row], copy: usize) -> Vec<Row> {
    let other = |rec: fieldcard_schema::id::RecordId| {
        let digest = Digest::of_parts(&[rec.as_bytes(), &(copy as u64).to_be_bytes()]);
        fieldcard_schema::id::RecordId(uuid::Uuid::from_bytes(std::array::from_fn(|at| digest.0[at])))
    };
    rows.iter().map(|row| Row { rec: other(row.rec), job: row.job.map(other), ..row.clone() }).collect()
}

/// Seconds of a call without news, bytes of its bodies, and seconds of processors that one op costs.
fn measure(server: &mut Server, phone: &mut Phone, rows: &[Row], scale: &Scale) -> Result<At, AnyError> {
    pinned(|| server.start())?;
    let way = Way::to(server)?;
    let phones = std::slice::from_mut(phone);
    let mut bodies = Vec::new();
    for _ in 0..scale.pushes {
        let work: Vec<Row> = phones[0].own_rows(rows.iter().take(OPS));
        bodies.push(phones[0].push(&work)?.encode()?);
    }
    let ops = figure(bodies.len() * OPS.min(rows.len()));
    let pid = server.pid().ok_or("no server")?;
    let ((), push) = took(&[pid], || way.series(phones, vec![bodies]))?;
    way.drain(phones)?;
    let mut times = Vec::new();
    for _ in 0..scale.syncs {
        let body = vec![phones[0].pull().encode()?];
        times.push(timed(|| way.each(phones, body))?.1);
    }
    server.kill()?;
    Ok(At { nothing: median(times), bytes: phones[0].bytes, op: push.cpu / ops })
}
