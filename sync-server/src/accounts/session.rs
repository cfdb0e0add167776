//! Sessions of the console: a random cookie, and the token that unsafe calls must carry beside it.
//!
//! The store keeps SHA-256 of the cookie: a stolen database opens no session. The CSRF token is derived from
//! the cookie, which a foreign page can neither read nor guess, so that nothing more has to be stored.

use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::UserId;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::enrol::{from_base64, to_base64};

/// Hours after its last use that a session ends.
pub const IDLE_MS: i64 = 12 * 3_600_000;

/// A use is written down only this long after the last: reading must not write at each call.
pub const TOUCH_MS: i64 = 5 * 60_000;

/// The longest life of a session, used or not: seven days.
pub const LIFE_MS: i64 = 7 * Timestamp::DAY;

/// The header that carries the CSRF token.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Name of the cookie over TLS; the prefix makes browsers insist on Secure and Path=/.
const SECURE_COOKIE: &str = "__Host-fieldcard";

/// Name of the cookie on plain loopback.
const PLAIN_COOKIE: &str = "fieldcard";

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie.
    pub hash: Digest,
    /// Whose.
    pub user: UserId,
    /// When it began.
    pub made_at: Timestamp,
    /// When it was last used, give or take [`TOUCH_MS`].
    pub used_at: Timestamp,
}

impl Session {
    /// Whether it still holds.
    pub fn holds(&self, now: Timestamp) -> bool {
        now < self.used_at.plus(IDLE_MS) && now < self.made_at.plus(LIFE_MS)
    }
}

/// The secret in a browser's cookie.
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie([u8; 32]);

impl Cookie {
    /// A cookie from 256 random bits.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Finds it in a `Cookie` header.
    pub fn find(header: &str, secure: bool) -> Option<Self> {
        let name = if secure { SECURE_COOKIE } else { PLAIN_COOKIE };
        let value = header.split(';').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))?;
        from_base64(value).map(Self)
    }

    /// What the store keeps.
    pub fn hash(&self) -> Digest {
        Digest::of_parts(&[b"fieldcard session v1\0", &self.0])
    }

    /// What unsafe calls carry in [`CSRF_HEADER`].
    pub fn csrf(&self) -> String {
        to_base64(&Digest::of_parts(&[b"fieldcard csrf v1\0", &self.0]).0)
    }

    /// Whether a call carries the right token; the time it takes says nothing about it.
    pub fn csrf_matches(&self, given: &str) -> bool {
        // Digests of both sides: comparing them leaks nothing that helps to guess.
        Digest::of(given.as_bytes()) == Digest::of(self.csrf().as_bytes())
    }

    /// The `Set-Cookie` header that gives it to the browser.
    pub fn set_cookie(&self, secure: bool) -> String {
        let seconds = LIFE_MS / 1000;
        format!("{}; Max-Age={seconds}", attributes(&to_base64(&self.0), secure))
    }

    /// The `Set-Cookie` header that takes it back.
    pub fn clear_cookie(secure: bool) -> String {
        format!("{}; Max-Age=0", attributes("", secure))
    }
}

fn attributes(value: &str, secure: bool) -> String {
    let (name, more) = if secure { (SECURE_COOKIE, "; Secure") } else { (PLAIN_COOKIE, "") };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{more}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let cookie = Cookie::new([4; 32]);
        let text = cookie.set_cookie(true);
        let pair = text.split(';').next().unwrap();
        let found = Cookie::find(&format!("a=b; {pair};c=d"), true).unwrap();
        assert!(found == cookie && found.hash() == cookie.hash());
        assert!(Cookie::find(pair, false).is_none(), "a plain server must not take the other's cookie");
        assert!(Cookie::find("__Host-fieldcard=short", true).is_none());
        for needed in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(text.contains(needed), "{text}");
        }
        assert!(!cookie.set_cookie(false).contains("Secure"));
    }

    #[test]
    fn a_csrf_token_fits_its_session_only() {
        let cookie = Cookie::new([4; 32]);
        assert!(cookie.csrf_matches(&cookie.csrf()));
        assert!(!cookie.csrf_matches(&Cookie::new([5; 32]).csrf()));
        assert!(!cookie.csrf_matches(""));
    }

    #[test]
    fn a_session_slides_and_ends() {
        let hour = 3_600_000;
        let session = |used: i64| Session {
            hash: Digest::ZERO,
            user: UserId::from_slice(&[1; 16]).unwrap(),
            made_at: Timestamp(0),
            used_at: Timestamp(used),
        };
        assert!(session(0).holds(Timestamp(12 * hour - 1)));
        assert!(!session(0).holds(Timestamp(12 * hour)));
        assert!(session(11 * hour).holds(Timestamp(20 * hour)));
        assert!(!session(7 * 24 * hour - 1).holds(Timestamp(7 * 24 * hour)));
    }
}
