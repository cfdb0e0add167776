//! The office of a world: who gives out the work, moves it, calls it off, writes into the very fields that a
//! technician writes into, and decides what waits for a decision. Tells the model whatever it does to people.

use fieldcard_schema::dataset::parts::Part;
use fieldcard_schema::dataset::{Header, line_of, pack};
use fieldcard_schema::id::RecordId;
use fieldcard_schema::op::Act;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::fault::Fault;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::record::machine::Machine;
use fieldcard_schema::record::van_stock::VanStock;
use fieldcard_schema::rules::job_state::JobStep;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;
use fieldcard_server::hub::Hub;
use fieldcard_server::hub::office::{Actor, Assignment, OfficeOp};
use serde_json::json;

use super::fault::Kind;
use super::work::fields;
use super::world::{DAY, DayJob, World, user};
use crate::AnyError;

/// A clock so far behind makes what it writes a month old within the days of a world.
const SOON_OVER_MS: i64 = 24 * DAY;

/// Jobs of a technician a day.
const JOBS: usize = 10;

/// One thing that the office does at its time.
#[derive(Debug, Clone, Copy)]
pub(super) enum OfficeTask {
    /// A job goes to others; with the number of its spot.
    Reassign(u64),
    /// It is called off.
    Cancel,
    /// Texts are edited, also the technician's own.
    Edit,
    /// What waits for a decision is decided.
    Decide,
    /// Parts go into a van.
    Stock,
    /// A machine is written anew.
    Machine,
    /// A catalogue comes out.
    Publish,
    /// Somebody is called something else: what all may see changes.
    Rename,
}

impl World {
    /// Something the office does, after which the server may have had to start anew.
    pub(super) fn office<T>(
        &mut self,
        act: impl FnMut(&mut Hub, &Actor) -> Result<T, ApiError>,
    ) -> Result<T, AnyError> {
        let done = self.server.office(act);
        self.after_server()?;
        done
    }

    fn create<R: Record>(&mut self, record: &R, job: Option<RecordId>) -> Result<RecordId, AnyError> {
        let rec = self.office(|hub, _| hub.new_record())?;
        let create = || OfficeOp::create(R::KIND, rec, job, record.to_fields());
        // A commit whose answer was lost in a crash has been done: the second try finds it there.
        self.office(|hub, actor| match hub.record(rec)? {
            Some(_) => Ok(()),
            None => hub.office(actor, vec![create()]).map(drop),
        })?;
        Ok(rec)
    }

    /// People, vans, customers and machines.
    pub(super) fn open_office(&mut self) -> Result<(), AnyError> {
        for n in 0..self.technicians {
            let who = user(n);
            let name = fields(json!({"name": format!("技师{n}")}));
            self.office(|hub, actor| {
                hub.office(actor, vec![OfficeOp::create("person", RecordId(who.0), None, name.clone())])
            })?;
            let van =
                VanStock { person: Some(who), part: Some("HC31".into()), qty: 20, ..VanStock::default() };
            let van = self.create(&van, None)?;
            self.vans.push(van);
        }
        for n in 0..3 {
            let machine = Machine { model: Some("HCE215-9".into()), ..Machine::default() };
            let machine = self.create(&machine, None)?;
            self.machines.push(machine);
            let customer = Customer { name: Some(format!("石料厂{n}")), ..Customer::default() };
            let customer = self.create(&customer, None)?;
            self.customers.push(customer);
        }
        Ok(())
    }

    /// The office writes a day's jobs down.
    pub(super) fn dispatch(&mut self) -> Result<(), AnyError> {
        self.jobs.clear();
        for lead in 0..self.technicians {
            for _ in 0..JOBS {
                let other = self.dice.below("crew", self.technicians);
                let crew = (other != lead).then_some(other);
                let job = self.write_job(lead, crew)?;
                self.jobs.push(job);
            }
        }
        Ok(())
    }

    fn write_job(&mut self, lead: usize, crew: Option<usize>) -> Result<DayJob, AnyError> {
        let machine = self.machines[self.dice.below("machine", self.machines.len())];
        let customer = self.customers[self.dice.below("machine", self.customers.len())];
        let job = Job {
            number: Some(format!("J{:x}", self.dice.draw("job") & 0xffff)),
            job_type: Some("repair".into()),
            report: Some("热车后动臂没劲".into()),
            plan_from: Some(Timestamp(self.time.ms())),
            machine: Some(machine),
            customer: Some(customer),
            ..Job::default()
        };
        let rec = self.create(&job, None)?;
        let fault = Fault { main: true, ..Fault::default() };
        let fault = self.create(&fault, Some(rec))?;
        self.assign(rec, lead, crew)?;
        Ok(DayJob { lead, crew, job: rec, fault })
    }

    fn assign(&mut self, job: RecordId, lead: usize, crew: Option<usize>) -> Result<(), AnyError> {
        let (lead, crew) = (user(lead), crew.map(user));
        let plan = || Assignment { assignee: Some(lead), crew: crew.into_iter().collect(), base: None };
        // A server that was set back may not have it any more.
        let done = self.office(|hub, actor| {
            Ok(hub.record(job)?.is_some() && hub.assign(actor, job, plan()).map(|()| true)?)
        })?;
        if done {
            self.model.assign(job, std::iter::once(lead).chain(crew));
        }
        Ok(())
    }

    fn any_job(&mut self) -> DayJob {
        self.jobs[self.dice.below("office", self.jobs.len())]
    }

    pub(super) fn office_task(&mut self, task: OfficeTask) -> Result<(), AnyError> {
        let one = self.any_job();
        match task {
            OfficeTask::Reassign(draw) => {
                let technicians = self.technicians as u64;
                let to = usize::try_from(draw % technicians)?;
                let crew = usize::try_from((draw >> 8) % technicians)?;
                self.faults.count(Kind::Reassign, 1);
                self.assign(one.job, to, Some(crew).filter(|crew| *crew != to && draw & (1 << 16) != 0))
            }
            OfficeTask::Cancel => {
                // A job that is over cannot be cancelled: that refusal is right.
                let cancelled = self.office(|hub, actor| {
                    Ok(hub.step_job(actor, one.job, JobStep::Cancelled, Some("测试")).is_ok())
                })?;
                self.faults.count(Kind::Cancel, u64::from(cancelled));
                if self.time.server_behind() > SOON_OVER_MS {
                    self.model.may_leave(one.job);
                }
                Ok(())
            }
            OfficeTask::Edit => self.edit(one),
            OfficeTask::Decide => self.decide(),
            OfficeTask::Stock => self.fill_van(),
            OfficeTask::Machine => {
                let machine = self.machines[self.dice.below("office", self.machines.len())];
                let model = fields(json!({"model": format!("HCE{}", self.dice.below("office", 90))}));
                self.set("machine", machine, &model)
            }
            OfficeTask::Publish => self.publish(),
            OfficeTask::Rename => {
                let n = self.dice.below("office", self.technicians);
                let name = fields(json!({"name": format!("技师{n}{}", self.dice.below("office", 90))}));
                self.set("person", RecordId(user(n).0), &name)
            }
        }
    }

    fn set(
        &mut self,
        kind: &str,
        rec: RecordId,
        set: &fieldcard_schema::json::Fields,
    ) -> Result<(), AnyError> {
        self.office(|hub, actor| {
            if hub.record(rec)?.is_some() {
                hub.office(actor, vec![OfficeOp::set(kind, rec, set.clone(), None)])?;
            }
            Ok(())
        })
    }

    fn edit(&mut self, one: DayJob) -> Result<(), AnyError> {
        let site = format!("工地{}", self.dice.below("office", 3));
        self.set("job", one.job, &fields(json!({"site": site})))?;
        // The same field, and now and then the same value, as the technician's.
        let cause = format!("cause{}", self.dice.below("office", 5));
        self.set("fault", one.fault, &fields(json!({"cause": cause})))
    }

    fn decide(&mut self) -> Result<(), AnyError> {
        let take = Some(self.dice.below("office", 2)).filter(|_| self.dice.below("office", 3) > 0);
        self.office(|hub, actor| {
            let Some(open) = hub.exceptions()?.into_iter().next() else { return Ok(()) };
            // What no rule allows stays refused: then it is only noted.
            let decided = hub.decide(actor, open.rec, take);
            if decided.is_err() {
                drop(hub.decide(actor, open.rec, None));
            }
            Ok(())
        })
    }

    fn fill_van(&mut self) -> Result<(), AnyError> {
        let van = self.vans[self.dice.below("office", self.vans.len())];
        let add = OfficeOp {
            kind: VanStock::KIND.to_owned(),
            rec: van,
            job: None,
            act: Act::Add,
            set: fields(json!({"qty": 5})),
            base: None,
        };
        self.office(|hub, actor| {
            if hub.record(van)?.is_some() {
                hub.office(actor, vec![add.clone()])?;
            }
            Ok(())
        })
    }

    fn publish(&mut self) -> Result<(), AnyError> {
        let version = 1 + self.time.ms().unsigned_abs();
        let part = |n: u64| Part {
            number: format!("HC{n:06}"),
            name_zh: format!("主泵螺栓{}", version % 7),
            ..Part::default()
        };
        let lines = (0..20).map(|n| line_of(&part(n))).collect::<Result<Vec<_>, _>>()?;
        let file = pack(&Header::new("parts", version, 20, Timestamp(self.time.ms())), &lines)?;
        self.office(|hub, actor| hub.publish_dataset(actor, &file))
    }
}
