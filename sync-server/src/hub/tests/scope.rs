//! What is in a device's reach, and what leaves it: work that is over, regions, and rows that the feed forgot.

use std::collections::BTreeSet;

use fieldcard_schema::id::UserId;
use fieldcard_schema::rules::job_state::JobStep;
use fieldcard_schema::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::device::TestDevice;
use super::world::{World, config, office, user};
use crate::accounts::{Account, Unit, UnitId};
use crate::hub::Config;
use crate::hub::office::Assignment;
use crate::storage::accounts::AccountStore;
use crate::storage::db::Place;

/// A whole night's sweep.
fn sweep(world: &mut World) {
    while world.hub.sweep().unwrap() {}
}

fn pass_days(world: &World, days: i64) {
    world.pass(days * Timestamp::DAY);
}

/// What the device gets when it calls again after a while.
fn back(world: &mut World, device: &mut TestDevice) {
    device.log_in(world).unwrap();
    device.drain(world);
}

#[test]
fn work_that_is_over_for_a_month_leaves_and_comes_back_when_it_goes_on() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let (over, open) = (world.job_of(user(1), 0), world.job_of(user(1), 0));
    let note = world.create("note", Some(over), json!({"text": "一"}));
    device.drain(&mut world);
    world.hub.step_job(&office(), over, JobStep::SolvedByPhone, None).unwrap();
    pass_days(&world, 29);
    sweep(&mut world);
    back(&mut world, &mut device);
    assert!(device.view.contains_key(&over), "a month has not passed");
    pass_days(&world, 2);
    sweep(&mut world);
    back(&mut world, &mut device);
    let held = [over, note, open].map(|rec| device.view.contains_key(&rec));
    assert_eq!(held, [false, false, true], "what is open stays, however old");

    device.create("note", Some(over), json!({"text": "补记"}));
    device.drain(&mut world);
    assert_eq!(device.last_outcome().why, Some(fieldcard_schema::merge::Why::Late));
    world.hub.step_job(&office(), over, JobStep::Reopened, None).unwrap();
    device.drain(&mut world);
    assert!(device.view.contains_key(&over) && device.view.contains_key(&note));
    sweep(&mut world);
    device.drain(&mut world);
    assert!(device.view.contains_key(&over));
    assert_eq!(world.hub.scope(user(1)).unwrap().len(), device.view.len());
}

#[test]
fn what_a_device_has_just_sent_is_not_swept_away_whatever_its_clock_says() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let over = world.job_of(user(1), 0);
    device.drain(&mut world);
    world.hub.step_job(&office(), over, JobStep::SolvedByPhone, None).unwrap();
    pass_days(&world, 30);
    device.log_in(&mut world).unwrap();
    let note = device.create("note", Some(over), json!({"text": "补记"}));
    device.drain(&mut world);
    pass_days(&world, 29);
    sweep(&mut world);
    back(&mut world, &mut device);
    assert!(device.view.contains_key(&over) && device.view.contains_key(&note));
    pass_days(&world, 2);
    sweep(&mut world);
    back(&mut world, &mut device);
    assert!(!device.view.contains_key(&over) && !device.view.contains_key(&note));
}

#[test]
fn a_device_that_was_away_so_long_that_the_feed_forgot_is_told_to_compare() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let (gone, struck) = (world.job_of(user(1), 0), world.job_of(user(1), 0));
    device.drain(&mut world);
    let to = Assignment { assignee: Some(user(2)), crew: vec![], base: None };
    world.hub.assign(&office(), gone, to).unwrap();
    world.act(fieldcard_schema::op::Act::Void, "job", struck, json!({"void": true}));
    sweep(&mut world);
    pass_days(&world, 179);
    sweep(&mut world);
    pass_days(&world, 2);
    let later = world.job_of(user(1), 0);
    sweep(&mut world);
    device.log_in(&mut world).unwrap();
    let response = device.call(&mut world).unwrap();
    let told: Vec<bool> = response.pages.iter().map(|page| page.check).collect();
    assert!(told.contains(&true), "{told:?}");
    assert!(device.view.contains_key(&later), "what stands is told as ever");
    assert!(device.view.contains_key(&gone), "nobody told it, so it keeps it until it has compared");
    let again = device.call(&mut world).unwrap();
    assert!(again.pages.iter().all(|page| !page.check), "once");
    // A first pull begins above every floor.
    let mut fresh = TestDevice::unconfirmed(&mut world, 4, user(1));
    world.hub.confirm_device(fresh.id).unwrap();
    fresh.log_in(&mut world).unwrap();
    let response = fresh.call(&mut world).unwrap();
    assert!(response.pages.iter().all(|page| !page.check));
    assert!(!fresh.view.contains_key(&gone) && !fresh.view.contains_key(&struck));
}

#[test]
fn what_leaves_at_the_edge_of_a_page_leaves() {
    for page_rows in 1..6 {
        let mut world = World::with(Config { page_rows, ..config() });
        let mut device = TestDevice::new(&mut world, 1);
        let jobs: Vec<_> = (0..5).map(|day| world.job_of(user(1), day)).collect();
        let notes: Vec<_> =
            jobs.iter().map(|job| world.create("note", Some(*job), json!({"text": "一"}))).collect();
        device.drain(&mut world);
        for (at, job) in jobs.iter().enumerate() {
            if at % 2 == 0 {
                world.hub.step_job(&office(), *job, JobStep::Cancelled, None).unwrap();
            } else {
                world.act(fieldcard_schema::op::Act::Amend, "note", notes[at], json!({"text": "二"}));
            }
        }
        pass_days(&world, 31);
        sweep(&mut world);
        back(&mut world, &mut device);
        let scope: BTreeSet<_> = world.hub.scope(user(1)).unwrap().into_iter().map(|row| row.rec).collect();
        assert_eq!(device.view.keys().copied().collect::<BTreeSet<_>>(), scope, "{page_rows} rows a page");
        assert!(!scope.contains(&jobs[0]) && scope.contains(&jobs[1]));
    }
}

fn unit(n: u8, parent: Option<u8>) -> Unit {
    let id = |n| UnitId(Uuid::from_bytes([n; 16]));
    Unit { id: id(n), parent: parent.map(id), name: n.to_string() }
}

fn account(n: u8, at: u8) -> Account {
    Account {
        user: UserId(user(n).0),
        login: format!("u{n}"),
        name: "王".into(),
        unit: unit(at, None).id,
        password: None,
        disabled: false,
        roles: BTreeSet::new(),
        made_at: Timestamp(0),
        one_time: false,
    }
}

#[test]
fn who_joins_a_region_late_gets_all_that_is_there_and_who_leaves_it_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("server.db"));
    let mut world = World::over(&place, config());
    let mut accounts = AccountStore::open(&place).unwrap();
    // 50 the company; 51 a region, 52 a station in it; 53 another region.
    for one in [unit(50, None), unit(51, Some(50)), unit(52, Some(51)), unit(53, Some(50))] {
        accounts.put_unit(&one).unwrap();
    }
    for one in [account(1, 52), account(2, 53)] {
        accounts.put_account(&one).unwrap();
    }
    let (mut inside, mut outside) = (TestDevice::new(&mut world, 1), TestDevice::new(&mut world, 2));
    let region = |n: u8| json!({"number": "A", "region": unit(n, None).id.0});
    let campaign = world.create("campaign", None, region(51));
    let everybodys = world.create("campaign", None, json!({"number": "B"}));
    let shown = |device: &TestDevice| [campaign, everybodys].map(|rec| device.view.contains_key(&rec));
    inside.drain(&mut world);
    outside.drain(&mut world);
    assert_eq!((shown(&inside), shown(&outside)), ([true, true], [false, true]));

    accounts.put_account(&account(2, 52)).unwrap();
    world.hub.settle_regions(user(2)).unwrap();
    outside.drain(&mut world);
    assert_eq!(shown(&outside), [true, true], "also what is older than his coming");
    accounts.put_account(&account(2, 53)).unwrap();
    world.hub.settle_regions(user(2)).unwrap();
    let response = outside.call(&mut world).unwrap();
    assert_eq!((response.gone.len(), shown(&outside)), (1, [false, true]));
    outside.drain(&mut world);
    assert_eq!(shown(&outside), [false, true]);

    let set = |world: &mut World, to: Value| world.set("campaign", campaign, json!({"region": to}));
    set(&mut world, json!(unit(53, None).id.0));
    inside.drain(&mut world);
    outside.drain(&mut world);
    assert_eq!((shown(&inside), shown(&outside)), ([false, true], [true, true]));
    set(&mut world, Value::Null);
    inside.drain(&mut world);
    outside.drain(&mut world);
    assert_eq!((shown(&inside), shown(&outside)), ([true, true], [true, true]));
    assert_eq!(world.hub.scope(user(1)).unwrap().len(), inside.view.len());
}
