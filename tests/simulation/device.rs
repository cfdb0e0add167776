//! A technician's device as a node: the real core on a disk that can fail, with a keystore that cannot.

use fieldcard_core::Core;
use fieldcard_core::actions::{Done, Request};
use fieldcard_core::enrolment;
use fieldcard_core::enrolment::Invitation;
use fieldcard_core::ports::{ImageError, Images, Ports, Shrunk};
use fieldcard_core::store::outbox::StoredOp;
use fieldcard_core::store::{Place, Store, StoreError};
use fieldcard_core::sync::{Effect, Event, perform};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::UserId;
use fieldcard_schema::wire::SyncApi;
use serde_json::Value;

use super::clock::{DeviceClock, TrueTime};
use super::disk::{self, End};
use super::vfs;
use crate::AnyError;
use crate::ports::{TestChance, TestKeystore};

/// Tries of an open that a fault may hit, too.
const OPENS_MAX: usize = 8;

/// Most calls of one exchange.
const CALLS_MAX: usize = 3_000;

/// A timer this short means that the engine has more to do.
const AT_ONCE_MS: i64 = 10;

/// Pictures are not what is simulated: an original stays as it is.
struct AsItIs;

impl Images for AsItIs {
    fn shrink(&self, original: &[u8]) -> Result<Shrunk, ImageError> {
        Ok(Shrunk { jpeg: original.to_vec(), width: 4, height: 3, thumb: original[..4].to_vec() })
    }
}

/// What a device was asked to do came to this.
#[derive(Debug)]
pub enum Acted {
    /// It is saved.
    Saved(Box<Done>),
    /// It was refused for a reason that has nothing to do with faults.
    Refused,
    /// A fault hit it: it may be saved or not.
    Hit,
}

/// One device.
pub struct Device {
    /// Its name on the disk.
    pub node: String,
    /// Whose it is.
    pub user: UserId,
    /// Its clocks.
    pub clock: DeviceClock,
    core: Option<Core>,
    keystore: TestKeystore,
    time: TrueTime,
    chance: TestChance,
    effects: Vec<Effect>,
    /// The last sync request that went through: it may arrive again.
    pub last: Option<(String, Vec<u8>)>,
}

impl Device {
    /// A fresh device.
    pub fn new(node: &str, user: UserId, time: &TrueTime, seed: u64) -> Self {
        Self {
            node: node.to_owned(),
            user,
            clock: DeviceClock::new(time),
            core: None,
            keystore: TestKeystore::default(),
            time: time.clone(),
            chance: TestChance(seed),
            effects: Vec::new(),
            last: None,
        }
    }

    fn open(&mut self) -> Result<Core, StoreError> {
        let place = Place { vfs: Some(vfs::NAME.to_owned()), ..Place::folder(self.node.as_ref()) };
        let ports = Ports {
            clock: Box::new(self.clock.clone()),
            chance: Box::new(TestChance(self.chance.draw())),
            keystore: Box::new(self.keystore.clone()),
            images: Box::new(AsItIs),
        };
        Core::open(place, ports)
    }

    /// The core, opened again if it had to be dropped.
    pub fn core(&mut self) -> Result<&mut Core, AnyError> {
        let mut said = None;
        for _ in 0..OPENS_MAX {
            if self.core.is_some() {
                break;
            }
            match self.open() {
                Ok(core) => self.core = Some(core),
                Err(error) => {
                    said = Some(error);
                    self.end(if disk::is_dead(&self.node) { End::PowerCut } else { End::Kill });
                }
            }
        }
        self.core.as_mut().ok_or_else(|| format!("{} does not open again: {said:?}", self.node).into())
    }

    /// Ends the app, or the device.
    pub fn end(&mut self, how: End) {
        self.core = None;
        self.effects.clear();
        disk::end(&self.node, how);
        if how == End::PowerCut {
            self.clock.boot();
        }
    }

    /// After an error: an app whose device lost its power starts anew. `true` if it had to.
    pub fn mend(&mut self) -> bool {
        let dead = disk::is_dead(&self.node);
        if dead {
            self.end(End::PowerCut);
        }
        dead
    }

    /// One user action.
    pub fn act(&mut self, request: &Value) -> Result<Acted, AnyError> {
        let request: Request = serde_json::from_value(request.clone())?;
        let done = self.core()?.execute(request);
        let mended = self.mend();
        Ok(match done {
            Ok(done) => Acted::Saved(Box::new(done)),
            Err(error) if mended || error.is_from_store() => Acted::Hit,
            Err(_) => Acted::Refused,
        })
    }

    /// A read model; none while a fault is in the way.
    pub fn view(&mut self, query: Value) -> Result<Option<Value>, AnyError> {
        let query = serde_json::from_value(query)?;
        let view = self.core()?.view(&query);
        self.mend();
        Ok(view.ok())
    }

    /// Looks into the stores; none while a fault is in the way.
    pub fn look<T>(
        &mut self,
        read: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<Option<T>, AnyError> {
        let looked = self.core()?.store().and_then(read);
        self.mend();
        Ok(looked.ok())
    }

    /// All ops in its outbox, in the order of their making.
    pub fn ops(&mut self) -> Result<Option<Vec<StoredOp>>, AnyError> {
        self.look(|store| store.outbox.all_ops())
    }

    /// Types a code; before any fault.
    pub fn enrol(&mut self, code: &str) -> Result<(), AnyError> {
        let invitation = Invitation::read("http://127.0.0.1", code).ok_or("the code cannot be read")?;
        self.core()?.begin_enrolment(&invitation, Digest::ZERO, "simulated")?;
        Ok(())
    }

    /// Its id, once the server has answered the enrolment.
    pub fn id(&mut self) -> Result<Option<fieldcard_schema::id::DeviceId>, AnyError> {
        Ok(enrolment::owner(self.core()?.store()?).map(|owner| owner.device))
    }

    /// Exchanges with the office until the engine rests or the device dies, at most `calls` calls.
    /// `true`: it rests.
    pub fn exchange(&mut self, api: &mut dyn SyncApi, calls: usize) -> Result<bool, AnyError> {
        if !self.tell(Event::Wanted)? {
            return Ok(false);
        }
        for _ in 0..calls.min(CALLS_MAX) {
            let call = self.effects.iter().position(|effect| matches!(effect, Effect::Call(..)));
            let event = if let Some(Effect::Call(id, call)) = call.map(|at| self.effects.remove(at)) {
                Event::Answered(id, perform(api, &call))
            } else if self.has_more_to_do() {
                Event::TimerFired
            } else {
                return Ok(true);
            };
            if !self.tell(event)? {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// Whether the last timer fires at once: the engine is not at rest.
    fn has_more_to_do(&mut self) -> bool {
        let timer = |effect: &Effect| if let Effect::WakeAfter(ms) = effect { Some(*ms) } else { None };
        let wait = self.effects.iter().rev().find_map(timer).filter(|ms| *ms <= AT_ONCE_MS);
        self.effects.clear();
        self.time.pass(wait.unwrap_or(0));
        wait.is_some()
    }

    /// Tells the engine something; `false` when a fault hit it.
    fn tell(&mut self, event: Event) -> Result<bool, AnyError> {
        let effects = self.core()?.step(event);
        let mended = self.mend();
        if let Ok(effects) = effects {
            self.effects.extend(effects);
            Ok(!mended)
        } else {
            self.effects.clear();
            Ok(false)
        }
    }
}
