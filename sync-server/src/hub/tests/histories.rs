//! What a colleague's device is told of a machine: who did what to it before, through the door.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::machine_history::{HistoryEntry, MAX_ENTRIES, MachineHistory};
use serde_json::{Value, json};

use super::device::TestDevice;
use super::world::{MORNING, World, office, user};
use crate::hub::office::Assignment;
use fieldcard_schema::op::Act;

const HOUR: i64 = 3_600_000;

/// A job on a machine, led by a person, with its planned visit.
fn job_on(world: &mut World, machine: RecordId, number: &str, lead: u8) -> (RecordId, RecordId) {
    let job = world.job(json!({"machine": machine, "number": number, "reported_at": MORNING - 4 * HOUR}));
    let to = Assignment { assignee: Some(user(lead)), crew: vec![], base: None };
    world.hub.assign(&office(), job, to).unwrap();
    let rows = world.hub.job_records(job).unwrap();
    (job, rows.iter().find(|row| row.state.kind == "visit").unwrap().rec)
}

fn machine(world: &mut World) -> RecordId {
    world.create("machine", None, json!({"serial": "HCE215·22C·00417", "meters": ["upper_hours", "km"]}))
}

/// The repair of a pump, up to but without its card.
fn repair(device: &mut TestDevice, job: RecordId, visit: RecordId) -> RecordId {
    device.create("reading", Some(job), json!({"visit": visit, "meter": "km", "value": "99000"}));
    device.create("reading", Some(job), json!({"visit": visit, "meter": "upper_hours", "value": "1846.5"}));
    device.create("fault", Some(job), json!({"phenomenon": "有异响"}));
    let main = json!({"phenomenon": "热车后动臂无力", "place": "主泵", "cause": "调节器卡滞", "main": true});
    device.create("fault", Some(job), main);
    let line = json!({"visit": visit, "in_part": "HC31-02150B", "in_name": "主泵总成", "in_qty": "1"});
    device.create("part_line", Some(job), line)
}

fn seal(device: &mut TestDevice, job: RecordId, set: Value) -> RecordId {
    let mut set = set;
    set["sha256"] = json!(fieldcard_schema::digest::Digest::of(set.to_string().as_bytes()));
    device.create("card", Some(job), set)
}

fn final_card(visit: RecordId, signed_at: i64) -> Value {
    json!({"visit": visit, "card_kind": "final", "signed_at": signed_at})
}

/// What a device holds of a machine's past.
fn told(device: &TestDevice, machine: RecordId) -> Vec<HistoryEntry> {
    let own = |state: &&fieldcard_schema::merge::RecordState| {
        state.kind == MachineHistory::KIND && state.fields["machine"] == json!(machine)
    };
    let mut found = device.view.values().filter(own);
    let history = found.next().map(|state| MachineHistory::from_fields(&state.fields).unwrap());
    assert!(found.next().is_none(), "one history a machine");
    history.map(|history| history.entries).unwrap_or_default()
}

fn numbers(entries: &[HistoryEntry]) -> Vec<&str> {
    entries.iter().filter_map(|entry| entry.job_number.as_deref()).collect()
}

#[test]
fn a_colleague_sees_the_repair_as_soon_as_its_card_has_come() {
    let mut world = World::new();
    let machine = machine(&mut world);
    world.hub.office(&office(), vec![person(1, "王建国")]).unwrap();
    let (mut first, mut second) = (TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2));
    let (job, visit) = job_on(&mut world, machine, "FW20261123-001", 1);
    job_on(&mut world, machine, "FW20261123-002", 2);
    first.drain(&mut world);
    repair(&mut first, job, visit);
    first.drain(&mut world);
    second.drain(&mut world);
    assert_eq!(told(&second, machine), [], "work under way is no history");

    let card = seal(&mut first, job, final_card(visit, MORNING - HOUR));
    first.drain(&mut world);
    second.drain(&mut world);
    let wanted = json!({
        "job": job, "source": card, "at": MORNING - HOUR,
        "job_number": "FW20261123-001", "date": "2026-11-23", "technician": "王建国", "meter": "1846.5",
        "fault": "热车后动臂无力 – 主泵 – 调节器卡滞", "parts": ["主泵总成"],
    });
    assert_eq!(serde_json::to_value(told(&second, machine)).unwrap(), json!([wanted]));
    let row = second.view.values().find(|state| state.kind == MachineHistory::KIND).unwrap();
    assert_eq!(row.job, None, "it hangs on the machine, and is nobody's evidence");
}

fn person(n: u8, name: &str) -> crate::hub::office::OfficeOp {
    let set = super::world::fields(json!({"name": name}));
    crate::hub::office::OfficeOp::create("person", RecordId(user(n).0), None, set)
}

#[test]
fn it_goes_with_the_machine_and_comes_with_it() {
    let mut world = World::new();
    let machine = machine(&mut world);
    let (mut first, mut second) = (TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2));
    let (job, visit) = job_on(&mut world, machine, "A", 1);
    let (other, _) = job_on(&mut world, machine, "B", 1);
    first.drain(&mut world);
    seal(&mut first, job, final_card(visit, MORNING));
    first.drain(&mut world);
    second.drain(&mut world);
    assert_eq!(told(&second, machine), [], "no grant of his covers the machine");
    let to = Assignment { assignee: Some(user(2)), crew: vec![], base: None };
    world.hub.assign(&office(), other, to).unwrap();
    second.drain(&mut world);
    assert_eq!(numbers(&told(&second, machine)), ["A"]);
    let to = Assignment { assignee: Some(user(1)), crew: vec![], base: None };
    world.hub.assign(&office(), other, to).unwrap();
    second.drain(&mut world);
    assert_eq!((told(&second, machine), second.view.contains_key(&machine)), (vec![], false));
}

#[test]
fn what_is_corrected_later_is_told_again_and_a_card_stands_for_the_one_it_amends() {
    let mut world = World::new();
    let machine = machine(&mut world);
    let mut device = TestDevice::new(&mut world, 1);
    let (job, visit) = job_on(&mut world, machine, "A", 1);
    device.drain(&mut world);
    let line = repair(&mut device, job, visit);
    let card = seal(&mut device, job, final_card(visit, MORNING - HOUR));
    device.drain(&mut world);
    let amend = device.op(Act::Amend, "part_line", line, json!({"in_name": "主泵总成（再制造）"}));
    device.commit(&amend);
    device.drain(&mut world);
    assert_eq!(told(&device, machine)[0].parts, ["主泵总成（再制造）"]);

    let mut second = final_card(visit, MORNING);
    second["amends"] = json!(card);
    let second = seal(&mut device, job, second);
    device.drain(&mut world);
    let sources: Vec<_> = told(&device, machine).iter().map(|entry| entry.source).collect();
    assert_eq!(sources, [Some(second)]);
}

#[test]
fn two_visits_are_two_entries_each_with_its_parts() {
    let mut world = World::new();
    let machine = machine(&mut world);
    let mut device = TestDevice::new(&mut world, 1);
    let (job, visit) = job_on(&mut world, machine, "A", 1);
    device.drain(&mut world);
    repair(&mut device, job, visit);
    seal(&mut device, job, json!({"visit": visit, "card_kind": "interim", "signed_at": MORNING - 3 * HOUR}));
    let again = device.create("visit", Some(job), json!({"number": 2, "lead": user(1)}));
    device.create(
        "part_line",
        Some(job),
        json!({"visit": again, "in_part": "HC31-09", "in_name": "涡轮增压器"}),
    );
    seal(&mut device, job, final_card(again, MORNING - HOUR));
    device.drain(&mut world);
    let entries = told(&device, machine);
    let parts: Vec<_> = entries.iter().map(|entry| entry.parts.join("+")).collect();
    assert_eq!(parts, ["涡轮增压器", "主泵总成"], "the newest first");
}

#[test]
fn a_job_that_ended_without_a_card_is_told_too_and_one_that_was_cancelled_is_not() {
    let mut world = World::new();
    let machine = machine(&mut world);
    let mut device = TestDevice::new(&mut world, 1);
    let steps = |world: &mut World, job, codes: &[&str]| {
        for code in codes {
            let at = world.clock.0.load(std::sync::atomic::Ordering::SeqCst);
            let set = json!({"subject": job, "of": "job", "step": code, "at": at});
            world.create("step", Some(job), set);
        }
    };
    let phoned = world.job(json!({"machine": machine, "number": "P", "findings": "教机手放水"}));
    steps(&mut world, phoned, &["triaged", "solved_by_phone"]);
    let (cancelled, _) = job_on(&mut world, machine, "C", 1);
    steps(&mut world, cancelled, &["cancelled"]);
    job_on(&mut world, machine, "open", 1);
    device.drain(&mut world);
    let entries = told(&device, machine);
    assert_eq!(numbers(&entries), ["P"]);
    assert_eq!(entries[0].fault.as_deref(), Some("教机手放水"));
}

#[test]
fn a_job_that_moves_to_another_machine_takes_its_entry_along() {
    let mut world = World::new();
    let (one, two) = (machine(&mut world), machine(&mut world));
    let mut device = TestDevice::new(&mut world, 1);
    let (job, visit) = job_on(&mut world, one, "A", 1);
    job_on(&mut world, one, "stays", 1);
    device.drain(&mut world);
    seal(&mut device, job, final_card(visit, MORNING));
    device.drain(&mut world);
    assert_eq!(numbers(&told(&device, one)), ["A"]);
    world.set("job", job, json!({"machine": two}));
    device.drain(&mut world);
    assert_eq!((told(&device, one).len(), numbers(&told(&device, two))), (0, vec!["A"]));
}

#[test]
fn the_last_twenty_are_kept_and_one_that_goes_brings_an_older_one_back() {
    let mut world = World::new();
    let machine = machine(&mut world);
    let mut device = TestDevice::new(&mut world, 1);
    let mut jobs = Vec::new();
    for n in 0..22_i64 {
        let (job, visit) = job_on(&mut world, machine, &n.to_string(), 1);
        device.drain(&mut world);
        seal(&mut device, job, final_card(visit, MORNING - (40 - n) * 60_000));
        device.drain(&mut world);
        jobs.push(job);
    }
    let newest_first: Vec<String> = (2..22).rev().map(|n| n.to_string()).collect();
    assert_eq!(
        (numbers(&told(&device, machine)), MAX_ENTRIES),
        (newest_first.iter().map(String::as_str).collect(), 20)
    );
    let other = world.create("machine", None, json!({"serial": "another"}));
    world.set("job", jobs[10], json!({"machine": other}));
    device.drain(&mut world);
    let left: Vec<String> = (1..22).rev().filter(|n| *n != 10).map(|n: i32| n.to_string()).collect();
    assert_eq!(numbers(&told(&device, machine)), left);
}

#[test]
fn a_clock_ten_years_ahead_or_behind_pins_nothing_to_an_end_of_the_list() {
    let mut world = World::new();
    let machine = machine(&mut world);
    let mut device = TestDevice::new(&mut world, 1);
    for (number, off) in [("ahead", 3_652), ("behind", -3_652), ("right", 0)] {
        let (job, visit) = job_on(&mut world, machine, number, 1);
        device.drain(&mut world);
        world.pass(60_000);
        seal(&mut device, job, final_card(visit, MORNING + off * 86_400_000));
        device.drain(&mut world);
    }
    let entries = told(&device, machine);
    let dates: Vec<_> = entries.iter().filter_map(|entry| entry.date.clone()).collect();
    assert_eq!(
        (numbers(&entries), dates),
        (vec!["ahead", "right", "behind"], vec!["2026-11-23".to_owned(); 3])
    );
}

/// The campaigns that a device is told were carried out on a machine.
fn campaigns(device: &TestDevice, machine: RecordId) -> Vec<(Option<String>, Option<RecordId>)> {
    let own = device
        .view
        .values()
        .find(|state| state.kind == MachineHistory::KIND && state.fields["machine"] == json!(machine));
    let history = MachineHistory::from_fields(&own.unwrap().fields).unwrap();
    history.campaigns.into_iter().map(|done| (done.campaign, done.job)).collect()
}

#[test]
fn a_campaign_stays_told_when_its_card_has_fallen_off_the_end() {
    let mut world = World::new();
    let machine = machine(&mut world);
    let mut device = TestDevice::new(&mut world, 1);
    let (first, visit) = job_on(&mut world, machine, "A", 1);
    world.set("job", first, json!({"campaign": "HC-2026-03"}));
    device.drain(&mut world);
    seal(&mut device, first, final_card(visit, MORNING - 2 * HOUR));
    for n in 0..MAX_ENTRIES {
        let (job, visit) = job_on(&mut world, machine, &format!("B{n}"), 1);
        device.drain(&mut world);
        seal(&mut device, job, final_card(visit, MORNING - HOUR));
    }
    device.drain(&mut world);
    let entries = told(&device, machine);
    assert_eq!((entries.len(), entries.iter().any(|entry| entry.campaign.is_some())), (MAX_ENTRIES, false));
    assert_eq!(campaigns(&device, machine), [(Some("HC-2026-03".to_owned()), Some(first))]);
    // A job that was about no campaign after all takes it back.
    world.set("job", first, json!({"campaign": null}));
    device.drain(&mut world);
    assert_eq!(campaigns(&device, machine), []);
}
