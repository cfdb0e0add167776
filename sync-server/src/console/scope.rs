//! Which people a caller's roles reach, and through them which jobs and devices.
//!
//! A person belongs to one unit of the org tree, a device where its owner does, and a job through what
//! [`crate::hub::listing::owner`] says: its lead, else the station that its import named, else its author. What
//! nobody here owns belongs to the company. A record that is out of reach is `NotFound`: nobody learns that it
//! exists.

use fieldcard_schema::id::{DeviceId, OrgId, RecordId, UserId};
use fieldcard_schema::merge::RecordState;
use fieldcard_schema::record::Record;
use fieldcard_schema::record::job::Job;
use fieldcard_schema::wire::error::{ApiError, ErrorCode};
use fieldcard_schema::wire::page::Row;

use crate::accounts::{Account, Caller, Roles, Unit, UnitId};
use crate::desk::{Desk, heard};
use crate::hub::DeviceView;
use crate::hub::listing::owner;
use crate::hub::office::Actor;
use crate::storage::accounts::AccountStore;

/// Everyone's unit, read once a call.
pub struct Scope<'c> {
    caller: &'c Caller,
    roles: Roles,
    people: Vec<Account>,
    units: Vec<Unit>,
    org: OrgId,
}

impl<'c> Scope<'c> {
    /// What `caller` reaches by `roles` in an org.
    pub fn new(
        org: OrgId,
        accounts: &AccountStore,
        caller: &'c Caller,
        roles: Roles,
    ) -> Result<Self, ApiError> {
        let (people, units) = (accounts.accounts().map_err(heard)?, accounts.units().map_err(heard)?);
        Ok(Self { caller, roles, people, units, org })
    }

    /// The same, at the desk.
    pub fn at(desk: &Desk, caller: &'c Caller, roles: Roles) -> Result<Self, ApiError> {
        Self::new(desk.hub.config().org, &desk.accounts, caller, roles)
    }

    /// Every account, in reach or not.
    pub fn people(&self) -> &[Account] {
        &self.people
    }

    /// Whose reach this is.
    pub fn caller(&self) -> &Caller {
        self.caller
    }

    /// The units in reach.
    pub fn units(&self) -> impl Iterator<Item = UnitId> {
        self.caller.reach.iter().filter(|(_, held)| held.meets(self.roles)).map(|(unit, _)| *unit)
    }

    /// Where a person belongs.
    pub fn unit_of(&self, user: UserId) -> Option<UnitId> {
        self.people.iter().find(|account| account.user == user).map(|account| account.unit)
    }

    /// Where what `owner` owns belongs: where that person does, or to the company when nobody with an account
    /// does (an import).
    fn place_of(&self, owner: UserId) -> Option<UnitId> {
        self.unit_of(owner).or_else(|| self.company())
    }

    fn company(&self) -> Option<UnitId> {
        self.units.iter().find(|unit| unit.parent.is_none()).map(|unit| unit.id)
    }

    /// Where a job belongs.
    pub fn place_of_job(&self, job: &RecordState) -> Option<UnitId> {
        let owner = owner(self.org, job);
        let station = self.units.iter().find(|unit| unit.id.0 == owner).map(|unit| unit.id);
        station.or_else(|| self.place_of(UserId(owner)))
    }

    /// Whether a person is in reach.
    pub fn reaches(&self, user: UserId) -> bool {
        self.unit_of(user).is_some_and(|unit| self.caller.may(self.roles, unit))
    }

    /// Whether what `owner` owns is in reach.
    pub fn reaches_owner(&self, owner: UserId) -> bool {
        self.place_of(owner).is_some_and(|unit| self.caller.may(self.roles, unit))
    }

    /// Whether a job is in reach.
    pub fn reaches_job(&self, job: &RecordState) -> bool {
        self.place_of_job(job).is_some_and(|unit| self.caller.may(self.roles, unit))
    }

    /// The account of a person in reach.
    pub fn person(&self, user: UserId) -> Result<&Account, ApiError> {
        let found = self.people.iter().find(|account| account.user == user);
        found
            .filter(|account| self.caller.may(self.roles, account.unit))
            .ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// A job in reach, and the roles that the caller holds over it.
    pub fn job(&self, desk: &mut Desk, job: RecordId) -> Result<(Row, Actor), ApiError> {
        let row = desk.hub.record(job)?.filter(|row| row.state.kind == Job::KIND);
        let row = row.filter(|row| self.reaches_job(&row.state)).ok_or(ErrorCode::NotFound)?;
        let unit = self.place_of_job(&row.state).ok_or(ErrorCode::NotFound)?;
        Ok((row, self.actor(unit)))
    }

    /// A device in reach.
    pub fn device(&self, desk: &mut Desk, device: DeviceId) -> Result<DeviceView, ApiError> {
        let found = desk.hub.devices()?.into_iter().find(|view| view.id == device && self.reaches(view.user));
        found.ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// The caller as the hub sees it, with the roles held over `unit`.
    pub fn actor(&self, unit: UnitId) -> Actor {
        Actor { user: self.caller.user, roles: self.caller.roles_at(unit) }
    }
}
