//! Work that reaches the office as a file: exported by the real core, taken in by the real hub, and the phone
//! that comes online later. Every bent file is refused whole.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::PathBuf;

use fieldcard_core::driver::unsent_file;
use fieldcard_core::store::Place;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::merge::Outcome;
use fieldcard_schema::unsent::{MANIFEST, Manifest, SIGNATURE};
use fieldcard_schema::wire::sync::SyncRequest;
use fieldcard_server::unsent::{self, Taken, UnsentError};
use fieldcard_tests::day::MORNING;
use fieldcard_tests::device::Device;
use fieldcard_tests::office::{Office, converged, person};
use fieldcard_tests::pictures;
use fieldcard_tests::ports::TestClock;
use serde_json::{Value, json};

type Members = BTreeMap<String, Vec<u8>>;

struct Site {
    clock: TestClock,
    office: Office,
    device: Device,
    job: String,
    visit: String,
    folder: tempfile::TempDir,
}

fn site() -> Site {
    let clock = TestClock::at(MORNING);
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::new(None, &clock, 100).unwrap();
    let (job, visit) = office.repair().unwrap();
    let device = office.phone(Place::folder(&folder.path().join("phone")), &clock).unwrap();
    Site { clock, office, device, job: job.to_string(), visit: visit.to_string(), folder }
}

impl Site {
    fn act(&mut self, request: Value) -> Option<String> {
        self.device.act(request).unwrap().rec
    }

    fn note(&mut self, text: &str) {
        self.act(json!({"type": "note.add", "job": self.job, "text": text}));
    }

    /// A whole repair with a photo, signed.
    fn work(&mut self) {
        self.device.repair(&self.job, &self.visit).unwrap();
        self.device.photo(&self.job, &pictures::scene(1)).unwrap();
        self.act(json!({"type": "sign_off.prepare", "visit": self.visit, "kind": "final", "language": "zh"}));
        self.act(json!({"type": "sign_off.hand_over", "visit": self.visit}));
        self.act(json!({"type": "sign_off.confirm", "visit": self.visit, "how": "signed", "words": "好",
            "strokes": pictures::ink(1), "satisfaction": 5,
            "signer": {"name": "许建军", "role": "operator", "authority": "listed"}}));
    }

    fn export(&mut self) -> PathBuf {
        unsent_file::save(&mut self.device.core, &self.folder.path().join("files")).unwrap()
    }

    fn import(&mut self, file: &[u8]) -> Result<Taken, UnsentError> {
        unsent::take(&mut self.office.hub, Cursor::new(file), false)
    }

    /// Digests of what was entered: every op and every blob.
    fn entered(&mut self) -> (Vec<Digest>, Vec<Digest>) {
        let outbox = &self.device.core.store().unwrap().outbox;
        let ops = outbox.all_ops().unwrap().into_iter().map(|op| Digest::of(&op.body));
        let blobs = outbox.all_blobs().unwrap().into_iter().map(|blob| blob.sha256);
        let (mut ops, mut blobs): (Vec<_>, Vec<_>) = (ops.collect(), blobs.collect());
        ops.sort();
        blobs.sort();
        (ops, blobs)
    }

    fn waiting(&mut self) -> Option<(u64, u64)> {
        let outstanding = self.device.core.store().unwrap().outbox.outstanding().unwrap();
        outstanding.map(|left| (left.ops, left.blobs))
    }

    fn held_blobs(&mut self) -> Vec<Digest> {
        let mut held = self.office.hub.blob_digests().unwrap();
        held.sort();
        held
    }

    /// What the office holds, as one number that any half-stored thing would move.
    fn office_state(&mut self) -> (u64, u64, usize) {
        let hub = &mut self.office.hub;
        (hub.op_count().unwrap(), hub.head().unwrap(), hub.blob_digests().unwrap().len())
    }
}

fn members(file: &[u8]) -> Members {
    let mut zip = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut read = |name: String| {
        let mut bytes = Vec::new();
        zip.by_name(&name).unwrap().read_to_end(&mut bytes).unwrap();
        (name, bytes)
    };
    names.into_iter().map(&mut read).collect()
}

fn packed(members: &Members) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let packed = zip::write::SimpleFileOptions::default();
    for (name, bytes) in members {
        zip.start_file(name.as_str(), packed).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn manifest(members: &Members) -> Manifest {
    serde_json::from_slice(&members[MANIFEST]).unwrap()
}

#[test]
fn a_file_carries_the_day_and_the_phone_that_comes_online_later_doubles_nothing() {
    let mut site = site();
    site.work();
    let waiting = site.waiting().unwrap();
    let path = site.export();
    assert_eq!(site.waiting(), Some(waiting), "exporting changes nothing");
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.starts_with("fieldcard-unsent-王建国-20261123-07"), "{name}");
    let file = fs::read(&path).unwrap();
    let said = manifest(&members(&file));
    let ops: u64 = said.pushes.iter().map(|push| push.ops).sum();
    assert_eq!((ops, said.blobs.len() as u64), waiting);

    let before = site.office.hub.op_count().unwrap();
    let taken = site.import(&file).unwrap();
    assert!(taken.outcomes.iter().all(|one| !one.again && one.outcome.outcome == Outcome::Applied));
    assert_eq!((taken.outcomes.len() as u64, taken.stored, taken.held), (ops, said.blobs.len(), 0));
    let (entered, blobs) = site.entered();
    let held = site.office.hub.op_digests().unwrap();
    assert!(entered.iter().all(|digest| held.contains(digest)), "every op is there byte for byte");
    assert_eq!(site.held_blobs(), blobs);

    let again = site.import(&file).unwrap();
    assert!(again.outcomes.iter().all(|one| one.again));
    assert_eq!((again.stored, again.held), (0, blobs.len()));

    // The phone did not hear of it: it sends the same, and hears the same outcomes.
    site.device.exchange(&mut site.office).unwrap();
    let after = site.device.core.store().unwrap().outbox.all_ops().unwrap();
    let told: Vec<_> = after.iter().map(|op| op.outcome.unwrap()).collect();
    assert_eq!(told, taken.outcomes.iter().map(|one| one.outcome).collect::<Vec<_>>());
    assert_eq!(site.waiting(), None);
    // Beside the ops there is only the arrival of each blob and the job's receipt, made once.
    let receipts = site.office.hub.job_records(site.job.parse().unwrap()).unwrap();
    assert_eq!(receipts.iter().filter(|row| row.state.kind == "receipt").count(), 1);
    assert_eq!(site.office.hub.op_count().unwrap(), before + ops + blobs.len() as u64 + 1);
    assert!(converged(&mut site.office, &mut site.device, person(1)).unwrap());
}

#[test]
fn a_push_in_the_file_is_the_push_of_the_wire_and_two_exports_are_alike() {
    let mut site = site();
    site.work();
    let one = members(&fs::read(site.export()).unwrap());
    let path = site.export();
    assert!(
        path.file_stem().unwrap().to_str().unwrap().ends_with("-2"),
        "an earlier file is never overwritten: {path:?}"
    );
    let two = members(&fs::read(path).unwrap());
    let stable = |members: &Members| {
        let mut members = members.clone();
        // Only the moment differs, and so the signature over it.
        members.retain(|name, _| name != MANIFEST && name != SIGNATURE);
        members
    };
    assert_eq!(stable(&one), stable(&two));
    let request = SyncRequest::decode(&one["pushes/0001.ndjson.zst"]).unwrap();
    let push = request.push.clone().unwrap();
    let stored = site.device.core.store().unwrap().outbox.all_ops().unwrap();
    assert_eq!(push.bodies, stored.iter().map(|op| op.body.clone()).collect::<Vec<_>>());
    assert_eq!((push.from_seq, request.budget, request.cursors.len()), (1, None, 0));
    let text: Vec<u8> = one.values().flatten().copied().collect();
    let key = site.device.public_key().unwrap().unwrap();
    assert!(text.len() > 64 && key.as_bytes().len() == 32);
    for secret in ["device_key", "enrol_key", "token"] {
        assert!(!text.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
}

#[test]
fn only_what_the_office_lacks_is_exported_and_nothing_of_it_is_an_error() {
    let mut site = site();
    site.note("已上传");
    site.device.exchange(&mut site.office).unwrap();
    let nothing = unsent_file::save(&mut site.device.core, &site.folder.path().join("files")).unwrap_err();
    assert_eq!(serde_json::to_value(nothing.code).unwrap(), "nothing_unsent");
    assert!(!site.folder.path().join("files").exists());
    site.note("没上传");
    let file = fs::read(site.export()).unwrap();
    let said = manifest(&members(&file));
    assert_eq!((said.pushes[0].from_seq, said.pushes[0].ops, said.blobs.len()), (2, 1, 0));
    assert_eq!(site.import(&file).unwrap().outcomes.len(), 1);
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.waiting(), None);
}

#[test]
fn two_incarnations_go_into_one_file_oldest_first() {
    let mut site = site();
    site.note("旧");
    site.device.exchange(&mut site.office).unwrap();
    let first = site.device.core.store().unwrap().outbox.chain_head().unwrap().unwrap().incarnation;
    let second = fieldcard_schema::id::Incarnation([7; 8]);
    let store = site.device.core.store().unwrap();
    store.outbox.open_incarnation(second, false).unwrap();
    site.note("新");
    // The server is said to stand before the old incarnation's end: it waits again, and goes first.
    site.device.core.store().unwrap().outbox.rewind(first, 0).unwrap();
    let file = fs::read(site.export()).unwrap();
    let order: Vec<_> = manifest(&members(&file)).pushes.iter().map(|push| push.incarnation).collect();
    assert_eq!(order, [first, second]);
    let taken = site.import(&file).unwrap();
    assert_eq!(taken.outcomes.iter().map(|one| one.again).collect::<Vec<_>>(), [true, false]);
    site.device.exchange(&mut site.office).unwrap();
    assert_eq!(site.waiting(), None);
}

#[test]
fn a_revoked_phones_file_is_parked_like_its_upload() {
    let mut site = site();
    site.work();
    let owner = site.device.owner().unwrap().unwrap();
    site.office.hub.revoke_device(owner.device).unwrap();
    let file = fs::read(site.export()).unwrap();
    let taken = site.import(&file).unwrap();
    assert!(taken.outcomes.iter().all(|one| one.outcome.outcome == Outcome::Parked));
    let (_, blobs) = site.entered();
    assert_eq!(site.held_blobs(), blobs);
}

/// A bent file by what is wrong with it, and the refusal that it deserves.
type Bent = (&'static str, Vec<u8>, fn(&UnsentError) -> bool);

const PUSH: &str = "pushes/0001.ndjson.zst";

fn without(whole: &Members, name: &str) -> Vec<u8> {
    let mut members = whole.clone();
    members.remove(name).unwrap();
    packed(&members)
}

fn with(whole: &Members, name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let mut members = whole.clone();
    members.insert(name.to_owned(), bytes);
    packed(&members)
}

fn flipped(whole: &Members, name: &str) -> Vec<u8> {
    let mut bytes = whole[name].clone();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    with(whole, name, bytes)
}

/// Somebody takes an op out and writes the manifest to match: the digests fit, the signature does not.
fn forged(whole: &Members) -> Vec<u8> {
    let mut members = whole.clone();
    let mut said = manifest(&members);
    let mut request = SyncRequest::decode(&members[PUSH]).unwrap();
    request.push.as_mut().unwrap().bodies.pop();
    let bytes = request.encode().unwrap();
    said.pushes[0].sha256 = Digest::of(&bytes);
    members.insert(PUSH.to_owned(), bytes);
    with(&members, MANIFEST, serde_json::to_vec(&said).unwrap())
}

fn damaged(error: &UnsentError) -> bool {
    matches!(error, UnsentError::Damaged(_))
}

fn too_large(error: &UnsentError) -> bool {
    matches!(error, UnsentError::TooLarge(_))
}

fn foreign(error: &UnsentError) -> bool {
    matches!(error, UnsentError::Foreign(_))
}

fn not_ours(error: &UnsentError) -> bool {
    matches!(error, UnsentError::NotOurs)
}

fn bent_files(file: &[u8]) -> Vec<Bent> {
    let whole = members(file);
    let blob = whole.keys().find(|name| name.starts_with("blobs/")).unwrap().clone();
    let later = String::from_utf8(whole[MANIFEST].clone()).unwrap().replacen("\"v\":1", "\"v\":2", 1);
    vec![
        ("a byte of a push", flipped(&whole, PUSH), damaged),
        ("a byte of a photo", flipped(&whole, &blob), damaged),
        ("a photo cut short", with(&whole, &blob, whole[&blob][..100].to_vec()), damaged),
        ("a photo grown", with(&whole, &blob, vec![0; 40 << 20]), too_large),
        ("a bomb for a push", with(&whole, PUSH, vec![0; 200 << 20]), too_large),
        ("a push dropped", without(&whole, PUSH), damaged),
        ("a photo dropped", without(&whole, &blob), damaged),
        ("no signature", without(&whole, SIGNATURE), damaged),
        ("no manifest", without(&whole, MANIFEST), damaged),
        ("a later version", with(&whole, MANIFEST, later.into_bytes()), |e| {
            matches!(e, UnsentError::TooNew(2))
        }),
        ("a forged manifest", forged(&whole), |e| matches!(e, UnsentError::BadSignature)),
        ("a path that escapes", with(&whole, "../../keys/org.key", vec![1]), foreign),
        ("one photo more", with(&whole, "blobs/00", vec![1]), foreign),
        ("half a file", file[..file.len() / 2].to_vec(), not_ours),
        ("no zip", b"hello".to_vec(), not_ours),
        ("nothing", Vec::new(), not_ours),
        ("another zip", packed(&Members::from([("a.txt".to_owned(), vec![1])])), not_ours),
    ]
}

#[test]
fn a_bent_file_is_refused_whole_and_the_straight_one_still_goes_in() {
    let mut site = site();
    site.work();
    let file = fs::read(site.export()).unwrap();
    let before = site.office_state();
    for (what, bytes, expected) in bent_files(&file) {
        let error = site.import(&bytes).map(drop).unwrap_err();
        assert!(expected(&error), "{what}: {error:?}");
        assert!(error.to_string().ends_with("Nothing was taken in"), "{what}: {error}");
        assert_eq!(site.office_state(), before, "{what}");
    }
    // Packed anew by somebody who looked inside: still what the phone wrote.
    let repacked = packed(&members(&file));
    assert!(site.import(&repacked).unwrap().outcomes.iter().all(|one| !one.again));
}

#[test]
fn a_file_of_strangers_or_with_a_gap_is_refused() {
    let mut site = site();
    site.note("一");
    let early = fs::read(site.export()).unwrap();
    let mut elsewhere = Office::new(None, &site.clock, 100).unwrap();
    let unknown = unsent::take(&mut elsewhere.hub, Cursor::new(&early), false).unwrap_err();
    assert!(matches!(unknown, UnsentError::UnknownDevice), "{unknown:?}");
    // What the phone was told is held, this office never got: the file goes on behind it.
    site.device.exchange(&mut site.office).unwrap();
    site.note("二");
    let late = fs::read(site.export()).unwrap();
    let mut twin = self::site();
    assert_eq!(twin.device.public_key().unwrap(), site.device.public_key().unwrap(), "the same phone");
    let gap = twin.import(&late).unwrap_err();
    assert!(matches!(gap, UnsentError::Stopped(_)), "{gap:?}");
    assert!(gap.to_string().contains("does not hold"), "{gap}");
    assert!(twin.import(&early).is_ok() && twin.import(&late).is_ok(), "in their order they fit");
}

#[test]
fn a_blob_that_the_phone_itself_lost_is_named_and_blocks_nothing() {
    struct Rotten<'a>(&'a mut fieldcard_core::Core, Digest);
    impl unsent_file::Source for Rotten<'_> {
        fn gather(
            &mut self,
        ) -> Result<fieldcard_core::sync::unsent::Unsent, fieldcard_core::error::ActionError> {
            self.0.gather_unsent()
        }
        fn blob(&mut self, sha256: Digest) -> Result<Vec<u8>, fieldcard_core::error::ActionError> {
            let mut bytes = unsent_file::Source::blob(self.0, sha256)?;
            bytes[0] ^= u8::from(sha256 == self.1);
            Ok(bytes)
        }
        fn sign(
            &mut self,
            manifest: &Manifest,
        ) -> Result<(Vec<u8>, String), fieldcard_core::error::ActionError> {
            self.0.sign_unsent(manifest)
        }
    }
    let mut site = site();
    site.work();
    let (_, blobs) = site.entered();
    let folder = site.folder.path().join("files");
    let path = unsent_file::save(&mut Rotten(&mut site.device.core, blobs[0]), &folder).unwrap();
    let file = fs::read(path).unwrap();
    assert_eq!(manifest(&members(&file)).unreadable, [blobs[0]]);
    let taken = site.import(&file).unwrap();
    assert_eq!((taken.stored, taken.manifest.unreadable.len()), (blobs.len() - 1, 1));
}
