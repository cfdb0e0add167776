//! `init`: a new data folder. Either all of it is made or none.

use std::collections::BTreeSet;
use std::fs;

use fieldcard_schema::id::{OrgId, UserId};
use uuid::{Builder, Uuid};

use super::{CliError, Terminal, said};
use crate::accounts::{Role, Unit, UnitId, password};
use crate::config::Init;
use crate::desk::people::{self, NewPerson};
use crate::desk::{Desk, setting};
use crate::folder::DataFolder;
use crate::ports::{Chance, Clock, SystemChance, SystemClock};
use crate::storage::accounts::AccountStore;
use crate::storage::db::Place;
use crate::tls;

/// Makes the folder.
pub(super) fn init(folder: &DataFolder, options: &Init, terminal: &mut Terminal<'_>) -> Result<(), CliError> {
    let names = certificate_names(&options.url)?;
    folder.create()?;
    let filled = fill(folder, options, &names, terminal);
    if filled.is_err() {
        // Only what `create` has just made; a second try must not find half a folder.
        for path in [folder.keys(), folder.blobs()] {
            drop(fs::remove_dir_all(path));
        }
        for suffix in ["", "-wal", "-shm"] {
            drop(fs::remove_file(folder.root().join(format!("fieldcard.db{suffix}"))));
        }
    }
    filled
}

fn fill(
    folder: &DataFolder,
    options: &Init,
    names: &[String],
    terminal: &mut Terminal<'_>,
) -> Result<(), CliError> {
    let mut chance = SystemChance;
    let org_key = tls::make_org_key(&folder.keys(), random(&mut chance))?;
    tls::make_token_secret(&folder.keys(), random(&mut chance))?;
    tls::load_or_make(&folder.keys(), &org_key, names)?;
    let org = new_id(&mut chance);
    {
        let mut accounts = AccountStore::open(&Place::File(folder.database()))?;
        for (name, value) in [
            (setting::ORG_ID, OrgId(org).to_string()),
            (setting::ORG_NAME, options.org_name.clone()),
            (setting::URL, options.url.trim_end_matches('/').to_owned()),
            (setting::ZONE, options.zone.clone()),
            (setting::OFFSET_MINUTES, options.offset_minutes.to_string()),
        ] {
            accounts.set_setting(name, &value)?;
        }
        // The company has the org's own id, so that every store knows the top of its tree.
        accounts.put_unit(&Unit { id: UnitId(org), parent: None, name: options.org_name.clone() })?;
    }
    let mut desk = super::desk(folder)?;
    if let Some(login) = &options.admin {
        let password = first_admin(&mut desk, login, UnitId(org))?;
        terminal.line(&format!("login     {login}\npassword  {password}   (shown this once)"))?;
    }
    terminal.line(&format!("{} is ready: run `fieldcard-server serve`", folder.root().display()))
}

fn first_admin(desk: &mut Desk, login: &str, company: UnitId) -> Result<String, CliError> {
    let made = password::generate(&random(&mut SystemChance));
    let hash = password::hash(&made, &desk.salt()).ok_or_else(|| said("the password cannot be hashed"))?;
    let roles = BTreeSet::from([Role::InformationAdministrator]);
    let name = login.to_owned();
    let person =
        NewPerson { login: login.to_owned(), name, unit: company, roles, hash: Some(hash), one_time: false };
    let by: UserId = super::operator(desk);
    people::add(desk, by, person)?;
    Ok(made)
}

/// Random bytes.
pub(super) fn random<const N: usize>(chance: &mut dyn Chance) -> [u8; N] {
    let mut bytes = [0; N];
    chance.fill(&mut bytes);
    bytes
}

/// A new UUIDv7.
pub(super) fn new_id(chance: &mut dyn Chance) -> Uuid {
    let ms = u64::try_from(SystemClock.now().0).unwrap_or(0);
    Builder::from_unix_timestamp_millis(ms, &random(chance)).into_uuid()
}

/// The names in the certificate: the host of the address, and this machine.
pub(super) fn certificate_names(url: &str) -> Result<Vec<String>, CliError> {
    let bad = || said(format!("{url} is no address such as https://office.example:8443"));
    let (scheme, rest) = url.split_once("://").ok_or_else(bad)?;
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let sound = !host.is_empty() && !authority.contains('@') && !url.contains(['?', '#', ' ']);
    if !sound || !matches!(scheme, "http" | "https") {
        return Err(bad());
    }
    let mut names = vec![host.to_owned()];
    names.extend(["localhost", "127.0.0.1"].map(str::to_owned).into_iter().filter(|name| name != host));
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_address_goes_into_the_certificate() {
        let first = |url| certificate_names(url).map(|names| names[0].clone()).ok();
        assert_eq!(first("https://office.example:8443/"), Some("office.example".into()));
        assert_eq!(first("https://[fd00::1]:8443"), Some("fd00::1".into()));
        assert_eq!(certificate_names("https://localhost").unwrap(), ["localhost", "127.0.0.1"]);
        for bad in ["office.example", "ftp://x", "https://", "https://a@b", "https://a?b"] {
            assert_eq!(first(bad), None, "{bad}");
        }
    }
}
