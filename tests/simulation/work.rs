//! A technician's day: eight to twelve repairs, each tap at its time, with photos, sign-offs, walk-ups and mistakes.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_core::enrolment;
use fieldcard_core::store::outbox::{NewOp, Work};
use fieldcard_core::sync::Event;
use fieldcard_schema::id::{OpId, RecordId};
use fieldcard_schema::op::{Act, OP_VERSION, Op, Origin};
use fieldcard_schema::time::ClockReading;
use serde_json::{Value, json};
use uuid::Uuid;

use super::device::Acted;
use super::oracle::Leaves;
use super::world::{DayJob, World};
use crate::AnyError;
use crate::pictures;

/// One thing that a technician does at its time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Task {
    /// A step of the visit.
    Step(RecordId, &'static str),
    /// A step that he forgot, entered now.
    Late(RecordId, &'static str),
    /// One of his texts.
    Text(RecordId, &'static str),
    Note(RecordId),
    /// A note that he takes back at once.
    NoteUndone(RecordId),
    /// A note that he strikes out.
    NoteVoid(RecordId),
    Reading(RecordId),
    Part(RecordId),
    Charge(RecordId),
    Propose(RecordId),
    Draft(RecordId),
    Photo(RecordId),
    /// The card, signed, and the way home.
    SignOff(RecordId),
    WalkUp,
    /// A part out of the van, as a later version of the app will say it.
    Stock(usize),
    /// An op that only a later server can read.
    NewOp(RecordId),
}

/// What a device's day has come to.
#[derive(Debug, Clone, Default)]
pub(super) struct DayCount {
    pub(super) jobs: BTreeSet<RecordId>,
    pub(super) commits: u64,
    pub(super) attempts: u64,
    pub(super) network_faults: u64,
    pub(super) restarts: u64,
    pub(super) signed: u64,
    pub(super) photos: u64,
    /// When he set out, by his clock.
    pub(super) departed: BTreeMap<RecordId, i64>,
}

impl DayCount {
    /// Towards the evening, when there were fewer than there should be.
    pub(super) fn lacks_network_faults(&self) -> bool {
        self.attempts >= 9 && self.network_faults < 3
    }

    /// What a device-day must hold (trust.md § 5).
    pub(super) fn is_whole(&self) -> bool {
        self.jobs.len() >= 8
            && self.commits >= 60
            && self.attempts >= 12
            && self.network_faults >= 3
            && self.restarts >= 1
            && self.signed >= 2
            && self.photos >= 4
    }
}

/// An object's fields.
pub(super) fn fields(value: Value) -> fieldcard_schema::json::Fields {
    if let Value::Object(fields) = value { fields } else { serde_json::Map::default() }
}

impl World {
    /// What he does on one of his jobs.
    pub(super) fn repair(at: usize, one: DayJob) -> Vec<Task> {
        let DayJob { job, .. } = one;
        let mut tasks = vec![Task::Step(job, "depart")];
        let forgets = at % 5 == 3;
        if !forgets {
            tasks.push(Task::Step(job, "arrive"));
        }
        tasks.push(Task::Step(job, "work"));
        if forgets {
            tasks.push(Task::Late(job, "arrive"));
        }
        tasks.extend([Task::Text(job, "phenomenon"), Task::Text(job, "cause"), Task::Note(job)]);
        tasks.extend([Task::Reading(job), Task::Text(job, "cause")]);
        match at % 6 {
            0 => tasks.extend([Task::Part(job), Task::NoteUndone(job)]),
            1 => tasks.push(Task::Propose(job)),
            2 => tasks.extend([Task::Charge(job), Task::NoteVoid(job)]),
            3 => tasks.push(Task::Draft(job)),
            4 => tasks.extend([Task::Stock(one.lead), Task::Reading(job)]),
            _ => tasks.push(Task::WalkUp),
        }
        if at.is_multiple_of(2) {
            tasks.push(Task::Photo(job));
        }
        if at % 4 == 1 {
            tasks.extend([Task::Text(job, "place"), Task::Text(job, "action"), Task::SignOff(job)]);
        }
        tasks
    }

    pub(super) fn work_off(&mut self, n: usize, task: Task) -> Result<(), AnyError> {
        match task {
            Task::Step(job, step) => self.step(n, job, step, false),
            Task::Late(job, step) => self.step(n, job, step, true),
            Task::Text(job, field) => self.text(n, job, field),
            Task::Note(job) => self.note(n, job).map(drop),
            Task::NoteUndone(job) => match self.note(n, job)? {
                Some((_, Some(token))) => {
                    self.save(n, None, &json!({"type": "undo", "token": token})).map(drop)
                }
                _ => Ok(()),
            },
            Task::NoteVoid(job) => match self.note(n, job)? {
                Some((note, _)) => self.save(n, None, &json!({"type": "note.void", "note": note})).map(drop),
                None => Ok(()),
            },
            Task::Reading(job) => {
                let value = format!("{}.5", 1_000 + self.dice.below("text", 900));
                let reading = json!({"type": "reading.set", "job": job, "meter": "hours", "value": value});
                self.save(n, Some(job), &reading).map(drop)
            }
            Task::Part(job) => {
                let part = json!({"type": "part_line.add", "job": job, "number": "HC31", "name": "主泵总成"});
                self.save(n, Some(job), &part).map(drop)
            }
            Task::Charge(job) => {
                let charge = json!({"type": "charge.add", "job": job, "code": "trip", "label": "往返 48 km",
                    "quantity": "48", "amount": 9_600, "currency": "CNY", "payer": "customer"});
                self.save(n, Some(job), &charge).map(drop)
            }
            Task::Propose(job) => {
                let value = format!("工地{}", self.dice.below("text", 3));
                let propose = json!({"type": "job.propose", "job": job, "field": "site", "value": value});
                self.save(n, Some(job), &propose).map(drop)
            }
            Task::Draft(job) => self.draft(n, job),
            Task::Photo(job) => self.photo(n, job),
            Task::SignOff(job) => self.sign(n, job),
            Task::WalkUp => {
                let job = json!({"type": "job.create", "customer": "石砭石料厂", "place": "云岭县石砭镇",
                    "phone": "12900001111", "serial": "00417", "model": "HCE215-9", "job_type": "inspection",
                    "report": "顺路请看一下回转异响"});
                self.save(n, None, &job).map(drop)
            }
            Task::Stock(van) => self.take_from_van(n, van),
            Task::NewOp(job) => self.write_new_op(n, job),
        }
    }

    /// One user action; what it answered, once it was saved.
    fn act(
        &mut self,
        n: usize,
        request: &Value,
        leaves: Leaves,
    ) -> Result<Option<(String, Option<String>)>, AnyError> {
        let acted = self.devices[n].act(request)?;
        let done = match acted {
            Acted::Saved(done) => {
                self.counts.saved += 1;
                self.oracle.acknowledged(&mut self.devices[n], request, leaves)?;
                Some((done.rec.unwrap_or_default(), done.undo))
            }
            Acted::Hit => {
                self.counts.hit += 1;
                None
            }
            Acted::Refused(code) => {
                self.counts.refused += 1;
                let what = format!("{} {code}", request["type"].as_str().unwrap_or_default());
                *self.refusals.entry(what).or_default() += 1;
                None
            }
        };
        self.after(n)?;
        Ok(done)
    }

    /// A user action that becomes ops; the app then tells its engine.
    fn save(
        &mut self,
        n: usize,
        job: Option<RecordId>,
        request: &Value,
    ) -> Result<Option<(String, Option<String>)>, AnyError> {
        if let Some(job) = job
            && !self.has(n, job)?
        {
            return Ok(None);
        }
        let leaves = if request["type"] == "photo.finish" { Leaves::OpsAndBlob } else { Leaves::Ops };
        let done = self.act(n, request, leaves)?;
        if done.is_some() {
            self.saved(n, job)?;
        }
        Ok(done)
    }

    fn saved(&mut self, n: usize, job: Option<RecordId>) -> Result<(), AnyError> {
        if let Some(day) = self.day_counts.get_mut(n) {
            day.commits += 1;
            day.jobs.extend(job);
        }
        // Without a bar it fails at once, and only now and then is that worth a try here.
        let tries = self.devices[n].online || self.dice.one_in("wanted", 12);
        if tries { self.tell(n, Event::Saved) } else { Ok(()) }
    }

    /// The newest visit of a job, if he has heard of it.
    fn visit(&mut self, n: usize, job: RecordId) -> Result<Option<RecordId>, AnyError> {
        let visit = self.devices[n].look(|store| {
            let records = store.cache.of_job(job)?;
            let visits = records.into_iter().rfind(|seen| seen.state.kind == "visit" && !seen.kept);
            Ok(visits.map(|seen| seen.rec))
        })?;
        Ok(visit.flatten())
    }

    fn step(&mut self, n: usize, job: RecordId, step: &str, forgotten: bool) -> Result<(), AnyError> {
        use fieldcard_core::ports::Clock;
        let Some(visit) = self.visit(n, job)? else { return Ok(()) };
        let mut request = json!({"type": format!("visit.{step}"), "visit": visit});
        let now = self.devices[n].clock.read().0;
        if let Some(day) = self.day_counts.get_mut(n) {
            if step == "depart" {
                day.departed.insert(job, now);
            }
            // One that he forgot is entered for half a minute behind the one before.
            let then = day.departed.get(&job).map(|then| then + 30_000);
            then.filter(|then| forgotten && *then < now)
                .into_iter()
                .for_each(|then| request["at"] = json!(then));
        }
        self.save(n, Some(job), &request).map(drop)
    }

    /// One of his texts. What stands there already is no change.
    fn text(&mut self, n: usize, job: RecordId, field: &str) -> Result<(), AnyError> {
        let value = format!("{field}{}", self.dice.below("text", 5));
        let stands = self.devices[n].look(|store| {
            let records = store.cache.of_job(job)?.into_iter().chain(store.cache.seen(job)?);
            let mut said = records.map(|seen| seen.state.fields.get(field).cloned());
            Ok(said.any(|said| said.is_some_and(|said| said == value.as_str())))
        })?;
        if stands == Some(false) {
            let set = json!({"type": "fault.set", "job": job, "field": field, "value": value});
            self.save(n, Some(job), &set)?;
        }
        Ok(())
    }

    /// Whether a job stands on his screen and may be worked on.
    fn has(&mut self, n: usize, job: RecordId) -> Result<bool, AnyError> {
        let seen = self.devices[n].look(|store| store.cache.seen(job))?;
        Ok(seen.flatten().is_some_and(|seen| !seen.kept))
    }

    fn note(&mut self, n: usize, job: RecordId) -> Result<Option<(String, Option<String>)>, AnyError> {
        let text = format!("压力 {} MPa", self.dice.below("text", 10_000));
        self.save(n, Some(job), &json!({"type": "note.add", "job": job, "text": text}))
    }

    fn draft(&mut self, n: usize, job: RecordId) -> Result<(), AnyError> {
        if !self.has(n, job)? {
            return Ok(());
        }
        let value = format!("还没写完{}", self.dice.below("text", 100));
        let (rec, field) = (job.to_string(), "note".to_owned());
        let save = json!({"type": "draft.save", "rec": rec, "field": field, "value": value});
        if self.act(n, &save, Leaves::Nothing)?.is_some() {
            let node = self.devices[n].node.clone();
            self.oracle.ledgers.entry(node).or_default().drafts.insert((rec, field), value);
        }
        Ok(())
    }

    pub(super) fn photo(&mut self, n: usize, job: RecordId) -> Result<(), AnyError> {
        if !self.has(n, job)? {
            return Ok(());
        }
        let size = 200 + self.dice.below("photo", 40_000);
        let mut chance = crate::ports::TestChance(self.dice.draw("photo"));
        let bytes: Vec<u8> = (0..size).map(|_| chance.draw().to_le_bytes()[0]).collect();
        let begin = json!({"type": "photo.begin", "size": size, "media_type": "image/jpeg"});
        let Some((photo, _)) = self.act(n, &begin, Leaves::Nothing)? else { return Ok(()) };
        let chunk =
            json!({"type": "photo.chunk", "photo": photo, "index": 0, "base64": pictures::to_base64(&bytes)});
        if self.act(n, &chunk, Leaves::Nothing)?.is_none() {
            return Ok(());
        }
        let finish = json!({"type": "photo.finish", "photo": photo, "job": job, "phase": "fault"});
        if self.save(n, Some(job), &finish)?.is_some() {
            self.counts.photos += 1;
            self.day_counts.get_mut(n).into_iter().for_each(|day| day.photos += 1);
        }
        Ok(())
    }

    pub(super) fn sign(&mut self, n: usize, job: RecordId) -> Result<(), AnyError> {
        let Some(visit) = self.visit(n, job)? else { return Ok(()) };
        let prepare = json!({"type": "sign_off.prepare", "visit": visit, "kind": "final", "language": "zh"});
        if self.act(n, &prepare, Leaves::Nothing)?.is_none() {
            return Ok(());
        }
        self.act(n, &json!({"type": "sign_off.hand_over", "visit": visit}), Leaves::Nothing)?;
        let confirm = json!({"type": "sign_off.confirm", "visit": visit, "how": "signed", "words": "好",
            "strokes": pictures::ink(1), "satisfaction": 5,
            "signer": {"name": "许建军", "role": "operator", "authority": "listed"}});
        if self.act(n, &confirm, Leaves::OpsAndBlob)?.is_some() {
            self.counts.sealed += 1;
            self.day_counts.get_mut(n).into_iter().for_each(|day| day.signed += 1);
            self.saved(n, Some(job))?;
        }
        self.step(n, job, "leave", false)
    }

    // ------------------------------------------------------------ what a later app will do
    fn take_from_van(&mut self, n: usize, van: usize) -> Result<(), AnyError> {
        let Some(rec) = self.vans.get(van).copied() else { return Ok(()) };
        self.write_op(n, |op| Op {
            kind: "van_stock".into(),
            rec,
            act: Act::Add,
            set: fields(json!({"qty": -1})),
            ..op
        })
    }

    fn write_new_op(&mut self, n: usize, job: RecordId) -> Result<(), AnyError> {
        if !self.has(n, job)? {
            return Ok(());
        }
        self.faults.count(super::fault::Kind::NewOp, 1);
        self.write_op(n, |op| Op {
            v: OP_VERSION + 1,
            job: Some(job),
            set: fields(json!({"text": "由新版写下"})),
            ..op
        })
    }

    /// An op by way of the outbox alone: what it is about is no action of this app yet.
    fn write_op(&mut self, n: usize, what: impl FnOnce(Op) -> Op) -> Result<(), AnyError> {
        let mut id =
            || Uuid::from_u128(u128::from(self.dice.draw("op")) << 64 | u128::from(self.dice.draw("op")));
        let (op_id, rec) = (OpId(id()), RecordId(id()));
        let at = self.time.ms();
        let user = self.devices[n].user;
        let Some(Some(owner)) = self.devices[n].look(|store| Ok(enrolment::owner(store)))? else {
            return Ok(());
        };
        let op = what(Op {
            v: OP_VERSION,
            op_id,
            user,
            device: Origin::Device(owner.device),
            kind: "note".into(),
            rec,
            job: None,
            act: Act::Create,
            set: fields(json!({})),
            base: None,
            group: None,
            t: ClockReading(at, at, 1),
            tz: "Asia/Shanghai".into(),
            app: "0.2.0".into(),
        });
        let body = op.encode()?.into_bytes();
        let new = NewOp { op_id, rec: op.rec, job: op.job, body, at };
        let work = Work { ops: vec![new], ..Work::default() };
        let done = self.devices[n].look(|store| {
            store.outbox.commit(&work)?;
            store.mark_stale();
            Ok(())
        })?;
        self.after(n)?;
        if done.is_some() {
            self.oracle.acknowledged(&mut self.devices[n], &json!({"type": "op"}), Leaves::Ops)?;
            self.after(n)?;
            self.saved(n, None)?;
        }
        Ok(())
    }
}
