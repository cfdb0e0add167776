//! What goes over the wire where no clock runs: a finished job with its sealed card, a new version of a catalogue.
//!
//! Floors: the ops' bytes packed alone; the card as it is; the changed lines of the list packed alone.

use std::path::Path;

use fieldcard_core::store::Place;
use fieldcard_core::sync::{Call, Effect, Event};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::frame;
use fieldcard_server::desk::Desk;
use fieldcard_server::folder::DataFolder;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::Office;
use fieldcard_tests::pictures;
use fieldcard_tests::ports::TestClock;
use serde_json::json;

use crate::measure::{Line, figure};
use crate::wire::{NOW, office};
use crate::{AnyError, Scale};

/// Rows of the catalogue that change; of a small one every second.
const CHANGED: usize = 500;

/// Where the price stands in the department's list of parts, and how many columns it has.
const PRICE: usize = 13;

/// Runs all of it.
pub(crate) fn lines(scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let (body, bare, card) = job()?;
    let (delta, packed) = delta(scale.parts)?;
    Ok(vec![
        Line::of("job_body", "B", figure(body), figure(bare)),
        Line::of("job_card", "B", figure(card), figure(card)),
        Line::of("delta_500", "B", figure(delta), figure(packed)),
    ])
}

/// Bytes of the push of a job of ten ops, of its ops packed alone, and of its card.
fn job() -> Result<(usize, usize, usize), AnyError> {
    let clock = TestClock::at(NOW);
    let mut office = Office::new(None, &clock, 2_000)?;
    let (job, visit) = office.repair()?;
    let mut device = office.phone(Place::memory(), &clock)?;
    work(&mut device, &job.to_string(), &visit.to_string())?;
    device.tell(Event::Wanted)?;
    let push = device.pending().iter().rev().find_map(|effect| match effect {
        Effect::Call(_, Call::Sync(_, request)) => request.push.as_ref().map(|push| (request, push)),
        _ => None,
    });
    let (request, push) = push.ok_or("nothing is pushed")?;
    let bodies: usize = push.bodies.iter().map(Vec::len).sum();
    eprintln!("job: {} ops, {bodies} bytes of ops", push.bodies.len());
    let (body, bare) = (request.encode()?.len(), frame::pack(&push.bodies).len());
    let blobs = device.core.store()?.outbox.all_blobs()?;
    Ok((body, bare, blobs.iter().map(|blob| usize::try_from(blob.size).unwrap_or(usize::MAX)).sum()))
}

/// A repair as short as it can be and be signed for.
fn work(device: &mut Device, job: &str, visit: &str) -> Result<(), AnyError> {
    for step in ["visit.depart", "visit.arrive", "visit.work"] {
        device.act(json!({"type": step, "visit": visit}))?;
    }
    device.act(json!({"type": "reading.set", "job": job, "meter": "hours", "value": "1846.5"}))?;
    for (field, text) in [("phenomenon", "热车后动臂无力"), ("action", "更换主泵，试车两小时正常")]
    {
        device.act(json!({"type": "fault.set", "job": job, "field": field, "value": text}))?;
    }
    device.act(json!({"type": "sign_off.prepare", "visit": visit, "kind": "final", "language": "zh"}))?;
    device.act(json!({"type": "sign_off.hand_over", "visit": visit}))?;
    device.act(json!({"type": "sign_off.confirm", "visit": visit, "how": "signed", "words": "好", "strokes": pictures::ink(1),
        "satisfaction": 5, "signer": {"name": "许建军", "role": "operator", "authority": "listed"}}))?;
    Ok(())
}

/// Bytes of the delta from a list of parts to one with other prices, and of the changed lines packed alone.
fn delta(parts: usize) -> Result<(usize, usize), AnyError> {
    let whole = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-data/parts.csv"))?;
    let old: Vec<String> = whole.lines().take(parts + 1).map(str::to_owned).collect();
    let mut new = old.clone();
    let every = (parts / CHANGED / 2).max(2);
    let mut changed = Vec::new();
    // A cell in quotes may hold a comma.
    let plain = new.iter_mut().skip(1).step_by(every).filter(|line| !line.contains('"'));
    for (n, line) in plain.take(CHANGED).enumerate() {
        let mut cells: Vec<&str> = line.split(',').collect();
        let price = format!("{}.{:02}", 80 + n * n * 37 % 90_000, n * 7 % 100);
        *cells.get_mut(PRICE).ok_or("a line without a price")? = &price;
        *line = cells.join(",");
        changed.push(line.clone());
    }
    let server = office()?;
    for lines in [old, new] {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("parts.csv"), lines.join("\n") + "\n")?;
        server.command(&["import", folder.path().to_str().ok_or("a path that is no text")?])?;
    }
    let mut desk = Desk::open(&DataFolder::at(server.folder()), Digest::ZERO)?;
    let told = desk.hub.dataset("parts")?.ok_or("no catalogue")?;
    let delta = told.deltas.first().ok_or("no delta was worth it")?;
    eprintln!("delta: {} of {parts} parts changed, the whole is {:?} bytes", changed.len(), told.size);
    Ok((usize::try_from(delta.size)?, frame::pack(&changed).len()))
}
