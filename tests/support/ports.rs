//! Time, chance and secrets that a test controls.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use fieldcard_core::ports as core;
use fieldcard_schema::time::{ClockReading, Timestamp};
use fieldcard_server::ports as server;

/// A clock that moves when told to, shared by everyone who holds it.
#[derive(Debug, Clone)]
pub struct TestClock {
    ms: Arc<AtomicI64>,
    behind: i64,
}

impl TestClock {
    /// A clock that shows `ms` since 1970.
    pub fn at(ms: i64) -> Self {
        Self { ms: Arc::new(AtomicI64::new(ms)), behind: 0 }
    }

    /// The same clock, showing so many ms less.
    #[must_use]
    pub fn behind(&self, ms: i64) -> Self {
        Self { ms: self.ms.clone(), behind: ms }
    }

    /// Moves it.
    pub fn pass(&self, ms: i64) {
        self.ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// What it shows, ms since 1970.
    pub fn ms(&self) -> i64 {
        self.ms.load(Ordering::Relaxed) - self.behind
    }
}

impl core::Clock for TestClock {
    fn read(&self) -> ClockReading {
        // Every reading moves the clock on: no two things happen in the same millisecond.
        let ms = self.ms.fetch_add(1, Ordering::Relaxed) - self.behind;
        ClockReading(ms, ms, 1)
    }

    fn zone(&self) -> String {
        "Asia/Shanghai".into()
    }

    fn offset_minutes(&self) -> i32 {
        480
    }
}

impl server::Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.ms())
    }
}

/// Numbers that look random and are the same for the same seed (splitmix64).
#[derive(Debug, Clone)]
pub struct TestChance(pub u64);

impl TestChance {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.draw().to_be_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
    }
}

impl core::Chance for TestChance {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.fill_bytes(bytes);
    }
}

impl server::Chance for TestChance {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.fill_bytes(bytes);
    }
}

/// A keystore that outlives the core that uses it.
#[derive(Debug, Clone, Default)]
pub struct TestKeystore(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl TestKeystore {
    /// One that holds these values.
    pub fn holding(values: BTreeMap<String, Vec<u8>>) -> Self {
        Self(Arc::new(Mutex::new(values)))
    }

    /// As a system that forgot all its secrets.
    pub fn wipe(&self) {
        if let Ok(mut map) = self.0.lock() {
            map.clear();
        }
    }

    /// Everything in it.
    pub fn values(&self) -> BTreeMap<String, Vec<u8>> {
        self.0.lock().map(|map| map.clone()).unwrap_or_default()
    }
}

impl core::Keystore for TestKeystore {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, core::KeystoreError> {
        let map = self.0.lock().map_err(|_| core::KeystoreError("poisoned".into()))?;
        Ok(map.get(name).cloned())
    }

    fn put(&mut self, name: &str, value: &[u8]) -> Result<(), core::KeystoreError> {
        let mut map = self.0.lock().map_err(|_| core::KeystoreError("poisoned".into()))?;
        map.insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), core::KeystoreError> {
        let mut map = self.0.lock().map_err(|_| core::KeystoreError("poisoned".into()))?;
        map.remove(name);
        Ok(())
    }
}
