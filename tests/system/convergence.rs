//! Two devices and the office edit the same records at random; when all is quiet, all show the same.

use fieldcard_core::store::Place;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::fault::Fault;
use fieldcard_schema::record::job::Job;
use fieldcard_tests::AnyError;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::path::{Fault as PathFault, Path};
use fieldcard_tests::ports::{TestChance, TestClock};
use serde_json::json;

struct World {
    office: Office,
    devices: Vec<Device>,
    jobs: Vec<RecordId>,
    visits: Vec<RecordId>,
    faults: Vec<RecordId>,
    chance: TestChance,
}

impl World {
    fn new(seed: u64) -> Result<Self, AnyError> {
        let clock = TestClock::at(MORNING);
        let mut chance = TestChance(seed);
        let page_rows = [1, 2, 7, 500][(chance.draw() % 4) as usize];
        let mut world = Self {
            office: Office::new(None, &clock, page_rows)?,
            devices: vec![
                Device::new(Place::memory(), &clock, seed)?,
                Device::new(Place::memory(), &clock, !seed)?,
            ],
            jobs: Vec::new(),
            visits: Vec::new(),
            faults: Vec::new(),
            chance,
        };
        for n in 0..3 {
            let job = world.office.create_job(&Job { number: Some(format!("J{n}")), ..Job::default() })?;
            world.office.assign(job, Some(person(1)), vec![person(2)])?;
            world.visits.push(world.office.visit_of(job)?);
            world.faults.push(world.office.create_on(job, &Fault { main: true, ..Fault::default() })?);
            world.jobs.push(job);
        }
        for (at, device) in world.devices.iter_mut().enumerate() {
            world.office.take_in(device, person(u8::try_from(at + 1)?))?;
        }
        Ok(world)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.chance.draw() % n as u64).unwrap_or(0)
    }

    fn random_move(&mut self) -> Result<(), AnyError> {
        let (who, which) = (self.below(2), self.below(3));
        let (job, visit) = (self.jobs[which], self.visits[which]);
        let word = ["", "一", "二", "三"][self.below(4)];
        let field = ["cause", "action"][self.below(2)];
        let step =
            ["visit.depart", "visit.arrive", "visit.work", "visit.pause", "visit.leave"][self.below(5)];
        match self.below(10) {
            // A refused action is an answer, too: the step may not follow, the job may be gone.
            0..=2 => drop(
                self.devices[who]
                    .act(json!({"type": "fault.set", "job": job, "field": field, "value": word})),
            ),
            3 => drop(self.devices[who].act(json!({"type": step, "visit": visit}))),
            4 => drop(self.devices[who].act(json!({"type": "note.add", "job": job, "text": "记"}))),
            5 => drop(
                self.devices[who]
                    .act(json!({"type": "job.propose", "job": job, "field": "site", "value": word})),
            ),
            6 => {
                let fields = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
                self.office.set(
                    "fault",
                    self.faults[which],
                    fields(json!({"cause": word, "place": null})),
                )?;
                self.office.set("job", job, fields(json!({"site": null})))?;
            }
            7 => {
                let lead = person(u8::try_from(self.below(2) + 1)?);
                let crew = if self.below(2) == 0 { Vec::new() } else { vec![person(1), person(2)] };
                self.office.assign(job, Some(lead), crew)?;
            }
            8 => {
                let lost = self.below(4);
                self.devices[who].exchange(&mut Path::new(&mut self.office, PathFault::LoseAnswers(lost)))?;
            }
            _ => {
                self.devices[who].exchange(&mut self.office)?;
            }
        }
        Ok(())
    }

    /// Everybody has the office's word: each twice, since the first may change what the others see.
    fn settle(&mut self) -> Result<(), AnyError> {
        for _ in 0..3 {
            for device in &mut self.devices {
                device.exchange(&mut self.office)?;
            }
        }
        Ok(())
    }
}

#[test]
fn random_edits_of_two_devices_and_the_office_converge() {
    for seed in 0..60 {
        let mut world = World::new(seed).unwrap();
        for _ in 0..40 {
            world.random_move().unwrap();
        }
        world.settle().unwrap();
        for at in 0..2 {
            let user = person(u8::try_from(at + 1).unwrap());
            let same = converged(&mut world.office, &mut world.devices[at], user).unwrap();
            assert!(same, "seed {seed}, device {at}");
            let waits = world.devices[at].core.store().unwrap().outbox.outstanding().unwrap();
            assert_eq!(waits, None, "seed {seed}, device {at}");
        }
    }
}

#[test]
fn a_cleared_field_stays_null_everywhere() {
    let mut world = World::new(7).unwrap();
    let job = world.jobs[0];
    for value in ["一", ""] {
        let set = json!({"type": "fault.set", "job": job, "field": "cause", "value": value});
        world.devices[0].act(set).unwrap();
    }
    world.settle().unwrap();
    let fault = world.faults[0];
    assert_eq!(
        world.office.hub.record(fault).unwrap().unwrap().state.fields["cause"],
        serde_json::Value::Null
    );
    for device in &mut world.devices {
        let seen = device.core.store().unwrap().cache.seen(fault).unwrap().unwrap();
        assert_eq!(seen.state.fields.get("cause"), Some(&serde_json::Value::Null));
    }
}
