//! Machines and customers go wherever a job that names them goes, whichever of the two came first.

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use serde_json::{Value, json};

use super::device::TestDevice;
use super::world::{World, fields, office, user};
use crate::hub::office::{Assignment, OfficeOp};

/// Makes a record under an id that jobs may name already.
fn make(world: &mut World, kind: &str, rec: RecordId, set: Value) {
    world.hub.office(&office(), vec![OfficeOp::create(kind, rec, None, fields(set))]).unwrap();
}

fn assign(world: &mut World, job: RecordId, to: Option<u8>) {
    let to = Assignment { assignee: to.map(user), crew: vec![], base: None };
    world.hub.assign(&office(), job, to).unwrap();
}

#[test]
fn a_machine_made_after_its_job_reaches_the_device_that_holds_the_job() {
    let mut world = World::new();
    let (mut one, mut two) = (TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2));
    let (machine, customer) = (world.hub.new_record().unwrap(), world.hub.new_record().unwrap());
    let job = world.job(json!({"assignee": user(1), "machine": machine, "customer": customer}));
    one.drain(&mut world);
    assert!(one.view.contains_key(&job) && !one.view.contains_key(&machine));
    make(&mut world, "machine", machine, json!({"serial": "HCE215·22C·00417"}));
    make(&mut world, "customer", customer, json!({"name": "东风矿业"}));
    one.drain(&mut world);
    two.drain(&mut world);
    assert_eq!(one.field(machine, "serial"), Some(&json!("HCE215·22C·00417")));
    assert_eq!(one.field(customer, "name"), Some(&json!("东风矿业")));
    assert!(!two.view.contains_key(&machine), "who has no job on it gets nothing");

    world.set("customer", customer, json!({"name": "东风矿业有限公司"}));
    assign(&mut world, job, Some(2));
    one.drain(&mut world);
    two.drain(&mut world);
    assert!([job, machine, customer].iter().all(|rec| !one.view.contains_key(rec)), "it leaves with the job");
    assert_eq!(two.field(customer, "name"), Some(&json!("东风矿业有限公司")));
}

#[test]
fn a_machine_that_a_device_made_for_its_walk_up_job_reaches_the_crew() {
    let mut world = World::new();
    let (mut lead, mut crew) = (TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2));
    let machine = RecordId(lead.new_id());
    let job = lead.create("job", None, json!({"machine": machine, "assignee": user(1), "crew": [user(2)]}));
    lead.drain(&mut world);
    let op = lead.op(fieldcard_schema::op::Act::Create, "machine", machine, json!({"serial": "X1"}));
    lead.commit(&op);
    lead.drain(&mut world);
    crew.drain(&mut world);
    assert!(crew.view.contains_key(&job) && crew.view.contains_key(&machine));
    assign(&mut world, job, None);
    crew.drain(&mut world);
    assert!(!crew.view.contains_key(&machine));
    lead.drain(&mut world);
    assert!(lead.view.contains_key(&machine), "what one made oneself stays");
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 += 1;
        let digest = Digest::of(&self.0.to_be_bytes()).0;
        usize::from(u16::from_be_bytes([digest[0], digest[1]])) % sides
    }
}

/// What the test itself knows: who leads a job and what it names.
#[derive(Default)]
struct Known {
    jobs: BTreeMap<RecordId, (Option<u8>, BTreeMap<&'static str, RecordId>)>,
    made: BTreeSet<RecordId>,
}

impl Known {
    fn due(&self, person: u8) -> BTreeSet<RecordId> {
        let own = self.jobs.values().filter(|(lead, _)| *lead == Some(person));
        own.flat_map(|(_, names)| names.values().copied()).filter(|rec| self.made.contains(rec)).collect()
    }
}

fn one_change(
    world: &mut World,
    dice: &mut Dice,
    known: &mut Known,
    pool: &BTreeMap<&'static str, Vec<RecordId>>,
) {
    let kind = ["machine", "customer"][dice.roll(2)];
    let any = pool[kind][dice.roll(pool[kind].len())];
    let person = [None, Some(1), Some(2)][dice.roll(3)];
    let job = known.jobs.keys().nth(dice.roll(known.jobs.len().max(1))).copied();
    match (dice.roll(4), job) {
        (0, _) if known.made.insert(any) => make(world, kind, any, json!({"code": "first"})),
        (1, _) | (_, None) => {
            let other = pool["customer"][dice.roll(3)];
            let machine = pool["machine"][dice.roll(3)];
            let job = world.job(json!({"assignee": person.map(user), "machine": machine, "customer": other}));
            let names = BTreeMap::from([("machine", machine), ("customer", other)]);
            known.jobs.insert(job, (person, names));
        }
        (2, Some(job)) => {
            assign(world, job, person);
            known.jobs.get_mut(&job).unwrap().0 = person;
        }
        (_, Some(job)) => {
            world.set("job", job, json!({kind: any}));
            known.jobs.get_mut(&job).unwrap().1.insert(kind, any);
        }
    }
}

#[test]
fn in_any_order_of_changes_a_device_holds_what_its_jobs_name_and_no_more() {
    for seed in 0..12_u64 {
        let mut world = World::new();
        let mut devices = [TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2)];
        let mut ids = || (0..3).map(|_| world.hub.new_record().unwrap()).collect::<Vec<_>>();
        let pool = BTreeMap::from([("machine", ids()), ("customer", ids())]);
        let (mut dice, mut known) = (Dice(seed * 1_000), Known::default());
        for step in 0..60 {
            one_change(&mut world, &mut dice, &mut known, &pool);
            for (n, device) in (1..).zip(&mut devices) {
                // A device that calls seldom must come to the same.
                if dice.roll(3) > 0 && step < 59 {
                    continue;
                }
                device.drain(&mut world);
                let brought = |rec: &&RecordId| pool.values().any(|ids| ids.contains(rec));
                let held: BTreeSet<RecordId> = device.view.keys().filter(brought).copied().collect();
                assert_eq!(held, known.due(n), "seed {seed}, step {step}, person {n}");
            }
        }
        assert!(known.made.len() > 3 && known.jobs.len() > 5, "seed {seed} did too little");
    }
}
