//! What a server does once after it was restored from a backup, or learns that its machine was rolled back, and what
//! a backup tells it.
//!
//! A store that went back says so for good ([`Loss`]): only then, and only for a while, devices may give back what
//! it lost ([`super::recovered`]). A restore says it by itself. A rollback is proven by a mark that was given here
//! and is not held any more; a device gives it once, so it is written down before the device is answered.

use fieldcard_schema::op::Mark;
use fieldcard_schema::time::Timestamp;
use fieldcard_schema::wire::error::ApiError;

use super::ledger::Ledger;
use super::marks::was_given;
use super::{Hub, HubError};
use crate::storage::StorageError;
use crate::storage::feed::AudienceKind;
use crate::storage::log::{Loss, OrgHead};

/// Tag prefixes that are passed over: devices enrolled since the backup have some that are lost here.
const PREFIXES_LOST: u32 = 1 << 10;

/// How far the head jumps, so that no position is given out twice: devices know some that are lost here.
const JUMP: u64 = 1 << 32;

/// How long nobody is told that there is no good backup, in ms.
const UNBACKED_MS: i64 = 30 * Timestamp::DAY;

/// How long devices may give back what was lost, in ms: for so long they keep their own work too.
const GIVING_MS: i64 = 90 * Timestamp::DAY;

impl Hub {
    /// Begins a new epoch. `witness` is the highest head that anybody remembers, 0 for none.
    pub fn restored(&mut self, witness: u64) -> Result<String, ApiError> {
        self.write(|ledger| {
            let org = ledger.org_head()?;
            let epoch = ledger.new_epoch();
            let head = org.head.max(witness).saturating_add(JUMP);
            let loss = Some(Loss {
                above: org.loss.map_or(org.head, |loss| loss.above.min(org.head)),
                at: ledger.now,
            });
            ledger.tx.set_org_head(&OrgHead { head, epoch: epoch.clone(), loss, ..org })?;
            ledger.tx.take_prefixes(PREFIXES_LOST)?;
            // A backup has no bytes of blobs that were not whole: they are sent anew.
            for (sha256, by) in ledger.tx.stale_parts(Timestamp(i64::MAX))? {
                ledger.tx.drop_blob_part(sha256, by)?;
            }
            Ok(epoch)
        })
    }

    /// Writes down that this store was rolled back, if one of `marks` that it does not hold was given by it. How far
    /// back it went nobody can tell it.
    pub(super) fn note_rollback(&mut self, marks: &[Mark]) -> Result<(), ApiError> {
        let secret = self.config.secret;
        if !marks.iter().any(|mark| was_given(&secret, *mark)) {
            return Ok(());
        }
        self.write(|ledger| {
            let org = ledger.org_head()?;
            let loss = Some(Loss { above: 0, at: ledger.now });
            Ok::<_, HubError>(ledger.tx.set_org_head(&OrgHead { loss, ..org })?)
        })
    }

    /// The head, for a backup that begins now.
    pub fn head(&mut self) -> Result<u64, ApiError> {
        self.read(|ledger| Ok(ledger.org_head()?.head))
    }

    /// A backup that was read back well holds everything up to `pos`.
    pub fn backed_up(&mut self, pos: u64) -> Result<(), ApiError> {
        self.write(|ledger| {
            let org = ledger.org_head()?;
            let backup_pos = Some(org.backup_pos.unwrap_or(0).max(pos));
            Ok(ledger.tx.set_org_head(&OrgHead { backup_pos, backup_at: Some(ledger.now), ..org })?)
        })
    }
}

/// Since when there is no good backup, once that is too long.
pub fn without_backup(org: &OrgHead, now: Timestamp) -> Option<Timestamp> {
    org.backup_at.filter(|at| now.0 - at.0 > UNBACKED_MS)
}

impl Ledger<'_> {
    /// Makes the org's first rows in a new store. From here on a backup is missed.
    pub(super) fn begin_org(&mut self) -> Result<(), StorageError> {
        let backup_at = Some(self.now);
        match self.tx.org_head()? {
            Some(OrgHead { backup_at: Some(_), .. }) => Ok(()),
            Some(org) => self.tx.set_org_head(&OrgHead { backup_at, ..org }),
            None => {
                let epoch = self.new_epoch();
                self.tx.set_org_head(&OrgHead { head: 0, epoch, backup_pos: None, backup_at, loss: None })?;
                self.tx.insert_audience(AudienceKind::Org, self.config.org.0).map(drop)
            }
        }
    }

    /// What this store lost, as long as devices may give it back.
    pub(super) fn open_loss(&self) -> Result<Option<Loss>, StorageError> {
        Ok(self.org_head()?.loss.filter(|loss| self.now.0 - loss.at.0 <= GIVING_MS))
    }
}
