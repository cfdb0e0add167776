//! When the office says that it holds a job, and what it says.

use ed25519_dalek::SigningKey;
use fieldcard_card::seal::Seal;
use fieldcard_card::statement::{Receipt as Statement, Signed};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::RecordId;
use fieldcard_schema::merge::Why;
use fieldcard_schema::op::{Act, Op};
use fieldcard_schema::record::Record;
use fieldcard_schema::record::receipt::Receipt;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::BlobPut;
use serde_json::json;
use uuid::Uuid;

use super::device::TestDevice;
use super::world::{World, config, fields, user};
use crate::hub::Config;

fn signed_world() -> (World, SigningKey) {
    let key = SigningKey::from_bytes(&[42; 32]);
    let org_key = key.verifying_key().to_bytes();
    (World::with(Config { org_key, org_signing: Some(key.clone()), ..config() }), key)
}

fn receipts(world: &mut World, job: RecordId) -> Vec<Receipt> {
    let records = world.hub.job_records(job).unwrap();
    let receipts = records.iter().filter(|row| row.state.kind == Receipt::KIND);
    receipts.map(|row| Receipt::from_fields(&row.state.fields).unwrap()).collect()
}

fn send(world: &mut World, device: &TestDevice, bytes: &[u8]) {
    let sha256 = Digest::of(bytes);
    let size = bytes.len() as u64;
    let media_type = "image/jpeg".to_owned();
    let put = BlobPut { sha256, size, media_type, unit: 0, bytes: bytes.to_vec(), digest: sha256 };
    assert!(world.hub.blob_put(&device.token, &put).unwrap().stored);
}

fn name(device: &mut TestDevice, job: RecordId, bytes: &[u8]) {
    device.create("photo", Some(job), json!({"sha256": Digest::of(bytes), "size": bytes.len()}));
}

fn seal(device: &mut TestDevice, job: RecordId, card_kind: &str, bytes: &[u8]) {
    device.create("card", Some(job), json!({"sha256": Digest::of(bytes), "card_kind": card_kind}));
}

#[test]
fn a_receipt_comes_with_the_last_blob_and_covers_every_op_and_blob() {
    let (mut world, key) = signed_world();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    name(&mut device, job, b"photo");
    seal(&mut device, job, "interim", b"interim");
    send(&mut world, &device, b"photo");
    send(&mut world, &device, b"interim");
    device.drain(&mut world);
    assert_eq!(receipts(&mut world, job), [], "no final card yet");

    seal(&mut device, job, "final", b"card");
    device.drain(&mut world);
    assert_eq!(receipts(&mut world, job), [], "the card's bytes are missing");
    send(&mut world, &device, b"card");
    let issued = receipts(&mut world, job);
    let mut held: Vec<Digest> = device.chain.iter().map(|(_, body)| Digest::of(body)).collect();
    held.extend([b"photo".as_slice(), b"interim", b"card"].map(Digest::of));
    assert_eq!((issued.len(), issued[0].digest), (1, Some(Statement::digest_over(&held))));

    let text = issued[0].rest["record"].as_str().unwrap().to_owned();
    let signed: Signed<Statement> = Signed::from_parts(text, Seal(issued[0].sig.clone().unwrap()));
    let statement = signed.verify(&key.verifying_key()).unwrap();
    assert_eq!((statement.job, statement.n, Some(statement.code())), (job, 1, issued[0].code.clone()));
    device.drain(&mut world);
    assert!(device.view.values().any(|state| state.kind == Receipt::KIND), "the device shows it");
}

#[test]
fn late_work_gives_the_next_receipt_and_the_office_none() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    seal(&mut device, job, "final", b"card");
    send(&mut world, &device, b"card");
    device.drain(&mut world);
    assert_eq!(receipts(&mut world, job).len(), 1, "all was there with the push");
    world.set("job", job, json!({"site": "二号矿"}));
    device.drain(&mut world);
    device.acked = 0;
    device.drain(&mut world);
    assert_eq!(receipts(&mut world, job).len(), 1, "neither the office nor sending again");

    world.hub.revoke_device(device.id).unwrap();
    name(&mut device, job, b"late");
    device.drain(&mut world);
    assert_eq!(receipts(&mut world, job).len(), 1, "parked work counts, and its blob is missing");
    send(&mut world, &device, b"late");
    let numbers: Vec<_> = receipts(&mut world, job).iter().map(|receipt| receipt.n).collect();
    assert_eq!(numbers, [Some(1), Some(2)]);
}

/// Every way to be parked, from a phone that knows a job's number and was never on it.
#[test]
fn no_stranger_holds_a_receipt_up() {
    let mut world = World::new();
    let mut owner = TestDevice::new(&mut world, 1);
    let mut stranger = TestDevice::new(&mut world, 2);
    let mut mate = TestDevice::new(&mut world, 3);
    let job = world.job(json!({"assignee": user(1), "crew": [user(3)]}));
    owner.drain(&mut world);
    stranger.drain(&mut world);
    mate.drain(&mut world);
    name(&mut stranger, job, b"never sent");
    let masked =
        Op { user: user(1), ..stranger.op(Act::Set, "job", job, json!({"sha256": Digest::of(b"x")})) };
    stranger.commit(&masked);
    let twice = Op { job: Some(job), ..stranger.op(Act::Create, "note", RecordId(Uuid::nil()), json!({})) };
    stranger.commit(&Op { job: None, ..twice.clone() });
    stranger.commit(&Op { set: fields(json!({"sha256": Digest::of(b"y")})), ..twice });
    stranger.drain(&mut world);
    let whys: Vec<_> = stranger.outcomes.iter().map(|one| one.why).collect();
    assert_eq!(whys, [Some(Why::NotYours), Some(Why::NotYours), None, Some(Why::OpIdTaken)]);
    world.hub.revoke_device(stranger.id).unwrap();
    name(&mut stranger, job, b"nor this");
    stranger.drain(&mut world);

    seal(&mut owner, job, "final", b"card");
    send(&mut world, &owner, b"card");
    owner.drain(&mut world);
    let issued = receipts(&mut world, job);
    let own = [Digest::of(b"card"), Digest::of(&owner.chain[0].1)];
    assert_eq!((issued.len(), issued[0].digest), (1, Some(Statement::digest_over(&own))));

    // The net itself: what a person of the job has parked does count.
    world.hub.revoke_device(mate.id).unwrap();
    name(&mut mate, job, b"of the crew");
    mate.drain(&mut world);
    name(&mut owner, job, b"card");
    owner.drain(&mut world);
    assert_eq!(receipts(&mut world, job).len(), 1, "a blob of the crew is missing");
}

#[test]
fn secrets_stay_out_of_the_log() {
    let (world, _) = signed_world();
    let text = format!("{:?}", world.hub.config());
    assert!(text.contains("产品服务部") && !text.contains("[7, 7"), "{text}");
}
