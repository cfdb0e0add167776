//! What a technician waits for with no network: Today, a job's page, saving, finding a part.
//!
//! The cache holds as many jobs as the scale says, each with eight records, put in as pages of a pull are; the
//! catalogue came over the wire. Floors: the view's rows read by a prepared select and nothing made of them;
//! a bare commit of one row as long as the op; the rows of the hits read by number.

use std::collections::BTreeMap;
use std::path::Path;

use fieldcard_core::store::cache::{Change, Over, PagePlan};
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::op::Mark;
use fieldcard_schema::wire::page::{Row, RowText};
use rusqlite::types::Value as Sql;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::floor::{Bare, bare_select};
use crate::measure::{Line, figure, median, percentile, timed};
use crate::wire::{NOW, Technician, office};
use crate::{AnyError, Scale};

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Records a page holds.
const PAGE: usize = 2_000;

/// Times that each view is asked for before it counts.
const WARM_UP: usize = 5;

/// Runs all of it.
pub(crate) fn lines(scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let mut server = office()?;
    let (lists, numbers) = catalogue(scale.parts)?;
    server.command(&["import", lists.path().to_str().ok_or("a path that is no text")?])?;
    server.start()?;
    let mut technician = Technician::enrol(&server, 5)?;
    technician.exchange()?;
    fill(&mut technician, scale.jobs)?;
    let (today, page) = views(&mut technician, scale)?;
    let saves = saves(&mut technician, scale)?;
    let (search, hits) = searches(&mut technician, &numbers)?;
    // An open store is held by one connection alone: the floors are measured behind it.
    technician.device.close()?;
    let floors = floors(technician.folder.path(), scale, hits)?;
    let mut lines = vec![
        Line::of("today", "ms", today * 1e3, floors.today * 1e3),
        Line::of("job_page", "ms", page * 1e3, floors.page * 1e3),
    ];
    lines.extend(saves);
    lines.push(Line::of("part_search_p95", "ms", search, floors.search * 1e3));
    Ok(lines)
}

/// Seconds that the bare rows of each read model take.
struct Floors {
    today: f64,
    page: f64,
    search: f64,
}

fn floors(folder: &Path, scale: &Scale, hits: i64) -> Result<Floors, AnyError> {
    let cache = folder.join("cache-1.db");
    let rows = "SELECT row, kept FROM job_list JOIN rec ON rec.pk = job_list.rec
                WHERE bucket IN (?1, ?2) AND (plan IS NULL OR plan < ?3) ORDER BY plan DESC LIMIT 500";
    let open = [Sql::from(0), Sql::from(1), Sql::from(NOW + 2 * DAY)];
    let today = bare_select(&cache, rows, &open, scale.views)?;
    let rows = "SELECT pk, id, kind, job, ver, coalesce(view, shadow), kept FROM rec WHERE job = ?1";
    let page = bare_select(&cache, rows, &[Sql::from(uuid(0, 0).as_bytes().to_vec())], scale.views)?;
    let rows = "SELECT body FROM row WHERE pk % ?1 = 0 ORDER BY pk LIMIT ?2";
    let search = bare_select(&dataset_file(folder)?, rows, &[Sql::from(1), Sql::from(hits)], scale.views)?;
    Ok(Floors { today, page, search })
}

/// The first rows of the demo's catalogue in a folder of their own, and what people would type to find them.
fn catalogue(parts: usize) -> Result<(tempfile::TempDir, Vec<String>), AnyError> {
    let whole = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("demo-data/parts.csv"))?;
    let folder = tempfile::tempdir()?;
    let lines: Vec<&str> = whole.lines().take(parts + 1).collect();
    std::fs::write(folder.path().join("parts.csv"), lines.join("\n") + "\n")?;
    let mut typed = Vec::new();
    for (at, line) in lines.iter().skip(1).step_by((parts / 200).max(1)).enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let (number, name, initials) = (cells[0], cells[1], cells[4]);
        typed.push(match at % 5 {
            0 => number.to_owned(),
            1 => number.chars().skip(5).take(4).collect(),
            2 => name.chars().take(2).collect(),
            3 => initials.chars().take(3).collect(),
            _ => name.chars().skip(1).collect(),
        });
    }
    Ok((folder, typed))
}

/// Ids in order, as a device that makes them one after the other has them.
fn uuid(job: usize, part: usize) -> RecordId {
    let low = 0x8000_0000_0000_0000 | (job as u64) << 16 | part as u64;
    RecordId(Uuid::from_u64_pair(0x0192_0000_0000_7000, low))
}

/// Puts jobs into the cache: 40 planned today, 40 tomorrow, a few overdue, all others done.
fn fill(technician: &mut Technician, jobs: usize) -> Result<(), AnyError> {
    let user = technician.device.owner()?.ok_or("nobody's device")?.user;
    let mut changes = Vec::new();
    for n in 0..jobs {
        changes.extend(job(n, jobs, user)?);
    }
    let store = technician.device.core.store()?;
    let mark = store.cache.mark()?.unwrap_or(Mark { pos: 0, hash: [0; 8] });
    while !changes.is_empty() {
        let rest = changes.split_off(changes.len().min(PAGE));
        let plan = PagePlan {
            audience: 77,
            cursor: "f0".to_owned(),
            partial: false,
            changes: std::mem::replace(&mut changes, rest),
            mark,
            epoch: store.cache.state("epoch")?.unwrap_or_default(),
        };
        let over = Over { recs: &BTreeMap::new(), derived: &|_, _| Ok(None), keep: &|_| Ok(false) };
        store.cache.apply(&plan, &over)?;
    }
    Ok(())
}

fn job(n: usize, jobs: usize, user: UserId) -> Result<Vec<Change>, AnyError> {
    let few = (jobs / 250).max(1);
    let (days, done) = match n % few {
        0 if n < few * 40 => (0, false),
        1 if n < few * 40 => (1, false),
        2 if n < few * 20 => (-2, false),
        _ => (-3 - i64::try_from(n % 27).unwrap_or(0), true),
    };
    let at = NOW + days * DAY;
    let step = if done { "work_done" } else { "dispatched" };
    let fields = [
        (
            "job",
            json!({
                "number": format!("FW2611{n:05}"), "type": "repair", "assignee": user, "customer_name": "长丰采石场",
                "contact_name": "罗师傅", "contact_phone": format!("1290000{:04}", n % 10_000), "site": "云岭县北山",
                "machine_model": "HCE215-9", "machine_serial": format!("HCE215·22C·{n:05}"), "brand": "HC",
                "report": "热车后动臂无力", "reported_at": at - DAY, "plan_from": at, "plan_to": at + 7_200_000,
            }),
        ),
        ("visit", json!({"number": 1, "lead": user, "planned_from": at, "planned_to": at + 7_200_000})),
        ("step", json!({"of": "job", "subject": uuid(n, 0), "step": step, "at": at})),
        ("reading", json!({"visit": uuid(n, 1), "meter": "hours", "value": "1820.5"})),
        (
            "fault",
            json!({"main": true, "phenomenon": "热车后动臂无力", "cause": "主泵调节器卡滞", "action": "更换主泵"}),
        ),
        (
            "part_line",
            json!({"visit": uuid(n, 1), "in_part": "HC31-02150B", "in_name": "主泵总成", "in_qty": "1",
            "out_part": "HC31-02150A", "out_name": "主泵总成", "out_qty": "1", "payer": "maker"}),
        ),
        (
            "old_part",
            json!({"part_line": uuid(n, 5), "tag": "7KQ2-001-A", "part": "HC31-02150A", "qty": "1"}),
        ),
        ("note", json!({"text": "用户要求下午三点前完工, 已答应", "visit": uuid(n, 1)})),
    ];
    let change = |(part, (kind, set)): (usize, (&str, Value))| {
        let ver = 1 + (n * 8 + part) as u64;
        let state = RecordState {
            kind: kind.to_owned(),
            job: (part > 0).then(|| uuid(n, 0)),
            fields: set.as_object().cloned().unwrap_or_default(),
            ver,
            born: ver,
            author: user,
            void: false,
            field_vers: BTreeMap::new(),
        };
        Ok(Change::Put(RowText::of(&Row { rec: uuid(n, part), state })?))
    };
    fields.into_iter().enumerate().map(change).collect()
}

/// Seconds of Today and of a job's page.
fn views(technician: &mut Technician, scale: &Scale) -> Result<(f64, f64), AnyError> {
    let today = view_times(technician, scale, |_| json!({"type": "today"}))?;
    let of_job = |at: usize| json!({"type": "job_page", "job": uuid((at * 37) % scale.jobs, 0)});
    Ok((today, view_times(technician, scale, of_job)?))
}

/// The middle of the times that a view takes in the core.
fn view_times(
    technician: &mut Technician,
    scale: &Scale,
    query: impl Fn(usize) -> Value,
) -> Result<f64, AnyError> {
    let mut times = Vec::new();
    for at in 0..scale.views + WARM_UP {
        let (view, time) = timed(|| Ok(technician.device.view(query(at))?))?;
        if view.as_object().is_none_or(serde_json::Map::is_empty) {
            return Err(format!("the view shows nothing: {view}").into());
        }
        times.push(time);
    }
    Ok(median(times.split_off(WARM_UP)))
}

/// Notes saved one by one, each beside a bare commit of as many bytes.
fn saves(technician: &mut Technician, scale: &Scale) -> Result<Vec<Line>, AnyError> {
    let text = "更换主泵后试车两小时, 动臂举升正常, 压力 34.3 MPa";
    let add = |at: usize| json!({"type": "note.add", "job": uuid((at * 37) % scale.jobs, 0), "text": text});
    technician.device.act(add(0))?;
    let ops = technician.device.core.store()?.outbox.all_ops()?;
    let bare = Bare::new(technician.folder.path(), ops.last().map_or(0, |op| op.body.len()))?;
    let (mut saved, mut floor) = (Vec::new(), Vec::new());
    for at in 0..scale.saves + WARM_UP {
        saved.push(timed(|| Ok(technician.device.act(add(at))?))?.1 * 1e3);
        floor.push(bare.commit()?);
    }
    let (saved, floor) = (saved.split_off(WARM_UP), floor.split_off(WARM_UP));
    let floor: Vec<f64> = floor.into_iter().map(|seconds| seconds * 1e3).collect();
    Ok(vec![
        Line::of("save_p50", "ms", median(saved.clone()), median(floor.clone())),
        Line::of("save_p95", "ms", percentile(saved, 0.95), percentile(floor, 0.95)),
    ])
}

/// Searches as people type them: whole numbers, pieces of numbers, Chinese, initials. Milliseconds of the 95th in
/// a hundred, and how many rows a search finds.
fn searches(technician: &mut Technician, typed: &[String]) -> Result<(f64, i64), AnyError> {
    let query = |text: &str| json!({"type": "parts", "job": uuid(0, 0), "search": text, "limit": 50});
    let (mut times, mut hits, mut found) = (Vec::new(), 0, 0);
    for text in typed {
        // The middle of three: else the 95th in a hundred tells of other programs on this machine.
        let mut of_three = Vec::new();
        for _ in 0..3 {
            let (view, time) = timed(|| Ok(technician.device.view(query(text))?))?;
            found = view["hits"].as_array().map_or(0, Vec::len);
            of_three.push(time * 1e3);
        }
        hits += found;
        times.push(median(of_three));
    }
    if hits == 0 {
        return Err("no search finds anything".into());
    }
    eprintln!(
        "part search: {} searches, {} rows found in all, p50 {:.2} ms",
        typed.len(),
        figure(hits),
        median(times.clone())
    );
    Ok((percentile(times, 0.95), i64::try_from(hits.div_ceil(typed.len()))?))
}

fn dataset_file(folder: &Path) -> Result<std::path::PathBuf, AnyError> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if stem.starts_with("parts-") && path.extension().is_some_and(|ending| ending == "db") {
            return Ok(path);
        }
    }
    Err("no catalogue came".into())
}
