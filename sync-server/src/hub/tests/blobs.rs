//! Blobs in runs, in any order.

#![expect(clippy::cast_possible_truncation, reason = "small numbers of a test")]

use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::SyncApi;
use fieldcard_schema::wire::blob::{BlobPut, BlobRange, UNIT};
use fieldcard_schema::wire::error::ErrorCode;
use serde_json::json;

use super::device::TestDevice;
use super::world::{World, user};

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
