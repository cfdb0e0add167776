//! One world: an office, a server, some devices; days of work under faults, then quiet, then judgement.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::fault::Fault;
use fieldcard_schema::record::job::Job;
use fieldcard_server::hub::office::{Assignment, OfficeOp};
use serde::Serialize;
use serde_json::json;

use super::clock::TrueTime;
use super::device::Device;
use super::disk::{self, DiskCounts, End};
use super::network::{Network, NetworkCounts};
use super::oracle::{Oracle, Violation};
use super::server::{self, Backup, Server};
use crate::AnyError;
use crate::day::MORNING;
use crate::office::person;
use crate::ports::TestChance;

pub(super) const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// How far a clock may jump.
pub(super) const YEARS_5: i64 = 5 * 365 * DAY;

/// Rounds in which everything must drain and agree once the faults have ended.
const ROUNDS: usize = 3;

/// Jobs of a technician a day.
const JOBS: usize = 8;

/// Calls in a hundred that meet a fault of the network.
const NETWORK_PERCENT: u64 = 15;

/// What happened besides disk and network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Days that a device worked.
    pub device_days: u64,
    /// User actions saved.
    pub saved: u64,
    /// User actions that a fault hit.
    pub hit: u64,
    /// Cards sealed.
    pub sealed: u64,
    /// Photos taken.
    pub photos: u64,
    /// Exchanges begun.
    pub exchanges: u64,
    /// Jobs given to somebody else.
    pub reassigned: u64,
    /// Jobs cancelled while at work.
    pub cancelled: u64,
    /// Clock jumps.
    pub clock_jumps: u64,
    /// Servers restored from a backup.
    pub restores: u64,
    /// Device stores put back to a copy.
    pub copies: u64,
    /// Tokens run out.
    pub expired_tokens: u64,
}

/// What a world came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Disk faults.
    pub disk: DiskCounts,
    /// Network faults.
    pub network: NetworkCounts,
    /// The rest.
    pub counts: Counts,
    /// Ops acknowledged.
    pub acks: u64,
    /// What must not happen and did.
    pub violations: Vec<Violation>,
    /// Devices that did not drain.
    pub stalls: u64,
    /// A digest over what the server holds at the end: the same seed gives the same.
    pub trace: u64,
}

/// A world.
pub struct World {
    pub(super) chance: TestChance,
    pub(super) time: TrueTime,
    server: Server,
    pub(super) devices: Vec<Device>,
    pub(super) oracle: Oracle,
    network: NetworkCounts,
    pub(super) counts: Counts,
    backup: Option<Backup>,
    copies: Vec<Option<disk::Copy>>,
    pub(super) jobs: Vec<(usize, RecordId)>,
}

impl World {
    /// A world with its people, their devices taken in, and no faults yet.
    pub fn new(seed: u64) -> Result<Self, AnyError> {
        disk::reset(seed);
        let mut chance = TestChance(seed);
        let time = TrueTime::at(MORNING);
        let page_rows = [1, 2, 7, 50, 2_000][below(&mut chance, 5)];
        let server = Server::new(&time, chance.draw(), page_rows)?;
        let count = 1 + below(&mut chance, 3);
        let devices = (0..count)
            .map(|n| Device::new(&format!("d{n}"), user(n), &time, chance.draw()))
            .collect::<Vec<_>>();
        let mut world = Self {
            chance,
            time,
            server,
            copies: vec![None; devices.len()],
            devices,
            oracle: Oracle::default(),
            network: NetworkCounts::default(),
            counts: Counts::default(),
            backup: None,
            jobs: Vec::new(),
        };
        for n in 0..count {
            world.take_in(n)?;
        }
        Ok(world)
    }

    fn take_in(&mut self, n: usize) -> Result<(), AnyError> {
        let who = user(n);
        let name = json!({"name": format!("技师{n}")}).as_object().cloned().unwrap_or_default();
        let code = self.server.office(|hub, actor| {
            hub.office(actor, vec![OfficeOp::create("person", RecordId(who.0), None, name.clone())])?;
            hub.make_code(who, true)
        })?;
        self.devices[n].enrol(&code.grouped())?;
        self.exchange_well(n)?;
        let device = self.devices[n].id()?.ok_or("the enrolment got no answer")?;
        self.server.office(|hub, _| hub.confirm_device(device))?;
        self.exchange_well(n)?;
        Ok(())
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        below(&mut self.chance, n)
    }

    pub(super) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// An exchange over a path without faults.
    fn exchange_well(&mut self, n: usize) -> Result<bool, AnyError> {
        self.exchange_over(n, 0, usize::MAX)
    }

    fn exchange_over(&mut self, n: usize, fault_percent: u64, calls: usize) -> Result<bool, AnyError> {
        let device = &mut self.devices[n];
        let mut last = device.last.take();
        let mut network = Network {
            server: &mut self.server,
            chance: &mut self.chance,
            time: &self.time,
            fault_percent,
            counts: &mut self.network,
            last: &mut last,
        };
        let rested = device.exchange(&mut network, calls)?;
        device.last = last;
        self.oracle.look_at(device)?;
        Ok(rested)
    }

    /// A day of everybody, with everything that can go wrong.
    pub fn day(&mut self) -> Result<(), AnyError> {
        self.dispatch()?;
        for n in 0..self.devices.len() {
            self.counts.device_days += 1;
            // On some mornings there is no network.
            if !self.one_in(3) {
                self.sometime_exchange(n)?;
            }
        }
        for n in 0..self.devices.len() {
            self.work(n)?;
        }
        self.office_work()?;
        self.oracle.check_acks(&mut self.server)?;
        self.time.pass(12 * 60 * MINUTE);
        self.night()
    }

    /// The office writes today's jobs down.
    fn dispatch(&mut self) -> Result<(), AnyError> {
        self.jobs.retain(|_| false);
        for n in 0..self.devices.len() {
            for _ in 0..JOBS {
                let job = Job {
                    number: Some(format!("J{:x}", self.chance.draw() & 0xffff)),
                    job_type: Some("repair".into()),
                    report: Some("热车后动臂没劲".into()),
                    plan_from: Some(fieldcard_schema::time::Timestamp(self.time.ms())),
                    ..Job::default()
                };
                let other = self.below(self.devices.len());
                let crew = if other == n { Vec::new() } else { vec![user(other)] };
                let rec = self.server.office(|hub, actor| {
                    let rec = hub.create_job(actor, &job)?;
                    let crew = crew.clone();
                    hub.assign(actor, rec, Assignment { assignee: Some(user(n)), crew, base: None })?;
                    let fault = Fault { main: true, ..Fault::default() };
                    let id = hub.new_record()?;
                    hub.office(actor, vec![OfficeOp::create(Fault::KIND, id, Some(rec), fault.to_fields())])?;
                    Ok(rec)
                })?;
                self.jobs.push((n, rec));
            }
        }
        Ok(())
    }

    pub(super) fn plan_disk_faults(&mut self, n: usize) {
        let node = self.devices[n].node.clone();
        if self.one_in(3) {
            disk::cut_in(&node, self.chance.draw() % 1_500);
        }
        if self.one_in(4) {
            disk::fill_in(&node, self.chance.draw() % 800, 1 + self.chance.draw() % 30);
        }
        if self.one_in(6) {
            disk::fail_sync_in(&node, self.chance.draw() % 800);
        }
        if self.one_in(3) {
            disk::cut_in(server::NODE, self.chance.draw() % 600);
        }
        if self.one_in(6) {
            disk::fill_in(server::NODE, self.chance.draw() % 400, 1 + self.chance.draw() % 20);
        }
    }

    pub(super) fn sometime_exchange(&mut self, n: usize) -> Result<(), AnyError> {
        self.counts.exchanges += 1;
        // Some exchanges are cut off after a few calls: out of coverage again.
        let calls = if self.one_in(3) { 1 + self.below(6) } else { usize::MAX };
        self.exchange_over(n, NETWORK_PERCENT, calls).map(drop)
    }

    /// Meanwhile in the office: jobs move, are called off, and texts are edited.
    fn office_work(&mut self) -> Result<(), AnyError> {
        for _ in 0..self.devices.len() * 2 {
            let at = self.below(self.jobs.len());
            let job = self.jobs[at].1;
            match self.below(3) {
                0 => {
                    let to = Some(user(self.below(self.devices.len())));
                    let plan = || Assignment { assignee: to, crew: Vec::new(), base: None };
                    self.server.office(|hub, actor| hub.assign(actor, job, plan()))?;
                    self.counts.reassigned += 1;
                }
                1 => {
                    let set = json!({"site": format!("工地{}", self.below(3)), "cause": "办公室改"});
                    let set = set.as_object().cloned().unwrap_or_default();
                    self.server.office(|hub, actor| {
                        hub.office(actor, vec![OfficeOp::set("job", job, set.clone(), None)])
                    })?;
                }
                _ => {
                    use fieldcard_schema::rules::job_state::JobStep;
                    // A job that is over cannot be cancelled: that refusal is right.
                    let cancelled = self.server.office(|hub, actor| {
                        Ok(hub.step_job(actor, job, JobStep::Cancelled, Some("测试")).is_ok())
                    })?;
                    self.counts.cancelled += u64::from(cancelled);
                }
            }
        }
        Ok(())
    }

    /// Between two days: tokens run out, backups are made and used, stores are put back.
    fn night(&mut self) -> Result<(), AnyError> {
        self.counts.expired_tokens += self.devices.len() as u64;
        if self.one_in(3) {
            match self.backup.take() {
                Some(backup) => {
                    let epoch = self.server.restore(&backup)?;
                    self.oracle.restored(epoch);
                    self.counts.restores += 1;
                }
                None => self.backup = Some(self.server.backup()),
            }
        }
        while self.server.office(|hub, _| hub.sweep())? {}
        for n in 0..self.devices.len() {
            if self.one_in(4) {
                self.put_back_or_copy(n)?;
            }
        }
        self.time.pass(12 * 60 * MINUTE);
        Ok(())
    }

    fn put_back_or_copy(&mut self, n: usize) -> Result<(), AnyError> {
        self.devices[n].end(End::Kill);
        let node = self.devices[n].node.clone();
        match self.copies[n].take() {
            None => self.copies[n] = Some(disk::copy(&node)),
            Some(copy) => {
                disk::put_back(&node, &copy);
                self.counts.copies += 1;
                self.oracle.forgive(&mut self.devices[n])?;
            }
        }
        Ok(())
    }

    /// The faults end: all must drain and agree. Then the judgement.
    pub fn settle(mut self) -> Result<Verdict, AnyError> {
        for n in 0..self.devices.len() {
            self.devices[n].end(End::PowerCut);
            self.devices[n].clock.jump(0);
        }
        self.server.end(End::PowerCut);
        for _ in 0..ROUNDS {
            for n in 0..self.devices.len() {
                self.time.pass(10 * MINUTE);
                self.exchange_well(n)?;
            }
        }
        let mut stalls = 0;
        for device in &mut self.devices {
            let waits = device.look(|store| store.outbox.outstanding())?;
            if waits != Some(None) {
                stalls += 1;
                let what = format!("{}: {waits:?} after {ROUNDS} rounds", device.node);
                self.oracle.violations.push(Violation { invariant: "Liveness", what });
            }
        }
        self.oracle.check_acks(&mut self.server)?;
        self.oracle.check_end(&mut self.server)?;
        // What a restored server no longer knows waits for the office: then the views differ, and say so.
        if self.counts.restores == 0 {
            for device in &mut self.devices {
                self.oracle.check_views(&mut self.server, device)?;
            }
        }
        let trace = self.server.op_digests()?.iter().fold(self.oracle.acks, |sum, digest| {
            sum.rotate_left(7) ^ u64::from_be_bytes(std::array::from_fn(|i| digest.0[i]))
        });
        Ok(Verdict {
            disk: disk::counts(),
            network: self.network,
            counts: self.counts,
            acks: self.oracle.acks,
            violations: self.oracle.violations,
            stalls,
            trace,
        })
    }
}

fn below(chance: &mut TestChance, n: usize) -> usize {
    usize::try_from(chance.draw() % n.max(1) as u64).unwrap_or(0)
}

fn user(n: usize) -> fieldcard_schema::id::UserId {
    person(u8::try_from(n + 1).unwrap_or(1))
}
