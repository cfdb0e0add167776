//! Who is logged in, and what the console needs to know before it draws anything.

use fieldcard_schema::id::UserId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::value::{RoleAt, UnitView};
use crate::accounts::UnitId;

/// What is typed at the door.
#[derive(Deserialize, TS)]
pub struct LoginRequest {
    /// Name of the account.
    pub login: String,
    /// Its password.
    pub password: String,
}

/// A new password by its owner.
#[derive(Deserialize, TS)]
pub struct ChangePasswordRequest {
    /// The one in use.
    pub old: String,
    /// The new one.
    pub new: String,
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Me {
    /// The account.
    #[ts(type = "Id")]
    pub user: UserId,
    /// What was typed at the door.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Where the person belongs.
    #[ts(type = "Id")]
    pub unit: UnitId,
    /// Roles and where they hold.
    pub roles: Vec<RoleAt>,
    /// The units that any role reaches, those above before those below.
    pub units: Vec<UnitView>,
    /// What unsafe calls carry in `x-csrf-token`.
    pub csrf: String,
    /// The organisation's name.
    pub org: String,
    /// Zone in which the office shows times.
    pub zone: String,
    /// The password was given by somebody else: nothing else is answered until it is changed.
    pub must_change_password: bool,
}
