//! Time in a world: one true time, and devices whose wall clocks may be anywhere.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fieldcard_core::ports as core;
use fieldcard_schema::time::{ClockReading, Timestamp};
use fieldcard_server::ports as server;

/// The true time, which the server's clock shows.
#[derive(Debug, Clone)]
pub struct TrueTime(Arc<AtomicI64>);

impl TrueTime {
    /// Begins at `ms` since 1970.
    pub fn at(ms: i64) -> Self {
        Self(Arc::new(AtomicI64::new(ms)))
    }

    /// Lets time pass.
    pub fn pass(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::Relaxed);
    }

    /// Now, ms since 1970. No two readings are alike.
    pub fn ms(&self) -> i64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

impl server::Clock for TrueTime {
    fn now(&self) -> Timestamp {
        Timestamp(self.ms())
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
