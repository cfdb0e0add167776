//! Two devices and the office at random: when all is quiet, every view is the server's, whatever the page.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::op::Act;
use proptest::prelude::*;
use serde_json::json;

use super::device::TestDevice;
use super::world::{World, config, office, user};
use crate::hub::Config;
use crate::hub::office::Assignment;

/// One thing that happens; numbers pick among what there is.
#[derive(Debug, Clone)]
enum Event {
    Note { device: usize, job: usize },
    Edit { device: usize, job: usize, field: usize, value: u8 },
    Void { device: usize, job: usize, back: bool },
    Wish { device: usize, job: usize, value: u8 },
    WalkUp { device: usize },
    Assign { job: usize, to: u8, crew: u8 },
    Plan { job: usize, day: i64 },
    Machine { job: usize },
    Decide { take: Option<usize> },
    Call { device: usize },
    LostAnswer { device: usize },
    Forget { device: usize },
}

fn event() -> impl Strategy<Value = Event> {
    let (device, job) = (0..2_usize, 0..4_usize);
    prop_oneof![
        4 => (device.clone(), job.clone()).prop_map(|(device, job)| Event::Note { device, job }),
        4 => (device.clone(), job.clone(), 0..2_usize, 0..3_u8)
            .prop_map(|(device, job, field, value)| Event::Edit { device, job, field, value }),
        2 => (device.clone(), job.clone(), any::<bool>())
            .prop_map(|(device, job, back)| Event::Void { device, job, back }),
        1 => (device.clone(), job.clone(), 0..3_u8).prop_map(|(device, job, value)| Event::Wish { device, job, value }),
        1 => device.clone().prop_map(|device| Event::WalkUp { device }),
        3 => (job.clone(), 0..4_u8, 0..4_u8).prop_map(|(job, to, crew)| Event::Assign { job, to, crew }),
        2 => (job.clone(), -3..4_i64).prop_map(|(job, day)| Event::Plan { job, day }),
        1 => job.prop_map(|job| Event::Machine { job }),
        1 => prop::option::of(0..2_usize).prop_map(|take| Event::Decide { take }),
        6 => device.clone().prop_map(|device| Event::Call { device }),
        2 => device.clone().prop_map(|device| Event::LostAnswer { device }),
        1 => device.prop_map(|device| Event::Forget { device }),
    ]
}

struct Story {
    world: World,
    devices: [TestDevice; 2],
    jobs: Vec<RecordId>,
    notes: Vec<RecordId>,
}

impl Story {
    fn new(page_rows: usize) -> Self {
        let mut world = World::with(Config { page_rows, ..config() });
        let devices = [1, 2].map(|n| TestDevice::new(&mut world, n));
        let jobs = vec![
            world.job(json!({"assignee": user(1), "crew": [user(2)]})),
            world.job_of(user(1), 0),
            world.job_of(user(2), 1),
            world.job(json!({"report": "niemand"})),
        ];
        Self { world, devices, jobs, notes: Vec::new() }
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Assign { .. } | Event::Plan { .. } | Event::Machine { .. } | Event::Decide { .. } => {
                self.office_does(event);
            }
            _ => self.device_does(event),
        }
    }

    fn office_does(&mut self, event: &Event) {
        let world = &mut self.world;
        match *event {
            Event::Assign { job, to, crew } => {
                let assignee = (to < 3).then(|| user(to + 1));
                let crew = (0..2).filter(|n| crew >> n & 1 == 1).map(|n| user(n + 1)).collect();
                let job = self.jobs[job];
                world.hub.assign(&office(), job, Assignment { assignee, crew, base: None }).unwrap();
            }
            Event::Plan { job, day } => {
                world.set(
                    "job",
                    self.jobs[job],
                    json!({"plan_from": super::world::MORNING + day * 86_400_000}),
                );
            }
            Event::Machine { job } => {
                let machine = world.create("machine", None, json!({"serial": "neu"}));
                world.set("job", self.jobs[job], json!({"machine": machine}));
            }
            Event::Decide { take } => {
                if let Some(first) = world.hub.exceptions().unwrap().first() {
                    // A parked op has no value to take: then it is refused, and waits on.
                    let taken = first.exception.field.is_some().then_some(take).flatten();
                    world.hub.decide(&office(), first.rec, taken).unwrap();
                }
            }
            _ => {}
        }
    }

    fn device_does(&mut self, event: &Event) {
        let world = &mut self.world;
        match *event {
            Event::Note { device, job } => {
                let note = self.devices[device].create("note", Some(self.jobs[job]), json!({"text": "n"}));
                self.notes.push(note);
            }
            Event::Edit { device, job, field, value } => {
                let field = ["cause", "findings"][field];
                self.devices[device].set("job", self.jobs[job], json!({field: value}));
            }
            Event::Void { device, job, back } => {
                let Some(note) = self.notes.get(job) else { return };
                let op = self.devices[device].op(Act::Void, "note", *note, json!({"void": !back}));
                self.devices[device].commit(&op);
            }
            Event::Wish { device, job, value } => {
                self.devices[device].set("job", self.jobs[job], json!({"site": value}));
            }
            Event::WalkUp { device } => {
                self.devices[device].create("job", None, json!({"report": "w"}));
            }
            Event::Call { device } => drop(self.devices[device].call(world).unwrap()),
            Event::LostAnswer { device } => {
                let device = &self.devices[device];
                world.sync(&device.token, &device.request()).unwrap();
            }
            Event::Forget { device } => {
                let device = &mut self.devices[device];
                device.cursors.clear();
                device.view.clear();
                device.held.clear();
            }
            _ => {}
        }
    }

    fn settles(&mut self) {
        for device in &mut self.devices {
            device.drain(&mut self.world);
        }
        for device in &mut self.devices {
            device.drain(&mut self.world);
            let scope = self.world.hub.scope(device.user).unwrap();
            let server: Vec<_> =
                scope.into_iter().map(|row| (row.rec, (row.state.ver, row.state.fields))).collect();
            assert_eq!(device.shown().into_iter().collect::<Vec<_>>(), server);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn views_converge(events in prop::collection::vec(event(), 1..60), page_rows in 1..6_usize) {
        let mut story = Story::new(page_rows);
        for event in &events {
            story.happen(event);
        }
        story.settles();
    }
}
