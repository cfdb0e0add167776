//! The org tree and its people: accounts without a password, and a `person` record each.
//!
//! A person who has an account under his login keeps it, its password and its id. A file takes no role from
//! anybody and shuts nobody out: that is done by hand.

use std::collections::BTreeMap;

use fieldcard_schema::id::UserId;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::person::Person;
use fieldcard_schema::rules::code::Code as _;
use fieldcard_schema::wire::error::ApiError;

use super::plan::{Plan, Stop, also, row_by_row};
use super::report::Code;
use super::rows::Row;
use crate::accounts::{Account, Role, Unit, UnitId};
use crate::desk::{Desk, heard};
use crate::hub::office::Wanted;

/// What is to be written beside the hub's records.
#[derive(Default)]
pub(super) struct Staff {
    /// The whole org tree, with what the files add to it.
    units: Vec<Unit>,
    /// The units of these files.
    codes: BTreeMap<String, UnitId>,
    accounts: Vec<Account>,
}

impl Staff {
    /// The unit that a row names: of these files, or one that an earlier import made under this code; one that was
    /// made by hand, and the company, go by their names.
    pub(super) fn unit(&self, plan: &Plan<'_>, org: &str) -> Option<UnitId> {
        let known = UnitId(plan.id("unit", org).0);
        let imported = || self.units.iter().find(|unit| unit.id == known);
        let named = || {
            let mut named = self.units.iter().filter(|unit| unit.name == org);
            // Two of one name are none: nobody knows which is meant.
            named.next().filter(|_| named.next().is_none())
        };
        self.codes.get(org).copied().or_else(|| imported().or_else(named).map(|unit| unit.id))
    }
}

/// The people who have accounts already, by login.
pub(super) fn known(desk: &Desk) -> Result<BTreeMap<String, UserId>, ApiError> {
    let accounts = desk.accounts.accounts().map_err(heard)?;
    Ok(accounts.into_iter().map(|account| (account.login, account.user)).collect())
}

/// The org tree and the accounts as they stand.
pub(super) fn before(desk: &Desk) -> Result<(Vec<Unit>, Vec<Account>), ApiError> {
    Ok((desk.accounts.units().map_err(heard)?, desk.accounts.accounts().map_err(heard)?))
}

/// Plans both tables.
pub(super) fn plan(
    plan: &mut Plan<'_>,
    (units, accounts): &(Vec<Unit>, Vec<Account>),
) -> Result<Staff, ApiError> {
    let mut staff = Staff { units: units.clone(), ..Staff::default() };
    let company = units.iter().find(|unit| unit.parent.is_none()).map(|unit| unit.id);
    let tables = plan.tables;
    row_by_row(tables.rows("org"), |row| unit(plan, row, company, &mut staff))?;
    row_by_row(tables.rows("people"), |row| person(plan, row, accounts, &mut staff))?;
    Ok(staff)
}

/// One unit. Parents stand above their children in the file; the company is the one that `init` made.
fn unit(plan: &mut Plan<'_>, row: &Row, company: Option<UnitId>, staff: &mut Staff) -> Result<(), Stop> {
    let code = row.or_empty("code");
    let above = row.text("parent").map(|parent| staff.codes.get(parent).copied());
    if above == Some(None) {
        plan.tell(row, "上级编码", Code::UnknownReference);
        return Err(Stop::Row);
    }
    let parent = above.flatten();
    let id = match (parent, company) {
        (None, Some(company)) => company,
        _ => UnitId::of_code(plan.hub.config().org, &code),
    };
    staff.codes.insert(code, id);
    let unit =
        Unit { id, parent: parent.or(company.filter(|top| *top != id)), name: row.or_empty("name_zh") };
    match staff.units.iter_mut().find(|one| one.id == id) {
        // The company keeps the name that `init` gave it.
        Some(_) if Some(id) == company => {}
        Some(one) => *one = unit,
        None => staff.units.push(unit),
    }
    Ok(())
}

fn person(plan: &mut Plan<'_>, row: &Row, accounts: &[Account], staff: &mut Staff) -> Result<(), Stop> {
    let login = row.or_empty("login").to_lowercase();
    let Some(unit) = row.text("org").and_then(|org| staff.unit(plan, org)) else {
        plan.tell(row, "所属机构", Code::UnknownReference);
        return Err(Stop::Row);
    };
    // Where the roles hold: where the person belongs, if no other unit is named.
    let roles_at = match row.text("roles_at") {
        None => Some(unit),
        Some(code) => staff.unit(plan, code),
    };
    let Some(roles_at) = roles_at else {
        plan.tell(row, "角色范围", Code::UnknownReference);
        return Err(Stop::Row);
    };
    let roles: Vec<Role> = row.list("roles").iter().filter_map(|code| Role::from_code(code)).collect();
    let found = accounts.iter().find(|account| account.login == login);
    let user = found.map_or_else(|| UserId(plan.id(Person::KIND, &login).0), |account| account.user);
    let name = row.or_empty("name");
    let mut account = found.cloned().unwrap_or_else(|| Account {
        user,
        login: login.clone(),
        name: name.clone(),
        unit,
        password: None,
        disabled: false,
        roles: std::collections::BTreeSet::new(),
        made_at: fieldcard_schema::time::Timestamp(0),
        one_time: false,
    });
    account.name.clone_from(&name);
    account.unit = unit;
    account.roles.extend(roles.iter().map(|role| (roles_at, *role)));
    if found != Some(&account) {
        staff.accounts.push(account);
    }
    plan.people.insert(login.clone(), user);
    let station = staff.units.iter().find(|one| one.id == unit).map(|one| one.name.clone());
    let mut set = Person {
        name: Some(name),
        login: Some(login),
        roles: roles.iter().map(|role| role.code().to_owned()).collect(),
        phone: row.own("phone"),
        station,
        ..Person::default()
    }
    .to_fields();
    also(
        &mut set,
        [
            ("hired_on", row.text("hired_on").map(Into::into)),
            ("vehicle", row.text("van_plate").map(Into::into)),
            ("skills", (!row.list("skills").is_empty()).then(|| row.list("skills").into())),
        ],
    );
    let rec = fieldcard_schema::id::RecordId(user.0);
    let wanted = Wanted { kind: Person::KIND, rec, job: None, set, user: plan.by, at: None };
    plan.push("people", row, 0, vec![wanted]);
    Ok(())
}

/// Writes units and accounts. Answers how many of each are new or changed.
pub(super) fn write(desk: &mut Desk, staff: Staff) -> Result<usize, ApiError> {
    let before = desk.accounts.units().map_err(heard)?;
    let units: Vec<_> = staff.units.iter().filter(|unit| !before.contains(unit)).collect();
    for unit in &units {
        desk.accounts.put_unit(unit).map_err(heard)?;
    }
    for mut account in staff.accounts {
        if account.made_at.0 == 0 {
            account.made_at = desk.clock.now();
        }
        desk.accounts.put_account(&account).map_err(heard)?;
        desk.hub.settle_regions(account.user)?;
    }
    Ok(units.len())
}
