//! Puts the card into the customer's hands, and takes the device back by the technician's initials.

use fieldcard_card::card::Way;
use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::{ActionError, Done, ErrorCode};
use crate::ports::Ports;
use crate::sign_off::{HANDED_OVER, HOW, SIGNING_DRAFTS, frozen, how, names_person};
use crate::store::Store;
use crate::store::outbox::Draft;

/// Hands the device over: nothing but the card can be reached from now on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct HandOver {
    /// The visit.
    #[ts(type = "Id")]
    pub visit: RecordId,
    /// Who is to sign: the customer himself, or somebody for him.
    #[serde(default = "himself")]
    #[ts(type = "SignHow")]
    pub how: Way,
}

fn himself() -> Way {
    Way::Signed
}

/// The technician has the device again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct TakeBack {
    /// The visit.
    #[ts(type = "Id")]
    pub visit: RecordId,
    /// His initials.
    pub initials: String,
}

impl HandOver {
    pub(in crate::actions) fn run(self, store: &mut Store, ports: &mut Ports) -> Result<Done, ActionError> {
        if frozen(store, self.visit)?.is_none() {
            return Err(ErrorCode::NotPrepared.into());
        }
        if !matches!(self.how, Way::Signed | Way::Proxy) {
            return Err(ActionError::field(ErrorCode::InvalidValue, "how"));
        }
        // Somebody else signs: what was entered in the first one's name is not his.
        if how(store, self.visit)?.is_some_and(|before| before != self.how) {
            for field in SIGNING_DRAFTS {
                store.outbox.clear_drafts(self.visit, Some(field))?;
            }
        }
        let at = ports.clock.read().0;
        let way = if self.how == Way::Proxy { "proxy" } else { "signed" };
        for (field, value) in [(HOW, way), (HANDED_OVER, "1")] {
            let (field, value) = (field.to_owned(), value.to_owned());
            store.outbox.save_draft(&Draft { rec: self.visit, field, value, base: None, at })?;
        }
        Ok(Done::default())
    }
}

impl TakeBack {
    pub(in crate::actions) fn run(self, store: &mut Store, _: &mut Ports) -> Result<Done, ActionError> {
        let name = store.outbox.ident("user_name").unwrap_or_default();
        if !names_person(name, &self.initials) {
            return Err(ErrorCode::WrongInitials.into());
        }
        store.outbox.clear_drafts(self.visit, Some(HANDED_OVER))?;
        Ok(Done::default())
    }
}
