//! What the engine remembers between two events, and nothing that has to survive a restart.

use std::collections::BTreeMap;

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{Incarnation, OpId};
use fieldcard_schema::time::{ClockReading, Timestamp};
use fieldcard_schema::wire::error::ErrorCode;
use fieldcard_schema::wire::sync::Audience;

use super::budget::Budget;
use super::check::Checking;
use super::give_back::GiveBack;
use super::patience::Patience;

/// The call whose answer is awaited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pending {
    Enrol,
    Nonce,
    Token,
    Sync(Exchanging),
    /// `sent` are the bytes of the run that it carries, 0 for a question.
    Blob {
        sha256: Digest,
        sent: usize,
    },
    Check {
        aud: Audience,
    },
    Dataset {
        sha256: Digest,
        from: u64,
        len: usize,
    },
}

/// What a sync call carries and asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exchanging {
    pub(super) pushed: Option<Pushed>,
    /// Bytes of what it brings to the server.
    pub(super) sent: usize,
    /// The budget of the pull; none: it asked for no rows.
    pub(super) pull: Option<usize>,
}

/// The ops that a sync call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pushed {
    pub(super) incarnation: Incarnation,
    pub(super) from_seq: u64,
    pub(super) count: usize,
}

/// What a round still has to do.
#[derive(Debug)]
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
    /// A check may be made once no blob is due.
    pub(super) checks: bool,
    /// Dataset files are due once no blob is.
    pub(super) datasets: bool,
    /// The server lets this device read.
    pub(super) reads: bool,
    /// Another token was fetched: one that is refused as well is no matter of time.
    pub(super) renewed: bool,
}

impl Round {
    pub(super) fn whole() -> Self {
        Self {
            sync: true,
            blobs: true,
            pull_after_blobs: false,
            stuck: false,
            checks: true,
            datasets: true,
            reads: true,
            renewed: false,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        !self.sync && !self.blobs && !self.datasets
    }
}

/// How long each kind of call waits after it failed: none waits for another one's failures.
#[derive(Debug, Default)]
pub(super) struct Patiences {
    /// Everything: what could not be exchanged, or what the server asked for.
    pub(super) office: Patience,
    /// Ops that the server refuses for a reason that nothing here mends.
    pub(super) push: Patience,
    pub(super) blobs: Patience,
    pub(super) check: Patience,
    pub(super) datasets: Patience,
    /// Single blobs and dataset files that failed: one bad one never blocks another.
    pub(super) items: BTreeMap<Digest, Patience>,
}

impl Patiences {
    fn all(&mut self) -> impl Iterator<Item = &mut Patience> {
        [&mut self.office, &mut self.push, &mut self.blobs, &mut self.check, &mut self.datasets]
            .into_iter()
            .chain(self.items.values_mut())
    }

    /// Nobody wants to wait any longer; what the server asked for stands.
    pub(super) fn hurry(&mut self) {
        self.all().for_each(Patience::hurry);
    }

    /// Ms until the next of them is over; none when nothing waits.
    pub(super) fn next(&mut self, now: ClockReading) -> Option<i64> {
        self.all().map(|patience| patience.left(now)).filter(|left| *left > 0).min()
    }

    /// Blobs and files that are not to be tried yet.
    pub(super) fn waiting_items(&self, now: ClockReading) -> impl Iterator<Item = Digest> {
        self.items.iter().filter(move |(_, patience)| patience.left(now) > 0).map(|(sha256, _)| *sha256)
    }

    /// How often a blob or file failed in a row; none when it is not to be tried yet.
    pub(super) fn failures_of(&self, sha256: Digest, now: ClockReading) -> Option<u32> {
        match self.items.get(&sha256) {
            None => Some(0),
            Some(patience) if patience.left(now) == 0 => Some(patience.failures()),
            Some(_) => None,
        }
    }
}

/// Bytes of a body, each way by itself.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    /// Ops.
    pub(super) push: Budget,
    /// Runs of blobs.
    pub(super) runs: Budget,
    /// Rows, and runs of dataset files.
    pub(super) pull: Budget,
}

impl Budgets {
    pub(super) fn another_path(&mut self) {
        [&mut self.push, &mut self.runs, &mut self.pull].into_iter().for_each(Budget::another_path);
    }
}

/// Everything in memory.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what the server and the path allow, each by itself")]
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
    pub(super) budgets: Budgets,
    pub(super) patience: Patiences,
    /// How many ops and blobs waited when the running round made its first call.
    pub(super) begun_with: Option<u64>,
    /// When the retry timer fires, by the wall clock: for showing.
    pub(super) next_try: Option<Timestamp>,
    /// The network is thought to be up.
    pub(super) online: bool,
    /// The network costs by what goes over it, as far as the system says.
    pub(super) metered: Option<bool>,
    /// Ops that were confirmed before the running pull began.
    pub(super) confirmed_before_pull: Option<Vec<OpId>>,
    /// A check under way.
    pub(super) checking: Option<Checking>,
    /// What a restored server asks for.
    pub(super) give_back: GiveBack,
    /// Incarnations whose beginning the server did not know, although what they stand on went before them.
    pub(super) gaps: Vec<Incarnation>,
    /// The server reads this version no longer: upload, pull nothing, until another app starts.
    pub(super) outdated: bool,
    /// The last exchange brought no rows since the server calls this version too old.
    pub(super) app_old: bool,
    /// The office has shut this device out: upload, pull nothing.
    pub(super) revoked: bool,
    /// So little room is left here that nothing is pulled.
    pub(super) no_room: bool,
    /// The last codes that calls failed with, oldest first.
    pub(super) codes: Vec<ErrorCode>,
    /// Why the last call failed, until a round ends well: for showing.
    pub(super) last_error: Option<ErrorCode>,
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
            budgets: Budgets::default(),
            patience: Patiences::default(),
            begun_with: None,
            next_try: None,
            online: true,
            metered: None,
            confirmed_before_pull: None,
            checking: None,
            give_back: GiveBack::default(),
            gaps: Vec::new(),
            outdated: false,
            app_old: false,
            revoked: false,
            no_room: false,
            codes: Vec::new(),
            last_error: None,
            bad_datasets: Vec::new(),
        }
    }
}
