//! One device: the real core over ports that a test controls, and a driver that does what the app's does.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use fieldcard_core::Core;
use fieldcard_core::actions::{Done, Request};
use fieldcard_core::driver::images::ImageCrate;
use fieldcard_core::enrolment::Invitation;
use fieldcard_core::error::{ActionError, ErrorCode};
use fieldcard_core::ports::{Chance, Clock, Keystore, KeystoreError, Ports};
use fieldcard_core::store::Place;
use fieldcard_core::sync::{Effect, Event, perform};
use fieldcard_core::views::Query;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::op::Op;
use fieldcard_schema::time::ClockReading;
use serde_json::{Value, json};

use super::office::{CODE, ME, OTHER, Office, rec, user};

/// 2026-09-21, 22:15 in Shanghai.
pub(crate) const START: i64 = 1_790_000_100_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;

pub(crate) const JOB: u128 = 10;
pub(crate) const VISIT: u128 = 11;
pub(crate) const MACHINE: u128 = 12;
pub(crate) const CUSTOMER: u128 = 13;

#[derive(Clone)]
struct TestClock(Arc<AtomicI64>);

impl Clock for TestClock {
    fn read(&self) -> ClockReading {
        let ms = self.0.fetch_add(1, Ordering::Relaxed);
        ClockReading(ms, ms, 1)
    }
    fn zone(&self) -> String {
        "Asia/Shanghai".into()
    }
    fn offset_minutes(&self) -> i32 {
        480
    }
}

struct TestChance(u64);

impl Chance for TestChance {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[1];
        }
    }
}

#[derive(Clone, Default)]
struct TestKeystore(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Keystore for TestKeystore {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, KeystoreError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }
    fn put(&mut self, name: &str, value: &[u8]) -> Result<(), KeystoreError> {
        self.0.lock().unwrap().insert(name.into(), value.into());
        Ok(())
    }
    fn remove(&mut self, name: &str) -> Result<(), KeystoreError> {
        self.0.lock().unwrap().remove(name);
        Ok(())
    }
}

pub(crate) struct Device {
    pub(crate) core: Core,
    pub(crate) office: Office,
    place: Place,
    clock: TestClock,
    keystore: TestKeystore,
    seed: u64,
}

impl Device {
    /// An enrolled device with one dispatched repair.
    pub(crate) fn with_job() -> Self {
        let mut device = Self::in_place(Place::memory());
        device.enrol();
        device.dispatch();
        device
    }

    /// A device that belongs to nobody yet.
    pub(crate) fn in_place(place: Place) -> Self {
        let clock = TestClock(Arc::new(AtomicI64::new(START)));
        let keystore = TestKeystore::default();
        let core = Core::open(place.clone(), ports(&clock, &keystore, 1)).unwrap();
        Self { core, office: Office::default(), place, clock, keystore, seed: 1 }
    }

    pub(crate) fn enrol(&mut self) {
        let invitation = Invitation::read("https://office.example", CODE).unwrap();
        self.core.begin_enrolment(&invitation, Digest::of(b"tls"), "phone").unwrap();
        self.sync();
    }

    pub(crate) fn dispatch(&mut self) {
        let office = &mut self.office;
        office.put(rec(ME), "person", None, json!({"name": "程岳"}));
        office.put(rec(OTHER), "person", None, json!({"name": "罗敏"}));
        let contacts = json!([{"name": "老周", "role": "operator", "phone": "13800000002"}]);
        let customer = json!({"name": "恒基矿业", "phone": "13800000001", "contacts": contacts});
        office.put(rec(CUSTOMER), "customer", None, customer);
        let machine = json!({
            "model": "ZE215E", "serial": "SN-2150417", "brand": "acme", "customer": rec(CUSTOMER),
            "meters": ["hours", "travel_hours"], "nickname": "那台215", "engine_no": "E9", "site": "3号矿坑",
        });
        office.put(rec(MACHINE), "machine", None, machine);
        let job = json!({
            "number": "FW20260921-003", "type": "repair", "mode": "passive", "machine": rec(MACHINE),
            "customer": rec(CUSTOMER), "assignee": user(ME), "report": "动臂无力", "site": "3号矿坑",
            "reported_at": START - 5 * HOUR, "plan_from": START - HOUR, "plan_to": START + HOUR,
        });
        office.put(rec(JOB), "job", None, job);
        office.put(
            rec(VISIT),
            "visit",
            Some(rec(JOB)),
            json!({"number": 1, "place": "field", "lead": user(ME)}),
        );
        for (n, step) in [(14, "triaged"), (15, "dispatched")] {
            let fields = json!({"subject": rec(JOB), "of": "job", "step": step, "at": START - 4 * HOUR});
            office.put(rec(n), "step", Some(rec(JOB)), fields);
        }
        self.sync();
    }

    /// As if the process had been killed and started again: only files and keystore are left.
    pub(crate) fn restart(&mut self) {
        self.seed += 1;
        let ports = |keystore: &TestKeystore| ports(&self.clock, keystore, self.seed);
        // A killed process lets go of its folder: so must this one, before it opens it again.
        self.core = Core::open(Place::memory(), ports(&TestKeystore::default())).unwrap();
        self.core = Core::open(self.place.clone(), ports(&self.keystore)).unwrap();
    }

    /// The same device on other files: a store that was copied back. The keystore stays.
    pub(crate) fn moved_to(self, place: Place) -> Self {
        let Self { office, clock, keystore, .. } = self;
        let core = Core::open(place.clone(), ports(&clock, &keystore, 99)).unwrap();
        Self { core, office, place, clock, keystore, seed: 99 }
    }

    /// Version and mark that the last waiting op on a record of `kind` stands on.
    pub(crate) fn last_base_of(&mut self, kind: &str) -> Option<(u64, u64)> {
        let ops = self.core.store().unwrap().outbox.all_ops().unwrap();
        let mut ops = ops.iter().map(|stored| Op::parse(&stored.body).unwrap());
        let last = ops.rfind(|op| op.kind == kind)?;
        last.base.map(|base| (base.0, base.1.pos))
    }

    /// Lets time pass.
    /// Where the office put the newest op about a record.
    pub(crate) fn last_pos_of(&mut self, rec: RecordId) -> u64 {
        let ops = self.core.store().unwrap().outbox.all_ops().unwrap();
        let last = ops.into_iter().rfind(|op| op.rec == rec).unwrap();
        last.outcome.unwrap().pos
    }

    pub(crate) fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.0.load(Ordering::Relaxed)
    }

    /// Exchanges with the office until the engine rests.
    pub(crate) fn sync(&mut self) {
        let mut pending = self.core.step(Event::Wanted).unwrap();
        while let Some(at) = pending.iter().position(|effect| matches!(effect, Effect::Call(..))) {
            let Effect::Call(id, call) = pending.remove(at) else { continue };
            let answer = perform(&mut self.office, &call);
            pending.extend(self.core.step(Event::Answered(id, answer)).unwrap());
        }
    }

    /// Begins an exchange and leaves its first call that carries work under way.
    pub(crate) fn begin_sync(&mut self) {
        let mut pending = self.core.step(Event::Wanted).unwrap();
        for _ in 0..2 {
            let sent =
                pending.iter().any(|e| matches!(e, Effect::Call(_, fieldcard_core::sync::Call::Sync(..))));
            let at = pending.iter().position(|effect| matches!(effect, Effect::Call(..)));
            let (false, Some(at)) = (sent, at) else { return };
            let Effect::Call(id, call) = pending.remove(at) else { return };
            let answer = perform(&mut self.office, &call);
            pending = self.core.step(Event::Answered(id, answer)).unwrap();
        }
    }

    pub(crate) fn try_act(&mut self, request: Value) -> Result<Done, ActionError> {
        let request: Request =
            serde_json::from_value(request.clone()).unwrap_or_else(|e| panic!("{e}: {request}"));
        self.core.execute(request)
    }

    /// Does it; the record that it made.
    #[track_caller]
    pub(crate) fn act(&mut self, request: Value) -> Done {
        match self.try_act(request.clone()) {
            Ok(done) => done,
            Err(error) => panic!("{error}: {request}"),
        }
    }

    /// Does it; answers the id of the record it made.
    #[track_caller]
    pub(crate) fn make(&mut self, request: Value) -> String {
        self.act(request).rec.expect("a record")
    }

    /// Fails to do it.
    #[track_caller]
    pub(crate) fn refused(&mut self, request: Value) -> (ErrorCode, String) {
        match self.try_act(request.clone()) {
            Ok(_) => panic!("taken: {request}"),
            Err(error) => (error.code, error.facts.get("field").cloned().unwrap_or_default()),
        }
    }

    #[track_caller]
    pub(crate) fn undo(&mut self, done: &Done) {
        let token = done.undo.clone().expect("an undo");
        self.act(json!({"type": "undo", "token": token}));
    }

    #[track_caller]
    pub(crate) fn view(&mut self, query: Value) -> Value {
        self.try_view(query.clone()).unwrap_or_else(|error| panic!("{error}: {query}"))
    }

    pub(crate) fn try_view(&mut self, query: Value) -> Result<Value, ActionError> {
        let query: Query = serde_json::from_value(query).unwrap();
        self.core.view(&query)
    }

    #[track_caller]
    pub(crate) fn page(&mut self) -> Value {
        self.view(json!({"type": "job_page", "job": rec(JOB)}))
    }

    /// Drives to the machine and begins to work.
    pub(crate) fn begin_work(&mut self) {
        for step in ["accept", "depart", "arrive", "work"] {
            self.pass(10 * MINUTE);
            self.act(json!({"type": format!("visit.{step}"), "visit": rec(VISIT)}));
        }
    }
}

fn ports(clock: &TestClock, keystore: &TestKeystore, seed: u64) -> Ports {
    Ports {
        clock: Box::new(clock.clone()),
        chance: Box::new(TestChance(seed)),
        keystore: Box::new(keystore.clone()),
        images: Box::new(ImageCrate),
    }
}
