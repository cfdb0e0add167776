//! What a server does once after it was restored from a backup, and what a backup tells it.

use fieldcard_schema::wire::error::ApiError;

use super::Hub;
use crate::storage::log::OrgHead;

/// Tag prefixes that are passed over: devices enrolled since the backup have some that are lost here.
const PREFIXES_LOST: u32 = 1 << 10;

/// How far the head jumps, so that no position is given out twice: devices know some that are lost here.
const JUMP: u64 = 1 << 32;

impl Hub {
    /// Begins a new epoch. `witness` is the highest head that anybody remembers, 0 for none.
    pub fn restored(&mut self, witness: u64) -> Result<String, ApiError> {
        self.write(|ledger| {
            let org = ledger.org_head()?;
            let epoch = ledger.new_epoch();
            let head = org.head.max(witness).saturating_add(JUMP);
            ledger.tx.set_org_head(&OrgHead { head, epoch: epoch.clone(), backup_pos: org.backup_pos })?;
            ledger.tx.take_prefixes(PREFIXES_LOST)?;
            Ok(epoch)
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
            Ok(ledger.tx.set_org_head(&OrgHead { backup_pos, ..org })?)
        })
    }
}
