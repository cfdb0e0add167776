//! Accounts: who may do what where.

use fieldcard_schema::id::UserId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::value::{RoleAt, UnitView};
use crate::accounts::UnitId;

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
