//! A hundred devices at once: a burst of reconnects (`w3`), sustained pushing and pulling, pushes at a fixed rate.
//!
//! Devices are [`Phone`]s: real keys, chains and messages, no stores. Floors: the server's rows by prepared
//! inserts, in as many transactions as the pushes fill when each is full; for a pull the rows read by one
//! select; for one push a bare fdatasync.

use fieldcard_schema::digest::Digest;
use fieldcard_server::desk::Desk;
use fieldcard_server::folder::DataFolder;
use fieldcard_tests::server::Server;
use serde_json::Value;

use crate::fleet::{Line as Way, Phone};
use crate::floor::{Written, bare_select, fdatasyncs};
use crate::measure::{Line, Took, figure, median, middle, percentile, timed};
use crate::push::WRITTEN;
use crate::wire::{office, pinned};
use crate::workload::{self, Row};
use crate::{AnyError, Scale};

/// Pushes that one commit of the server takes.
const BATCH: usize = 64;

/// Ops of one push of sustained work.
const OPS: usize = 50;

/// Devices that work on the same jobs.
const TEAM: usize = 10;

/// Runs all of it.
pub(crate) fn lines(scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let (mut bursts, mut floors) = (Vec::new(), Vec::new());
    for round in 0..=scale.rounds {
        let (burst, floor) = burst(scale)?;
        if round > 0 {
            bursts.push(burst);
            floors.push(floor);
        }
    }
    let mut lines = vec![Line::of("w3_burst", "s", median(bursts), middle(&floors).wall)];
    lines.extend(sustained(scale)?);
    lines.extend(open_loop(scale)?);
    Ok(lines)
}

/// A running server with so many devices.
fn fleet(phones: usize) -> Result<(Server, Vec<Phone>), AnyError> {
    let mut server = office()?;
    let mut desk = Desk::open(&DataFolder::at(server.folder()), Digest::ZERO)?;
    let phones =
        (0..u32::try_from(phones)?).map(|n| Phone::enlist(&mut desk, n)).collect::<Result<_, _>>()?;
    drop(desk);
    pinned(|| server.start())?;
    Ok((server, phones))
}

/// The documents of one device, its whole team on the jobs.
fn teamwork(rows: &[Row], phones: &[Phone], n: usize) -> Vec<Row> {
    let team = phones.chunks(TEAM).nth(n / TEAM).unwrap_or(phones);
    let crew: Vec<Value> = team.iter().map(|phone| phone.user.to_string().into()).collect();
    let own = |row: &Row| {
        let mut row = row.clone();
        if row.job.is_none() {
            row.set.insert("crew".to_owned(), crew.clone().into());
        }
        row
    };
    rows.iter().map(own).collect()
}

/// Every device pushes what it made offline, then pulls what its team made; seconds until all are done.
fn burst(scale: &Scale) -> Result<(f64, Took), AnyError> {
    let documents = workload::read("w3.jsonl", usize::MAX)?;
    let (mut server, mut phones) = fleet(scale.devices)?;
    let each: Vec<Vec<Row>> = documents.rows.chunks(OPS).take(scale.devices).map(<[Row]>::to_vec).collect();
    let mut bodies = Vec::new();
    for n in 0..phones.len() {
        let rows = teamwork(&each[n], &phones, n);
        bodies.push(phones[n].push(&rows)?.encode()?);
    }
    let way = Way::to(&server)?;
    let ((), time) = timed(|| {
        way.each(&mut phones, bodies)?;
        way.drain(&mut phones)
    })?;
    let wanted = OPS * TEAM.min(scale.devices);
    if let Some(short) = phones.iter().find(|phone| phone.rows < wanted) {
        return Err(format!("{} of {wanted} rows came to a device", short.rows).into());
    }
    server.kill()?;
    let written = Written::of(&server.folder().join("fieldcard.db"), &WRITTEN)?;
    let floor = written.insert_again("FULL", scale.devices.div_ceil(BATCH))?;
    eprintln!(
        "w3: {} devices, {} rows each, {time:.3} s; floor {:.3} s",
        phones.len(),
        phones[0].rows,
        floor.wall
    );
    Ok((time, floor))
}

/// Pushing without a pause, then pulling all of it from nothing, then asking for news that are none.
fn sustained(scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let documents = workload::read("w1.jsonl", usize::MAX)?;
    let (mut server, mut phones) = fleet(scale.devices)?;
    let mut bodies = Vec::new();
    for phone in &mut phones {
        let rows = phone.own_rows(documents.rows.iter().cycle().take(scale.pushes * OPS));
        let pushes: Result<Vec<Vec<u8>>, AnyError> =
            rows.chunks(OPS).map(|rows| Ok(phone.push(rows)?.encode()?)).collect();
        bodies.push(pushes?);
    }
    let way = Way::to(&server)?;
    let ((), push) = timed(|| way.series(&mut phones, bodies))?;
    let ((), pull) = timed(|| way.drain(&mut phones))?;
    let rows: usize = phones.iter().map(|phone| phone.rows).sum();
    let ops = scale.devices * scale.pushes * OPS;
    if rows < ops {
        return Err(format!("{rows} of {ops} rows came").into());
    }
    let asks: Vec<Vec<Vec<u8>>> = phones
        .iter()
        .map(|phone| Ok(vec![phone.pull().encode()?; scale.asks]))
        .collect::<Result<_, AnyError>>()?;
    let ((), asked) = timed(|| way.series(&mut phones, asks))?;
    let asks = scale.devices * scale.asks;
    let looks = way.looks(scale.devices, scale.asks)?;
    server.kill()?;
    let file = server.folder().join("fieldcard.db");
    let written = Written::of(&file, &WRITTEN)?;
    let floor = written.insert_again("FULL", scale.pushes * scale.devices.div_ceil(BATCH))?;
    let select = "SELECT rec, kind, job, fields, ver, born, author FROM record ORDER BY pk";
    let read = bare_select(&file, select, &[], 3)?;
    eprintln!("sustained: {ops} ops in {push:.3} s, {rows} rows in {pull:.3} s, {asks} asks in {asked:.3} s");
    Ok(vec![
        Line::rate("push_sustained", "ops/s", figure(ops) / push, figure(ops) / floor.wall),
        Line::rate("pull_all", "rows/s", figure(rows) / pull, figure(rows) / read),
        Line::rate("sync_nothing_rate", "syncs/s", figure(asks) / asked, figure(asks) / looks),
    ])
}

/// One op a push, at a fixed rate, whether or not those before have been answered.
fn open_loop(scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let documents = workload::read("w1.jsonl", usize::MAX)?;
    let (server, mut phones) = fleet(scale.devices)?;
    let each = scale.latencies.div_ceil(scale.devices);
    let queue = |phone: &mut Phone| phone.own_rows(documents.rows.iter().cycle().take(each)).into_iter();
    let mut queues: Vec<_> = phones.iter_mut().map(queue).collect();
    let mut bodies = Vec::new();
    for at in 0..scale.latencies {
        let n = at % phones.len();
        let row: Vec<Row> = queues[n].next().into_iter().collect();
        bodies.push(phones[n].push(&row)?.encode()?);
    }
    let way = Way::to(&server)?;
    let ms = |times: Vec<f64>| times.into_iter().map(|time| time * 1e3).collect::<Vec<_>>();
    let times = ms(way.timetable(&phones, bodies, scale.a_second)?);
    let bare = ms(fdatasyncs(server.folder(), scale.saves)?);
    let line =
        |name, part| Line::of(name, "ms", percentile(times.clone(), part), percentile(bare.clone(), part));
    Ok(vec![
        Line::of("fdatasync", "ms", median(bare.clone()), median(bare.clone())),
        line("push_500_p50", 0.5),
        line("push_500_p99", 0.99),
        line("push_500_max", 1.0),
    ])
}
