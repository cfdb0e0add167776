//! Where the person is in the app, so that the same job and field reopen after a kill.

use serde::Deserialize;
use ts_rs::TS;

use crate::actions::{ActionError, Done};
use crate::ports::Ports;
use crate::store::Store;

/// Remembers a screen and the field that has the cursor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(optional_fields)]
pub struct SavePlace {
    /// The route, as the screens write it.
    pub route: String,
    /// The field.
    #[serde(default)]
    pub field: Option<String>,
}

impl SavePlace {
    pub(in crate::actions) fn run(self, store: &mut Store, _: &mut Ports) -> Result<Done, ActionError> {
        let field = self.field.unwrap_or_default();
        store.outbox.set_ident(&[("place_route", self.route), ("place_field", field)])?;
        Ok(Done::default())
    }
}
