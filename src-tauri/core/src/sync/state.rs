//! What the engine remembers between two events, and nothing that has to survive a restart.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{Incarnation, OpId};
use fieldcard_schema::time::Timestamp;

use super::backoff::Backoff;
use super::give_back::GiveBack;

/// Bytes of one body: moves between these with what the path carries.
pub(super) const BUDGET_MIN: usize = 64 << 10;
/// See [`BUDGET_MIN`].
pub(super) const BUDGET_MAX: usize = 1 << 20;

/// The call whose answer is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pending {
    Enrol,
    Nonce,
    Token,
    Sync { pushed: Option<Pushed> },
    Blob { sha256: Digest },
    Dataset { sha256: Digest, from: u64 },
}

/// The ops that a sync call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pushed {
    pub(super) incarnation: Incarnation,
    pub(super) from_seq: u64,
    pub(super) count: usize,
}

/// What a round still has to do.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "things that are due or not, each by itself")]
pub(super) struct Round {
    /// Another sync call is due.
    pub(super) sync: bool,
    /// Blobs are due once no sync is.
    pub(super) blobs: bool,
    /// Something was stored, so that one more pull brings the receipt.
    pub(super) pull_after_blobs: bool,
    /// The server refuses the push, and nothing here mends it.
    pub(super) stuck: bool,
    /// Dataset files are due once no blob is.
    pub(super) datasets: bool,
    /// Blobs and dataset files that failed in this round: one bad one never blocks another.
    pub(super) skipped: Vec<Digest>,
}

impl Round {
    pub(super) fn whole() -> Self {
        Self { sync: true, blobs: true, datasets: true, ..Self::default() }
    }

    pub(super) fn is_over(&self) -> bool {
        !self.sync && !self.blobs && !self.datasets
    }
}

/// Everything in memory.
#[derive(Debug)]
pub(super) struct Memory {
    /// The call in flight, and its number.
    pub(super) pending: Option<(u64, Pending)>,
    /// Number of the last call.
    pub(super) calls: u64,
    /// The token and the monotonic time (with its boot) up to which it holds.
    pub(super) token: Option<String>,
    /// What the running round still has to do.
    pub(super) round: Option<Round>,
    /// Wanted again while a round was running.
    pub(super) again: bool,
    /// Bytes of the next body.
    pub(super) budget: usize,
    /// When to try again.
    pub(super) backoff: Backoff,
    /// How many ops and blobs waited when the running round made its first call.
    pub(super) begun_with: Option<u64>,
    /// When the retry timer fires, by the wall clock: for showing.
    pub(super) next_try: Option<Timestamp>,
    /// The network is thought to be up.
    pub(super) online: bool,
    /// Ops that were confirmed before the running pull began.
    pub(super) confirmed_before_pull: Option<Vec<OpId>>,
    /// What a restored server asks for.
    pub(super) give_back: GiveBack,
    /// The office has revoked this device: upload, pull nothing.
    pub(super) revoked: bool,
    /// Dataset files that came and were not what they should be, once for each time.
    pub(super) bad_datasets: Vec<Digest>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            pending: None,
            calls: 0,
            token: None,
            round: None,
            again: false,
            budget: 4 * BUDGET_MIN,
            backoff: Backoff::default(),
            begun_with: None,
            next_try: None,
            online: true,
            confirmed_before_pull: None,
            give_back: GiveBack::default(),
            revoked: false,
            bad_datasets: Vec::new(),
        }
    }
}
