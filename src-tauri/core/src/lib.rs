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
pub mod diagnostics;
pub mod driver;
pub mod enrolment;
pub mod error;
pub mod issue;
pub mod job_file;
pub mod language;
pub mod ports;
pub mod proposal;
pub mod shut_out;
pub mod sign_off;
pub mod store;
pub mod sync;
pub mod views;
mod witness;

use actions::{Done, Request, Session};
use error::{ActionError, ErrorCode};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::unsent::Manifest;
use ports::Ports;
use store::folder::Lock;
use store::{Place, Store, StoreError};
use sync::unsent::Unsent;
use sync::{Effect, Engine, Event, Surroundings};

/// Version of this app, as ops and cards name it.
pub const APP_VERSION: &str = env!("CARGO_PKG_VERSION");

/// One device's core: its stores, its engine, and what may still be undone.
///
/// Any store error poisons the instance: the stores are closed, and the next call opens them again. A full disk
/// does not: the transaction is rolled back, and opening again would need the very room that is not there.
pub struct Core {
    place: Place,
    /// Also while the stores are closed: nobody else may take the folder in between.
    _lock: Lock,
    ports: Ports,
    store: Option<Store>,
    /// Something was read that is not what was written: the cache is read through before it is used again.
    cache_in_doubt: bool,
    engine: Engine,
    session: Session,
}

impl Core {
    /// Opens the stores in `place`, which belongs to this core as long as it lives.
    pub fn open(place: Place, ports: Ports) -> Result<Self, StoreError> {
        let lock = place.lock()?;
        let (engine, session) = (Engine::default(), Session::default());
        let mut core =
            Self { place, _lock: lock, ports, store: None, cache_in_doubt: false, engine, session };
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
            last_error: self.engine.last_error(),
            app_old: self.engine.is_too_old(),
            metered: self.engine.is_metered(),
        };
        let view = store
            .refresh_overlay()
            // On a full disk what stands there is shown all the same; it is derived again when there is room.
            .or_else(|error| if error.is_full() { Ok(()) } else { Err(error) })
            .map_err(ActionError::from)
            .and_then(|()| views::answer(&views::Scene { store, ports: &self.ports, exchange }, query));
        self.poison_on(view)
    }

    /// Tells the engine what happened; the effects are for the driver.
    pub fn step(&mut self, event: Event) -> Result<Vec<Effect>, StoreError> {
        self.store()?;
        let Some(store) = &mut self.store else { return Err(StoreError::Damaged("closed")) };
        let stepped = self.engine.step(event, &mut Surroundings { store, ports: &mut self.ports });
        if let Some(error) = stepped.as_ref().err().filter(|error| !error.is_full()) {
            self.cache_in_doubt |= error.is_damage();
            self.close();
        }
        if stepped.is_ok() && !self.engine.is_calling() {
            self.wipe_if_due()?;
        }
        stepped
    }

    /// A device that was shut out and has handed everything in becomes as new.
    fn wipe_if_due(&mut self) -> Result<(), StoreError> {
        let Some(store) = &mut self.store else { return Ok(()) };
        if !shut_out::begin_wiping(store, &self.ports)? {
            return Ok(());
        }
        let Some(store) = self.store.take() else { return Ok(()) };
        (self.session, self.engine) = (Session::default(), Engine::default());
        self.store = Some(shut_out::wipe(store, &mut self.ports)?);
        Ok(())
    }

    /// What was typed and never recorded, as a text for the person; none when there is nothing.
    pub fn drafts_text(&mut self) -> Result<String, ActionError> {
        let text = self.store().map(|_| ()).map_err(ActionError::from).and_then(|()| {
            let Some(store) = &self.store else { return Err(ActionError::internal()) };
            Ok(views::shut_out::text(store)?)
        });
        self.poison_on(text)
    }

    /// That text is in a file.
    pub fn drafts_exported(&mut self) -> Result<(), StoreError> {
        shut_out::drafts_exported(self.store()?)
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
        let cancelled = self.store().map(drop).and_then(|()| {
            let Some(store) = &mut self.store else { return Err(StoreError::Damaged("closed")) };
            enrolment::cancel(store, &mut self.ports)
        });
        if cancelled.is_err() {
            self.close();
        }
        cancelled
    }

    /// What is unsent, for a file that the office takes in. Nothing changes by it.
    pub fn gather_unsent(&mut self) -> Result<Unsent, ActionError> {
        let gathered = self.store().map(|_| ()).map_err(ActionError::from).and_then(|()| {
            let Some(store) = &self.store else { return Err(ActionError::internal()) };
            let owner = enrolment::owner(store).ok_or(ErrorCode::NotEnrolled)?;
            sync::unsent::gather(store, &self.ports, &owner)?.ok_or(ErrorCode::NothingUnsent.into())
        });
        self.poison_on(gathered)
    }

    /// The bytes of the manifest of such a file, and this device's signature over them.
    pub fn sign_unsent(&mut self, manifest: &Manifest) -> Result<(Vec<u8>, String), ActionError> {
        let signed = self.store().map(|_| ()).map_err(ActionError::from).and_then(|()| {
            let Some(store) = &self.store else { return Err(ActionError::internal()) };
            Ok(sync::unsent::sign(store, &self.ports, manifest)?)
        });
        self.poison_on(signed)
    }

    /// The stores, for proofs and exports; opened again if an error closed them.
    pub fn store(&mut self) -> Result<&mut Store, StoreError> {
        if self.store.is_none() {
            let open = if self.cache_in_doubt { Store::open_in_doubt } else { Store::open };
            let mut store = open(self.place.clone())?;
            witness::check(&mut store, &mut self.ports)?;
            enrolment::check_key(&mut store, &self.ports)?;
            self.engine = Engine::default();
            self.cache_in_doubt = false;
            self.store = Some(store);
            // Was begun before this start.
            self.wipe_if_due()?;
        }
        self.store.as_mut().ok_or(StoreError::Damaged("closed"))
    }

    fn poison_on<T>(&mut self, result: Result<T, ActionError>) -> Result<T, ActionError> {
        if let Some(error) = result.as_ref().err().filter(|error| error.poisons()) {
            self.cache_in_doubt |= error.code == ErrorCode::StoreDamaged;
            self.close();
        }
        result
    }

    /// Closes the stores after an error; the next call opens them again, with an engine that begins anew.
    pub(crate) fn close(&mut self) {
        if let Some(store) = &mut self.store {
            // Where this fails too, the disk takes nothing: whoever opens the store next meets it as well.
            drop(store.outbox.settle());
        }
        self.store = None;
        self.session = Session::default();
    }
}
