//! Limits on guessing passwords: by account and by address, in memory.
//!
//! Each failed log-in fills a bucket of the account and one of the address; buckets drain with time. A full
//! bucket refuses before argon2 is asked. The account's bucket drains fast enough that nobody can be locked
//! out for good by a stranger. Time comes from the caller; a restart forgets everything, which is harmless.

use std::collections::BTreeMap;
use std::net::IpAddr;

use fieldcard_schema::time::Timestamp;

/// Failures an account may have at once, and how long one takes to be forgotten.
const ACCOUNT: Bucket = Bucket { size: 8, drain_ms: 60_000 };

/// The same for an address: an office behind one address has many people.
const ADDRESS: Bucket = Bucket { size: 30, drain_ms: 20_000 };

/// Most buckets remembered; the emptiest go first.
const BUCKETS_MAX: usize = 20_000;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    size: i64,
    drain_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Account(String),
    Address(IpAddr),
}

/// What has failed lately. The value is the moment at which a bucket will have drained.
#[derive(Debug, Default)]
pub struct LoginLimits {
    empty_at: BTreeMap<Key, i64>,
}

impl LoginLimits {
    /// Whether a log-in may be tried now; if not, the seconds to wait.
    pub fn check(&self, login: &str, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        let wait = [(Key::Account(fold(login)), ACCOUNT), (Key::Address(network(address)), ADDRESS)]
            .into_iter()
            .map(|(key, bucket)| self.wait(&key, bucket, now))
            .max()
            .unwrap_or(0);
        if wait == 0 { Ok(()) } else { Err(u32::try_from(wait.div_euclid(1000) + 1).unwrap_or(u32::MAX)) }
    }

    /// Notes a log-in before its password is checked, so that many at once count as many.
    pub fn note(&mut self, login: &str, address: IpAddr, now: Timestamp) {
        for (key, bucket) in [(Key::Account(fold(login)), ACCOUNT), (Key::Address(network(address)), ADDRESS)]
        {
            let empty_at = self.empty_at.entry(key).or_insert(now.0);
            *empty_at = (*empty_at).max(now.0) + bucket.drain_ms;
        }
        if self.empty_at.len() > BUCKETS_MAX {
            self.forget(now);
        }
    }

    /// Takes the note back after a log-in that succeeded.
    pub fn forgive(&mut self, login: &str, address: IpAddr) {
        for (key, bucket) in [(Key::Account(fold(login)), ACCOUNT), (Key::Address(network(address)), ADDRESS)]
        {
            if let Some(empty_at) = self.empty_at.get_mut(&key) {
                *empty_at -= bucket.drain_ms;
            }
        }
    }

    fn wait(&self, key: &Key, bucket: Bucket, now: Timestamp) -> i64 {
        let full_until = |empty_at: &i64| empty_at - (bucket.size - 1) * bucket.drain_ms;
        self.empty_at.get(key).map_or(0, |at| (full_until(at) - now.0).max(0))
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

fn fold(login: &str) -> String {
    login.trim().to_lowercase().chars().take(64).collect()
}

/// An IPv6 customer has a whole /64: counting single addresses would count nothing.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let mut segments = v6.segments();
            segments[4..].fill(0);
            IpAddr::from(segments)
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, n])
    }

    #[test]
    fn an_account_is_slowed_from_any_address_and_recovers() {
        let mut limits = LoginLimits::default();
        for n in 0..8 {
            assert_eq!(limits.check("Li", address(n), Timestamp(0)), Ok(()));
            limits.note("li ", address(n), Timestamp(0));
        }
        assert_eq!(limits.check("li", address(99), Timestamp(0)), Err(61));
        assert_eq!(limits.check("wang", address(99), Timestamp(0)), Ok(()));
        assert_eq!(limits.check("li", address(99), Timestamp(60_000)), Ok(()));
    }

    #[test]
    fn an_address_is_slowed_over_any_accounts() {
        let mut limits = LoginLimits::default();
        for n in 0..30 {
            limits.note(&format!("user{n}"), address(1), Timestamp(0));
        }
        assert!(limits.check("nobody", address(1), Timestamp(0)).is_err());
        assert!(limits.check("nobody", address(2), Timestamp(0)).is_ok());
        let v6 = |n: u16| IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, n]);
        for n in 0..30 {
            limits.note(&format!("other{n}"), v6(n), Timestamp(0));
        }
        assert!(limits.check("nobody", v6(999), Timestamp(0)).is_err());
    }

    #[test]
    fn success_takes_its_note_back() {
        let mut limits = LoginLimits::default();
        for _ in 0..1000 {
            assert_eq!(limits.check("li", address(1), Timestamp(0)), Ok(()));
            limits.note("li", address(1), Timestamp(0));
            limits.forgive("li", address(1));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut limits = LoginLimits::default();
        for n in 0..u32::try_from(3 * BUCKETS_MAX).unwrap() {
            limits.note(&format!("user{n}"), IpAddr::from(n.to_be_bytes()), Timestamp(i64::from(n)));
        }
        assert!(limits.empty_at.len() <= BUCKETS_MAX + 1);
    }

    #[test]
    fn ten_thousand_guesses_take_days() {
        let mut limits = LoginLimits::default();
        let (mut now, mut tried) = (0, 0);
        while tried < 10_000 {
            match limits.check("li", address(1), Timestamp(now)) {
                Ok(()) => {
                    limits.note("li", address(1), Timestamp(now));
                    tried += 1;
                }
                Err(seconds) => now += i64::from(seconds) * 1000,
            }
        }
        assert!(now > 6 * Timestamp::DAY, "{now}");
    }
}
