//! A technician's device as a node: the real core on a disk that can fail, with a keystore that may be its last call.
//!
//! Only [`super::world`] knows when what happens; it does for this one what the app's driver does.

use fieldcard_core::Core;
use fieldcard_core::actions::{ActionError, Done, Request};
use fieldcard_core::enrolment;
use fieldcard_core::enrolment::Invitation;
use fieldcard_core::ports::{ImageError, Images, Keystore, KeystoreError, Ports, Shrunk};
use fieldcard_core::store::{Place, Store, StoreError};
use fieldcard_core::sync::{Effect, Event};
use fieldcard_schema::digest::Digest;
use fieldcard_schema::id::{DeviceId, UserId};
use serde_json::Value;

use super::clock::{DeviceClock, TrueTime};
use super::disk::{self, End};
use super::vfs;
use crate::AnyError;
use crate::ports::{TestChance, TestKeystore};

/// Tries of an open that a fault may hit, too.
const OPENS_MAX: usize = 8;

/// Pictures are not what is simulated: an original stays as it is.
struct AsItIs;

impl Images for AsItIs {
    fn shrink(&self, original: &[u8]) -> Result<Shrunk, ImageError> {
        Ok(Shrunk { jpeg: original.to_vec(), width: 4, height: 3, thumb: original[..4].to_vec() })
    }
}

/// A keystore whose every call may be the last one of the app.
#[derive(Clone)]
struct Keys {
    node: String,
    held: TestKeystore,
}

impl Keys {
    fn alive(&self) -> Result<(), KeystoreError> {
        if disk::port_call(&self.node) { Ok(()) } else { Err(KeystoreError("no process".into())) }
    }
}

impl Keystore for Keys {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, KeystoreError> {
        self.alive()?;
        self.held.get(name)
    }

    fn put(&mut self, name: &str, value: &[u8]) -> Result<(), KeystoreError> {
        self.alive()?;
        self.held.put(name, value)
    }

    fn remove(&mut self, name: &str) -> Result<(), KeystoreError> {
        self.alive()?;
        self.held.remove(name)
    }
}

/// What a device was asked to do came to this.
#[derive(Debug)]
pub enum Acted {
    /// It is saved.
    Saved(Box<Done>),
    /// It was refused for a reason that has nothing to do with faults: its code.
    Refused(String),
    /// A fault hit it: it may be saved or not.
    Hit,
}

/// One device.
#[expect(clippy::struct_excessive_bools, reason = "what is so of a device or not, each by itself")]
pub struct Device {
    /// Its name on the disk.
    pub node: String,
    /// Whose it is.
    pub user: UserId,
    /// Its clocks.
    pub clock: DeviceClock,
    /// How often its app has started.
    pub life: u64,
    /// How often its app had to open its stores, in whatever life.
    pub opens: u64,
    /// It has a bar.
    pub online: bool,
    /// Its app is on the screen: timers fire.
    pub awake: bool,
    /// A timer came while it was not.
    pub due: bool,
    /// Number of the last call that it made.
    pub flights: u64,
    /// That call is under way; one at a time.
    pub flying: Option<u64>,
    /// Number of the timer that counts.
    pub timer: u64,
    /// The office has shut it out.
    pub revoked: bool,
    /// The last sync request that went through: it may arrive again.
    pub last: Option<(String, Vec<u8>)>,
    core: Option<Core>,
    keys: Keys,
    time: TrueTime,
    chance: TestChance,
}

impl Device {
    /// A fresh device.
    pub fn new(node: &str, user: UserId, time: &TrueTime, seed: u64) -> Self {
        Self {
            node: node.to_owned(),
            user,
            clock: DeviceClock::new(time),
            life: 0,
            opens: 0,
            online: false,
            awake: false,
            due: false,
            flights: 0,
            flying: None,
            timer: 0,
            revoked: false,
            last: None,
            core: None,
            keys: Keys { node: node.to_owned(), held: TestKeystore::default() },
            time: time.clone(),
            chance: TestChance(seed),
        }
    }

    /// A second device with all that this one has, its secrets too. It must be ended.
    #[must_use]
    pub fn cloned(&mut self, node: &str) -> Self {
        disk::lay_beside(node, &disk::copy(&self.node));
        let seed = self.chance.draw();
        let held = TestKeystore::holding(self.keys.held.values());
        Self {
            keys: Keys { node: node.to_owned(), held },
            revoked: self.revoked,
            ..Self::new(node, self.user, &self.time, seed)
        }
    }

    fn open(&mut self) -> Result<Core, StoreError> {
        let place = Place { vfs: Some(vfs::NAME.to_owned()), ..Place::folder(self.node.as_ref()) };
        let ports = Ports {
            clock: Box::new(self.clock.clone()),
            chance: Box::new(TestChance(self.chance.draw())),
            keystore: Box::new(self.keys.clone()),
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
                    self.stop(End::Kill);
                }
            }
        }
        self.core.as_mut().ok_or_else(|| format!("{} does not open again: {said:?}", self.node).into())
    }

    /// The app is gone, as what has happened to its disk says, or else as told.
    fn stop(&mut self, how: End) {
        self.core = None;
        (self.flying, self.due) = (None, false);
        self.life += 1;
        self.opens += 1;
        self.timer += 1;
        if disk::end(&self.node, how) == End::PowerCut {
            self.clock.boot();
        }
    }

    /// Ends the app, or the device, without warning: nothing is written any more.
    pub fn end(&mut self, how: End) {
        disk::die(&self.node, how);
        self.stop(how);
    }

    /// After a call: an app whose device lost its power, or that was killed, starts anew. `true` if it had to.
    pub fn mend(&mut self) -> bool {
        let dead = disk::is_dead(&self.node);
        if dead {
            self.stop(End::Kill);
        }
        dead
    }

    /// One user action.
    pub fn act(&mut self, request: &Value) -> Result<Acted, AnyError> {
        let request: Request = serde_json::from_value(request.clone())?;
        let done = self.core()?.execute(request);
        let mended = self.mend();
        self.opens += u64::from(done.as_ref().is_err_and(ActionError::is_from_store));
        Ok(match done {
            Ok(done) => Acted::Saved(Box::new(done)),
            Err(error) if mended || error.is_from_store() => Acted::Hit,
            Err(error) => Acted::Refused(format!("{:?}", error.code)),
        })
    }

    /// Looks into the stores; none while a fault is in the way.
    pub fn look<T>(
        &mut self,
        read: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<Option<T>, AnyError> {
        let looked = self.core()?.store().and_then(read);
        self.mend();
        self.opens += u64::from(looked.is_err());
        Ok(looked.ok())
    }

    /// Types a code; before any fault.
    pub fn enrol(&mut self, code: &str) -> Result<(), AnyError> {
        let invitation = Invitation::read("http://127.0.0.1", code).ok_or("the code cannot be read")?;
        self.core()?.begin_enrolment(&invitation, Digest::ZERO, "simulated")?;
        Ok(())
    }

    /// Its id, once the server has answered the enrolment.
    pub fn id(&mut self) -> Result<Option<DeviceId>, AnyError> {
        Ok(enrolment::owner(self.core()?.store()?).map(|owner| owner.device))
    }

    /// Tells the engine something; none when a fault hit it.
    pub fn tell(&mut self, event: Event) -> Result<Option<Vec<Effect>>, AnyError> {
        let effects = self.core()?.step(event);
        let mended = self.mend();
        self.opens += u64::from(effects.is_err());
        Ok(effects.ok().filter(|_| !mended))
    }
}
