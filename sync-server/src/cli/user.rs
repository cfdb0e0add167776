//! `user`: accounts from the command line.

use std::collections::BTreeSet;

use fieldcard_schema::rules::code::Code;

use super::init::{new_id, random};
use super::{CliError, Terminal, desk, operator, said};
use crate::accounts::{Account, Role, Unit, UnitId, password};
use crate::config::{User, UserAdd};
use crate::desk::Desk;
use crate::desk::people::{self, NewPerson};
use crate::folder::DataFolder;
use crate::ports::SystemChance;

/// Runs one of them.
pub(super) fn user(folder: &DataFolder, command: &User, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let mut desk = desk(folder)?;
    match command {
        User::Add(options) => add(&mut desk, options, terminal),
        User::Move { login, unit } => {
            let account = account(&desk, login)?;
            let to = find_or_make_unit(&mut desk, Some(unit))?;
            let to = desk.accounts.units()?.into_iter().find(|unit| unit.id == to);
            let to = to.ok_or_else(|| said("the unit is not there"))?;
            let by = operator(&desk);
            people::move_to(&mut desk, by, &account, &to)?;
            terminal.line(&format!("{login} belongs to {} now", to.name))
        }
        User::List => list(&desk, terminal),
        User::Disable { login } => {
            let account = account(&desk, login)?;
            let by = operator(&desk);
            people::disable(&mut desk, by, &account)?;
            terminal.line(&format!("{login} can log in no more; devices stay until they are revoked"))
        }
        User::Passwd { login, password_stdin } => {
            let account = account(&desk, login)?;
            let (password, made) = choose_password(login, *password_stdin, terminal)?;
            let hash = hash(&mut desk, &password)?;
            let by = operator(&desk);
            people::set_password(&mut desk, by, account, (hash, false))?;
            if made { tell(terminal, login, &password) } else { Ok(()) }
        }
    }
}

/// The account behind a login.
pub(super) fn account(desk: &Desk, login: &str) -> Result<Account, CliError> {
    desk.accounts.account_by_login(login)?.ok_or_else(|| said(format!("there is no account {login}")))
}

fn add(desk: &mut Desk, options: &UserAdd, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let unit = find_or_make_unit(desk, options.unit.as_deref())?;
    let roles: BTreeSet<Role> = options.roles.iter().copied().collect();
    // A technician has a device and no console.
    let console = roles.iter().any(|role| *role != Role::Technician) || options.password_stdin;
    let chosen =
        console.then(|| choose_password(&options.login, options.password_stdin, terminal)).transpose()?;
    let hash = chosen.as_ref().map(|(password, _)| hash(desk, password)).transpose()?;
    let person = NewPerson {
        login: options.login.clone(),
        name: options.name.clone(),
        unit,
        roles,
        hash,
        one_time: false,
    };
    let by = operator(desk);
    let user = people::add(desk, by, person)?;
    terminal.line(&format!("user      {user}"))?;
    match chosen {
        Some((password, true)) => tell(terminal, &options.login, &password),
        _ => Ok(()),
    }
}

fn tell(terminal: &mut Terminal<'_>, login: &str, password: &str) -> Result<(), CliError> {
    terminal.line(&format!("login     {login}\npassword  {password}   (shown this once)"))
}

/// A password from standard input, or a new one, and whether it is new.
fn choose_password(
    login: &str,
    from_stdin: bool,
    terminal: &mut Terminal<'_>,
) -> Result<(String, bool), CliError> {
    if !from_stdin {
        return Ok((password::generate(&random(&mut SystemChance)), true));
    }
    let given = if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        rpassword::prompt_password("password: ")?
    } else {
        terminal.read_line()?
    };
    password::check(&given, login).map_err(|error| said(error.to_string()))?;
    Ok((given, false))
}

fn hash(desk: &mut Desk, password: &str) -> Result<String, CliError> {
    password::hash(password, &desk.salt()).ok_or_else(|| said("the password cannot be hashed"))
}

/// The unit at a path such as `华东大区/上海站` below the company.
fn find_or_make_unit(desk: &mut Desk, path: Option<&str>) -> Result<UnitId, CliError> {
    let units = desk.accounts.units()?;
    let company = units.iter().find(|unit| unit.parent.is_none());
    let mut at = company.ok_or_else(|| said("the store has no company: run `init`"))?.id;
    for name in path.unwrap_or_default().split('/').map(str::trim).filter(|name| !name.is_empty()) {
        let below = units.iter().find(|unit| unit.parent == Some(at) && unit.name == name);
        if let Some(unit) = below {
            at = unit.id;
            continue;
        }
        let made = Unit { id: UnitId(new_id(&mut SystemChance)), parent: Some(at), name: name.to_owned() };
        desk.accounts.put_unit(&made)?;
        at = made.id;
    }
    Ok(at)
}

fn list(desk: &Desk, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let units = desk.accounts.units()?;
    for account in desk.accounts.accounts()? {
        let unit = units.iter().find(|unit| unit.id == account.unit).map_or("?", |unit| &unit.name);
        let roles: Vec<&str> = account.roles.iter().map(|(_, role)| role.code()).collect();
        let state = if account.disabled { "  disabled" } else { "" };
        let Account { login, name, .. } = &account;
        terminal.line(&format!("{login}  {name}  {unit}  {}{state}", roles.join(",")))?;
    }
    Ok(())
}
