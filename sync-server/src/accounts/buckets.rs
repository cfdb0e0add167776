//! Leaky buckets by key, in memory: what counting calls and counting failed log-ins have in common.
//!
//! Time comes from the caller; a restart forgets everything, which is harmless.

use std::collections::BTreeMap;

use fieldcard_schema::time::Timestamp;

/// Most buckets remembered; the emptiest go first.
const BUCKETS_MAX: usize = 20_000;

/// How much may come at once, and how long one of it takes to be forgotten.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bucket {
    pub(super) size: i64,
    pub(super) drain_ms: i64,
}

/// What came lately. The value is the moment at which a bucket will have drained.
#[derive(Debug)]
pub(super) struct Buckets<K> {
    empty_at: BTreeMap<K, i64>,
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self { empty_at: BTreeMap::new() }
    }
}

impl<K: Ord> Buckets<K> {
    /// Milliseconds until the bucket takes one more; 0 for at once.
    pub(super) fn wait(&self, key: &K, bucket: Bucket, now: Timestamp) -> i64 {
        let full_until = |empty_at: &i64| empty_at - (bucket.size - 1) * bucket.drain_ms;
        self.empty_at.get(key).map_or(0, |at| (full_until(at) - now.0).max(0))
    }

    /// Fills one in.
    pub(super) fn fill(&mut self, key: K, bucket: Bucket, now: Timestamp) {
        let empty_at = self.empty_at.entry(key).or_insert(now.0);
        *empty_at = (*empty_at).max(now.0) + bucket.drain_ms;
        if self.empty_at.len() > BUCKETS_MAX {
            self.forget(now);
        }
    }

    /// Takes one back.
    pub(super) fn forgive(&mut self, key: &K, bucket: Bucket) {
        if let Some(empty_at) = self.empty_at.get_mut(key) {
            *empty_at -= bucket.drain_ms;
        }
    }

    fn forget(&mut self, now: Timestamp) {
        self.empty_at.retain(|_, empty_at| *empty_at > now.0);
        let mut moments: Vec<i64> = self.empty_at.values().copied().collect();
        if moments.len() > BUCKETS_MAX / 2 {
            moments.sort_unstable();
            let middle = moments[moments.len() / 2];
            self.empty_at.retain(|_, empty_at| *empty_at > middle);
        }
    }
}

/// Whole seconds that are no shorter than a wait.
pub(super) fn seconds(wait_ms: i64) -> u32 {
    u32::try_from(wait_ms.div_euclid(1000) + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_bounded() {
        let mut buckets = Buckets::default();
        for n in 0..i64::try_from(3 * BUCKETS_MAX).unwrap() {
            buckets.fill(n, Bucket { size: 8, drain_ms: 60_000 }, Timestamp(n));
        }
        assert!(buckets.empty_at.len() <= BUCKETS_MAX + 1);
    }
}
