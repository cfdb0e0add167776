//! Accounts of the people in the office: who they are and what they may do where.
//!
//! A person holds a set of roles, each within a part of the org tree; a role at a unit holds for all below
//! it. [`password`] and [`session`] prove who it is, [`limits`] slows guessing, [`hasher`] keeps argon2 off
//! every other thread. Kept in [`crate::storage::accounts`]. Devices are no accounts: they have keys.

mod buckets;
pub mod doors;
pub mod hasher;
pub mod limits;
pub mod password;
pub mod session;

use std::collections::{BTreeMap, BTreeSet};

use fieldcard_schema::id::{self, OrgId, UserId};
pub use fieldcard_schema::rules::role::{Role, Roles};
use fieldcard_schema::time::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A part of the org tree: company, region, branch, office or station.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnitId(pub Uuid);

impl UnitId {
    /// The unit that has this code in the office's own lists; the company, which `init` made, has none.
    pub fn of_code(org: OrgId, code: &str) -> Self {
        Self(id::unit_of_code(org, code))
    }
}

/// One node of the org tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// Its id.
    pub id: UnitId,
    /// The unit above; none for the company.
    pub parent: Option<UnitId>,
    /// Its name.
    pub name: String,
}

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub user: UserId,
    /// What is typed at log-in; unique, lower case.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// Where the person belongs.
    pub unit: UnitId,
    /// argon2id in PHC form; none for somebody without console.
    pub password: Option<String>,
    /// The password was given by somebody else and must be changed before anything else.
    pub one_time: bool,
    /// May not log in and gets no new devices.
    pub disabled: bool,
    /// Roles and where they hold.
    pub roles: BTreeSet<(UnitId, Role)>,
    /// When the account was made.
    pub made_at: Timestamp,
}

/// Whoever makes a call to the office routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// The roles held at each unit, also those that reach down to it.
    pub reach: BTreeMap<UnitId, Roles>,
    /// Nothing but a new password is heard from this caller.
    pub must_change_password: bool,
}

impl Caller {
    /// Whether the caller holds one of `roles` anywhere.
    pub fn has_any(&self, roles: Roles) -> bool {
        self.reach.values().any(|held| held.meets(roles))
    }

    /// The roles that the caller holds over `unit`.
    pub fn roles_at(&self, unit: UnitId) -> Roles {
        self.reach.get(&unit).copied().unwrap_or(Roles::NONE)
    }

    /// Whether the caller holds one of `roles` over `unit`.
    pub fn may(&self, roles: Roles, unit: UnitId) -> bool {
        self.roles_at(unit).meets(roles)
    }
}

/// The caller that an account is: each role spread over the units below.
pub fn caller(account: &Account, units: &[Unit]) -> Caller {
    let held = |at: UnitId| {
        let roles = account.roles.iter().filter(|(top, _)| is_within(units, at, *top));
        Roles::of(&roles.map(|(_, role)| *role).collect::<Vec<_>>())
    };
    let reach = units.iter().map(|unit| (unit.id, held(unit.id))).filter(|(_, roles)| *roles != Roles::NONE);
    Caller { user: account.user, reach: reach.collect(), must_change_password: account.one_time }
}

/// Whether `unit` is `top` or lies below it.
pub fn is_within(units: &[Unit], unit: UnitId, top: UnitId) -> bool {
    // A tree has no more levels than nodes; a ring, which only a damaged store has, ends here too.
    let mut at = Some(unit);
    for _ in 0..=units.len() {
        match at {
            Some(here) if here == top => return true,
            Some(here) => at = units.iter().find(|u| u.id == here).and_then(|u| u.parent),
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(n: u8, parent: Option<u8>) -> Unit {
        let id = |n| UnitId(Uuid::from_bytes([n; 16]));
        Unit { id: id(n), parent: parent.map(id), name: n.to_string() }
    }

    #[test]
    fn a_role_reaches_down_and_not_up_or_sideways() {
        // 1 company; 2, 3 regions; 4 station in 2.
        let units = [unit(1, None), unit(2, Some(1)), unit(3, Some(1)), unit(4, Some(2))];
        let account = Account {
            user: UserId(Uuid::from_bytes([9; 16])),
            login: "li".into(),
            name: "李".into(),
            unit: units[1].id,
            password: None,
            disabled: false,
            roles: BTreeSet::from([(units[1].id, Role::Supervisor), (units[3].id, Role::Manager)]),
            made_at: Timestamp(0),
            one_time: false,
        };
        let caller = caller(&account, &units);
        let may = |role, n: usize| caller.may(Roles::of(&[role]), units[n].id);
        assert!(may(Role::Supervisor, 1) && may(Role::Supervisor, 3));
        assert!(!may(Role::Supervisor, 0) && !may(Role::Supervisor, 2));
        assert!(may(Role::Manager, 3) && !may(Role::Manager, 1));
        assert!(caller.has_any(Roles::of(&[Role::Manager, Role::Statistician])));
        assert!(!caller.has_any(Roles::of(&[Role::Statistician])));
    }

    #[test]
    fn a_ring_of_units_ends() {
        let units = [unit(1, Some(2)), unit(2, Some(1))];
        assert!(!is_within(&units, units[0].id, UnitId(Uuid::from_bytes([3; 16]))));
    }
}
