//! A device in a test: the real core, a clock, and a driver that does what the app's driver does.

use std::collections::BTreeMap;

use ed25519_dalek::{SigningKey, VerifyingKey};
use fieldcard_core::Core;
use fieldcard_core::actions::{Done, Request};
use fieldcard_core::driver::images::ImageCrate;
use fieldcard_core::enrolment::{self, Invitation, Owner};
use fieldcard_core::error::ActionError;
use fieldcard_core::ports::{Keystore, Ports};
use fieldcard_core::store::{Place, StoreError};
use fieldcard_core::sync::{Effect, Event, perform};
use fieldcard_core::views::Query;
use fieldcard_schema::digest::Digest;
use fieldcard_schema::wire::SyncApi;
use serde_json::{Value, json};

use crate::ports::{TestChance, TestClock, TestKeystore};
use crate::{AnyError, pictures};

/// Most calls of one exchange; a healthy one needs far fewer.
const CALLS_MAX: usize = 2_000;

/// A timer this short means that the engine has more to do.
const AT_ONCE_MS: i64 = 10;

/// One device.
pub struct Device {
    /// The real core.
    pub core: Core,
    place: Place,
    clock: TestClock,
    keystore: TestKeystore,
    seed: u64,
    pending: Vec<Effect>,
    /// Calls made over its life.
    pub calls: usize,
}

impl Device {
    /// A fresh device whose stores are in `place`.
    pub fn new(place: Place, clock: &TestClock, seed: u64) -> Result<Self, StoreError> {
        Self::with_keystore(place, clock, seed, TestKeystore::default())
    }

    /// A device whose keystore was filled before.
    pub fn with_keystore(
        place: Place,
        clock: &TestClock,
        seed: u64,
        keystore: TestKeystore,
    ) -> Result<Self, StoreError> {
        let core = Core::open(place.clone(), ports(clock, &keystore, seed))?;
        Ok(Self { core, place, clock: clock.clone(), keystore, seed, pending: Vec::new(), calls: 0 })
    }

    /// As if the process had been killed and started again: only files and keystore are left.
    pub fn restart(&mut self) -> Result<(), StoreError> {
        self.seed = self.seed.wrapping_add(0x1000);
        // A killed process lets go of its folder: so must this one, before it opens it again.
        self.close()?;
        self.core = Core::open(self.place.clone(), ports(&self.clock, &self.keystore, self.seed))?;
        self.pending.clear();
        Ok(())
    }

    /// Closes the stores, as a quiet end of the app does.
    pub fn close(&mut self) -> Result<(), StoreError> {
        self.core = Core::open(Place::memory(), ports(&self.clock, &TestKeystore::default(), self.seed))?;
        self.pending.clear();
        Ok(())
    }

    /// The same device over other files: a store that was restored or copied, with the keystore of today.
    pub fn move_to(&mut self, place: Place) -> Result<(), StoreError> {
        self.close()?;
        self.place = place;
        self.restart()
    }

    /// Types the code that the office gave.
    pub fn enrol(&mut self, address: &str, code: &str, tls_key: Digest) -> Result<(), StoreError> {
        let invitation = Invitation::read(address, code).ok_or(StoreError::Damaged("code"))?;
        self.core.begin_enrolment(&invitation, tls_key, "test device")
    }

    /// The system has forgotten every secret of this device.
    pub fn wipe_keystore(&mut self) {
        self.keystore.wipe();
    }

    /// Every secret of this device.
    pub fn secrets(&self) -> BTreeMap<String, Vec<u8>> {
        self.keystore.values()
    }

    /// The system has found secrets again.
    pub fn restore_secrets(&mut self, secrets: &BTreeMap<String, Vec<u8>>) {
        self.keystore = TestKeystore::holding(secrets.clone());
    }

    /// Starts again with a clock that shows so many ms less than everybody else's.
    pub fn lag(&mut self, ms: i64) -> Result<(), StoreError> {
        self.clock = self.clock.behind(ms);
        self.restart()
    }

    /// The key that verifies what this device seals.
    pub fn public_key(&self) -> Result<Option<VerifyingKey>, AnyError> {
        let seed = self.keystore.get("device_key")?;
        let seed: Option<[u8; 32]> = seed.and_then(|bytes| bytes.try_into().ok());
        Ok(seed.map(|seed| SigningKey::from_bytes(&seed).verifying_key()))
    }

    /// Whose device it is.
    pub fn owner(&mut self) -> Result<Option<Owner>, StoreError> {
        Ok(enrolment::owner(self.core.store()?))
    }

    /// One user action, given as JSON like the UI's.
    pub fn act(&mut self, request: Value) -> Result<Done, ActionError> {
        self.clock.pass(1_000);
        let request: Request = serde_json::from_value(request).map_err(|_| ActionError::internal())?;
        self.core.execute(request)
    }

    /// A photo taken on a job, as the screens hand it in.
    pub fn photo(&mut self, job: &str, original: &[u8]) -> Result<(), ActionError> {
        let begin = json!({"type": "photo.begin", "size": original.len(), "media_type": "image/jpeg"});
        let photo = self.act(begin)?.rec;
        for (index, chunk) in original.chunks(256 * 1024).enumerate() {
            let base64 = pictures::to_base64(chunk);
            self.act(json!({"type": "photo.chunk", "photo": photo, "index": index, "base64": base64}))?;
        }
        self.act(json!({"type": "photo.finish", "photo": photo, "job": job, "phase": "fault"})).map(drop)
    }

    /// A repair as the screens hand it in: under way, the meter, the fault and what was done.
    pub fn repair(&mut self, job: &str, visit: &str) -> Result<(), ActionError> {
        for step in ["visit.depart", "visit.arrive", "visit.work"] {
            self.act(json!({"type": step, "visit": visit}))?;
        }
        self.act(json!({"type": "reading.set", "job": job, "meter": "hours", "value": "1846.5"}))?;
        for (field, text) in
            [("phenomenon", "动臂无力"), ("place", "主泵"), ("cause", "卡滞"), ("action", "更换主泵")]
        {
            self.act(json!({"type": "fault.set", "job": job, "field": field, "value": text}))?;
        }
        Ok(())
    }

    /// A read model.
    pub fn view(&mut self, query: Value) -> Result<Value, ActionError> {
        let query: Query = serde_json::from_value(query).map_err(|_| ActionError::internal())?;
        self.core.view(&query)
    }

    /// Exchanges with the office until the engine rests. `true` when it rests by itself.
    pub fn exchange(&mut self, api: &mut dyn SyncApi) -> Result<bool, StoreError> {
        self.tell(Event::Wanted)?;
        for _ in 0..CALLS_MAX {
            let call = self.pending.iter().position(|effect| matches!(effect, Effect::Call(..)));
            let Some(Effect::Call(id, call)) = call.map(|at| self.pending.remove(at)) else {
                // The last timer counts. One that fires at once is more work, not rest.
                let timer =
                    |effect: &Effect| if let Effect::WakeAfter(ms) = effect { Some(*ms) } else { None };
                let wait = self.pending.iter().rev().find_map(timer);
                self.pending.clear();
                if wait.is_none_or(|ms| ms > AT_ONCE_MS) {
                    return Ok(true);
                }
                self.tell(Event::TimerFired)?;
                continue;
            };
            self.calls += 1;
            let answer = perform(api, &call);
            self.tell(Event::Answered(id, answer))?;
        }
        Ok(false)
    }

    /// Makes one call at most; `false` when none was due. For cutting an exchange in the middle.
    pub fn exchange_once(&mut self, api: &mut dyn SyncApi) -> Result<bool, StoreError> {
        let call = self.pending.iter().position(|effect| matches!(effect, Effect::Call(..)));
        let Some(Effect::Call(id, call)) = call.map(|at| self.pending.remove(at)) else { return Ok(false) };
        self.calls += 1;
        let answer = perform(api, &call);
        self.tell(Event::Answered(id, answer))?;
        Ok(true)
    }

    /// What the engine wants and has not got yet.
    pub fn pending(&self) -> &[Effect] {
        &self.pending
    }

    /// Tells the engine something.
    pub fn tell(&mut self, event: Event) -> Result<(), StoreError> {
        let effects = self.core.step(event)?;
        self.pending.extend(effects);
        Ok(())
    }
}

fn ports(clock: &TestClock, keystore: &TestKeystore, seed: u64) -> Ports {
    Ports {
        clock: Box::new(clock.clone()),
        chance: Box::new(TestChance(seed)),
        keystore: Box::new(keystore.clone()),
        images: Box::new(ImageCrate),
    }
}
