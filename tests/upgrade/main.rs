//! What earlier versions wrote: their stores open here, what they had queued drains, and all agree.
//!
//! A fixture is a zip of a device's folder, its keystore, the server's folder, and what was entered, as the code
//! of that version left them; it is never made again by later code. [`make`] writes one of this version, which
//! must open, too; with `FIELDCARD_WRITE_UPGRADE=<name>` it stays in the tree. `wire-1` are the golden messages
//! of the first wire version.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive;
mod make;
mod wire;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fieldcard_core::store::Place;
use fieldcard_core::store::outbox::Outbox;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::UserId;
use fieldcard_server::desk::Desk;
use fieldcard_server::folder::DataFolder;
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::ports::{TestClock, TestKeystore};
use fieldcard_tests::server::Server;
use make::Entered;

/// A fixture laid out again: the folders in which that version had left them.
struct Left {
    folder: tempfile::TempDir,
    entered: Entered,
}

impl Left {
    fn in_zip(zip: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        archive::unpack(zip, folder.path());
        let entered = std::fs::read(folder.path().join("entered.json")).unwrap();
        let entered = serde_json::from_slice(&entered).unwrap();
        Self { folder, entered }
    }

    fn phone(&self) -> Place {
        Place::folder(&self.folder.path().join("phone"))
    }

    fn device(&self, clock: &TestClock) -> Device {
        let keystore = TestKeystore::holding(self.entered.keystore.clone());
        Device::with_keystore(self.phone(), clock, 77, keystore).unwrap()
    }
}

/// What an outbox holds, worked out from the bytes.
fn held(outbox: &Outbox) -> BTreeSet<Digest> {
    let ops = outbox.all_ops().unwrap().into_iter().map(|op| Digest::of(&op.body));
    let blobs = outbox.all_blobs().unwrap().into_iter().map(|blob| {
        let bytes = outbox.blob_bytes(blob.sha256, 0, blob.size).unwrap().unwrap();
        Digest::of(&bytes)
    });
    ops.chain(blobs).collect()
}

/// Whether the device shows what the office holds of its person's scope.
fn converged(server: &Path, device: &mut Device, user: UserId) -> bool {
    let mut desk = Desk::open(&DataFolder::at(server), Digest::ZERO).unwrap();
    let scope = desk.hub.scope(user).unwrap();
    let cache = &device.core.store().unwrap().cache;
    let same = scope.iter().all(|row| {
        let seen = cache.seen(row.rec).unwrap().map(|seen| (seen.state.fields, seen.state.ver));
        seen == Some((row.state.fields.clone(), row.state.ver))
    });
    !scope.is_empty() && same && cache.count().unwrap() == scope.len() as u64
}

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("upgrade/{name}.zip"))
}

fn opens_drains_and_converges(zip: &Path) {
    let left = Left::in_zip(zip);
    let name = zip.display();
    let clock = TestClock::at(MORNING + 3 * 86_400_000);
    let mut device = left.device(&clock);

    let store = device.core.store().unwrap();
    let entered: BTreeSet<Digest> = left.entered.ops.iter().chain(&left.entered.blobs).copied().collect();
    assert_eq!(held(&store.outbox), entered, "{name}: what was saved is not what is there");
    let waiting = store.outbox.outstanding().unwrap().unwrap();
    assert!(waiting.ops > 0 && waiting.blobs > 0, "{name}: a fixture with nothing queued proves little");
    let drafts = store.outbox.draft_records().unwrap();
    let draft = drafts.iter().flat_map(|rec| store.outbox.drafts(*rec).unwrap()).next().unwrap();
    assert_eq!(draft.value, left.entered.draft, "{name}");

    let mut server = Server::over(left.folder.path().join("server")).unwrap();
    // Nobody had made a backup yet; nothing else is wrong with the folder.
    let doctor = server.command(&["doctor"]).unwrap_err().to_string();
    assert!(doctor.contains("backup:") && doctor.contains("1 finding"), "{name}: {doctor}");
    server.start().unwrap();
    let mut api = server.api(left.entered.org_key).unwrap();
    for _ in 0..3 {
        clock.pass(600_000);
        assert!(device.exchange(&mut api).unwrap(), "{name}: the exchange does not come to rest");
    }
    assert_eq!(device.core.store().unwrap().outbox.outstanding().unwrap(), None, "{name}: it did not drain");
    let log: BTreeSet<Digest> = server.op_digests().unwrap().into_iter().collect();
    let missing = left.entered.ops.iter().filter(|op| !log.contains(op)).count();
    assert_eq!(missing, 0, "{name}: ops never reached the server");
    for blob in &left.entered.blobs {
        assert_eq!(server.blob(*blob).map(|bytes| Digest::of(&bytes)), Some(*blob), "{name}");
    }
    server.kill().unwrap();
    assert!(converged(server.folder(), &mut device, left.entered.user), "{name}: they do not agree");
}

#[test]
fn stores_of_the_first_issue_open_drain_and_converge() {
    opens_drains_and_converges(&kept("first"));
}

#[test]
fn stores_of_this_version_do_so_too_and_can_be_kept_for_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let zip = folder.path().join("this.zip");
    make::make(&zip);
    opens_drains_and_converges(&zip);
    if let Ok(name) = std::env::var("FIELDCARD_WRITE_UPGRADE") {
        std::fs::copy(&zip, kept(&name)).unwrap();
    }
}

/// A fixture whose bytes were touched must not pass for one that upgrades.
#[test]
fn a_fixture_that_lost_an_op_is_seen() {
    let left = Left::in_zip(&kept("first"));
    let phone = left.folder.path().join("phone/outbox.db");
    let db = rusqlite::Connection::open(&phone).unwrap();
    db.execute("DELETE FROM op WHERE pk = (SELECT max(pk) FROM op)", []).unwrap();
    drop(db);
    let outbox = Outbox::open(&left.phone()).unwrap();
    let entered: BTreeSet<Digest> = left.entered.ops.iter().chain(&left.entered.blobs).copied().collect();
    assert_ne!(held(&outbox), entered);
}
