//! When to try again: exponential with full jitter, between a second and five minutes; never before the server
//! said so.
//!
//! By the monotonic clock: a wall clock that is set says nothing of how long somebody has waited.

use fieldcard_schema::time::ClockReading;

use crate::ports::Chance;

/// First bound, in ms.
const FIRST_MS: u64 = 1_000;
/// Last bound, in ms.
const LAST_MS: u64 = 300_000;
/// The shortest wait, in ms: a server that refuses quickly would be asked in a tight loop.
const LEAST_MS: i64 = 100;

/// Of one thing that is tried: how often it failed in a row, and before when it is not tried again.
#[derive(Debug, Clone, Copy, Default)]
pub struct Patience {
    failures: u32,
    rest: Option<Rest>,
}

#[derive(Debug, Clone, Copy)]
struct Rest {
    since: ClockReading,
    ms: i64,
    /// The server asked for it: nobody hurries it.
    asked: bool,
}

impl Patience {
    /// It worked.
    pub fn good(&mut self) {
        *self = Self::default();
    }

    /// It failed: ms to wait from now on, at least `retry_after` seconds.
    pub fn fail(&mut self, now: ClockReading, chance: &mut dyn Chance, retry_after: Option<u32>) -> i64 {
        let bound = FIRST_MS.saturating_mul(1 << self.failures.min(20)).min(LAST_MS);
        self.failures = self.failures.saturating_add(1);
        let mut random = [0; 8];
        chance.fill(&mut random);
        let jitter = i64::try_from(u64::from_be_bytes(random) % bound).unwrap_or(LEAST_MS);
        let ms = jitter.max(LEAST_MS).max(i64::from(retry_after.unwrap_or(0)) * 1_000);
        self.rest = Some(Rest { since: now, ms, asked: retry_after.is_some() });
        ms
    }

    /// The server asks to come again after so many seconds, whatever it answered. Ms to wait.
    pub fn asked_for(&mut self, now: ClockReading, seconds: u32) -> i64 {
        let ms = (i64::from(seconds) * 1_000).max(LEAST_MS);
        self.rest = Some(Rest { since: now, ms, asked: true });
        ms
    }

    /// Somebody does not want to wait, or the network has changed.
    pub fn hurry(&mut self) {
        self.rest = self.rest.filter(|rest| rest.asked);
    }

    /// How many ms are left to wait; 0 when it may be tried.
    pub fn left(&self, now: ClockReading) -> i64 {
        // A clock of another boot cannot say: nobody waits for it.
        let left = |rest: &Rest| now.since(rest.since).map_or(0, |passed| rest.ms - passed);
        self.rest.as_ref().map_or(0, left).max(0)
    }

    /// How often it failed in a row.
    pub fn failures(&self) -> u32 {
        self.failures
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

    fn at(ms: i64) -> ClockReading {
        ClockReading(ms, ms, 1)
    }

    #[test]
    fn waits_grow_to_five_minutes_and_start_over() {
        let mut patience = Patience::default();
        let waits: Vec<i64> = (0..30).map(|_| patience.fail(at(0), &mut Always(0xff), None)).collect();
        assert!(waits[0] < 1_000 && waits.iter().all(|w| (100..300_000).contains(w)), "{waits:?}");
        assert!(waits[12] > 10_000);
        patience.good();
        assert!(patience.fail(at(0), &mut Always(0xff), None) < 1_000);
    }

    #[test]
    fn what_the_server_asks_is_honoured_and_nobody_hurries_it() {
        let mut patience = Patience::default();
        assert_eq!(patience.fail(at(0), &mut Always(0), Some(7)), 7_000);
        patience.hurry();
        assert_eq!((patience.left(at(500)), patience.left(at(7_000))), (6_500, 0));
        patience.fail(at(0), &mut Always(0), None);
        assert_eq!(patience.left(at(0)), 100);
        patience.hurry();
        assert_eq!((patience.left(at(0)), patience.failures()), (0, 2));
        assert_eq!((patience.asked_for(at(0), 3), patience.left(at(1_000))), (3_000, 2_000));
    }

    #[test]
    fn a_wall_clock_that_is_set_changes_no_wait() {
        let mut patience = Patience::default();
        patience.asked_for(at(0), 10);
        assert_eq!(patience.left(ClockReading(-9_000_000, 4_000, 1)), 6_000);
        assert_eq!(patience.left(ClockReading(0, 0, 2)), 0, "another boot");
    }
}
