//! Time in a world: one true time, and devices and a server whose wall clocks may be anywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fieldcard_core::ports as core;
use fieldcard_schema::time::{ClockReading, Timestamp};
use fieldcard_server::ports as server;

/// The true time, and how far the server's clock is off.
#[derive(Debug, Clone)]
pub struct TrueTime {
    ms: Arc<AtomicI64>,
    server_ahead: Arc<AtomicI64>,
}

impl TrueTime {
    /// Begins at `ms` since 1970.
    pub fn at(ms: i64) -> Self {
        Self { ms: Arc::new(AtomicI64::new(ms)), server_ahead: Arc::default() }
    }

    /// Lets time pass.
    pub fn pass(&self, ms: i64) {
        self.ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Lets time pass up to `ms`, if that is still to come.
    pub fn pass_to(&self, ms: i64) {
        self.ms.fetch_max(ms, Ordering::Relaxed);
    }

    /// Now, ms since 1970. No two readings are alike.
    pub fn ms(&self) -> i64 {
        self.ms.fetch_add(1, Ordering::Relaxed)
    }

    /// Somebody sets the server's clock.
    pub fn set_server(&self, ahead: i64) {
        self.server_ahead.store(ahead, Ordering::Relaxed);
    }

    /// How far the server's clock is behind, in ms; less than 0 where it is ahead.
    pub fn server_behind(&self) -> i64 {
        -self.server_ahead.load(Ordering::Relaxed)
    }
}

impl server::Clock for TrueTime {
    fn now(&self) -> Timestamp {
        Timestamp(self.ms() + self.server_ahead.load(Ordering::Relaxed))
    }
}

/// A device's clocks.
#[derive(Debug, Clone)]
pub struct DeviceClock {
    time: TrueTime,
    ahead: Arc<AtomicI64>,
    boot: Arc<AtomicI64>,
}

impl DeviceClock {
    /// Shows the true time until somebody moves it.
    pub fn new(time: &TrueTime) -> Self {
        Self { time: time.clone(), ahead: Arc::default(), boot: Arc::new(AtomicI64::new(1)) }
    }

    /// Somebody sets the wall clock.
    pub fn jump(&self, ahead: i64) {
        self.ahead.store(ahead, Ordering::Relaxed);
    }

    /// The device starts anew: the monotonic clock, too.
    pub fn boot(&self) {
        self.boot.fetch_add(1, Ordering::Relaxed);
    }
}

impl core::Clock for DeviceClock {
    fn read(&self) -> ClockReading {
        let ms = self.time.ms();
        ClockReading(ms + self.ahead.load(Ordering::Relaxed), ms, self.boot.load(Ordering::Relaxed))
    }

    fn zone(&self) -> String {
        "Asia/Shanghai".into()
    }

    fn offset_minutes(&self) -> i32 {
        480
    }
}
