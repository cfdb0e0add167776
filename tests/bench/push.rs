//! `w1`: what one device recorded in an offline day goes up, and the answer to a call with no news.
//!
//! Floor of the push: the server's rows (ops, records, links, who sees them, feeds) by prepared inserts, in as
//! many transactions as there were calls. What the device writes (outcomes, the rows that come back) is not in
//! the floor, so the ratio covers it.

use fieldcard_core::ports::Chance;
use fieldcard_core::store::outbox::{NewOp, Work};
use fieldcard_schema::id::OpId;
use fieldcard_schema::merge::Outcome;
use fieldcard_schema::op::{Act, OP_VERSION, Op, Origin};
use fieldcard_schema::time::ClockReading;
use fieldcard_schema::wire::frame;
use fieldcard_tests::ports::TestChance;
use fieldcard_tests::server::Server;

use crate::floor::Written;
use crate::measure::{Line, Took, figure, median, middle, percentile, timed, took};
use crate::wire::{NOW, Technician, office, pinned};
use crate::workload::{self, Documents, Row};
use crate::{AnyError, Scale};

/// What the push of a device writes on the server.
pub(crate) const WRITTEN: [(&str, &str); 5] = [
    ("record", "WHERE born IN (SELECT pos FROM op WHERE chain IS NOT NULL) ORDER BY pk"),
    ("op", "WHERE chain IS NOT NULL ORDER BY pos"),
    (
        "rec_audience",
        "WHERE rec IN (SELECT pk FROM record WHERE born IN (SELECT pos FROM op WHERE chain IS NOT NULL)) ORDER BY rec",
    ),
    (
        "feed",
        "WHERE rec IN (SELECT pk FROM record WHERE born IN (SELECT pos FROM op WHERE chain IS NOT NULL)) ORDER BY rec",
    ),
    ("link", "ORDER BY chain, seq"),
];

/// Calls with no news that are measured for each that warms up.
const WARM_UP: usize = 10;

/// Runs all of it.
pub(crate) fn lines(scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let (mut pushes, mut floors) = (Vec::new(), Vec::new());
    // The first run warms up: files, caches, the pages of the program.
    for round in 0..=scale.rounds {
        let (push, floor) = one_push(scale, round)?;
        if round > 0 {
            pushes.push(push);
            floors.push(floor);
        }
    }
    let (push, floor) = (middle(&pushes), middle(&floors));
    let mut lines = vec![
        Line::of("w1_push", "s", push.wall, floor.wall),
        Line::of("w1_push_cpu", "s", push.cpu, floor.cpu),
    ];
    lines.extend(over_the_wire(scale)?);
    Ok(lines)
}

fn documents(scale: &Scale) -> Result<Documents, AnyError> {
    workload::read("w1.jsonl", scale.w1)
}

/// A running server and a device that holds the documents unsent.
fn day_offline(documents: &Documents, seed: u64) -> Result<(Server, Technician), AnyError> {
    let mut server = office()?;
    pinned(|| server.start())?;
    let mut technician = Technician::enrol(&server, seed)?;
    technician.exchange()?;
    record(&mut technician, &documents.rows, seed)?;
    Ok((server, technician))
}

fn one_push(scale: &Scale, round: usize) -> Result<(Took, Took), AnyError> {
    let documents = documents(scale)?;
    let (mut server, mut technician) = day_offline(&documents, round as u64)?;
    let pid = server.pid().ok_or("no server")?;
    let (calls, push) = took(&[pid], || technician.push())?;
    check(&mut technician, documents.rows.len())?;
    server.kill()?;
    let written = Written::of(&server.folder().join("fieldcard.db"), &WRITTEN)?;
    let floor = written.insert_again("FULL", calls)?;
    eprintln!(
        "w1 run {round}: {} rows, {calls} calls, {:.4} s ({:.4} s of processors); {} rows written, floor {:.4} s",
        documents.rows.len(),
        push.wall,
        push.cpu,
        written.rows(),
        floor.wall
    );
    Ok((push, floor))
}

/// Every op was applied, or the figure would be of something else.
fn check(technician: &mut Technician, rows: usize) -> Result<(), AnyError> {
    let ops = technician.device.core.store()?.outbox.all_ops()?;
    let applied = |outcome: &fieldcard_schema::wire::sync::OpOutcome| outcome.outcome == Outcome::Applied;
    let applied = ops.iter().filter(|op| op.outcome.as_ref().is_some_and(applied)).count();
    if applied == rows { Ok(()) } else { Err(format!("{applied} of {rows} ops were applied").into()) }
}

/// Bytes of the push, then time and bytes of calls with no news.
fn over_the_wire(scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let documents = documents(scale)?;
    let (server, mut technician) = day_offline(&documents, 7_777)?;
    let counted = technician.count_bytes(&server)?;
    technician.push()?;
    let pushed = counted.bytes();
    let packed = frame::compress(documents.text.as_bytes()).len();
    let mut lines = vec![Line::of("w1_push_bytes", "B", figure(pushed), figure(packed))];

    technician.exchange()?;
    let before = counted.bytes();
    technician.exchange()?;
    let nothing = counted.bytes() - before;
    let before = counted.bytes();
    technician.api.look()?;
    lines.push(Line::of("sync_nothing_bytes", "B", figure(nothing), figure(counted.bytes() - before)));

    technician.api = server.api(server.code(crate::wire::TECHNICIAN)?.org_key)?;
    let (mut syncs, mut looks) = (Vec::new(), Vec::new());
    for at in 0..scale.syncs + WARM_UP {
        let ((), sync) = timed(|| technician.exchange())?;
        let ((), look) = timed(|| Ok(technician.api.look()?))?;
        if at >= WARM_UP {
            syncs.push(sync * 1e3);
            looks.push(look * 1e3);
        }
    }
    let floor = (median(looks.clone()), percentile(looks, 0.95));
    lines.push(Line::of("sync_nothing_p50", "ms", median(syncs.clone()), floor.0));
    lines.push(Line::of("sync_nothing_p95", "ms", percentile(syncs, 0.95), floor.1));
    Ok(lines)
}

/// Saves the documents on the device, a job with its rows at a time, as ops that were made there.
fn record(technician: &mut Technician, rows: &[Row], seed: u64) -> Result<(), AnyError> {
    let owner = technician.device.owner()?.ok_or("nobody's device")?;
    let mut chance = TestChance(seed);
    let store = technician.device.core.store()?;
    for (at, job) in (0..).zip(rows.chunk_by(|_, next| next.job.is_some())) {
        let mut work = Work::default();
        for row in job {
            let wall = NOW + at;
            let mut random = [0; 10];
            chance.fill(&mut random);
            let op_id = uuid::Builder::from_unix_timestamp_millis(u64::try_from(wall)?, &random).into_uuid();
            let op = Op {
                v: OP_VERSION,
                op_id: OpId(op_id),
                user: owner.user,
                device: Origin::Device(owner.device),
                kind: row.kind.to_owned(),
                rec: row.rec,
                job: row.job,
                act: Act::Create,
                set: row.set.clone(),
                base: None,
                group: None,
                t: ClockReading(wall, at, 1),
                tz: "Asia/Shanghai".to_owned(),
                app: fieldcard_core::APP_VERSION.to_owned(),
            };
            let body = op.encode()?.into_bytes();
            work.ops.push(NewOp {
                op_id: op.op_id,
                rec: op.rec,
                job: op.job.or(Some(op.rec)),
                body,
                at: wall,
            });
        }
        store.outbox.commit(&work)?;
    }
    store.mark_stale();
    Ok(store.refresh_overlay()?)
}
