//! What a device gets, in which order, and that nothing depends on the size of a page.

use fieldcard_schema::id::RecordId;
use fieldcard_schema::op::Act;
use fieldcard_schema::wire::sync::SyncResponse;
use serde_json::json;

use super::device::TestDevice;
use super::world::{World, config, fields, office, user};
use crate::hub::Config;
use crate::hub::office::{Assignment, OfficeOp};

fn world_of_pages(page_rows: usize) -> World {
    World::with(Config { page_rows, ..config() })
}

/// A day's work of one technician, some of it changed and some taken away while he pulls.
fn busy(page_rows: usize) -> (World, TestDevice) {
    let mut world = world_of_pages(page_rows);
    let mut device = TestDevice::new(&mut world, 1);
    device.call(&mut world).unwrap();
    device.cursors.clear();
    let mut jobs = Vec::new();
    for day in [3, 0, -2, 1, 9, -5] {
        let machine = world.create("machine", None, json!({"serial": day.to_string()}));
        let from = super::world::MORNING + day * 86_400_000;
        jobs.push(world.job(json!({"assignee": user(1), "machine": machine, "plan_from": from})));
    }
    for job in &jobs {
        world.create("note", Some(*job), json!({"text": "一"}));
    }
    let mut calls = 0;
    loop {
        let response = device.call(&mut world).unwrap();
        disturb(&mut world, &jobs, calls);
        calls += 1;
        if !response.more && calls > 12 {
            break;
        }
    }
    device.drain(&mut world);
    (world, device)
}

fn disturb(world: &mut World, jobs: &[RecordId], call: usize) {
    let moved = super::world::MORNING - 86_400_000;
    match call {
        1 => world.set("job", jobs[4], json!({"plan_from": super::world::MORNING})),
        2 => world.set("job", jobs[1], json!({"plan_from": moved})),
        3 => {
            let to = Assignment { assignee: Some(user(2)), crew: vec![], base: None };
            world.hub.assign(&office(), jobs[2], to).unwrap();
        }
        4 => drop(world.create("note", Some(jobs[0]), json!({"text": "二"}))),
        5 => {
            let machine = world.create("machine", None, json!({"serial": "neu"}));
            world.set("job", jobs[3], json!({"machine": machine}));
        }
        _ => {}
    }
}

fn agrees(world: &mut World, device: &TestDevice) {
    let scope = world.hub.scope(device.user).unwrap();
    let server: Vec<_> = scope.iter().map(|row| (row.rec, &row.state.fields, row.state.ver)).collect();
    let mine: Vec<_> = device.view.iter().map(|(rec, state)| (*rec, &state.fields, state.ver)).collect();
    assert_eq!(mine, server);
}

#[test]
fn every_size_of_page_gives_the_same() {
    for rows in [1, 2, 3, 7, 2_000] {
        let (mut world, device) = busy(rows);
        agrees(&mut world, &device);
        assert!(device.view.len() > 15, "{}", device.view.len());
    }
}

#[test]
fn a_small_budget_gives_the_same() {
    let (mut world, mut device) = busy(2_000);
    device.cursors.clear();
    device.view.clear();
    device.held.clear();
    device.budget = 1;
    let calls = device.drain(&mut world);
    assert!(calls > 15);
    agrees(&mut world, &device);
}

/// A device with a job and two notes of its own, not sent yet.
fn notes(world: &mut World) -> (TestDevice, [RecordId; 2]) {
    let mut device = TestDevice::new(world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(world);
    let notes = ["一", "二"].map(|text| device.create("note", Some(job), json!({"text": text, "x": null})));
    (device, notes)
}

#[test]
fn a_device_is_told_its_own_records_by_the_ops_that_made_them() {
    let mut world = World::new();
    let (mut device, notes) = notes(&mut world);
    let response = device.call(&mut world).unwrap();
    assert_eq!((response.pages[0].own.as_slice(), response.pages[0].put.len()), ([(1, 2)].as_slice(), 0));
    assert_eq!(device.view[&notes[0]].fields, fields(json!({"text": "一", "x": null})));
    agrees(&mut world, &device);
}

#[test]
fn what_somebody_changed_since_comes_as_a_row_also_to_its_maker() {
    let mut world = World::new();
    let (mut device, notes) = notes(&mut world);
    // The answer is lost, and the same ops are sent again: in between one record has changed, one is struck out.
    world.sync(&device.token, &device.request()).unwrap();
    let third =
        device.create("note", world.hub.record(notes[0]).unwrap().unwrap().state.job, json!({"text": "三"}));
    world.sync(&device.token, &device.request()).unwrap();
    world.act(Act::Amend, "note", notes[0], json!({"text": "改"}));
    world.act(Act::Void, "note", notes[1], json!({"void": true}));
    let response = device.call(&mut world).unwrap();
    let page = &response.pages[0];
    assert_eq!((page.own.as_slice(), page.put.len(), page.void.len()), ([(3, 1)].as_slice(), 1, 1));
    assert_eq!(device.view[&third].fields, fields(json!({"text": "三"})));
    agrees(&mut world, &device);
}

#[test]
fn who_does_not_push_or_does_not_say_own_gets_rows() {
    let mut world = World::new();
    let (mut device, notes) = notes(&mut world);
    // It died between the outcomes and the pages: the ops are held, the cursor stands where it stood.
    let response = world.sync(&device.token, &device.request()).unwrap();
    device.take_answer(&SyncResponse { pages: Vec::new(), ..response });
    assert!(!device.view.contains_key(&notes[0]));
    let again = device.call(&mut world).unwrap();
    assert_eq!((again.pages[0].own.len(), again.pages[0].rows()), (0, 2));
    agrees(&mut world, &device);

    device.own = false;
    let job = device.view[&notes[0]].job;
    device.create("note", job, json!({"text": "三"}));
    let plain = device.call(&mut world).unwrap();
    assert_eq!((plain.pages[0].own.len(), plain.pages[0].rows()), (0, 1));
    agrees(&mut world, &device);
}

#[test]
fn tomorrows_jobs_come_first_and_the_undated_last() {
    let mut world = world_of_pages(2);
    let mut device = TestDevice::new(&mut world, 1);
    let undated = world.job(json!({"assignee": user(1)}));
    let old = world.job_of(user(1), -40);
    let yesterday = world.job_of(user(1), -1);
    let later = world.job_of(user(1), 5);
    let tomorrow = world.job_of(user(1), 1);
    let today = world.job_of(user(1), 0);
    let first = device.call(&mut world).unwrap();
    assert!(first.more && first.pages[0].partial);
    device.drain(&mut world);
    assert_eq!(device.arrived, [today, tomorrow, later, yesterday, old, undated]);
}

#[test]
fn a_job_moved_ahead_of_a_first_pull_is_not_missed() {
    let mut world = world_of_pages(1);
    let mut device = TestDevice::new(&mut world, 1);
    world.job_of(user(1), 0);
    let later = world.job_of(user(1), 5);
    let old = world.job_of(user(1), -5);
    for job in [later, old] {
        world.create("note", Some(job), json!({"text": "一"}));
    }
    // Past the jobs of today, and before anything of the later job but itself.
    device.call(&mut world).unwrap();
    device.call(&mut world).unwrap();
    assert_eq!((device.view.len(), device.view.contains_key(&later)), (2, true));
    for job in [later, old] {
        world.set("job", job, json!({"plan_from": super::world::MORNING}));
    }
    device.drain(&mut world);
    agrees(&mut world, &device);
    assert_eq!(device.view.len(), 5);
}

#[test]
fn no_budget_means_no_pull_and_no_news_means_no_page() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let mut request = device.request();
    request.budget = None;
    assert!(world.sync(&device.token, &request).unwrap().pages.is_empty());
    // The first pull of an empty audience says once that it has ended.
    let first = device.call(&mut world).unwrap();
    assert_eq!(
        first.pages.iter().map(|page| (page.rows(), page.partial)).collect::<Vec<_>>(),
        [(0, false); 2]
    );
    assert!(device.call(&mut world).unwrap().pages.is_empty());
}

#[test]
fn a_machine_goes_with_its_last_job() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let machine = world.create("machine", None, json!({"serial": "WB-417"}));
    let history = world.create("machine_history", None, json!({"machine": machine, "entries": []}));
    let customer = world.create("customer", None, json!({"name": "东风矿业"}));
    let set = json!({"assignee": user(1), "machine": machine, "customer": customer});
    let (one, two) = (world.job(set.clone()), world.job(set));
    device.drain(&mut world);
    let brought = [machine, history, customer];
    assert!(brought.iter().all(|rec| device.view.contains_key(rec)));
    let nobody = Assignment { assignee: None, crew: vec![], base: None };
    world.hub.assign(&office(), one, nobody.clone()).unwrap();
    device.drain(&mut world);
    assert!(!device.view.contains_key(&one));
    assert!(brought.iter().all(|rec| device.view.contains_key(rec)), "the other job still brings them");
    world.hub.assign(&office(), two, nobody).unwrap();
    device.drain(&mut world);
    assert!(device.view.is_empty());
}

#[test]
fn a_voided_record_goes_and_comes_back() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let mut other = TestDevice::new(&mut world, 2);
    let job = world.job(json!({"assignee": user(1), "crew": [user(2)]}));
    device.drain(&mut world);
    other.drain(&mut world);
    let line = device.create("part_line", Some(job), json!({"qty": 1}));
    device.drain(&mut world);
    other.drain(&mut world);
    assert!(other.view.contains_key(&line));
    for (void, there) in [(true, false), (false, true)] {
        let op = device.op(fieldcard_schema::op::Act::Void, "part_line", line, json!({"void": void}));
        device.commit(&op);
        device.drain(&mut world);
        other.drain(&mut world);
        assert_eq!(other.view.contains_key(&line), there);
        let mut fresh = TestDevice { token: other.token.clone(), ..TestDevice::blank(2, user(2)) };
        fresh.drain(&mut world);
        assert_eq!(fresh.view.contains_key(&line), there, "a first pull says the same");
    }
}

#[test]
fn an_audience_that_one_has_left_is_told_as_gone() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let person = world.create("person", None, json!({"name": "王工"}));
    device.drain(&mut world);
    assert!(device.view.contains_key(&person), "people are the org's");
    device.cursors.insert(999, "f1".into());
    let response: SyncResponse = device.call(&mut world).unwrap();
    assert_eq!(response.gone, [999]);
    device.cursors.insert(1, "what is this".into());
    device.call(&mut world).unwrap();
    assert!(device.view.contains_key(&person), "a cursor nobody wrote begins anew");
}

#[test]
fn an_import_reaches_the_right_person() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let rec = world.hub.new_record().unwrap();
    let stock = fields(json!({"person": user(1), "part": "612630010", "qty": 3}));
    world.hub.office(&office(), vec![OfficeOp::create("van_stock", rec, None, stock)]).unwrap();
    device.drain(&mut world);
    let op = device.op(fieldcard_schema::op::Act::Add, "van_stock", rec, json!({"qty": -1}));
    device.commit(&op);
    device.commit(&op);
    device.drain(&mut world);
    assert_eq!(device.field(rec, "qty"), Some(&json!(2)), "each addition counts once");
}

#[test]
fn no_budget_makes_an_answer_larger_than_four_mebibytes() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    for _ in 0..90 {
        world.create("note", Some(job), json!({"text": "油".repeat(20_000)}));
    }
    device.budget = u32::MAX;
    let response = device.call(&mut world).unwrap();
    assert!(response.more);
    let bytes: usize = response.pages.iter().map(|page| serde_json::to_vec(page).unwrap().len()).sum();
    assert!(bytes > 3 << 20 && bytes < 5 << 20, "{bytes}");
    device.drain(&mut world);
    assert_eq!(device.view.values().filter(|state| state.kind == "note").count(), 90);
}
