//! Throws a frozen text away, or the wish to amend a sealed card; what was typed into the job stays.

use fieldcard_schema::id::RecordId;
use serde::Deserialize;
use ts_rs::TS;

use crate::actions::{ActionError, Done, ErrorCode};
use crate::ports::Ports;
use crate::sign_off::{AMENDING, CARD_DRAFTS, frozen, is_handed_over};
use crate::store::Store;

/// Throws a frozen text away; where none is frozen, the sealed card is no longer being amended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
pub struct Discard {
    /// The visit.
    #[ts(type = "Id")]
    pub visit: RecordId,
}

impl Discard {
    pub(in crate::actions) fn run(self, store: &mut Store, _: &mut Ports) -> Result<Done, ActionError> {
        if is_handed_over(store, self.visit)? {
            return Err(ErrorCode::HandedOver.into());
        }
        let fields = if frozen(store, self.visit)?.is_some() { CARD_DRAFTS } else { &[AMENDING] };
        for field in fields {
            store.outbox.clear_drafts(self.visit, Some(field))?;
        }
        Ok(Done::default())
    }
}
