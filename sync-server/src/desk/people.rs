//! What happens to people: added, shut out, given a new password. The same for console and command line.
//!
//! A person is an account here and a `person` record with the same id in the hub, so that devices and other
//! records can name him. The record first: a record without an account harms nobody.

use std::collections::BTreeSet;

use fieldcard_schema::id::UserId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::person::Person;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::{Desk, heard};
use crate::accounts::{Account, Role, Roles, UnitId};
use crate::hub::office::{Actor, OfficeOp};

/// Longest login and name, in characters.
const TEXT_MAX: usize = 64;

/// Somebody to be added.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// What is typed at log-in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Where the person belongs and the roles hold.
    pub unit: UnitId,
    /// What the person does there.
    pub roles: BTreeSet<Role>,
    /// The hash of the password; none for no console.
    pub hash: Option<String>,
}

/// Adds a person on behalf of `by`.
pub fn add(desk: &mut Desk, by: UserId, new: NewPerson) -> Result<UserId, ApiError> {
    let invalid = |field| ApiError::about(ErrorCode::InvalidValue, field);
    let login = new.login.trim().to_lowercase();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    if login.is_empty() || login.chars().count() > TEXT_MAX || !login.chars().all(plain) {
        return Err(invalid("login"));
    }
    let name = fieldcard_schema::json::nfc(new.name.trim());
    if name.is_empty() || name.chars().count() > TEXT_MAX {
        return Err(invalid("name"));
    }
    let units = desk.accounts.units().map_err(heard)?;
    let unit = units.into_iter().find(|unit| unit.id == new.unit).ok_or_else(|| invalid("unit"))?;
    if desk.accounts.account_by_login(&login).map_err(heard)?.is_some() {
        return Err(invalid("login"));
    }
    let rec = desk.hub.new_record()?;
    let person = Person {
        name: Some(name.clone()),
        login: Some(login.clone()),
        roles: new.roles.iter().map(|role| role.code().to_owned()).collect(),
        station: Some(unit.name),
        ..Person::default()
    };
    let actor = Actor { user: by, roles: Roles::of(&[Role::InformationAdministrator]) };
    desk.hub.office(&actor, vec![OfficeOp::create(Person::KIND, rec, None, person.to_fields())])?;
    let account = Account {
        user: UserId(rec.0),
        login,
        name,
        unit: new.unit,
        password: new.hash,
        disabled: false,
        roles: new.roles.into_iter().map(|role| (new.unit, role)).collect(),
        made_at: desk.clock.now(),
    };
    let made = desk.accounts.put_account(&account).map_err(heard)?;
    if made { Ok(account.user) } else { Err(invalid("login")) }
}

/// Lets a person in no more. Devices stay as they are: what they hold unsent must still come in.
pub fn disable(desk: &mut Desk, account: Account) -> Result<(), ApiError> {
    let disabled = Account { disabled: true, ..account };
    desk.accounts.put_account(&disabled).map_err(heard)?;
    desk.accounts.end_sessions(disabled.user).map_err(heard)
}

/// Gives a person another password; every session ends.
pub fn set_password(desk: &mut Desk, account: Account, hash: String) -> Result<(), ApiError> {
    let changed = Account { password: Some(hash), ..account };
    desk.accounts.put_account(&changed).map_err(heard)?;
    desk.accounts.end_sessions(changed.user).map_err(heard)
}
