//! A working day on real input: jobs dispatched by the office, done with no network, signed by customers,
//! and handed in by evening over HTTPS to a real server process that is killed once.
//!
//! Two technicians, one supervisor. The day is made so that every way an op can end happens at least once.
//! Two comparisons in the end: every op and blob of the devices' outboxes with what the server holds, byte for
//! byte; and every text that was typed, kept here and not on a device, with the server's export and cards.

use std::collections::BTreeMap;
use std::path::Path;

use fieldcard_card::PublicKey;
use fieldcard_core::driver::http::HttpApi;
use fieldcard_core::enrolment::Invitation;
use fieldcard_core::store::Place;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::card::Card;
use serde::Serialize;
use serde_json::{Value, json};

use crate::AnyError;
use crate::device::Device;
use crate::pictures;
use crate::ports::TestClock;
use crate::server::{Desk, Server};
use crate::typed;
use crate::verify;

/// 2026-11-23 07:00 in Shanghai.
pub const MORNING: i64 = 1_795_388_400_000;

const MINUTE: i64 = 60_000;

/// What a day came to.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DayReport {
    /// Jobs worked on.
    pub jobs: usize,
    /// Cards sealed.
    pub sealed: usize,
    /// Ops made on devices.
    pub ops: usize,
    /// Photos and cards made on devices.
    pub blobs: usize,
    /// Ops and blobs that the server holds, byte for byte.
    pub held: usize,
    /// Texts and numbers that were typed.
    pub typed: usize,
    /// Ops, blobs and typed texts that it does not.
    pub lost: usize,
    /// What `fieldcard verify` says of all cards, from the bytes that the server holds.
    pub verify: String,
    /// How ops ended; `leave` counts jobs that left a device.
    pub outcomes: BTreeMap<String, usize>,
}

/// One technician with his device and his way to the office.
struct Technician {
    device: Device,
    api: HttpApi,
    user: String,
    /// What was typed into it.
    typed: Vec<String>,
}

struct Day {
    server: Server,
    desk: Desk,
    qin: Technician,
    yang: Technician,
    clock: TestClock,
    jobs: Vec<RecordId>,
}

/// Login of the supervisor, and of the two technicians.
const SUPERVISOR: &str = "chenguodong";
const QIN: &str = "qinyongsheng";
const YANG: &str = "yangjianping";

/// Runs a day with `count` new jobs for the first technician, over the files in `demo`.
pub fn run(count: usize, demo: &Path) -> Result<DayReport, AnyError> {
    let clock = TestClock::at(MORNING);
    let mut server = Server::init("衡川重工云岭服务部")?;
    let demo = demo.to_str().ok_or("the path of the demo data is not text")?;
    server.command(&["import", demo])?;
    server.start()?;
    let org_key = server.code(QIN)?.org_key;
    let desk = Desk::log_in(&server, org_key, SUPERVISOR)?;
    let qin = Technician::enrol(&server, QIN, Device::new(Place::memory(), &clock, 11)?)?;
    let yang = Technician::enrol(&server, YANG, Device::new(Place::memory(), &clock, 22)?)?;
    let mut day = Day { server, desk, qin, yang, clock, jobs: Vec::new() };
    day.dispatch(count)?;
    day.qin.exchange()?;
    day.yang.exchange()?;
    day.work()?;
    day.meanwhile_in_the_office()?;
    day.evening()?;
    day.report()
}

impl Technician {
    /// Scans the code, shows his six digits, is confirmed, and fetches his work.
    fn enrol(server: &Server, login: &str, mut device: Device) -> Result<Self, AnyError> {
        let qr = server.code(login)?;
        let mut api = server.api(qr.org_key)?;
        api.look()?;
        let seen = api.tls_key_seen().ok_or("no TLS key was seen")?;
        let invitation = Invitation::read("", &qr.to_text()).ok_or("the code cannot be read")?;
        device.core.begin_enrolment(&invitation, seen, login)?;
        device.exchange(&mut api)?;
        let owner = device.owner()?.ok_or("the enrolment got no answer")?;
        server.command(&["device", "confirm", &owner.fingerprint])?;
        device.exchange(&mut api)?;
        Ok(Self { device, api, user: owner.user.to_string(), typed: Vec::new() })
    }

    fn exchange(&mut self) -> Result<bool, AnyError> {
        Ok(self.device.exchange(&mut self.api)?)
    }

    fn act(&mut self, request: Value) -> Result<Option<String>, AnyError> {
        let said = request.to_string();
        self.typed.extend(typed::typed(&request));
        Ok(self.device.act(request).map_err(|e| format!("{said}: {e}"))?.rec)
    }

    /// Records of a kind that hang on a job, newest last.
    fn records(&mut self, job: RecordId, kind: &str) -> Result<Vec<RecordId>, AnyError> {
        let seen = self.device.core.store()?.cache.of_job(job)?;
        Ok(seen.iter().filter(|s| s.state.kind == kind && !s.state.void).map(|s| s.rec).collect())
    }

    fn photo(&mut self, job: RecordId, phase: &str, n: usize) -> Result<(), AnyError> {
        let original = pictures::scene(n);
        let begin = json!({"type": "photo.begin", "size": original.len(), "media_type": "image/jpeg"});
        let photo = self.act(begin)?.ok_or("no photo")?;
        for (index, chunk) in original.chunks(256 * 1024).enumerate() {
            let base64 = pictures::to_base64(chunk);
            self.act(json!({"type": "photo.chunk", "photo": photo, "index": index, "base64": base64}))?;
        }
        self.act(json!({"type": "photo.finish", "photo": photo, "job": job, "phase": phase}))?;
        Ok(())
    }
}

impl Day {
    /// The office writes jobs down for machines that had trouble before, and dispatches them.
    fn dispatch(&mut self, count: usize) -> Result<(), AnyError> {
        let known = self.desk.get("/jobs")?;
        let mut known = known["jobs"].as_array().cloned().unwrap_or_default();
        known.retain(|job| job["serial"].as_str().is_some_and(|serial| !serial.is_empty()));
        for n in 0..count {
            let like = &known[n % known.len()];
            let serial = like["serial"].as_str().ok_or("a job without its machine")?;
            let found = self.desk.get(&format!("/machines?q={serial}"))?;
            let job = json!({
                "type": "repair", "mode": "passive", "machine": found["machines"][0]["machine"], "site": like["site"],
                "report": "热车后动臂没劲，整车越干越慢", "reported_at": MORNING - 60 * MINUTE,
                "plan_from": MORNING + 60 * MINUTE, "plan_to": MORNING + 240 * MINUTE, "priority": "normal",
            });
            let job = self.desk.post("/jobs", &job)?["job"].as_str().ok_or("no job")?.to_owned();
            // Yang rides along on the first.
            let crew = if n == 0 { vec![self.yang.user.clone()] } else { Vec::new() };
            let to = json!({"assignee": self.qin.user, "crew": crew});
            self.desk.post(&format!("/jobs/{job}/assign"), &to)?;
            self.jobs.push(job.parse()?);
        }
        Ok(())
    }

    /// No network from here on: nobody calls `exchange` but once at noon, for one job, on one bar.
    fn work(&mut self) -> Result<(), AnyError> {
        let shared = self.jobs[0];
        self.qin.act(json!({"type": "fault.set", "job": shared, "field": "cause", "value": "待查"}))?;
        self.qin.exchange()?;
        self.yang.exchange()?;
        for text in ["主泵磨损", "主泵配流盘磨损"] {
            self.yang.act(json!({"type": "fault.set", "job": shared, "field": "cause", "value": text}))?;
        }
        self.yang.act(
            json!({"type": "fault.set", "job": shared, "field": "phenomenon", "value": "热车后动臂无力"}),
        )?;
        self.qin.act(
            json!({"type": "job.propose", "job": shared, "field": "contact_phone", "value": "12900009999"}),
        )?;
        for (n, job) in self.jobs.clone().into_iter().enumerate() {
            self.repair(job, n)?;
            self.sign_off(job, n)?;
        }
        let report = "顺路请看一下回转异响";
        let place = "云岭县石砭镇石料厂";
        self.qin.act(
            json!({"type": "job.create", "customer": "石砭石料厂", "place": place, "phone": "12900001111",
            "serial": "00417", "model": "HCE215-9", "job_type": "inspection", "report": report}),
        )?;
        Ok(())
    }

    fn repair(&mut self, job: RecordId, n: usize) -> Result<(), AnyError> {
        let visit = self.qin.records(job, "visit")?.pop().ok_or("no visit")?;
        let start = self.clock.ms();
        // On every third job he forgets to tap "arrived" and enters it afterwards.
        let steps: &[&str] =
            if n % 3 == 2 { &["depart", "work"] } else { &["accept", "depart", "arrive", "work"] };
        for step in steps {
            self.clock.pass(12 * MINUTE);
            self.qin.act(json!({"type": format!("visit.{step}"), "visit": visit}))?;
        }
        if n % 3 == 2 {
            let at = start + 20 * MINUTE;
            self.qin.act(json!({"type": "visit.arrive", "visit": visit, "at": at}))?;
        }
        let hours = format!("{}.5", 1_820 + 37 * n);
        self.qin.act(json!({"type": "reading.set", "job": job, "meter": "hours", "value": hours}))?;
        for (field, text) in [
            ("phenomenon", "热车后动臂无力"),
            ("place", "主泵"),
            ("cause", "主泵调节器卡滞"),
            ("action", "更换主泵总成，清洗油箱，试机正常"),
        ] {
            self.qin.act(json!({"type": "fault.set", "job": job, "field": field, "value": text}))?;
        }
        self.qin.photo(job, "fault", 3 * n)?;
        self.qin.photo(job, "old_part", 3 * n + 1)?;
        self.replace_part(job, n)?;
        self.qin.act(json!({"type": "note.add", "job": job, "text": format!("系统压力 31.{n} MPa")}))?;
        self.qin.act(json!({"type": "charge.add", "job": job, "code": "trip", "label": "往返 48 km",
            "quantity": "48", "amount": 9_600, "currency": "CNY", "payer": "customer"}))?;
        Ok(())
    }

    fn replace_part(&mut self, job: RecordId, n: usize) -> Result<(), AnyError> {
        let line = self.qin.act(json!({"type": "part_line.add", "job": job, "number": "HC31-02150B",
            "name": "主泵总成", "serialised": true}))?;
        let line = line.ok_or("no part line")?;
        self.qin
            .act(json!({"type": "part_line.set_serial", "line": line, "serial": format!("K3V2611{n:04}")}))?;
        self.qin.act(json!({"type": "part_line.set_payer", "line": line, "payer": "maker"}))?;
        let old = self.qin.records(job, "old_part")?.pop().ok_or("a part came out and has no record")?;
        self.qin.act(
            json!({"type": "old_part.set_serial", "old_part": old, "serial": format!("K3V2209{n:04}")}),
        )?;
        self.qin.act(
            json!({"type": "old_part.set_disposition", "old_part": old, "disposition": "return_urgent"}),
        )?;
        Ok(())
    }

    /// Signed, by proxy, refused, absent: in turn.
    fn sign_off(&mut self, job: RecordId, n: usize) -> Result<(), AnyError> {
        let visit = self.qin.records(job, "visit")?.pop().ok_or("no visit")?;
        self.qin
            .act(json!({"type": "sign_off.prepare", "visit": visit, "kind": "final", "language": "zh"}))?;
        self.qin.act(json!({"type": "sign_off.hand_over", "visit": visit}))?;
        self.clock.pass(2 * MINUTE);
        let mut confirm = json!({"type": "sign_off.confirm", "visit": visit});
        let more = match n % 4 {
            0 => {
                json!({"how": "signed", "strokes": pictures::ink(n), "words": "修得快，机器有劲了", "satisfaction": 5,
                "signer": {"name": "许建军", "role": "operator", "authority": "listed"}})
            }
            1 => json!({"how": "proxy", "ticked": true, "words": "",
                "signer": {"name": "钱启富", "role": "site_manager", "authority": "presumed"}}),
            2 => {
                json!({"how": "refused", "reason": "disputes_cost", "words": "先把说法给清楚再签", "witness": "罗正华"})
            }
            _ => json!({"how": "absent", "reason": "nobody_on_site", "witness": "赵文斌"}),
        };
        if let (Some(confirm), Some(more)) = (confirm.as_object_mut(), more.as_object()) {
            confirm.extend(more.clone());
        }
        self.qin.act(confirm)?;
        // The seal does not give the phone back: his initials do.
        self.qin.act(json!({"type": "sign_off.take_back", "visit": visit, "initials": "QYS"}))?;
        for step in ["leave", "back"] {
            self.clock.pass(15 * MINUTE);
            self.qin.act(json!({"type": format!("visit.{step}"), "visit": visit}))?;
        }
        Ok(())
    }

    /// The supervisor moves the last job to Yang, whose device hears of it first.
    fn meanwhile_in_the_office(&mut self) -> Result<(), AnyError> {
        if let Some(moved) = self.jobs.last() {
            self.desk.post(&format!("/jobs/{moved}/assign"), &json!({"assignee": self.yang.user}))?;
        }
        self.yang.exchange()?;
        Ok(())
    }

    /// The server dies in the middle of the evening and comes back.
    fn evening(&mut self) -> Result<(), AnyError> {
        self.qin.device.tell(fieldcard_core::sync::Event::Wanted)?;
        for _ in 0..4 {
            self.qin.device.exchange_once(&mut self.qin.api)?;
        }
        self.server.kill()?;
        self.qin.exchange()?;
        self.server.start()?;
        for _ in 0..3 {
            self.clock.pass(MINUTE);
            if !self.qin.exchange()? || !self.yang.exchange()? {
                return Err("an exchange did not come to rest".into());
            }
        }
        Ok(())
    }

    fn report(&mut self) -> Result<DayReport, AnyError> {
        let mut report = DayReport { jobs: self.jobs.len() + 1, ..DayReport::default() };
        let held = self.server.op_digests()?;
        for technician in [&mut self.qin, &mut self.yang] {
            let store = technician.device.core.store()?;
            for op in store.outbox.all_ops()? {
                report.ops += 1;
                let there = held.binary_search(&Digest::of(&op.body)).is_ok() && op.outcome.is_some();
                *(if there { &mut report.held } else { &mut report.lost }) += 1;
                let ended = match op.outcome.map(|o| (o.outcome, o.why)) {
                    None => "none",
                    Some((Outcome::Applied, Some(Why::Late))) => "late",
                    Some((Outcome::Applied, _)) => "applied",
                    Some((Outcome::Merged, _)) => "merged",
                    Some((Outcome::Conflict, _)) => "conflict",
                    Some((Outcome::Parked, _)) => "parked",
                };
                *report.outcomes.entry(ended.to_owned()).or_default() += 1;
            }
            for blob in store.outbox.all_blobs()? {
                report.blobs += 1;
                let there =
                    self.server.blob(blob.sha256).is_some_and(|bytes| Digest::of(&bytes) == blob.sha256);
                *(if there && blob.stored { &mut report.held } else { &mut report.lost }) += 1;
            }
        }
        let texts = typed::held(&self.server)?;
        for text in self.qin.typed.iter().chain(&self.yang.typed) {
            report.typed += 1;
            report.lost += usize::from(!texts.has(text));
        }
        let left = self.jobs.clone().iter().filter(|job| !self.qin.holds(**job)).count();
        report.outcomes.insert("leave".into(), left);
        self.verify_cards(&mut report)?;
        Ok(report)
    }

    /// Runs `fieldcard verify` on every card, made up from what the server holds.
    fn verify_cards(&mut self, report: &mut DayReport) -> Result<(), AnyError> {
        let key = self.qin.device.public_key()?.ok_or("no device key")?;
        let folder = tempfile::tempdir()?;
        let mut said = Vec::new();
        for op in self.qin.device.core.store()?.outbox.all_ops()? {
            let op = fieldcard_schema::op::Op::parse(&op.body)?;
            if op.kind != Card::KIND {
                continue;
            }
            let card = Card::from_fields(&op.set)?;
            let file = verify::lay_out(&self.server, &card, PublicKey(key), folder.path())?;
            said.push(verify::word(&file)?);
            report.sealed += 1;
        }
        said.sort_unstable();
        said.dedup();
        report.verify = said.join(" ");
        Ok(())
    }
}

impl Technician {
    fn holds(&mut self, job: RecordId) -> bool {
        self.device.core.store().is_ok_and(|store| store.cache.seen(job).is_ok_and(|seen| seen.is_some()))
    }
}
