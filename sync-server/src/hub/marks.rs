//! Marks: places in the log that devices give back, and what they prove.
//!
//! ```text
//! 3 bytes of the running hash ‖ 5 bytes of HMAC(the server's secret, position ‖ those 3 bytes)
//! ```
//!
//! One that the log holds proves what its bearer had seen. One that it does not hold, and that only this server
//! can have made, proves that the log went back: nobody else can say so ([`super::restore`]).

use fieldcard_schema::chain;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::op::Mark;
use hmac::Mac;

use super::auth::mac_of;
use super::ledger::Ledger;
use crate::storage::StorageError;

/// Bytes of the running hash; the others are the seal.
const OF_LOG: usize = 3;

fn sealed(secret: &[u8; 32], pos: u64, running: Digest) -> Mark {
    let mut hash = [0; 8];
    hash[..OF_LOG].copy_from_slice(&running.0[..OF_LOG]);
    let seal = mac_of(secret, &[b"mark\0", &pos.to_be_bytes(), &hash[..OF_LOG]]).finalize().into_bytes();
    hash[OF_LOG..].copy_from_slice(&seal[..8 - OF_LOG]);
    Mark { pos, hash }
}

/// Whether a server with this secret made the mark, whatever its log now holds.
pub(super) fn was_given(secret: &[u8; 32], mark: Mark) -> bool {
    let mac = mac_of(secret, &[b"mark\0", &mark.pos.to_be_bytes(), &mark.hash[..OF_LOG]]);
    mark.pos > 0 && mac.verify_truncated_left(&mark.hash[OF_LOG..]).is_ok()
}

impl Ledger<'_> {
    /// The newest mark.
    pub(super) fn mark(&self) -> Result<Mark, StorageError> {
        let (pos, running) = self.tx.last_running()?;
        Ok(if pos == 0 { chain::mark(0, Digest::ZERO) } else { sealed(&self.config.secret, pos, running) })
    }

    /// Whether this server's log holds `mark`. Those that earlier versions gave have no seal.
    pub(super) fn holds(&self, mark: Mark) -> Result<bool, StorageError> {
        if mark.pos == 0 {
            return Ok(mark.hash == [0; 8]);
        }
        let running = self.tx.running_at(mark.pos)?;
        Ok(running.is_some_and(|running| {
            sealed(&self.config.secret, mark.pos, running) == mark || chain::mark(mark.pos, running) == mark
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_knows_the_secret_makes_a_mark() {
        let mark = sealed(&[7; 32], 9, Digest::of(b"running"));
        assert!(was_given(&[7; 32], mark) && !was_given(&[8; 32], mark));
        assert!(!was_given(&[7; 32], Mark { pos: 10, ..mark }));
        for at in 0..8 {
            let mut hash = mark.hash;
            hash[at] ^= 1;
            assert!(!was_given(&[7; 32], Mark { hash, ..mark }), "byte {at}");
        }
        assert!(!was_given(&[7; 32], chain::mark(9, Digest::of(b"running"))), "of an earlier version");
    }
}
