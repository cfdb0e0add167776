//! The one thread that owns hub and accounts. Everything that reads or writes the store passes through it.
//!
//! ```text
//! handlers ──bounded queue──▶ writer: up to 64 sync calls waiting → one commit (`Hub::sync_batch`)
//!                                     anything else → one by one, in the order it came
//! ```
//!
//! A full queue answers `Busy` at once. A desk whose store failed, or whose work panicked, is dropped and
//! opened again before the next call: what happened inside is unknown.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::sync::{SyncRequest, SyncResponse};
use tokio::sync::{mpsc, oneshot};

use crate::desk::{Desk, StartError};

/// Most calls that wait.
const QUEUE: usize = 512;

/// Most sync calls of one commit.
const BATCH: usize = 64;

/// Seconds that a refused caller is told to wait.
const RETRY_AFTER: u32 = 2;

type Work = Box<dyn FnOnce(&mut Desk) + Send>;

struct SyncCall {
    token: String,
    request: SyncRequest,
    reply: oneshot::Sender<Result<SyncResponse, ApiError>>,
}

enum Call {
    Sync(Box<SyncCall>),
    Work(Work),
}

/// The way to the thread, which ends when the last of these is gone.
#[derive(Clone)]
pub struct Writer(mpsc::Sender<Call>);

impl Writer {
    /// Starts the thread over a desk, which `open` opens now and whenever it has to be opened again.
    pub fn start<F>(mut open: F) -> Result<(Self, JoinHandle<()>), StartError>
    where
        F: FnMut() -> Result<Desk, StartError> + Send + 'static,
    {
        let mut desk = open()?;
        let (sender, mut calls) = mpsc::channel(QUEUE);
        let work = move || {
            let mut sound = true;
            while let Some(first) = calls.blocking_recv() {
                // Not opened again last time: perhaps the disk is back. Until then every call fails.
                sound = sound || reopen(&mut desk, &mut open);
                if !sound {
                    continue;
                }
                let whole = catch_unwind(AssertUnwindSafe(|| turn(&mut desk, first, &mut calls)));
                if whole.is_err() || desk.hub.broken().is_some() {
                    tracing::error!(reason = desk.hub.broken(), "the store failed and is opened again");
                    sound = reopen(&mut desk, &mut open);
                }
            }
            // The last words of devices are kept in memory until some batch writes them along.
            if let Err(error) = desk.hub.flush_seen() {
                tracing::warn!(%error, "the last words of devices are lost");
            }
        };
        let thread = std::thread::Builder::new().name("writer".into()).spawn(work)?;
        Ok((Self(sender), thread))
    }

    /// One sync call; it shares its commit with whoever waits beside it.
    pub async fn sync(&self, token: String, request: SyncRequest) -> Result<SyncResponse, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.send(Call::Sync(Box::new(SyncCall { token, request, reply })))?;
        answer.await.unwrap_or_else(|_| Err(ErrorCode::Internal.into()))
    }

    /// Any other work on the desk.
    pub async fn run<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Desk) -> T + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        // A caller that no longer waits is no error: what was done is done.
        self.send(Call::Work(Box::new(move |desk| drop(reply.send(work(desk))))))?;
        answer.await.map_err(|_| ErrorCode::Internal.into())
    }

    fn send(&self, call: Call) -> Result<(), ApiError> {
        self.0.try_send(call).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                ApiError { retry_after: Some(RETRY_AFTER), ..ErrorCode::Busy.into() }
            }
            mpsc::error::TrySendError::Closed(_) => ErrorCode::Internal.into(),
        })
    }
}

/// Opens a fresh desk; `false` when it cannot be.
fn reopen<F>(desk: &mut Desk, open: &mut F) -> bool
where
    F: FnMut() -> Result<Desk, StartError>,
{
    match open() {
        Ok(fresh) => *desk = fresh,
        Err(error) => {
            tracing::error!(%error, "the store cannot be opened");
            return false;
        }
    }
    true
}

/// Serves `first` and, if it is a sync call, those that wait behind it.
fn turn(desk: &mut Desk, first: Call, calls: &mut mpsc::Receiver<Call>) {
    let mut batch = Vec::new();
    let mut next = Some(first);
    while let Some(call) = next.take() {
        match call {
            Call::Sync(one) => {
                batch.push(*one);
                next = if batch.len() < BATCH { calls.try_recv().ok() } else { None };
            }
            Call::Work(work) => {
                sync(desk, std::mem::take(&mut batch));
                work(desk);
            }
        }
    }
    sync(desk, batch);
}

fn sync(desk: &mut Desk, batch: Vec<SyncCall>) {
    if batch.is_empty() {
        return;
    }
    let asked: Vec<(&str, &SyncRequest)> =
        batch.iter().map(|call| (call.token.as_str(), &call.request)).collect();
    let answers = desk.hub.sync_batch(&asked);
    for (call, answer) in batch.into_iter().zip(answers) {
        drop(call.reply.send(answer));
    }
}
