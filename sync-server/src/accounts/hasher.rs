//! One thread that does nothing but argon2: guessing must not slow anybody's work down.
//!
//! The queue is short; when it is full the caller gets `RateLimited` at once. An unknown login is checked
//! against a hash of nothing, so that the answer takes as long as for a known one.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use tokio::sync::oneshot;

use super::password;

/// Most passwords that wait; one takes about 30 ms.
const QUEUE: usize = 32;

/// Seconds that a refused caller is told to wait.
const RETRY_AFTER: u32 = 5;

enum Work {
    Check { password: String, hash: Option<String>, reply: oneshot::Sender<bool> },
    Hash { password: String, salt: [u8; 16], reply: oneshot::Sender<Option<String>> },
}

/// The way to the thread. It ends when the last of these is gone.
#[derive(Debug, Clone)]
pub struct Hasher(SyncSender<Work>);

impl Hasher {
    /// Starts the thread.
    pub fn start() -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(QUEUE);
        std::thread::Builder::new().name("argon2".into()).spawn(move || run(&receiver))?;
        Ok(Self(sender))
    }

    /// Whether `password` is behind `hash`; with no hash it takes as long and is never so.
    pub async fn check(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::Check { password, hash, reply })?;
        answer.await.map_err(|_| ErrorCode::Internal.into())
    }

    /// The hash of a new password.
    pub async fn hash(&self, password: String, salt: [u8; 16]) -> Result<String, ApiError> {
        let (reply, answer) = oneshot::channel();
        self.send(Work::Hash { password, salt, reply })?;
        answer.await.ok().flatten().ok_or_else(|| ErrorCode::Internal.into())
    }

    fn send(&self, work: Work) -> Result<(), ApiError> {
        self.0.try_send(work).map_err(|error| match error {
            TrySendError::Full(_) => {
                ApiError { retry_after: Some(RETRY_AFTER), ..ErrorCode::RateLimited.into() }
            }
            TrySendError::Disconnected(_) => ErrorCode::Internal.into(),
        })
    }
}

fn run(queue: &Receiver<Work>) {
    let nothing = password::hash("", &[0; 16]).unwrap_or_default();
    // A caller that no longer waits for its answer is no error.
    while let Ok(work) = queue.recv() {
        match work {
            Work::Check { password, hash, reply } => {
                let known = hash.is_some();
                let fits = password::matches(&password, hash.as_deref().unwrap_or(&nothing));
                let _ = reply.send(known && fits);
            }
            Work::Hash { password, salt, reply } => {
                let _ = reply.send(password::hash(&password, &salt));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_queue_refuses_at_once() {
        let hasher = Hasher::start().unwrap();
        let hash = hasher.hash("four grey pumps leak".into(), [1; 16]).await.unwrap();
        assert!(hasher.check("four grey pumps leak".into(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.check(String::new(), None).await.unwrap());
        let many: Vec<_> = (0..200)
            .map(|_| {
                let (hasher, hash) = (hasher.clone(), hash.clone());
                tokio::spawn(async move { hasher.check("guess".into(), Some(hash)).await })
            })
            .collect();
        let mut refused = 0;
        for one in many {
            if let Err(error) = one.await.unwrap() {
                assert_eq!((error.code, error.retry_after), (ErrorCode::RateLimited, Some(RETRY_AFTER)));
                refused += 1;
            }
        }
        assert!(refused > 100, "{refused}");
    }
}
