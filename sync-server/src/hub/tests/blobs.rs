//! Blobs in runs, in any order.

#![expect(clippy::cast_possible_truncation, reason = "small numbers of a test")]

use fieldcard_schema::dataset;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, UNIT};
use fieldcard_schema::wire::error::ErrorCode;
use serde_json::json;

use fieldcard_schema::id::OpId;
use fieldcard_schema::op::{Act, Op};
use fieldcard_schema::time::Timestamp;

use super::device::TestDevice;
use super::world::{World, config, office, user};
use crate::hub::Config;
use crate::ports::{BlobStore, BlobStoreError, Part};
use crate::storage::blob_files::BlobMemory;

const SIZE: usize = 3 * UNIT as usize + 77;

fn photo(seed: u8) -> Vec<u8> {
    (0..SIZE).map(|i| (i % 251) as u8 ^ seed).collect()
}

fn run(bytes: &[u8], unit: usize, count: usize) -> BlobPut {
    let from = unit * UNIT as usize;
    let run = bytes[from..bytes.len().min(from + count * UNIT as usize)].to_vec();
    BlobPut {
        sha256: Digest::of(bytes),
        size: bytes.len() as u64,
        media_type: "image/jpeg".into(),
        unit: unit as u32,
        digest: Digest::of(&run),
        bytes: run,
    }
}

fn whole(sha256: Digest) -> BlobRange {
    BlobRange { sha256, from: 0, len: 1 << 20 }
}

#[test]
fn runs_come_in_any_order_and_the_last_one_completes() {
    let mut world = World::new();
    let device = TestDevice::new(&mut world, 1);
    let bytes = photo(0);
    let sha256 = Digest::of(&bytes);
    let unheard = world.hub.blob_state(&device.token, sha256).unwrap();
    assert_eq!((unheard.size, unheard.stored), (0, false));
    let last = world.hub.blob_put(&device.token, &run(&bytes, 3, 1)).unwrap();
    assert_eq!(last.next_missing(SIZE as u64, 64), Some((0, 3)));
    let again = world.hub.blob_put(&device.token, &run(&bytes, 3, 1)).unwrap();
    assert_eq!(again, last, "repeating is harmless");
    let part = world.hub.blob_complete(&device.token, sha256).unwrap();
    assert!(!part.stored);
    world.hub.blob_put(&device.token, &run(&bytes, 1, 2)).unwrap();
    let stored = world.hub.blob_put(&device.token, &run(&bytes, 0, 1)).unwrap();
    assert!(stored.stored && stored.pos.is_some() && stored.epoch.is_some());
    assert_eq!(world.hub.blob_state(&device.token, sha256).unwrap(), stored);
    assert_eq!(world.hub.blob_put(&device.token, &run(&bytes, 0, 1)).unwrap(), stored);
    assert_eq!(world.hub.blob_digests().unwrap(), [sha256]);
    assert_eq!(world.hub.blob_bytes(&whole(sha256)).unwrap(), bytes);
}

#[test]
fn a_whole_that_is_not_what_it_says_is_dropped() {
    let mut world = World::new();
    let device = TestDevice::new(&mut world, 1);
    let (bytes, other) = (photo(0), photo(1));
    let lie = BlobPut { sha256: Digest::of(&bytes), ..run(&other, 0, 4) };
    let refused = world.hub.blob_put(&device.token, &lie).unwrap_err();
    assert_eq!((refused.code, refused.detail.as_deref()), (ErrorCode::BadDigest, Some("blob")));
    assert_eq!(world.hub.blob_state(&device.token, Digest::of(&bytes)).unwrap().size, 0);
    assert!(world.hub.blob_put(&device.token, &run(&bytes, 0, 4)).unwrap().stored);
}

#[test]
fn only_who_sees_a_record_that_names_it_reads_a_blob() {
    let mut world = World::new();
    let mut author = TestDevice::new(&mut world, 1);
    let mut stranger = TestDevice::new(&mut world, 2);
    let job = world.job_of(user(1), 0);
    author.drain(&mut world);
    let bytes = photo(0);
    let sha256 = Digest::of(&bytes);
    world.hub.blob_put(&author.token, &run(&bytes, 0, 4)).unwrap();
    let read = |world: &mut World, device: &TestDevice| {
        world.hub.blob_get(&device.token, &whole(sha256)).map_err(|error| error.code)
    };
    assert_eq!(read(&mut world, &author), Err(ErrorCode::NotFound), "no record names it yet");
    author.create("photo", Some(job), json!({"sha256": sha256, "size": SIZE}));
    author.drain(&mut world);
    stranger.drain(&mut world);
    assert_eq!(read(&mut world, &author), Ok(bytes.clone()));
    assert_eq!(read(&mut world, &stranger), Err(ErrorCode::NotFound));
    let middle = BlobRange { sha256, from: 10, len: 5 };
    assert_eq!(world.hub.blob_get(&author.token, &middle).unwrap(), bytes[10..15]);

    world.hub.revoke_device(author.id).unwrap();
    assert_eq!(read(&mut world, &author), Err(ErrorCode::Revoked));
    let late = photo(9);
    assert!(world.hub.blob_put(&author.token, &run(&late, 0, 4)).unwrap().stored, "uploads go on");
}

#[test]
fn another_size_begins_anew() {
    let mut world = World::new();
    let device = TestDevice::new(&mut world, 1);
    let bytes = photo(0);
    let wrong = BlobPut { size: SIZE as u64 + 5, ..run(&bytes, 0, 1) };
    world.hub.blob_put(&device.token, &wrong).unwrap();
    assert!(world.hub.blob_put(&device.token, &run(&bytes, 0, 4)).unwrap().stored);
}

#[test]
fn whether_a_blob_is_there_is_told_to_its_uploader_and_to_who_sees_a_record_that_names_it() {
    let mut world = World::new();
    let mut author = TestDevice::new(&mut world, 1);
    let mut mate = TestDevice::new(&mut world, 2);
    let stranger = TestDevice::new(&mut world, 3);
    let job = world.job(json!({"assignee": user(1), "crew": [user(2)]}));
    author.drain(&mut world);
    let bytes = photo(0);
    let sha256 = Digest::of(&bytes);
    world.hub.blob_put(&author.token, &run(&bytes, 0, 4)).unwrap();
    let told = |world: &mut World, device: &TestDevice| {
        let state = world.hub.blob_state(&device.token, sha256).unwrap();
        assert_eq!(world.hub.blob_complete(&device.token, sha256).unwrap(), state);
        (state.stored, state.size)
    };
    let (known, unheard) = ((true, SIZE as u64), (false, 0));
    assert_eq!(told(&mut world, &author), known, "its uploader, before any record names it");
    assert_eq!(told(&mut world, &mate), unheard);
    author.create("photo", Some(job), json!({"sha256": sha256, "size": SIZE}));
    author.drain(&mut world);
    mate.drain(&mut world);
    assert_eq!((told(&mut world, &mate), told(&mut world, &stranger)), (known, unheard));
    // Who has the bytes in hand is told that they are there, and need not send all of them again.
    assert!(world.hub.blob_put(&stranger.token, &run(&bytes, 0, 1)).unwrap().stored);
}

#[test]
fn a_digest_alone_opens_nothing() {
    let mut world = World::new();
    let mut author = TestDevice::new(&mut world, 1);
    let mut thief = TestDevice::new(&mut world, 2);
    let (job, other) = (world.job_of(user(1), 0), world.job_of(user(2), 0));
    author.drain(&mut world);
    thief.drain(&mut world);
    let bytes = photo(0);
    let sha256 = Digest::of(&bytes);
    author.create("photo", Some(job), json!({"sha256": sha256, "size": SIZE}));
    author.drain(&mut world);
    world.hub.blob_put(&author.token, &run(&bytes, 0, 4)).unwrap();

    // Applied, amended onto an older record, and parked: in each way he names it himself.
    let set = json!({"sha256": sha256, "size": SIZE});
    let own = thief.create("photo", Some(other), set.clone());
    let note = thief.create("note", Some(other), json!({"text": "?"}));
    let twice = Op { job: Some(other), ..thief.op(Act::Amend, "note", note, json!({"text": "!"})) };
    thief.commit(&twice);
    thief.commit(&Op { set: super::world::fields(set.clone()), ..twice });
    let amend = thief.op(Act::Amend, "note", note, set);
    thief.commit(&amend);
    let op_id = OpId(thief.new_id());
    thief.commit(&Op { user: user(1), op_id, ..amend });
    thief.drain(&mut world);
    assert!(thief.view.contains_key(&own));
    let read = |world: &mut World, device: &TestDevice| {
        world.hub.blob_get(&device.token, &whole(sha256)).map_err(|error| error.code)
    };
    let closed = |world: &mut World, thief: &TestDevice| {
        assert_eq!(read(world, thief), Err(ErrorCode::NotFound));
        assert_eq!(world.hub.blob_state(&thief.token, sha256).unwrap().size, 0);
    };
    closed(&mut world, &thief);
    let lie = BlobPut { sha256, ..run(&photo(1), 0, 2) };
    assert_eq!(world.hub.blob_put(&thief.token, &lie).unwrap_err().code, ErrorCode::BadDigest);
    closed(&mut world, &thief);
    world.hub.blob_put(&thief.token, &run(&bytes, 3, 1)).unwrap();
    closed(&mut world, &thief);

    // Who shows a whole unit of it has it in hand.
    assert!(world.hub.blob_put(&thief.token, &run(&bytes, 1, 1)).unwrap().stored);
    assert_eq!(read(&mut world, &thief), Ok(bytes.clone()));
    // The author keeps it, also on his next device.
    let mut next = TestDevice::unconfirmed(&mut world, 3, user(1));
    world.hub.confirm_device(next.id).unwrap();
    next.log_in(&mut world).unwrap();
    assert_eq!(read(&mut world, &next), Ok(bytes));
}

#[test]
fn what_no_op_names_is_limited_and_blocks_nothing_else() {
    let mut world = World::with(Config { unnamed_max: 2 * SIZE as u64, ..config() });
    let mut device = TestDevice::new(&mut world, 1);
    let other = TestDevice::new(&mut world, 2);
    let job = world.job_of(user(1), 0);
    device.drain(&mut world);
    let put = |world: &mut World, device: &TestDevice, seed: u8, count: usize| {
        let put = world.hub.blob_put(&device.token, &run(&photo(seed), 0, count));
        put.map(|state| state.stored).map_err(|error| (error.code, error.detail))
    };
    let full = Err((ErrorCode::TooLarge, Some("unnamed".to_owned())));
    assert_eq!(put(&mut world, &device, 1, 4), Ok(true));
    assert_eq!(put(&mut world, &device, 2, 1), Ok(false), "a part counts as the whole");
    assert_eq!(put(&mut world, &device, 3, 1), full);
    assert_eq!(put(&mut world, &device, 2, 4), Ok(true), "what was begun goes on");
    assert_eq!(put(&mut world, &other, 4, 4), Ok(true), "to each device its own");
    device.create("photo", Some(job), json!({"sha256": Digest::of(&photo(3)), "size": SIZE}));
    device.drain(&mut world);
    assert_eq!(put(&mut world, &device, 3, 4), Ok(true), "an op names it");
    assert_eq!(put(&mut world, &device, 5, 4), full);
    device.create("photo", Some(job), json!({"sha256": Digest::of(&photo(1)), "size": SIZE}));
    device.drain(&mut world);
    assert_eq!(put(&mut world, &device, 5, 4), Ok(true), "named since: there is room again");
    world.hub.revoke_device(device.id).unwrap();
    assert_eq!(put(&mut world, &device, 6, 4), full);
}

#[test]
fn what_was_begun_and_never_ended_goes_after_a_month() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    for seed in [1, 2] {
        world.hub.blob_put(&device.token, &run(&photo(seed), 0, 1)).unwrap();
    }
    world.hub.blob_put(&device.token, &run(&photo(3), 0, 4)).unwrap();
    world.pass(20 * Timestamp::DAY);
    assert_eq!(world.hub.drop_stale_blobs().unwrap(), 0);
    device.log_in(&mut world).unwrap();
    world.hub.blob_put(&device.token, &run(&photo(2), 1, 1)).unwrap();
    world.pass(11 * Timestamp::DAY);
    assert_eq!(world.hub.drop_stale_blobs().unwrap(), 1);
    device.log_in(&mut world).unwrap();
    let size = |world: &mut World, seed: u8| {
        world.hub.blob_state(&device.token, Digest::of(&photo(seed))).unwrap().size
    };
    assert_eq!([1, 2, 3].map(|seed| size(&mut world, seed)), [0, SIZE as u64, SIZE as u64]);
    assert!(world.hub.blob_put(&device.token, &run(&photo(1), 0, 4)).unwrap().stored, "and comes anew");
}

#[test]
fn a_blob_that_is_stored_after_a_copy_of_the_store_is_not_covered_by_it() {
    let mut world = World::new();
    let mut device = TestDevice::new(&mut world, 1);
    device.drain(&mut world);
    let (copied, mark) = (world.hub.head().unwrap(), device.mark);
    let mut stored = |seed| world.hub.blob_put(&device.token, &run(&photo(seed), 0, 4)).unwrap().pos.unwrap();
    let (first, second) = (stored(1), stored(2));
    assert!(copied < first && first < second, "{copied} {first} {second}");
    assert_eq!(world.hub.head().unwrap(), second);
    // A machine that was rolled back to the copy shows it by its mark.
    device.drain(&mut world);
    assert_eq!(device.mark.map(|mark| mark.pos), Some(second));
    assert_ne!(device.mark, mark);
    let copied = world.hub.head().unwrap();
    let file = dataset::pack(&dataset::Header::new("parts", 1, 0, Timestamp(5)), &[]).unwrap();
    world.hub.publish_dataset(&office(), &file).unwrap();
    let sha256 = world.hub.dataset("parts").unwrap().unwrap().sha256.unwrap();
    assert!(world.hub.blob_state(&device.token, sha256).unwrap().pos > Some(copied));
}

/// Blobs whose parts are lost by the first [`BlobStore::finish`], as by a power cut.
#[derive(Default)]
struct Forgetful {
    blobs: BlobMemory,
    cut: bool,
}

impl BlobStore for Forgetful {
    fn write(&mut self, part: Part, offset: u64, bytes: &[u8]) -> Result<(), BlobStoreError> {
        self.blobs.write(part, offset, bytes)
    }

    fn finish(&mut self, part: Part, size: u64) -> Result<bool, BlobStoreError> {
        if std::mem::replace(&mut self.cut, true) {
            return self.blobs.finish(part, size);
        }
        self.blobs.discard(part)?;
        Err(BlobStoreError::Broken("the power went".into()))
    }

    fn discard(&mut self, part: Part) -> Result<(), BlobStoreError> {
        self.blobs.discard(part)
    }

    fn read(&self, sha256: Digest, from: u64, len: u64) -> Result<Vec<u8>, BlobStoreError> {
        self.blobs.read(sha256, from, len)
    }
}

#[test]
fn bytes_that_a_power_cut_took_are_sent_anew() {
    let mut world = World::with_blobs(Box::new(Forgetful::default()));
    let device = TestDevice::new(&mut world, 1);
    let bytes = photo(0);
    let sha256 = Digest::of(&bytes);
    assert_eq!(
        world.hub.blob_put(&device.token, &run(&bytes, 0, 4)).unwrap_err().code,
        ErrorCode::Internal,
        "the power goes between the last run and the whole"
    );
    let state = world.hub.blob_complete(&device.token, sha256).unwrap();
    assert_eq!((state.size, state.stored), (0, false), "nothing is here, so that it is sent anew");
    assert!(world.hub.blob_put(&device.token, &run(&bytes, 0, 4)).unwrap().stored);
}

#[test]
fn nobody_spoils_what_another_sends() {
    let mut world = World::new();
    let author = TestDevice::new(&mut world, 1);
    let spoiler = TestDevice::new(&mut world, 2);
    let (bytes, garbage) = (photo(0), photo(1));
    let sha256 = Digest::of(&bytes);
    world.hub.blob_put(&author.token, &run(&bytes, 0, 2)).unwrap();
    let other_size = BlobPut { sha256, size: SIZE as u64 + UNIT, ..run(&garbage, 0, 2) };
    world.hub.blob_put(&spoiler.token, &other_size).unwrap();
    let units = BlobPut { sha256, ..run(&garbage, 0, 2) };
    world.hub.blob_put(&spoiler.token, &units).unwrap();
    let state = world.hub.blob_state(&author.token, sha256).unwrap();
    assert_eq!((state.size, state.next_missing(SIZE as u64, 64)), (SIZE as u64, Some((2, 2))));
    assert!(world.hub.blob_put(&author.token, &run(&bytes, 2, 2)).unwrap().stored);
    assert_eq!(world.hub.blob_bytes(&whole(sha256)).unwrap(), bytes);
    assert_eq!(world.hub.blob_state(&spoiler.token, sha256).unwrap().size, 0, "what he sent is gone");
}
