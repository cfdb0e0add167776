//! The days of a world: what is planned for each morning, what strikes at night, and how it all ends.

use fieldcard_schema::op::OP_VERSION;

use super::device::Device;
use super::disk::{self, End};
use super::fault::Kind;
use super::judge;
use super::look;
use super::office::OfficeTask;
use super::oracle::Violation;
use super::server;
use super::work::{DayCount, Task};
use super::world::{Counts, DAY, Happening, MINUTE, World, user};
use crate::AnyError;

/// How far a clock may jump.
const YEARS_5: i64 = 5 * 365 * DAY;

/// Rounds in which everything must drain and agree once the faults have ended.
const ROUNDS: usize = 3;

/// How long a round is: every retry timer fires within it.
const ROUND_MS: i64 = 6 * MINUTE;

/// Most calls of one device in one round, beyond those that its rows need at one a page.
const CALLS_MAX: u64 = 600;

/// What a world came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// How often each fault came true.
    pub faults: std::collections::BTreeMap<Kind, u64>,
    /// What struck, in order.
    pub struck: Vec<super::fault::Spot>,
    /// The rest.
    pub counts: Counts,
    /// Why actions were refused.
    pub refusals: std::collections::BTreeMap<String, u64>,
    /// Ops acknowledged.
    pub acks: u64,
    /// What must not happen and did.
    pub violations: Vec<Violation>,
    /// Devices that did not drain.
    pub stalls: u64,
    /// A digest over what the server holds at the end: the same seed gives the same.
    pub trace: u64,
}

impl World {
    /// A day of everybody, with everything that can go wrong.
    pub fn day(&mut self) -> Result<(), AnyError> {
        if self.days > 0 {
            self.dispatch()?;
        }
        self.day_counts = vec![DayCount::default(); self.technicians];
        for n in 0..self.devices.len() {
            self.plan_bars(n);
        }
        for n in 0..self.technicians {
            self.plan_work(n);
            self.plan_faults(n);
        }
        self.plan_office();
        self.run_for(11 * 60 * MINUTE)?;
        for n in 0..self.technicians {
            self.overtime(n)?;
        }
        self.run_for(MINUTE)?;
        self.after_day()
    }

    /// What a day looks like once it is over.
    fn after_day(&mut self) -> Result<(), AnyError> {
        self.call_off();
        self.snapshot = None;
        disk::spare(server::NODE);
        for n in 0..self.devices.len() {
            disk::spare(&self.devices[n].node);
        }
        self.oracle.check_acks()?;
        if self.oracle.eras == 0 {
            let look = look::server()?;
            for n in 0..self.devices.len() {
                self.oracle.check_feed(&look, &mut self.devices[n])?;
            }
        }
        for n in 0..self.technicians {
            let whole = self.day_counts[n].is_whole();
            self.counts.device_days += u64::from(whole);
            // Whoever is shut out works no more.
            self.counts.short_days += u64::from(!whole && !self.devices[n].revoked);
        }
        self.days += 1;
        self.night()
    }

    // ------------------------------------------------------------ the morning's plan
    fn plan_bars(&mut self, n: usize) {
        for window in 0..13 {
            let begin = (20 + 48 * window) * MINUTE + self.some_ms("bar", 30 * MINUTE);
            let long = 5_000 + self.some_ms("bar", 2 * MINUTE);
            self.later(begin, Happening::Bar(n, true));
            self.later(begin + long, Happening::Bar(n, false));
        }
    }

    fn some_ms(&mut self, stream: &'static str, below: i64) -> i64 {
        i64::try_from(self.dice.draw(stream) % below.unsigned_abs()).unwrap_or(0)
    }

    fn plan_work(&mut self, n: usize) {
        let jobs: Vec<_> = self.jobs.iter().copied().filter(|one| one.lead == n).collect();
        for (at, one) in jobs.iter().enumerate() {
            let mut when = 30 * MINUTE + i64::try_from(at).unwrap_or(0) * 60 * MINUTE;
            for task in Self::repair(at, *one) {
                when += MINUTE + self.some_ms("work", 3 * MINUTE);
                self.later(when, Happening::Task(n, task));
            }
        }
        let along: Vec<_> = self.jobs.iter().copied().filter(|one| one.crew == Some(n)).collect();
        for one in along {
            for task in [Task::Note(one.job), Task::Text(one.job, "cause")] {
                let when = 60 * MINUTE + self.some_ms("work", 9 * 60 * MINUTE);
                self.later(when, Happening::Task(n, task));
            }
        }
        // On a copy of his phone he goes on, too.
        for copy in self.technicians..self.devices.len() {
            let his = self.devices[copy].user == user(n);
            for one in jobs.iter().take(if his { 3 } else { 0 }) {
                let when = 60 * MINUTE + self.some_ms("work", 9 * 60 * MINUTE);
                self.later(when, Happening::Task(copy, Task::Note(one.job)));
            }
        }
    }

    fn plan_faults(&mut self, n: usize) {
        const OF_A_DEVICE: [(Kind, u64); 9] = [
            (Kind::Kill, 1_000),
            (Kind::KillAtWrite, 250),
            (Kind::Cut, 300),
            (Kind::Full, 250),
            (Kind::SyncFails, 170),
            (Kind::KeystoreCrash, 150),
            (Kind::ClockJump, 400),
            (Kind::Revoke, 12),
            (Kind::NewOp, 100),
        ];
        const OF_THE_SERVER: [(Kind, u64); 7] = [
            (Kind::ServerCut, 330),
            (Kind::ServerKillAtWrite, 200),
            (Kind::ServerFull, 160),
            (Kind::ServerSyncFails, 160),
            (Kind::BlobCrash, 160),
            (Kind::ServerClockJump, 120),
            (Kind::Rollback, 40),
        ];
        for (kind, per_mille) in OF_A_DEVICE.into_iter().chain(OF_THE_SERVER) {
            // Every third day the power goes, whatever else happens.
            let per_mille = if kind == Kind::Cut && self.days % 3 == 2 { 1_000 } else { per_mille };
            if let Some(mut chance) = self.faults.strikes(kind, per_mille) {
                let when = i64::try_from(chance.draw() % (10 * 60 * MINUTE).unsigned_abs()).unwrap_or(0);
                self.later(when, Happening::Strike(n, kind, chance.draw()));
            }
        }
    }

    fn plan_office(&mut self) {
        for _ in 0..self.technicians * 2 {
            self.plan_move(Kind::Reassign, 400);
            self.plan_move(Kind::Cancel, 250);
            for task in [OfficeTask::Edit, OfficeTask::Edit, OfficeTask::Decide, OfficeTask::Stock] {
                let when = self.some_ms("office_at", 10 * 60 * MINUTE);
                self.later(when, Happening::Office(task));
            }
        }
        for task in [OfficeTask::Machine, OfficeTask::Publish, OfficeTask::Rename] {
            if self.dice.one_in("office_at", 3) {
                let when = self.some_ms("office_at", 10 * 60 * MINUTE);
                self.later(when, Happening::Office(task));
            }
        }
    }

    fn plan_move(&mut self, kind: Kind, per_mille: u64) {
        if let Some(mut chance) = self.faults.strikes(kind, per_mille) {
            let when = i64::try_from(chance.draw() % (10 * 60 * MINUTE).unsigned_abs()).unwrap_or(0);
            let draw = chance.draw();
            let moves = kind == Kind::Reassign;
            let task = if moves { OfficeTask::Reassign(draw) } else { OfficeTask::Cancel };
            self.later(when, Happening::Office(task));
        }
    }

    /// A fault whose time has come.
    pub(super) fn strike(&mut self, n: usize, kind: Kind, value: u64) -> Result<(), AnyError> {
        let node = self.devices[n].node.clone();
        let years = i64::try_from(value % (2 * YEARS_5).unsigned_abs()).unwrap_or(0) - YEARS_5;
        match kind {
            Kind::Kill => {
                self.faults.count(kind, 1);
                self.devices[n].end(End::Kill);
            }
            Kind::KillAtWrite => disk::end_in(&node, value % 300, End::Kill),
            Kind::Cut => disk::cut_in(&node, value % 400),
            Kind::Full => disk::fill_in(&node, value % 300, 1 + value % 30),
            Kind::SyncFails => disk::fail_sync_in(&node, value % 300),
            Kind::KeystoreCrash => disk::end_at_port_in(&node, 1 + value % 20),
            Kind::ClockJump => {
                self.faults.count(kind, 1);
                self.devices[n].clock.jump(years);
            }
            Kind::ServerCut => disk::cut_in(server::NODE, value % 300),
            Kind::ServerKillAtWrite => disk::end_in(server::NODE, value % 300, End::Kill),
            Kind::ServerFull => disk::fill_in(server::NODE, value % 300, 1 + value % 20),
            Kind::ServerSyncFails => disk::fail_sync_in(server::NODE, value % 200),
            Kind::BlobCrash => disk::end_at_port_in(server::NODE, 1 + value % 10),
            Kind::ServerClockJump => {
                self.faults.count(kind, 1);
                self.time.set_server(years / 20);
            }
            Kind::Rollback => self.roll_back(value)?,
            Kind::Revoke => self.revoke(n)?,
            Kind::NewOp => {
                let job = self.jobs.iter().find(|one| one.lead == n).map(|one| one.job);
                job.map_or(Ok(()), |job| self.work_off(n, Task::NewOp(job)))?;
            }
            _ => {}
        }
        self.after(n)
    }

    /// A snapshot of the machine is taken; some time later it is set back to it.
    fn roll_back(&mut self, value: u64) -> Result<(), AnyError> {
        if let Some(snapshot) = self.snapshot.take() {
            self.server.set_back(&snapshot);
            self.faults.count(Kind::Rollback, 1);
            return self.after_set_back();
        }
        self.snapshot = Some(self.server.backup(0));
        let wait = i64::try_from(value % (5 * 60 * MINUTE).unsigned_abs()).unwrap_or(0);
        self.later(wait, Happening::Strike(0, Kind::Rollback, value));
        Ok(())
    }

    fn revoke(&mut self, n: usize) -> Result<(), AnyError> {
        if let Some(device) = self.devices[n].id()? {
            self.office(|hub, _| hub.revoke_device(device))?;
            let who = self.devices[n].user;
            // The office knows a device by its key: its copies are shut out with it.
            self.devices.iter_mut().filter(|one| one.user == who).for_each(|one| one.revoked = true);
            self.faults.count(Kind::Revoke, 1);
        }
        Ok(())
    }

    /// What is missing of a whole day is worked off in the evening.
    fn overtime(&mut self, n: usize) -> Result<(), AnyError> {
        let jobs: Vec<_> = self.jobs.iter().copied().filter(|one| one.lead == n).collect();
        for turn in 0..30 {
            let day = &self.day_counts[n];
            if day.is_whole() || self.devices[n].revoked {
                return Ok(());
            }
            let one = jobs[turn % jobs.len()].job;
            let (signs, takes) = (day.signed < 2, day.photos < 4);
            if day.attempts < 12 || day.network_faults < 3 || turn == 2 {
                self.bar(n, true)?;
                self.run_for(MINUTE)?;
                self.bar(n, false)?;
            }
            if signs {
                for step in ["depart", "arrive", "work"] {
                    self.work_off(n, Task::Step(one, step))?;
                }
                for field in ["phenomenon", "cause", "place", "action"] {
                    self.work_off(n, Task::Text(one, field))?;
                }
                self.work_off(n, Task::Reading(one))?;
                self.work_off(n, Task::SignOff(one))?;
            }
            if takes {
                self.work_off(n, Task::Photo(one))?;
            }
            self.work_off(n, Task::Note(one))?;
            self.run_for(MINUTE)?;
        }
        Ok(())
    }

    // ------------------------------------------------------------ the night
    /// Between two days: backups are made and used, stores are put back and copied, a server is renewed.
    fn night(&mut self) -> Result<(), AnyError> {
        self.run_for(60 * MINUTE)?;
        self.back_up()?;
        if self.faults.strikes(Kind::Restore, 90).is_some()
            && let Some(backup) = self.backups.first().cloned()
        {
            self.restore(&backup)?;
        }
        for n in 0..self.technicians {
            if self.faults.strikes(Kind::PutBack, 250).is_some() {
                self.put_back_or_copy(n)?;
            }
            if self.devices.len() < 5 && self.faults.strikes(Kind::Clone, 50).is_some() {
                self.copy(n)?;
            }
        }
        if self.server.op_version == OP_VERSION && self.faults.counts.contains_key(&Kind::NewOp) {
            // A later program reads what this one had to park.
            self.server.op_version = OP_VERSION + 1;
            self.server.restart();
            self.after_server()?;
        }
        self.time.set_server(0);
        while self.office(|hub, _| hub.sweep())? {}
        self.run_for(11 * 60 * MINUTE)
    }

    /// Every night a backup; what is told as backed up is the one before the newest.
    fn back_up(&mut self) -> Result<(), AnyError> {
        let head = self.office(|hub, _| hub.head())?;
        let backup = self.server.backup(head);
        if let Some(before) = self.backups.last().map(|backup| backup.head) {
            self.office(|hub, _| hub.backed_up(before))?;
        }
        self.backups.push(backup);
        if self.backups.len() > 2 {
            self.backups.remove(0);
        }
        Ok(())
    }

    fn restore(&mut self, backup: &server::Backup) -> Result<(), AnyError> {
        self.server.set_back(backup);
        self.after_set_back()?;
        self.office(|hub, _| hub.restored(0))?;
        // Later backups are of a life that never was.
        self.backups.clear();
        self.snapshot = None;
        self.faults.count(Kind::Restore, 1);
        Ok(())
    }

    fn put_back_or_copy(&mut self, n: usize) -> Result<(), AnyError> {
        self.devices[n].end(End::Kill);
        let node = self.devices[n].node.clone();
        match self.copies.remove(&n) {
            None => drop(self.copies.insert(n, disk::copy(&node))),
            Some(copy) => {
                disk::put_back(&node, &copy);
                self.faults.count(Kind::PutBack, 1);
                let stored = self.server.whole_blobs();
                self.oracle.put_back(&mut self.devices[n], &stored)?;
            }
        }
        self.after(n)
    }

    /// Somebody copies a phone, secrets and all, and goes on with both.
    fn copy(&mut self, n: usize) -> Result<(), AnyError> {
        self.devices[n].end(End::Kill);
        let node = format!("{}c{}", self.devices[n].node, self.devices.len());
        let copy: Device = self.devices[n].cloned(&node);
        self.oracle.copied(&self.devices[n].node, &node);
        let copied = self.add_device(copy);
        // Both go on before either hears of the other.
        if let Some(one) = self.jobs.iter().rfind(|one| one.lead == n).copied() {
            for at in [n, copied] {
                self.later(1_000, Happening::Task(at, Task::Note(one.job)));
            }
        }
        self.faults.count(Kind::Clone, 1);
        self.after(n)
    }

    // ------------------------------------------------------------ the end
    /// The faults end: all must drain and agree. Then the judgement.
    ///
    /// In half of the worlds nothing is ended before: engines go on with what they remember, and only their own
    /// timers and a bar that stays bring them on.
    pub fn settle(mut self) -> Result<Verdict, AnyError> {
        self.faults.quiet = true;
        self.call_off();
        let runs_on = self.dice.one_in("settle", 2);
        self.counts.settled_running += u64::from(runs_on);
        for n in 0..self.devices.len() {
            disk::spare(&self.devices[n].node);
            self.devices[n].clock.jump(0);
            if !runs_on {
                self.devices[n].end(End::PowerCut);
                self.after(n)?;
            }
        }
        disk::spare(server::NODE);
        if !runs_on {
            self.server.end(End::PowerCut);
            self.after_server()?;
        }
        self.rounds()?;
        self.judge()
    }

    fn rounds(&mut self) -> Result<(), AnyError> {
        for n in 0..self.devices.len() {
            self.devices[n].awake = true;
            self.bar(n, true)?;
        }
        for _ in 0..ROUNDS {
            let before = self.counts.calls;
            self.run_for(ROUND_MS)?;
            let rows: usize = look::server()?.feed.len();
            let most = CALLS_MAX * self.devices.len() as u64 + 3 * rows as u64;
            let calls = self.counts.calls - before;
            if calls > most {
                self.oracle.blame("Liveness", format!("{calls} calls in a round that needs at most {most}"));
            }
        }
        Ok(())
    }

    fn judge(mut self) -> Result<Verdict, AnyError> {
        let mut stalls = 0;
        for device in &mut self.devices {
            let waits = device.look(|store| store.outbox.outstanding())?;
            if waits != Some(None) {
                stalls += 1;
                let what = format!("{}: {waits:?} after {ROUNDS} rounds", device.node);
                self.oracle.blame("Liveness", what);
            }
            self.oracle.look_at(device, "NoOpLost", Some(&self.server))?;
        }
        self.oracle.check_acks()?;
        let (look, blobs) = (look::server()?, self.server.whole_blobs());
        if self.server.bad_blobs() > 0 {
            self.oracle.blame("BlobBeforeForget", "a stored blob is not what its name says".to_owned());
        }
        self.oracle.check_end(&look, &blobs);
        self.oracle.check_stock(&look);
        self.oracle.check_silence(&look);
        for device in self.devices.iter_mut().filter(|device| !device.revoked) {
            self.oracle.check_feed(&look, device)?;
            self.oracle.check_view(&look, &self.model, device)?;
        }
        if self.dice.one_in("pull_again", 8) {
            self.pull_again()?;
        }
        let trace = look.ops.iter().fold(self.oracle.acks, |sum, op| {
            sum.rotate_left(7) ^ u64::from_be_bytes(std::array::from_fn(|i| op.digest.0[i]))
        });
        self.count_disk_faults();
        Ok(Verdict {
            faults: self.faults.counts,
            struck: self.faults.struck,
            counts: self.counts,
            refusals: self.refusals,
            acks: self.oracle.acks,
            violations: self.oracle.violations,
            stalls,
            trace,
        })
    }

    /// A fresh device of the same person, with pages of another size, comes to the same.
    fn pull_again(&mut self) -> Result<(), AnyError> {
        let Some(n) = (0..self.technicians).find(|n| !self.devices[*n].revoked) else { return Ok(()) };
        let before = judge::shown(&mut self.devices[n])?;
        let rows = [1, 5, 11, 40, 500, 2_000][self.dice.below("pull_again", 6)];
        self.server.page_rows = rows;
        self.server.restart();
        self.after_server()?;
        let seed = self.dice.draw("device");
        let fresh = Device::new("fresh", self.devices[n].user, &self.time, seed);
        let at = self.add_device(fresh);
        self.take_in(at)?;
        self.bar(at, true)?;
        self.run_for(ROUND_MS)?;
        let after = judge::shown(&mut self.devices[at])?;
        let kept = |(rec, seen): &(&fieldcard_schema::id::RecordId, &(String, u64, _))| {
            self.oracle.eras > 0 && seen.0 == "exception" || after.get(*rec) == before.get(*rec)
        };
        let wrong = before.iter().chain(&after).filter(|one| !kept(one)).count();
        if wrong > 0 {
            let what = format!("{wrong} records differ when pulled by {rows} rows a page");
            self.oracle.blame("PageIndependence", what);
        }
        self.counts.compared_pulls += 1;
        self.drop_device();
        Ok(())
    }

    /// What came true on the disks.
    fn count_disk_faults(&mut self) {
        let [devices, server] = disk::counts_by_side();
        let told = [
            (Kind::Cut, devices.cuts),
            (Kind::Full, devices.full),
            (Kind::SyncFails, devices.failed_syncs),
            (Kind::KillAtWrite, devices.write_kills),
            (Kind::KeystoreCrash, devices.port_crashes),
            (Kind::ServerCut, server.cuts),
            (Kind::ServerFull, server.full),
            (Kind::ServerSyncFails, server.failed_syncs),
            (Kind::ServerKillAtWrite, server.write_kills),
            (Kind::BlobCrash, server.port_crashes),
        ];
        for (kind, count) in told {
            self.faults.count(kind, count);
        }
    }
}
