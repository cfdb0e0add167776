//! A working day on real input: jobs dispatched by the office, done with no network, signed by customers,
//! and handed in by evening over HTTPS to a real server process that is killed once.
//!
//! Two technicians, one supervisor. The day is made so that every way an op can end happens at least once.
//! Two comparisons in the end: every op and blob of the devices' outboxes with what the server holds, byte for
//! byte; and everything that was entered, kept here and not on a device, with the server's export, photos and
//! cards, each under its own job, kind and field.

mod repair;

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
use crate::evidence::{Entered, Held};
use crate::pictures;
use crate::ports::TestClock;
use crate::server::{Desk, Server};
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
    /// Texts, numbers, choices and photos that were entered.
    #[serde(skip)]
    pub entered: usize,
    /// Ops, blobs and things entered that it does not.
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
}

/// A day from the morning on.
pub struct Day {
    server: Server,
    desk: Desk,
    qin: Technician,
    yang: Technician,
    clock: TestClock,
    jobs: Vec<RecordId>,
    /// The job that nobody reported.
    walk_up: Option<RecordId>,
    entered: Entered,
    /// Where the stores of the two phones are.
    _phones: tempfile::TempDir,
}

/// Login of the supervisor, and of the two technicians.
const SUPERVISOR: &str = "chenguodong";
const QIN: &str = "qinyongsheng";
const YANG: &str = "yangjianping";

/// Works through a day with `count` new jobs for the first technician, over the files in `demo`.
pub fn work(count: usize, demo: &Path) -> Result<Day, AnyError> {
    let clock = TestClock::at(MORNING);
    let mut server = Server::init("衡川重工云岭服务部")?;
    let demo = demo.to_str().ok_or("the path of the demo data is not text")?;
    server.command(&["import", demo])?;
    server.start()?;
    let org_key = server.code(QIN)?.org_key;
    let desk = Desk::log_in(&server, org_key, SUPERVISOR)?;
    // Files, as on a phone: the day goes through their logs.
    let phones = tempfile::tempdir()?;
    let phone = |login: &str, seed| Device::new(Place::folder(&phones.path().join(login)), &clock, seed);
    let qin = Technician::enrol(&server, QIN, phone(QIN, 11)?)?;
    let yang = Technician::enrol(&server, YANG, phone(YANG, 22)?)?;
    let (jobs, walk_up, entered) = (Vec::new(), None, Entered::default());
    let mut day = Day { server, desk, qin, yang, clock, jobs, walk_up, entered, _phones: phones };
    day.dispatch(count)?;
    day.qin.exchange()?;
    day.yang.exchange()?;
    day.work()?;
    day.meanwhile_in_the_office()?;
    day.evening()?;
    day.expect_submitted()?;
    Ok(day)
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
        Ok(Self { device, api, user: owner.user.to_string() })
    }

    fn exchange(&mut self) -> Result<bool, AnyError> {
        Ok(self.device.exchange(&mut self.api)?)
    }

    fn act(&mut self, request: Value) -> Result<Option<String>, AnyError> {
        let said = request.to_string();
        Ok(self.device.act(request).map_err(|e| format!("{said}: {e}"))?.rec)
    }

    /// Records of a kind that hang on a job, newest last.
    fn records(&mut self, job: RecordId, kind: &str) -> Result<Vec<RecordId>, AnyError> {
        let seen = self.device.core.store()?.cache.of_job(job)?;
        Ok(seen.iter().filter(|s| s.state.kind == kind && !s.state.void).map(|s| s.rec).collect())
    }

    fn photo(&mut self, job: RecordId, phase: &str, original: &[u8]) -> Result<(), AnyError> {
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
        self.describe(shared, "cause", "待查")?;
        self.qin.exchange()?;
        self.yang.exchange()?;
        // Both find the same place and another cause: the one merges, the other asks the office.
        for (field, text) in [("cause", "主泵磨损"), ("cause", "主泵配流盘磨损"), ("place", "主泵 0 号位")]
        {
            self.entered.field(shared, "fault", field, &json!(text));
            self.yang.act(json!({"type": "fault.set", "job": shared, "field": field, "value": text}))?;
        }
        let phone = "12900009999";
        let propose = json!({"type": "job.propose", "job": shared, "field": "contact_phone", "value": phone});
        self.enter((shared, "job"), &json!({ "contact_phone": phone }), propose)?;
        for (n, job) in self.jobs.clone().into_iter().enumerate() {
            self.repair(job, n)?;
            self.sign_off(job, n)?;
        }
        self.walk_up()
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

    /// Sealing the final card submits: so the office says of every job that was signed off, and of no other.
    fn expect_submitted(&self) -> Result<(), AnyError> {
        let signed = self.jobs.iter().map(|job| (job, true));
        for (job, signed) in signed.chain(self.walk_up.iter().map(|job| (job, false))) {
            let (state, steps) = self.desk.job(&job.to_string())?;
            let done = ["work_done", "submitted"].map(|code| steps.iter().any(|step| step == code));
            if (state == "submitted", done) != (signed, [signed; 2]) {
                return Err(format!("{job} is {state} after {steps:?}").into());
            }
        }
        Ok(())
    }

    /// Every op that the office has, as it exports them.
    pub fn office_ops(&self) -> Result<Vec<Value>, AnyError> {
        self.server.ops()
    }

    /// What was entered and is not in these ops.
    pub fn lost(&self, ops: &[Value]) -> Result<Vec<String>, AnyError> {
        self.entered.lost(&Held::of(ops, |sha256| self.server.blob(sha256))?)
    }

    /// What it came to.
    pub fn report(&mut self) -> Result<DayReport, AnyError> {
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
        report.entered = self.entered.count();
        for lost in self.lost(&self.office_ops()?)? {
            eprintln!("lost: {lost}");
            report.lost += 1;
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
