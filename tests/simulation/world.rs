//! One world: an office, a server, some devices; days of work under faults, then quiet, then judgement.
//!
//! Everything that happens is an entry of one queue, in the order of a true time that nobody's clock shows: what a
//! technician does ([`super::work`]), what the office does ([`super::office`]), a timer, a call that arrives, an
//! answer that comes back. So a save, a kill or another device's call falls between any call and its answer. A
//! round trip takes time, a bar on the phone comes and goes; nothing here decides what an engine does.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_core::sync::{Answer, Call, CallId, Effect, Event, perform};
use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::clock::TrueTime;
use super::control::Control;
use super::device::Device;
use super::disk::{self, End};
use super::fault::{Dice, Faults, Kind, Spot};
use super::model::Model;
use super::network::{Network, Weather};
use super::office::OfficeTask;
use super::oracle::{Caller, Oracle};
use super::server::{Backup, Server};
use super::work::{DayCount, Task};
use crate::AnyError;
use crate::day::MORNING;
use crate::office::person;

pub(super) const MINUTE: i64 = 60_000;
pub(super) const DAY: i64 = 24 * 60 * MINUTE;

/// Faults of each kind in a thousand calls; fewer where small pages need many calls.
fn call_per_mille(page_rows: usize) -> u64 {
    match page_rows {
        0..=3 => 1,
        4..=20 => 7,
        _ => 18,
    }
}

/// An answer that comes after so many ms comes after every deadline.
const LATE_MS: i64 = 20 * MINUTE;

/// After a broken store the app's driver rests so long.
const STORE_REST_MS: i64 = 5_000;

/// Most rows of a page: small ones cost a call each, and the edges between them are what is looked for.
const PAGE_ROWS: [usize; 40] = [
    1, 3, 7, 7, 7, 20, 20, 20, 20, 20, 50, 50, 50, 50, 50, 50, 50, 50, 50, 50, 300, 300, 300, 300, 300, 300,
    300, 300, 300, 300, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000,
];

/// What a world is made from.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Its seed.
    pub seed: u64,
    /// The only faults that strike; none leaves it to the seed.
    pub only: Option<BTreeSet<Spot>>,
    /// What is broken on purpose.
    pub control: Option<Control>,
}

/// A call's outcome on its way back.
pub(super) struct Back {
    life: u64,
    flight: u64,
    id: CallId,
    answer: Result<Answer, ApiError>,
    /// The records that the ops of this call made.
    made: Vec<(RecordId, Option<RecordId>)>,
}

/// Something that happens.
pub(super) enum Happening {
    Task(usize, Task),
    Office(OfficeTask),
    Bar(usize, bool),
    Wake(usize, u64),
    Start(usize, u64),
    Overdue(usize, u64, u64, CallId),
    Arrive(usize, (u64, u64), CallId, Box<Call>),
    Answer(usize, Box<Back>),
    Strike(usize, Kind, u64),
}

/// What happened besides faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Days of a device with everything that makes one.
    pub device_days: u64,
    /// Those with less.
    pub short_days: u64,
    /// User actions acknowledged.
    pub saved: u64,
    /// User actions that a fault hit.
    pub hit: u64,
    /// User actions refused.
    pub refused: u64,
    /// Cards sealed.
    pub sealed: u64,
    /// Photos taken.
    pub photos: u64,
    /// Calls made.
    pub calls: u64,
    /// Settled without an end of any process: engines go on with what they remember.
    pub settled_running: u64,
    /// Fresh devices pulled another way, with the same result.
    pub compared_pulls: u64,
}

impl Counts {
    /// Adds another world's.
    pub fn add(&mut self, other: &Self) {
        self.device_days += other.device_days;
        self.short_days += other.short_days;
        self.saved += other.saved;
        self.hit += other.hit;
        self.refused += other.refused;
        self.sealed += other.sealed;
        self.photos += other.photos;
        self.calls += other.calls;
        self.settled_running += other.settled_running;
        self.compared_pulls += other.compared_pulls;
    }
}

/// A job of the day.
#[derive(Debug, Clone, Copy)]
pub(super) struct DayJob {
    pub(super) lead: usize,
    pub(super) crew: Option<usize>,
    pub(super) job: RecordId,
    pub(super) fault: RecordId,
}

/// A world.
pub struct World {
    pub(super) plan: Plan,
    pub(super) dice: Dice,
    pub(super) faults: Faults,
    pub(super) time: TrueTime,
    pub(super) server: Server,
    pub(super) devices: Vec<Device>,
    /// How many of them are technicians' own; the rest are copies.
    pub(super) technicians: usize,
    pub(super) oracle: Oracle,
    pub(super) model: Model,
    pub(super) counts: Counts,
    pub(super) backups: Vec<Backup>,
    pub(super) snapshot: Option<Backup>,
    pub(super) copies: BTreeMap<usize, disk::Copy>,
    pub(super) jobs: Vec<DayJob>,
    pub(super) machines: Vec<RecordId>,
    pub(super) customers: Vec<RecordId>,
    pub(super) vans: Vec<RecordId>,
    pub(super) days: u64,
    pub(super) day_counts: Vec<DayCount>,
    pub(super) refusals: BTreeMap<String, u64>,
    weather: Vec<Weather>,
    lives: Vec<u64>,
    server_ends: u64,
    queue: BTreeMap<(i64, u64), Happening>,
    queued: u64,
}

impl World {
    /// A world with its people, a day's jobs, devices taken in, and no faults yet.
    pub fn new(plan: Plan) -> Result<Self, AnyError> {
        let seed = plan.seed;
        disk::reset(seed);
        let mut dice = Dice::new(seed);
        let time = TrueTime::at(MORNING);
        let page_rows = PAGE_ROWS[dice.below("page_rows", PAGE_ROWS.len())];
        let wrap = plan.control.and_then(Control::wrap);
        let mut server = Server::with(&time, dice.draw("server"), page_rows, wrap)?;
        Control::prepare(plan.control, &mut server)?;
        let technicians = 1 + dice.below("technicians", 3);
        let devices: Vec<Device> = (0..technicians)
            .map(|n| Device::new(&format!("d{n}"), user(n), &time, dice.draw("device")))
            .collect();
        let mut world = Self {
            faults: Faults::new(seed, plan.only.clone()),
            server_ends: server.ends,
            plan,
            dice,
            time,
            server,
            devices,
            technicians,
            oracle: Oracle::default(),
            model: Model::default(),
            counts: Counts::default(),
            backups: Vec::new(),
            snapshot: None,
            copies: BTreeMap::new(),
            jobs: Vec::new(),
            machines: Vec::new(),
            customers: Vec::new(),
            vans: Vec::new(),
            days: 0,
            day_counts: Vec::new(),
            refusals: BTreeMap::new(),
            weather: vec![Weather::default(); technicians],
            lives: vec![0; technicians],
            queue: BTreeMap::new(),
            queued: 0,
        };
        world.faults.quiet = true;
        world.open_office()?;
        // The first pull finds something there.
        world.dispatch()?;
        for n in 0..technicians {
            world.take_in(n)?;
        }
        world.faults.quiet = false;
        Ok(world)
    }

    /// Takes a device in: code, request, comparing the six digits, first pull.
    pub(super) fn take_in(&mut self, n: usize) -> Result<(), AnyError> {
        let who = self.devices[n].user;
        let code = self.server.office(|hub, _| hub.make_code(who, true))?;
        self.devices[n].enrol(&code.grouped())?;
        self.bar(n, true)?;
        self.run_for(MINUTE)?;
        let device = self.devices[n].id()?.ok_or("the enrolment got no answer")?;
        self.server.office(|hub, _| hub.confirm_device(device))?;
        self.run_for(2 * MINUTE)?;
        self.bar(n, false)
    }

    /// A device more, which has no work of its own.
    pub(super) fn add_device(&mut self, device: Device) -> usize {
        self.lives.push(device.life);
        self.weather.push(Weather::default());
        self.devices.push(device);
        self.devices.len() - 1
    }

    /// Drops the last device, with its disk.
    pub(super) fn drop_device(&mut self) {
        if let Some(mut device) = self.devices.pop() {
            device.end(End::Kill);
            disk::remove(&device.node);
            self.oracle.ledgers.remove(&device.node);
            self.lives.pop();
            self.weather.pop();
        }
    }

    // ------------------------------------------------------------ the queue
    pub(super) fn later(&mut self, ms: i64, happening: Happening) {
        self.queued += 1;
        self.queue.insert((self.time.ms() + ms.max(1), self.queued), happening);
    }

    /// Lets everything happen that is due within `ms`.
    pub(super) fn run_for(&mut self, ms: i64) -> Result<(), AnyError> {
        let end = self.time.ms() + ms;
        while let Some(((at, _), _)) = self.queue.first_key_value() {
            if *at > end {
                break;
            }
            if let Some(((at, _), happening)) = self.queue.pop_first() {
                self.time.pass_to(at);
                self.happen(happening)?;
            }
        }
        self.time.pass_to(end);
        Ok(())
    }

    /// Forgets what is planned: work, bars and faults, not what engines wait for.
    pub(super) fn call_off(&mut self) {
        let stays = |happening: &Happening| {
            matches!(
                happening,
                Happening::Wake(..)
                    | Happening::Start(..)
                    | Happening::Overdue(..)
                    | Happening::Arrive(..)
                    | Happening::Answer(..)
            )
        };
        self.queue.retain(|_, happening| stays(happening));
    }

    fn happen(&mut self, happening: Happening) -> Result<(), AnyError> {
        match happening {
            Happening::Task(n, task) => self.work_off(n, task),
            Happening::Office(task) => self.office_task(task),
            Happening::Bar(n, up) => self.bar(n, up),
            Happening::Wake(n, number) => self.wake(n, number),
            Happening::Start(n, life) if self.devices[n].life == life => self.fire(n, Event::Wanted),
            Happening::Start(..) => Ok(()),
            Happening::Overdue(n, life, flight, id) => self.overdue(n, (life, flight), id),
            Happening::Arrive(n, flight, id, call) => self.arrive(n, flight, id, &call),
            Happening::Answer(n, back) => self.answer(n, *back),
            Happening::Strike(n, kind, value) => self.strike(n, kind, value),
        }
    }

    // ------------------------------------------------------------ a device's driver
    /// A bar on the phone comes or goes.
    pub(super) fn bar(&mut self, n: usize, up: bool) -> Result<(), AnyError> {
        if up {
            self.weather[n] = self.draw_weather();
            if let Some(day) = self.day_counts.get_mut(n) {
                day.attempts += 1;
            }
        }
        let awake = up || self.dice.one_in("awake", 6);
        let device = &mut self.devices[n];
        (device.online, device.awake) = (up, awake);
        self.tell(n, Event::Network { up, metered: None })?;
        if up && std::mem::take(&mut self.devices[n].due) {
            self.tell(n, Event::TimerFired)?;
        }
        if up {
            Ok(())
        } else {
            self.oracle.look_at(&mut self.devices[n], "LeaveKeepsWork", Some(&self.server))
        }
    }

    fn draw_weather(&mut self) -> Weather {
        let old = self.faults.strikes(Kind::OldProto, 15).is_some();
        let new = self.faults.strikes(Kind::NewProto, 15).is_some();
        let lost = self.faults.strikes(Kind::LoseLarge, 60);
        let largest = lost.map(|mut chance| [4 << 10, 16 << 10, 64 << 10][(chance.draw() % 3) as usize]);
        Weather { proto: i64::from(new) - i64::from(old), largest }
    }

    fn wake(&mut self, n: usize, number: u64) -> Result<(), AnyError> {
        if self.devices[n].timer == number { self.fire(n, Event::TimerFired) } else { Ok(()) }
    }

    /// Tells an event that waits while the app is not on the screen.
    fn fire(&mut self, n: usize, event: Event) -> Result<(), AnyError> {
        if self.devices[n].awake {
            return self.tell(n, event);
        }
        self.devices[n].due = true;
        Ok(())
    }

    /// Tells the engine something and makes the call that follows from it.
    pub(super) fn tell(&mut self, n: usize, event: Event) -> Result<(), AnyError> {
        let effects = self.devices[n].tell(event)?;
        let Some(effects) = effects else {
            // What an engine that begins anew waited for is waited for no longer.
            self.devices[n].flying = None;
            self.wake_after(n, STORE_REST_MS);
            return self.after(n);
        };
        for effect in effects {
            match effect {
                Effect::Call(id, call) => self.send(n, id, call),
                Effect::Deadline(id, ms) => {
                    let (life, flight) = (self.devices[n].life, self.devices[n].flights);
                    self.later(ms, Happening::Overdue(n, life, flight, id));
                }
                Effect::WakeAfter(ms) => self.wake_after(n, ms),
                Effect::Changed(_) | Effect::StateChanged => {}
            }
        }
        self.after(n)
    }

    fn wake_after(&mut self, n: usize, ms: i64) {
        self.devices[n].timer += 1;
        let number = self.devices[n].timer;
        self.later(ms, Happening::Wake(n, number));
    }

    fn send(&mut self, n: usize, id: CallId, call: Call) {
        let latency = 10 + i64::try_from(self.dice.below("latency", 60)).unwrap_or(0);
        let device = &mut self.devices[n];
        device.flights += 1;
        device.flying = Some(device.flights);
        let (life, flight) = (device.life, device.flights);
        if let Call::Sync(_, request) = &call {
            self.oracle.sent(&device.node, device.opens, &request.cursors);
        }
        if device.online {
            self.later(latency, Happening::Arrive(n, (life, flight), id, Box::new(call)));
        } else {
            let answer = Err(ErrorCode::Unreachable.into());
            let back = Back { life, flight, id, answer, made: Vec::new() };
            self.later(500, Happening::Answer(n, Box::new(back)));
        }
    }

    /// A call reaches the server, whether or not the app that made it still runs.
    fn arrive(
        &mut self,
        n: usize,
        (life, flight): (u64, u64),
        id: CallId,
        call: &Call,
    ) -> Result<(), AnyError> {
        if !self.devices[n].online {
            // It stands still until its deadline.
            self.faults.count(Kind::CutOff, 1);
            return Ok(());
        }
        self.counts.calls += 1;
        let before = self.network_faults();
        let (answer, late) = self.carry(n, call);
        let struck = self.network_faults() - before;
        if let Some(day) = self.day_counts.get_mut(n) {
            day.network_faults += struck;
        }
        self.after_server()?;
        let per_mille = call_per_mille(self.server.page_rows) / 6;
        if self.faults.strikes(Kind::KillInCall, per_mille).is_some() {
            self.faults.count(Kind::KillInCall, 1);
            self.devices[n].end(End::Kill);
            return self.after(n);
        }
        let back = Back { life, flight, id, answer, made: made_by(call) };
        self.later(if late { LATE_MS } else { 10 }, Happening::Answer(n, Box::new(back)));
        Ok(())
    }

    /// A call has stood still for too long.
    fn overdue(&mut self, n: usize, (life, flight): (u64, u64), id: CallId) -> Result<(), AnyError> {
        let device = &mut self.devices[n];
        if device.life != life || device.flying != Some(flight) {
            return Ok(());
        }
        device.flying = None;
        self.tell(n, Event::Overdue(id))
    }

    fn network_faults(&self) -> u64 {
        const KINDS: [Kind; 10] = [
            Kind::Drop,
            Kind::LoseAnswer,
            Kind::Double,
            Kind::Reorder,
            Kind::Flip,
            Kind::Truncate,
            Kind::Portal,
            Kind::Delay,
            Kind::LoseLarge,
            Kind::CutOff,
        ];
        KINDS.iter().filter_map(|kind| self.faults.counts.get(kind)).sum()
    }

    fn carry(&mut self, n: usize, call: &Call) -> (Result<Answer, ApiError>, bool) {
        let device = &mut self.devices[n];
        // A device that is short of faults towards the evening has a bad path.
        let behind = self.day_counts.get(n).is_some_and(DayCount::lacks_network_faults);
        let caller = Caller {
            node: device.node.clone(),
            user: device.user,
            device: device.id().ok().flatten(),
            revoked: device.revoked,
        };
        let usual = call_per_mille(self.server.page_rows);
        let mut last = device.last.take();
        let mut network = Network {
            server: &mut self.server,
            faults: &mut self.faults,
            time: &self.time,
            per_mille: if behind { 150 } else { usual },
            weather: self.weather[n],
            oracle: &mut self.oracle,
            model: &self.model,
            caller,
            last: &mut last,
            late: false,
            control: self.plan.control,
        };
        let answer = perform(&mut network, call);
        let late = network.late;
        self.devices[n].last = last;
        (answer, late)
    }

    fn answer(&mut self, n: usize, back: Back) -> Result<(), AnyError> {
        let Back { life, flight, id, answer, made } = back;
        let device = &mut self.devices[n];
        if device.life != life || device.flying != Some(flight) {
            return Ok(());
        }
        if answer.is_ok() && !device.online {
            self.faults.count(Kind::CutOff, 1);
            return Ok(());
        }
        device.flying = None;
        let told = answer.clone().ok().filter(|_| self.plan.control.is_some());
        let taken = matches!(&answer, Ok(Answer::Sync(response)) if response.outcomes.is_some());
        self.tell(n, Event::Answered(id, answer))?;
        Control::after(self.plan.control, &mut self.devices[n], told.as_ref(), &mut self.oracle)?;
        self.after(n)?;
        if taken && self.devices[n].life == life { self.check_shown(n, made) } else { Ok(()) }
    }

    /// What a technician made stays on his screen while the office's word of it is still on its way.
    fn check_shown(&mut self, n: usize, made: Vec<(RecordId, Option<RecordId>)>) -> Result<(), AnyError> {
        let user = self.devices[n].user;
        let his = |job: &Option<RecordId>| job.is_some_and(|job| self.model.may_see(user, job) == Some(true));
        let made: Vec<RecordId> = made.into_iter().filter(|(_, job)| his(job)).map(|(rec, _)| rec).collect();
        let missing = self.devices[n].look(|store| {
            // On a full disk what is laid over is derived once there is room.
            store.refresh_overlay()?;
            let mut missing = Vec::new();
            for rec in made {
                missing.extend(store.cache.seen(rec)?.is_none().then_some(rec));
            }
            Ok(missing)
        })?;
        if let Some(rec) = missing.unwrap_or_default().first() {
            let node = self.devices[n].node.clone();
            self.oracle.blame("Convergence", format!("{node}: his own {rec} is not shown"));
        }
        Ok(())
    }

    // ------------------------------------------------------------ after anything
    /// Looks whether a device had to start anew, and at what it then holds.
    pub(super) fn after(&mut self, n: usize) -> Result<(), AnyError> {
        let life = self.devices[n].life;
        if std::mem::replace(&mut self.lives[n], life) == life {
            return Ok(());
        }
        if let Some(day) = self.day_counts.get_mut(n) {
            day.restarts += 1;
        }
        self.oracle.look_at(&mut self.devices[n], "NoOpLost", Some(&self.server))?;
        let life = self.devices[n].life;
        self.lives[n] = life;
        self.later(2_000, Happening::Start(n, life));
        Ok(())
    }

    /// Looks whether the server had to start anew, and at what it then holds.
    pub(super) fn after_server(&mut self) -> Result<(), AnyError> {
        if std::mem::replace(&mut self.server_ends, self.server.ends) == self.server.ends {
            return Ok(());
        }
        self.oracle.check_acks()
    }

    /// The server was set back: what it said before is judged by what its disk holds now.
    pub(super) fn after_set_back(&mut self) -> Result<(), AnyError> {
        self.server_ends = self.server.ends;
        self.model.uncertain = true;
        self.oracle.set_back(&self.server.whole_blobs())
    }
}

/// The records that the ops of a call make, with their jobs.
fn made_by(call: &Call) -> Vec<(RecordId, Option<RecordId>)> {
    use fieldcard_schema::op::{Act, Op};
    let Call::Sync(_, request) = call else { return Vec::new() };
    let bodies = request.push.iter().flat_map(|push| &push.bodies);
    let ops = bodies.filter_map(|body| Op::parse(body).ok()).filter(|op| op.act == Act::Create);
    ops.map(|op| (op.rec, op.job)).collect()
}

/// The person of a technician.
pub(super) fn user(n: usize) -> UserId {
    person(u8::try_from(n + 1).unwrap_or(1))
}
