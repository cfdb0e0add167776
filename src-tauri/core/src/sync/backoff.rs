//! When to try again: exponential with full jitter, between a second and five minutes.

use crate::ports::Chance;

/// First bound, in ms.
const FIRST_MS: u64 = 1_000;
/// Last bound, in ms.
const LAST_MS: u64 = 300_000;

/// How often it failed in a row.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It worked.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// It failed: ms to wait, at least `retry_after` seconds.
    pub fn next_ms(&mut self, chance: &mut dyn Chance, retry_after: Option<u32>) -> i64 {
        let bound = FIRST_MS.saturating_mul(1 << self.failures.min(20)).min(LAST_MS);
        self.failures = self.failures.saturating_add(1);
        let mut random = [0; 8];
        chance.fill(&mut random);
        let jitter = u64::from_be_bytes(random) % bound;
        let least = u64::from(retry_after.unwrap_or(0)) * 1_000;
        // Never at once: a server that refuses quickly would be asked in a tight loop.
        i64::try_from(jitter.max(least).max(100)).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);
    impl Chance for Always {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn waits_grow_to_five_minutes_and_start_over() {
        let mut backoff = Backoff::default();
        let waits: Vec<i64> = (0..30).map(|_| backoff.next_ms(&mut Always(0xff), None)).collect();
        assert!(waits[0] < 1_000 && waits.iter().all(|w| (100..300_000).contains(w)), "{waits:?}");
        assert!(waits[12] > 10_000);
        backoff.reset();
        assert!(backoff.next_ms(&mut Always(0xff), None) < 1_000);
    }

    #[test]
    fn what_the_server_asks_is_honoured() {
        assert_eq!(Backoff::default().next_ms(&mut Always(0), Some(7)), 7_000);
    }
}
