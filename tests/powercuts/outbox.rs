//! The device's outbox as a keeper: actions of ops, photos and drafts, and outcomes that come in between.
//!
//! What is held is read back whole: bodies, photo bytes, drafts. The chain is worked out again from the bodies.

use fieldcard_core::store::Place;
use fieldcard_core::store::StoreError;
use fieldcard_core::store::outbox::{Draft, NewBlob, NewOp, Outbox, Work};
use fieldcard_schema::chain::link;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{Incarnation, OpId, RecordId};
use fieldcard_schema::merge::Outcome;
use fieldcard_schema::op::Mark;
use fieldcard_schema::wire::sync::OpOutcome;
use fieldcard_tests::ports::TestChance;
use fieldcard_tests::simulation::disk::{self, End};
use fieldcard_tests::simulation::vfs;
use uuid::Uuid;

use super::lives::{Book, Failed, Keeper};

const NODE: &str = "device";
const INCARNATION: Incarnation = Incarnation([5; 8]);
/// All drafts lie on one record, each in a field of its own.
const DRAFTS: RecordId = RecordId(Uuid::from_bytes([3; 16]));

pub(crate) struct OutboxKeeper {
    fresh: disk::Copy,
    outbox: Option<Outbox>,
    /// As the core does, it settles what broke before it opens it anew (docs/adr/0037).
    settles: bool,
}

fn open() -> Result<Outbox, StoreError> {
    Outbox::open(&Place { vfs: Some(vfs::NAME.to_owned()), ..Place::folder(NODE.as_ref()) })
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        if error.is_full() { Self::Full } else { Self::Broken }
    }
}

/// Bytes that nobody else has made.
fn bytes(chance: &mut TestChance, len: u64) -> Vec<u8> {
    (0..=len / 8).flat_map(|_| chance.draw().to_be_bytes()).collect()
}

fn draft_digest(draft: &Draft) -> Digest {
    Digest::of_parts(&[draft.field.as_bytes(), draft.value.as_bytes()])
}

impl OutboxKeeper {
    pub(crate) fn new() -> Self {
        disk::reset(0);
        let mut outbox = open().unwrap();
        outbox.open_incarnation(INCARNATION, true).unwrap();
        drop(outbox);
        // What a cut leaves is on the disk: a store made long ago.
        disk::end(NODE, End::PowerCut);
        Self { fresh: disk::copy(NODE), outbox: None, settles: true }
    }

    /// The control: one that opens anew whatever broke.
    pub(crate) fn that_never_settles() -> Self {
        Self { settles: false, ..Self::new() }
    }

    fn op(chance: &mut TestChance, number: u64, rec: RecordId) -> NewOp {
        let id = Uuid::from_u128(u128::from(chance.draw()) << 64 | u128::from(chance.draw()));
        let text = "动臂无力".repeat(usize::try_from(1 + chance.draw() % 24).unwrap_or(1));
        let body = format!(r#"{{"v":1,"op_id":"{id}","n":{number},"set":{{"text":"{text}"}}}}"#);
        NewOp { op_id: OpId(id), rec, job: Some(rec), body: body.into_bytes(), at: 1 }
    }

    /// One user action: mostly an op, sometimes a group with its photo, sometimes what is being typed.
    fn work(n: u64) -> Work {
        let mut chance = TestChance(n);
        let mut work = Work::default();
        let rec = RecordId(Uuid::from_u128(u128::from(n / 4)));
        match chance.draw() % 10 {
            0 | 1 => {
                work.ops = (0..3).map(|at| Self::op(&mut chance, n * 4 + at, rec)).collect();
                let size = 500 + chance.draw() % 20_000;
                let photo = bytes(&mut chance, size);
                let (sha256, media_type) = (Digest::of(&photo), "image/jpeg".to_owned());
                work.thumbs = vec![(sha256, photo[..200].to_vec())];
                work.blobs = vec![NewBlob { sha256, media_type, job: None, rank: 1, bytes: photo, at: 1 }];
            }
            2 => {
                let value = format!("{:x}", chance.draw()).repeat(20);
                work.save_drafts =
                    vec![Draft { rec: DRAFTS, field: n.to_string(), value, base: None, at: 1 }];
            }
            _ => work.ops = vec![Self::op(&mut chance, n * 4, rec)],
        }
        work
    }

    fn digests(work: &Work) -> Vec<Digest> {
        let ops = work.ops.iter().map(|op| Digest::of(&op.body));
        let blobs = work.blobs.iter().map(|blob| blob.sha256);
        ops.chain(blobs).chain(work.save_drafts.iter().map(draft_digest)).collect()
    }
}

/// The server has answered: outcomes for the oldest that wait, and whatever is confirmed leaves the overlay.
fn hear(outbox: &mut Outbox) -> Result<(), StoreError> {
    let waiting = outbox.waiting(0, 4_000, 5)?;
    let Some(first) = waiting.first() else { return Ok(()) };
    let outcome = |n: u64| OpOutcome { outcome: Outcome::Applied, why: None, pos: 100 + n };
    let each: Vec<OpOutcome> = (0..waiting.len() as u64).map(outcome).collect();
    outbox.confirm(first.incarnation, first.seq, &each, Mark { pos: 200, hash: [7; 8] })?;
    for blob in outbox.waiting_blobs()? {
        outbox.blob_stored(blob.sha256, Some(100), Some("epoch001"))?;
    }
    let confirmed: Vec<OpId> = outbox.confirmed_laid_over()?.into_iter().map(|one| one.0).collect();
    outbox.release(&confirmed)
}

impl Keeper for OutboxKeeper {
    const SCRIPT: u64 = 40;

    fn node(&self) -> &'static str {
        NODE
    }

    fn settling(&self) -> u64 {
        if self.settles { 8 } else { 0 }
    }

    fn begin(&mut self, seed: u64) {
        self.outbox = None;
        disk::reset(seed);
        disk::put_back(NODE, &self.fresh);
    }

    fn open(&mut self) -> Result<(), Failed> {
        if self.outbox.is_none() {
            self.outbox = Some(open()?);
        }
        Ok(())
    }

    fn act(&mut self, n: u64, book: &mut Book) -> Result<(), Failed> {
        let outbox = self.outbox.as_mut().ok_or(Failed::Broken)?;
        let work = Self::work(n);
        let digests = Self::digests(&work);
        book.asks(digests.clone());
        outbox.commit(&work)?;
        book.acknowledged(&digests);
        if n % 8 == 7 {
            hear(outbox)?;
        }
        Ok(())
    }

    fn end(&mut self, how: End) {
        match (how, &mut self.outbox) {
            (End::Kill, Some(broken)) if self.settles => drop(broken.settle()),
            // Not even a close writes any more.
            (End::PowerCut, _) => disk::die(NODE, End::PowerCut),
            _ => {}
        }
        self.outbox = None;
        disk::end(NODE, how);
    }

    fn held(&mut self) -> Result<Vec<Digest>, Failed> {
        let outbox = self.outbox.as_mut().ok_or(Failed::Broken)?;
        let mut held = Vec::new();
        let mut previous = Digest::ZERO;
        for (seq, op) in (1..).zip(outbox.all_ops()?) {
            let hash = Digest::of(&op.body);
            previous = link(previous, INCARNATION, seq, hash);
            if (op.seq, op.link) != (seq, previous) {
                return Err(Failed::Broken);
            }
            held.push(hash);
        }
        for blob in outbox.all_blobs()? {
            let bytes = outbox.blob_bytes(blob.sha256, 0, blob.size)?.ok_or(Failed::Broken)?;
            outbox.thumb(blob.sha256)?.ok_or(Failed::Broken)?;
            held.push(Digest::of(&bytes));
        }
        held.extend(outbox.drafts(DRAFTS)?.iter().map(draft_digest));
        Ok(held)
    }
}
