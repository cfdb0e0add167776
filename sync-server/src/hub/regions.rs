//! Parts of the org tree as audiences: what names one as its `region` goes to its people, not to everybody.
//!
//! Only a part that some record names has an audience. Its members are the people whose unit lies in it: they are
//! read from the accounts when it is made, and again for a person who comes or moves. A membership that ends keeps
//! its row, and the person's devices hear of it in `gone`.

use fieldcard_schema::id::UserId;
use fieldcard_schema::json::Fields;
use fieldcard_schema::wire::error::ApiError;
use fieldcard_schema::wire::sync::Audience;
use uuid::Uuid;

use super::Hub;
use super::audiences::id_in;
use super::ledger::Ledger;
use crate::storage::StorageError;
use crate::storage::feed::{AudienceKind, Membership};

/// The kinds that may be for one part of the org tree.
pub(super) const BY_REGION: [&str; 1] = ["campaign"];

impl Hub {
    /// A person came, or belongs to another part of the org tree now.
    pub fn settle_regions(&mut self, user: UserId) -> Result<(), ApiError> {
        self.write(|ledger| Ok(ledger.settle_regions(user)?))
    }
}

impl Ledger<'_> {
    /// Whom a record that is not one person's reaches: the part of the org tree that it names, else all.
    pub(super) fn public_audience(&mut self, kind: &str, fields: &Fields) -> Result<Audience, StorageError> {
        match id_in(fields, "region").filter(|_| BY_REGION.contains(&kind)) {
            Some(unit) => self.region_audience(unit.0),
            None => self.org_audience(),
        }
    }

    fn region_audience(&mut self, unit: Uuid) -> Result<Audience, StorageError> {
        if let Some(audience) = self.tx.audience_of(unit)? {
            return Ok(audience);
        }
        let audience = self.tx.insert_audience(AudienceKind::Region, unit)?;
        for user in self.tx.people_within(unit)? {
            self.put_membership(user, Membership { audience, until: None })?;
        }
        Ok(audience)
    }

    fn settle_regions(&mut self, user: UserId) -> Result<(), StorageError> {
        let members = self.tx.memberships(user)?;
        for (audience, unit) in self.tx.regions()? {
            let is_member = members.iter().any(|one| one.audience == audience && one.until.is_none());
            let belongs = self.tx.people_within(unit)?.contains(&user);
            if is_member != belongs {
                let until = if belongs { None } else { Some(self.org_head()?.head) };
                self.put_membership(user, Membership { audience, until })?;
            }
        }
        Ok(())
    }
}
