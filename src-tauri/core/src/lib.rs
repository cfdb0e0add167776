//! The device: local store and sync engine. Builds and tests with no webview.
//!
//! [`Core`] is the facade that shell, bridge and tests use: `execute` a request, ask for a `view`, `step`
//! the engine with an event. Everything outside comes in through [`ports`]. Nothing here is asynchronous.
//!
//! Map: [`actions`] one user action a file · [`views`] read models of the screens · [`store`] the only place
//! that names the database · [`sync`] the engine · [`enrolment`] who this device is.

pub mod actions;
pub mod bindings;
mod cost;
pub mod day;
pub mod driver;
pub mod enrolment;
pub mod error;
pub mod issue;
pub mod job_file;
pub mod language;
pub mod ports;
pub mod proposal;
pub mod sign_off;
pub mod store;
pub mod sync;
pub mod views;

use actions::{Done, Request, Session};
use error::ActionError;
use fieldcard_schema::digest::Digest;
use ports::Ports;
use store::{Place, Store, StoreError};
use sync::{Effect, Engine, Event, Surroundings};

/// Version of this app, as ops and cards name it.
pub const APP_VERSION: &str = env!("CARGO_PKG_VERSION");

/// One device's core: its stores, its engine, and what may still be undone.
///
/// Any store error poisons the instance: the stores are closed, and the next call opens them again.
pub struct Core {
    place: Place,
    ports: Ports,
    store: Option<Store>,
    engine: Engine,
    session: Session,
}

impl Core {
    /// Opens the stores in `place`.
    pub fn open(place: Place, ports: Ports) -> Result<Self, StoreError> {
        let mut core =
            Self { place, ports, store: None, engine: Engine::default(), session: Session::default() };
        core.store()?;
        Ok(core)
    }

    /// Carries out one user action. When it returns, the work is saved.
    pub fn execute(&mut self, request: Request) -> Result<Done, ActionError> {
        self.store()?;
        let Some(store) = &mut self.store else { return Err(ActionError::internal()) };
        let done = actions::requests::execute(store, &mut self.ports, &mut self.session, request);
        self.poison_on(done)
    }

    /// Asks for a read model.
    pub fn view(&mut self, query: &views::Query) -> Result<serde_json::Value, ActionError> {
        self.store()?;
        let Some(store) = &mut self.store else { return Err(ActionError::internal()) };
        let exchange = views::Exchange {
            sending: self.engine.is_sending(),
            online: self.engine.is_online(),
            ops: self.engine.ops_in_flight(),
            blob: self.engine.blob_in_flight(),
            begun_with: self.engine.begun_with(),
            next_try: self.engine.next_try(),
        };
        let view = store
            .refresh_overlay()
            .map_err(ActionError::from)
            .and_then(|()| views::answer(&views::Scene { store, ports: &self.ports, exchange }, query));
        self.poison_on(view)
    }

    /// Tells the engine what happened; the effects are for the driver.
    pub fn step(&mut self, event: Event) -> Result<Vec<Effect>, StoreError> {
        self.store()?;
        let Some(store) = &mut self.store else { return Err(StoreError::Damaged("closed")) };
        let stepped = self.engine.step(event, &mut Surroundings { store, ports: &mut self.ports });
        if stepped.is_err() {
            self.close();
        }
        stepped
    }

    /// Begins the enrolment; the engine goes on with it.
    pub fn begin_enrolment(
        &mut self,
        invitation: &enrolment::Invitation,
        tls_key: Digest,
        label: &str,
    ) -> Result<(), StoreError> {
        self.store()?;
        let Some(store) = &mut self.store else { return Err(StoreError::Damaged("closed")) };
        // A second key would strand what the first one chained and nobody holds yet.
        if enrolment::state(store)? == enrolment::Enrolment::Active {
            return Err(StoreError::InUse);
        }
        let begun = enrolment::begin(store, &mut self.ports, invitation, tls_key, label);
        if begun.is_err() {
            self.close();
        }
        begun
    }

    /// Takes an enrolment back that the office has not confirmed; a device in use stays as it is.
    pub fn cancel_enrolment(&mut self) -> Result<(), StoreError> {
        let cancelled = enrolment::cancel(self.store()?);
        if cancelled.is_err() {
            self.close();
        }
        cancelled
    }

    /// The stores, for proofs and exports; opened again if an error closed them.
    pub fn store(&mut self) -> Result<&mut Store, StoreError> {
        if self.store.is_none() {
            let mut store = Store::open(self.place.clone())?;
            enrolment::check_chain(&mut store, &mut self.ports)?;
            self.engine = Engine::default();
            self.store = Some(store);
        }
        self.store.as_mut().ok_or(StoreError::Damaged("closed"))
    }

    fn poison_on<T>(&mut self, result: Result<T, ActionError>) -> Result<T, ActionError> {
        if result.as_ref().is_err_and(ActionError::is_from_store) {
            self.close();
        }
        result
    }

    fn close(&mut self) {
        self.store = None;
        self.session = Session::default();
    }
}
