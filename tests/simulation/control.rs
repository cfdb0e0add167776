//! Negative controls: the system, broken on purpose in one way, which the oracle must see.
//!
//! Nothing of it is in the shipped code. What a server does wrong stands between hub and store ([`super::broken`]) or
//! on its disk; what a path does wrong is done to its messages; what a device does wrong is done to its files, with
//! its app ended, since no door of the core leads there.

use std::cell::RefCell;

use fieldcard_core::sync::Answer;
use fieldcard_schema::chain::link;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::sync::SyncRequest;
use rusqlite::{Connection, OpenFlags};

use super::broken;
use super::device::Device;
use super::disk::{self, End};
use super::oracle::Oracle;
use super::server::{NODE, Server, Wrap};
use super::vfs;
use crate::AnyError;

/// One way to be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Control {
    /// An op that came before is taken in once more.
    DedupOff,
    /// A push is taken whatever it stands on.
    ChainCheckOff,
    /// An op leaves the overlay with its outcome, before the cursor has passed it.
    EarlyRelease,
    /// A blob's bytes go before the server has stored them.
    BlobDropped,
    /// What leaves a person's scope takes his pending work along.
    LeaveDeletes,
    /// One cursor for all audiences.
    OneCursor,
    /// A position that two rows of a feed share.
    SharedPosition,
    /// The server's `synchronous` is NORMAL.
    NormalSync,
}

/// What a push says, worked out before the server sees it.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub(super) from_seq: u64,
    pub(super) prev: Digest,
    pub(super) links: Vec<Digest>,
}

impl Expected {
    const NONE: Self = Self { from_seq: 0, prev: Digest::ZERO, links: Vec::new() };
}

thread_local! {
    static EXPECTED: RefCell<Expected> = const { RefCell::new(Expected::NONE) };
}

/// The push that the server is about to take.
pub(super) fn expected() -> Expected {
    EXPECTED.with_borrow(Clone::clone)
}

impl Control {
    /// What stands between hub and store.
    pub(super) fn wrap(self) -> Option<Wrap> {
        match self {
            Self::DedupOff => Some(|store| Box::new(broken::Broken { store, control: Self::DedupOff })),
            Self::ChainCheckOff => {
                Some(|store| Box::new(broken::Broken { store, control: Self::ChainCheckOff }))
            }
            Self::SharedPosition => {
                Some(|store| Box::new(broken::Broken { store, control: Self::SharedPosition }))
            }
            _ => None,
        }
    }

    /// What is broken before the first day.
    pub(super) fn prepare(control: Option<Self>, server: &mut Server) -> Result<(), AnyError> {
        match control {
            Some(Self::NormalSync) => disk::sync_lazily(NODE),
            Some(Self::DedupOff) => {
                // The index is a second lock on the same door.
                server.restart();
                edit(NODE, "server.db", "DROP INDEX op_id")?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What the storage may need to know of a push before it comes.
    pub(super) fn before(control: Option<Self>, request: &SyncRequest) {
        if !matches!(control, Some(Self::DedupOff | Self::ChainCheckOff)) {
            return;
        }
        let mut expected = Expected::NONE;
        if let Some(push) = &request.push {
            (expected.from_seq, expected.prev) = (push.from_seq, push.prev);
            let mut previous = push.prev;
            for (seq, body) in (push.from_seq..).zip(&push.bodies) {
                previous = link(previous, request.incarnation, seq, Digest::of(body));
                expected.links.push(previous);
            }
        }
        EXPECTED.with_borrow_mut(|known| *known = expected);
    }

    /// What becomes of a request on its way.
    pub(super) fn on_the_way(control: Option<Self>, request: &mut SyncRequest) {
        if control != Some(Self::OneCursor) {
            return;
        }
        let pos = |cursor: &String| cursor.strip_prefix('f').and_then(|pos| pos.parse::<u64>().ok());
        let furthest = request.cursors.values().filter_map(pos).max();
        if let Some(furthest) = furthest {
            request.cursors.values_mut().for_each(|cursor| *cursor = format!("f{furthest}"));
        }
    }

    /// What a device does after it has taken an answer.
    pub(super) fn after(
        control: Option<Self>,
        device: &mut Device,
        answer: Option<&Answer>,
        oracle: &mut Oracle,
    ) -> Result<(), AnyError> {
        match (control, answer) {
            (Some(Self::EarlyRelease), Some(Answer::Sync(response))) if response.outcomes.is_some() => {
                device.look(|store| {
                    let laid_over = store.outbox.confirmed_laid_over()?;
                    store.outbox.release(&laid_over.into_iter().map(|(op, ..)| op).collect::<Vec<_>>())?;
                    store.mark_stale();
                    store.refresh_overlay()
                })?;
            }
            (Some(Self::BlobDropped), Some(Answer::Blob(state))) if !state.stored => {
                device.end(End::Kill);
                edit(
                    &device.node,
                    "outbox.db",
                    &format!("DELETE FROM blob WHERE sha256 = x'{}'", state.sha256),
                )?;
            }
            (Some(Self::LeaveDeletes), Some(Answer::Sync(response))) => {
                let left: Vec<String> = response
                    .pages
                    .iter()
                    .flat_map(|page| &page.leave)
                    .map(|rec| format!("x'{}'", rec.0.simple()))
                    .collect();
                if !left.is_empty() {
                    device.end(End::Kill);
                    let left = left.join(",");
                    let sql = format!(
                        "DELETE FROM op WHERE state = 0 AND job IN ({left});
                         DELETE FROM blob WHERE state < 2
                             AND sha256 IN (SELECT sha256 FROM blob_job WHERE job IN ({left}));
                         DELETE FROM draft WHERE rec IN ({left});"
                    );
                    edit(&device.node, "outbox.db", &sql)?;
                    oracle.look_at(device, "LeaveKeepsWork", None)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Changes a store whose program has ended.
fn edit(node: &str, file: &str, sql: &str) -> Result<(), AnyError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
    let db = Connection::open_with_flags_and_vfs(format!("{node}/{file}"), flags, vfs::NAME)?;
    db.execute_batch(sql)?;
    Ok(())
}
