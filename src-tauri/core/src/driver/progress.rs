//! When bytes of a call last moved: what tells a slow path from a dead one.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared by a call and by whoever watches it.
#[derive(Debug, Clone)]
pub struct Progress(Arc<Mutex<Instant>>);

#[expect(
    clippy::disallowed_methods,
    reason = "the driver waits for the network, by the clock of the machine"
)]
pub(super) fn now() -> Instant {
    Instant::now()
}

impl Default for Progress {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(now())))
    }
}

impl Progress {
    /// Bytes have moved, or a call begins.
    pub fn made(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now();
    }

    /// How long none have.
    pub fn still_for(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }
}

/// Bytes that say so when somebody takes them.
#[derive(Debug)]
pub(super) struct Watched<R> {
    pub(super) bytes: R,
    pub(super) progress: Progress,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(into)?;
        self.progress.made();
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_counts_as_progress() {
        let progress = Progress::default();
        std::thread::sleep(Duration::from_millis(30));
        assert!(progress.still_for() >= Duration::from_millis(30));
        let mut watched = Watched { bytes: &[7_u8; 100][..], progress: progress.clone() };
        let mut taken = Vec::new();
        watched.read_to_end(&mut taken).unwrap();
        assert!(taken == [7; 100] && progress.still_for() < Duration::from_millis(30));
    }
}
