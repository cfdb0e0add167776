//! What happens to people: added, moved, shut out, given a new password. The same for console and command line.
//!
//! A person is an account here and a `person` record with the same id in the hub, so that devices and other
//! records can name him. The record first: a record without an account harms nobody. So it is with the note of who
//! did it.

use std::collections::BTreeSet;

use fieldcard_schema::id::{RecordId, UserId};
use fieldcard_schema::json::Fields;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::office_act::OfficeAct;
use fieldcard_schema::record::person::Person;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};

use super::{Desk, heard};
use crate::accounts::{Account, Role, Roles, Unit, UnitId, is_within};
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
    /// It must be changed before anything else.
    pub one_time: bool,
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
    note(desk, by, "account_added", UserId(rec.0))?;
    let account = Account {
        user: UserId(rec.0),
        login,
        name,
        unit: new.unit,
        password: new.hash,
        disabled: false,
        roles: new.roles.into_iter().map(|role| (new.unit, role)).collect(),
        made_at: desk.clock.now(),
        one_time: new.one_time,
    };
    if !desk.accounts.put_account(&account).map_err(heard)? {
        return Err(invalid("login"));
    }
    desk.hub.settle_regions(account.user)?;
    Ok(account.user)
}

/// Writes down who does what to an account: before it is done, so that nothing is done unwritten.
fn note(desk: &mut Desk, by: UserId, act: &str, person: UserId) -> Result<(), ApiError> {
    let actor = Actor { user: by, roles: Roles::of(&[Role::InformationAdministrator]) };
    desk.hub.note_act(&actor, &OfficeAct::on_person(act, person))
}

/// Refuses what would leave a part of the org tree without anybody who keeps accounts there: each unit where
/// `before` did so must still have somebody who does.
fn keep_an_administrator(desk: &Desk, before: &Account, after: &Account) -> Result<(), ApiError> {
    let keeps = |account: &Account, unit: UnitId, units: &[Unit]| {
        let role = |(top, role): &(UnitId, Role)| {
            *role == Role::InformationAdministrator && is_within(units, unit, *top)
        };
        !account.disabled && account.password.is_some() && account.roles.iter().any(role)
    };
    let (units, mut all) = (desk.accounts.units().map_err(heard)?, desk.accounts.accounts().map_err(heard)?);
    all.retain(|account| account.user != before.user);
    all.push(after.clone());
    let orphaned = units.iter().any(|unit| {
        keeps(before, unit.id, &units) && !all.iter().any(|account| keeps(account, unit.id, &units))
    });
    if orphaned { Err(ApiError::about(ErrorCode::InvalidValue, "last_administrator")) } else { Ok(()) }
}

/// Lets a person in no more. Devices stay as they are: what they hold unsent must still come in.
pub fn disable(desk: &mut Desk, by: UserId, account: &Account) -> Result<(), ApiError> {
    let disabled = Account { disabled: true, ..account.clone() };
    keep_an_administrator(desk, account, &disabled)?;
    note(desk, by, "account_disabled", account.user)?;
    desk.accounts.put_account(&disabled).map_err(heard)?;
    desk.accounts.end_sessions(disabled.user).map_err(heard)
}

/// Lets a person in again.
pub fn enable(desk: &mut Desk, by: UserId, account: Account) -> Result<(), ApiError> {
    note(desk, by, "account_enabled", account.user)?;
    let enabled = Account { disabled: false, ..account };
    desk.accounts.put_account(&enabled).map(drop).map_err(heard)
}

/// Gives a person these roles instead of those, in the account and in the record that devices know.
pub fn set_roles(
    desk: &mut Desk,
    by: UserId,
    account: &Account,
    roles: BTreeSet<(UnitId, Role)>,
) -> Result<(), ApiError> {
    let changed = Account { roles, ..account.clone() };
    keep_an_administrator(desk, account, &changed)?;
    note(desk, by, "roles_changed", account.user)?;
    let codes: BTreeSet<&str> = changed.roles.iter().map(|(_, role)| role.code()).collect();
    let rec = RecordId(changed.user.0);
    // Somebody who was added before there were records has none.
    if desk.hub.record(rec)?.is_some() {
        let set = Fields::from_iter([("roles".to_owned(), serde_json::json!(codes))]);
        let actor = Actor { user: by, roles: Roles::of(&[Role::InformationAdministrator]) };
        desk.hub.office(&actor, vec![OfficeOp::set(Person::KIND, rec, set, None)])?;
    }
    desk.accounts.put_account(&changed).map(drop).map_err(heard)
}

/// Moves a person to another part of the org tree; the roles that he held where he was go along.
pub fn move_to(desk: &mut Desk, by: UserId, account: &Account, unit: &Unit) -> Result<(), ApiError> {
    let at = |(top, role): &(UnitId, Role)| (if *top == account.unit { unit.id } else { *top }, *role);
    let roles = account.roles.iter().map(at).collect();
    let changed = Account { unit: unit.id, roles, ..account.clone() };
    keep_an_administrator(desk, account, &changed)?;
    note(desk, by, "unit_changed", account.user)?;
    let rec = RecordId(changed.user.0);
    if desk.hub.record(rec)?.is_some() {
        let set = Fields::from_iter([("station".to_owned(), unit.name.clone().into())]);
        let actor = Actor { user: by, roles: Roles::of(&[Role::InformationAdministrator]) };
        desk.hub.office(&actor, vec![OfficeOp::set(Person::KIND, rec, set, None)])?;
    }
    desk.accounts.put_account(&changed).map_err(heard)?;
    desk.hub.settle_regions(changed.user)
}

/// Gives a person another password; every session ends. One that somebody else chose is good for one log-in.
pub fn set_password(
    desk: &mut Desk,
    by: UserId,
    account: Account,
    (hash, one_time): (String, bool),
) -> Result<(), ApiError> {
    if by != account.user {
        note(desk, by, "password_reset", account.user)?;
    }
    let changed = Account { password: Some(hash), one_time, ..account };
    desk.accounts.put_account(&changed).map_err(heard)?;
    desk.accounts.end_sessions(changed.user).map_err(heard)
}
