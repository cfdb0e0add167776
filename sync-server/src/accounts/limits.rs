//! Limits on guessing passwords: by account and by address, in memory.
//!
//! Each failed log-in fills a bucket of the account and one of the address; buckets drain with time. A full
//! bucket refuses before argon2 is asked. The account's bucket drains fast enough that nobody can be locked
//! out for good by a stranger. Time comes from the caller; a restart forgets everything, which is harmless.

use std::net::IpAddr;

use fieldcard_schema::time::Timestamp;

use super::buckets::{Bucket, Buckets, seconds};

/// Failures an account may have at once, and how long one takes to be forgotten.
const ACCOUNT: Bucket = Bucket { size: 8, drain_ms: 60_000 };

/// The same for an address: an office behind one address has many people.
const ADDRESS: Bucket = Bucket { size: 30, drain_ms: 20_000 };

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Account(String),
    Address(IpAddr),
}

/// What has failed lately.
#[derive(Debug, Default)]
pub struct LoginLimits {
    failed: Buckets<Key>,
}

fn buckets(login: &str, address: IpAddr) -> [(Key, Bucket); 2] {
    [(Key::Account(fold(login)), ACCOUNT), (Key::Address(network(address)), ADDRESS)]
}

impl LoginLimits {
    /// Whether a log-in may be tried now; if not, the seconds to wait.
    pub fn check(&self, login: &str, address: IpAddr, now: Timestamp) -> Result<(), u32> {
        let waits =
            buckets(login, address).into_iter().map(|(key, bucket)| self.failed.wait(&key, bucket, now));
        match waits.max().unwrap_or(0) {
            0 => Ok(()),
            wait => Err(seconds(wait)),
        }
    }

    /// Notes a log-in before its password is checked, so that many at once count as many.
    pub fn note(&mut self, login: &str, address: IpAddr, now: Timestamp) {
        for (key, bucket) in buckets(login, address) {
            self.failed.fill(key, bucket, now);
        }
    }

    /// Takes the note back after a log-in that succeeded.
    pub fn forgive(&mut self, login: &str, address: IpAddr) {
        for (key, bucket) in buckets(login, address) {
            self.failed.forgive(&key, bucket);
        }
    }
}

fn fold(login: &str) -> String {
    login.trim().to_lowercase().chars().take(64).collect()
}

/// An IPv6 customer has a whole /64: counting single addresses would count nothing.
pub(super) fn network(address: IpAddr) -> IpAddr {
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
