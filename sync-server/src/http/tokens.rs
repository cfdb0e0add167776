//! Tokens that were looked up a short while ago, so that a call need not wait for the store before its body is read.
//!
//! Nothing more hangs on it than whether the server takes a body in: what a token stands for is looked up by the hub, or
//! by the reader that answers, at every call.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use fieldcard_schema::digest::Digest;

/// How long a token is known, in ms: ten times the pause after which an idle device asks again.
const KNOWN_MS: u64 = 600_000;

/// Most tokens: every device of a large org, twice.
const MOST: usize = 20_000;

/// Digests of tokens, with the time at which each held.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<BTreeMap<Digest, u64>>);

impl Tokens {
    /// Whether `token` held not long before `now`, in ms since the server started.
    pub fn knows(&self, token: &str, now: u64) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&Digest::of(token.as_bytes())).is_some_and(|at| now.saturating_sub(*at) < KNOWN_MS)
    }

    /// Notes that `token` holds.
    pub fn note(&self, token: &str, now: u64) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, at| now.saturating_sub(*at) < KNOWN_MS);
        }
        if known.len() < MOST {
            known.insert(Digest::of(token.as_bytes()), now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_for_a_while() {
        let tokens = Tokens::default();
        tokens.note("one", 1_000);
        assert!(tokens.knows("one", 1_000) && tokens.knows("one", 1_000 + KNOWN_MS - 1));
        assert!(!tokens.knows("one", 1_000 + KNOWN_MS) && !tokens.knows("two", 1_000));
    }

    #[test]
    fn no_crowd_of_tokens_takes_memory_without_end() {
        let tokens = Tokens::default();
        for n in 0..=MOST {
            tokens.note(&n.to_string(), 1_000);
        }
        assert!(tokens.knows("0", 1_000) && !tokens.knows(&MOST.to_string(), 1_000));
        tokens.note("late", 1_000 + KNOWN_MS);
        assert!(tokens.knows("late", 1_000 + KNOWN_MS), "those of before have made room");
        assert_eq!(tokens.0.lock().unwrap().len(), 1);
    }
}
