//! Names of people and customers, as far as this device knows them.

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::record::customer::Customer;
use fieldcard_schema::record::person::Person as PersonRecord;
use serde::Serialize;
use ts_rs::TS;

use super::scene::Scene;
use crate::error::ActionError;
use crate::job_file::as_record;
use crate::sign_off::initials;

/// The person whose device this is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Person {
    name: String,
    /// What he types to take the device back.
    initials: String,
}

impl Person {
    pub(super) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), initials: initials(name).swap_remove(0) }
    }
}

impl Scene<'_> {
    /// A person's name; empty when it is not known here. A person's record has the id of the person.
    pub(super) fn name_of(&self, user: UserId) -> Result<String, ActionError> {
        let owner = self.owner()?;
        if user == owner.user {
            return Ok(owner.user_name);
        }
        let seen = self.store.cache.seen(RecordId(user.0))?;
        let person = seen.and_then(|seen| as_record::<PersonRecord>(&seen));
        Ok(person.and_then(|person| person.name).unwrap_or_default())
    }

    /// A customer's record.
    pub(super) fn customer(&self, customer: Option<RecordId>) -> Result<Option<Customer>, ActionError> {
        let Some(customer) = customer else { return Ok(None) };
        Ok(self.store.cache.seen(customer)?.and_then(|seen| as_record::<Customer>(&seen)))
    }
}
