//! Accounts: who may do what where.

use fieldcard_schema::id::UserId;
use fieldcard_schema::rules::code::Code;
use fieldcard_schema::wire::error::ApiError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::acts::{ActLine, Newest};
use super::scene::{Scene, in_use};
use super::value::{RoleAt, UnitView};
use crate::accounts::{Account, UnitId};

/// The accounts in reach, and the units they may stand in.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UsersView {
    /// By name of the account.
    pub users: Vec<UserLine>,
    /// Units in reach, those above before those below.
    pub units: Vec<UnitView>,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct UserLine {
    /// The account.
    #[ts(type = "Id")]
    pub user: UserId,
    /// What is typed at the door.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Where the person belongs.
    #[ts(type = "Id")]
    pub unit: UnitId,
    /// Name of that unit.
    pub unit_name: String,
    /// Roles and where they hold.
    pub roles: Vec<RoleAt>,
    /// Shut out.
    pub disabled: bool,
    /// Has a password, and so a way into the console.
    pub console: bool,
    /// Devices that are not revoked.
    pub devices: u64,
    /// What the office did to it last.
    pub last_act: Option<ActLine>,
}

/// Somebody new.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(optional_fields)]
pub struct AddUserRequest {
    /// What will be typed at the door; lower case.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Where the person belongs, and from where the roles reach down.
    #[ts(type = "Id")]
    pub unit: UnitId,
    /// What the person does there.
    #[ts(type = "Array<Role>")]
    pub roles: Vec<String>,
    /// With a way into the console: the answer tells a password that is good for one log-in.
    pub console: Option<bool>,
}

/// An account that was made.
#[derive(Clone, PartialEq, Eq, Serialize, TS)]
pub struct UserMade {
    /// The account.
    #[ts(type = "Id")]
    pub user: UserId,
    /// Shown once; null without console.
    pub password: Option<String>,
}

/// A password that an administrator gave.
#[derive(Clone, PartialEq, Eq, Serialize, TS)]
pub struct PasswordMade {
    /// Shown once, good for one log-in.
    pub password: String,
}

/// All roles of a person from now on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RolesRequest {
    /// Each with its unit.
    pub roles: Vec<RoleAt>,
}

/// The accounts in reach.
pub fn view(scene: &Scene<'_>) -> Result<UsersView, ApiError> {
    let devices = scene.devices()?;
    let acts = Newest::read(scene)?;
    let line = |account: &Account| -> Result<UserLine, ApiError> {
        Ok(UserLine {
            user: account.user,
            login: account.login.clone(),
            name: account.name.clone(),
            unit: account.unit,
            unit_name: scene.unit_name(account.user),
            roles: roles_of(account),
            disabled: account.disabled,
            console: account.password.is_some(),
            devices: devices.iter().filter(|one| one.user == account.user && in_use(one)).count() as u64,
            last_act: acts.of_person(scene, account.user)?,
        })
    };
    let reached = scene.scope.people().iter().filter(|account| scene.scope.reaches(account.user));
    Ok(UsersView { users: reached.map(line).collect::<Result<_, _>>()?, units: scene.unit_views() })
}

/// The roles of an account, each with its unit.
pub fn roles_of(account: &Account) -> Vec<RoleAt> {
    account.roles.iter().map(|(unit, role)| RoleAt { unit: *unit, role: role.code().to_owned() }).collect()
}
