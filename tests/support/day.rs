//! A working day: jobs dispatched, done with no network, and handed to the office in the evening.
//!
//! Two technicians, one office. The day is made so that every way an op can end happens at least once. What
//! was entered is written down beside the system and compared with what the office holds.

use std::collections::BTreeMap;

use fieldcard_core::store::Place;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::merge::{Outcome, Why};
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::time::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::AnyError;
use crate::device::Device;
use crate::office::{Office, person};
use crate::ports::TestClock;

/// 2026-11-23 07:00 in Shanghai.
pub const MORNING: i64 = 1_795_388_400_000;

const HOUR: i64 = 3_600_000;

/// What a day came to.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DayReport {
    /// Jobs done.
    pub jobs: usize,
    /// Ops made on devices.
    pub ops: usize,
    /// Ops that the office holds, byte for byte.
    pub held: usize,
    /// Ops that it does not.
    pub lost: usize,
    /// How they ended; `leave` counts jobs that left a device.
    pub outcomes: BTreeMap<String, usize>,
}

struct Day {
    office: Office,
    wang: Device,
    li: Device,
    clock: TestClock,
    jobs: Vec<RecordId>,
    visits: Vec<RecordId>,
}

const WANG: u8 = 1;
const LI: u8 = 2;

/// Runs a day with `count` jobs for the first technician.
pub fn run(count: usize, page_rows: usize) -> Result<DayReport, AnyError> {
    let clock = TestClock::at(MORNING);
    let mut day = Day {
        office: Office::new(None, &clock, page_rows)?,
        wang: Device::new(Place::memory(), &clock, 11)?,
        li: Device::new(Place::memory(), &clock, 22)?,
        clock,
        jobs: Vec::new(),
        visits: Vec::new(),
    };
    day.dispatch(count)?;
    day.office.take_in(&mut day.wang, person(WANG))?;
    day.office.take_in(&mut day.li, person(LI))?;
    day.work()?;
    day.meanwhile_in_the_office()?;
    day.evening()?;
    day.report()
}

fn fields(value: &Value) -> fieldcard_schema::json::Fields {
    value.as_object().cloned().unwrap_or_default()
}

impl Day {
    /// The office dispatches `count` jobs, each with its machine, customer and planned visit.
    fn dispatch(&mut self, count: usize) -> Result<(), AnyError> {
        for n in 0..count {
            let customer = Customer {
                name: Some(format!("云岭县{n}号石料场")),
                phone: Some(format!("1290000{n:04}")),
                ..Customer::default()
            };
            let customer = self.office.create(&customer)?;
            let machine = Machine {
                model: Some("HCE215-9".into()),
                serial: Some(format!("HCE215·22C·{n:05}")),
                customer: Some(customer),
                ..Machine::default()
            };
            let machine = self.office.create(&machine)?;
            let job = Job {
                number: Some(format!("FW20261123-{n:03}")),
                job_type: Some("repair".into()),
                machine: Some(machine),
                customer: Some(customer),
                assignee: Some(person(WANG)),
                report: Some("热车后动臂无力".into()),
                plan_from: Some(Timestamp(MORNING + HOUR)),
                ..Job::default()
            };
            let job = self.office.create_job(&job)?;
            self.visits.push(self.office.visit_of(job)?);
            self.jobs.push(job);
        }
        // Li rides along on the first job.
        Ok(self.office.assign(self.jobs[0], Some(person(WANG)), vec![person(LI)])?)
    }

    /// No network from here on: nobody calls `exchange`.
    fn work(&mut self) -> Result<(), AnyError> {
        for (n, (job, visit)) in self.jobs.clone().into_iter().zip(self.visits.clone()).enumerate() {
            self.repair(job, visit, n)?;
        }
        let shared = self.jobs[0];
        self.li.act(json!({"type": "job.set_text", "job": shared, "field": "cause", "value": "主泵磨损"}))?;
        self.li.act(
            json!({"type": "job.set_text", "job": shared, "field": "findings", "value": "回油温度高"}),
        )?;
        self.wang.act(
            json!({"type": "job.propose", "job": shared, "field": "contact_phone", "value": "12900009999"}),
        )?;
        self.wang
            .act(json!({"type": "job.create", "job_type": "inspection", "report": "顺路请看一下异响"}))?;
        Ok(())
    }

    fn repair(&mut self, job: RecordId, visit: RecordId, n: usize) -> Result<(), AnyError> {
        let start = self.clock.ms();
        // On every third job he forgets to tap "arrived" and enters it afterwards.
        let steps: &[&str] = if n % 3 == 2 {
            &["departed", "working"]
        } else {
            &["accepted", "departed", "arrived", "working"]
        };
        for step in steps {
            self.step(visit, step)?;
        }
        if n % 3 == 2 {
            let at = start + HOUR / 8;
            self.wang.act(json!({"type": "visit.step", "visit": visit, "step": "arrived", "at": at}))?;
        }
        self.wang
            .act(json!({"type": "note.add", "job": job, "text": format!("第{n}台：系统压力 31.2 MPa")}))?;
        for (field, text) in
            [("findings", "回油温度高"), ("cause", "主泵调节器卡滞"), ("action", "清洗调节器，更换滤芯")]
        {
            self.wang.act(json!({"type": "job.set_text", "job": job, "field": field, "value": text}))?;
        }
        self.wang.act(json!({"type": "job.step", "job": job, "step": "work_done"}))?;
        self.step(visit, "left")?;
        self.step(visit, "back")
    }

    fn step(&mut self, visit: RecordId, step: &str) -> Result<(), AnyError> {
        self.clock.pass(HOUR / 6);
        self.wang.act(json!({"type": "visit.step", "visit": visit, "step": step}))?;
        Ok(())
    }

    /// The supervisor moves the last job to Li, and Li's device hears of it first.
    fn meanwhile_in_the_office(&mut self) -> Result<(), AnyError> {
        if let Some(moved) = self.jobs.last() {
            self.office.assign(*moved, Some(person(LI)), Vec::new())?;
        }
        self.office.set("job", self.jobs[0], fields(&json!({"contact_phone": "12900001234"})))?;
        self.li.exchange(&mut self.office)?;
        Ok(())
    }

    fn evening(&mut self) -> Result<(), AnyError> {
        for _ in 0..3 {
            self.clock.pass(60_000);
            if !self.wang.exchange(&mut self.office)? || !self.li.exchange(&mut self.office)? {
                return Err("an exchange did not come to rest".into());
            }
        }
        Ok(())
    }

    fn report(&mut self) -> Result<DayReport, AnyError> {
        let mut report = DayReport { jobs: self.jobs.len() + 1, ..DayReport::default() };
        let held: Vec<Digest> = self.office.hub.op_digests()?;
        for device in [&mut self.wang, &mut self.li] {
            for op in device.core.store()?.outbox.all_ops()? {
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
        }
        let left = self.jobs.clone().iter().filter(|job| !self.holds(**job)).count();
        report.outcomes.insert("leave".into(), left);
        Ok(report)
    }

    fn holds(&mut self, job: RecordId) -> bool {
        self.wang.view(json!({"type": "job", "job": job})).is_ok()
    }
}

/// Whether what the office holds of a person's scope and what his device shows are the same.
pub fn converged(office: &mut Office, device: &mut Device, user: UserId) -> Result<bool, AnyError> {
    let scope = office.hub.scope(user)?;
    let store = device.core.store()?;
    for row in &scope {
        let seen = store.cache.seen(row.rec)?.map(|seen| (seen.state.fields, seen.state.ver));
        if seen != Some((row.state.fields.clone(), row.state.ver)) {
            return Ok(false);
        }
    }
    Ok(store.cache.count()? == scope.len() as u64)
}
